"""What `hindcast gate` writes: several formats at once, and names that stay names in all of them."""

import copy
import html
import json
import random
import re
import shlex
import subprocess
import unittest
import xml.etree.ElementTree

import numpy

import support
from gate_support import (BASELINE, CLEAN, FAIL, GOOD, PASS, UNREAD, WORSE, GateTest, report_of,
                          validator)

SEED = 20240501


def printable(name):
    """The name as the program shows it: bytes that could mislead are \\xNN."""
    def is_treacherous(c):
        code = ord(c)
        return (code < 0x20 or 0x7f <= code < 0xa0 or 0x200b <= code <= 0x200f
                or 0x2028 <= code <= 0x202e or 0x2060 <= code <= 0x206f or code == 0xfeff)
    return "".join("".join(f"\\x{byte:02x}" for byte in c.encode()) if is_treacherous(c) else c
                   for c in name)


def in_xml(name):
    """The same without the two characters that XML cannot carry even so."""
    return re.sub("[\ufffe\uffff]",
                  lambda c: "".join(f"\\x{byte:02x}" for byte in c[0].encode()), printable(name))


def in_label(name):
    """The same as a label of OpenMetrics has it: GitLab takes a '#' for a comment anywhere."""
    return printable(name).replace("#", "\\x23")


LABEL = r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"([a-zA-Z_:][\w:]*)(?:{{({LABEL}(?:,{LABEL})*)}})? "
                    r"(-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)", re.ASCII)
PASSED = ("hindcast_gate_passed", ())


def openmetrics(text):
    """Name and labels to the text of the value, by the grammar of the specification."""
    *lines, eof, rest = text.split("\n")
    if (eof, rest) != ("# EOF", ""):
        raise AssertionError(f"does not end well: {eof!r}")
    samples = {}
    families = []
    for line in lines:
        described = re.fullmatch(r"# (TYPE|HELP) (\w+) (gauge|.*)", line)
        if described:
            families += [described[2]] if described[1] == "TYPE" else []
            continue
        sample = SAMPLE.fullmatch(line)
        if not sample or sample[1] != families[-1]:
            raise AssertionError(f"no sample of {families[-1]}: {line!r}")
        labels = tuple((name, re.sub(r"\\(.)", r"\1", value))
                       for name, value in re.findall(LABEL, sample[2] or ""))
        if (sample[1], labels) in samples or len(dict(labels)) != len(labels):
            raise AssertionError(f"stands twice: {line!r}")
        samples[sample[1], labels] = sample[sample.re.groups]
    if len(set(families)) != len(families):
        raise AssertionError("a family is in two places")
    return samples


def hostile_names(count):
    """Names that mean something to one of the formats, or nothing anywhere."""
    pieces = ["]]>", "<![CDATA[", "&", "&amp;", "<", ">", "\"", "'", "\n", "\r", "\t", "%", "%0A",
              "::", "::error::", "##[add-mask]", ",", ":", "=", "|", "`", "```", "\\", "*", "_", "~",
              "[a](b)", "<b>", "</code>", "@everyone", "#1", "\x00", "\x01", "\x1b[31m", "\x7f",
              "\x85", "é", "名", "😀", "\u202e", "\u200b", "\ufeff", "\ufffe", "\uffff", " ", "conv1",
              "/", ".", "-", "$(id)", "{0}", "{}"]
    generator = random.Random(SEED)
    names = {"".join(generator.choices(pieces, k=generator.randint(1, 8))) for _ in range(count)}
    return sorted(names | set(pieces))


def unescaped_property(text):
    """As the runner reads it: the percent sign last."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


class HostileNames(GateTest):
    """Names from a stranger's file stay names in every output."""

    def setUp(self):
        super().setUp()
        self.names = hostile_names(300)
        report = report_of({name: 0.1 for name in self.names}, run="r<u>n|\n::", checkpoint="c&]]>")
        self.report = self.write("report.json", report)

    def test_json(self):
        out, _ = self.gate(self.report, "--rule", "each(rotation) > 1", "--json", "-", exit_code=1)
        findings = json.loads(out)["rules"][0]["findings"]
        self.assertEqual([finding["layer"] for finding in findings], self.names)

    def test_junit(self):
        for rule, code, element in (("each(rotation) > 1", 1, "failure"),
                                    ("each(rotation) > 0", 0, None),
                                    ("each(step_rotation) > 0", 2, "error")):
            self.gate(self.report, "--rule", rule, "--junit", "gate.xml", exit_code=code)
            self.check_junit("gate.xml")
            root = xml.etree.ElementTree.parse(self.place / "gate.xml").getroot()
            cases = root.findall("./testsuite/testcase")
            condition = rule.split(") ")[1]
            self.assertEqual([case.get("name") for case in cases],
                             [f"c&]]>: {in_xml(name)} {condition}" for name in self.names])
            self.assertEqual({case.get("classname") for case in cases}, {"r<u>n|\\x0a::"})
            counts = {key: int(root.get(key)) for key in ("tests", "failures", "errors")}
            self.assertEqual(counts, {"tests": len(self.names),
                                      "failures": len(root.findall(".//failure")),
                                      "errors": len(root.findall(".//error"))})
            self.assertEqual({child.tag for case in cases for child in case},
                             {element} if element else set())

    def test_markdown(self):
        out, _ = self.gate(self.report, "--rule", "each(rotation) > 1", "--markdown", "-",
                           exit_code=1)
        rows = [line.strip("|").split("|") for line in out.splitlines()
                if line.startswith("| **fail**")]
        self.assertGreater(len(rows), 50)
        for row, name in zip(rows, self.names):
            self.assertEqual(len(row), 7)
            cell = re.fullmatch(r" <code>([^<>`|]*)</code> ", row[3])
            self.assertEqual(html.unescape(cell[1]), in_xml(name))
            self.assertNotRegex(cell[1], r"[@*_\[\]\\:/]")

    def test_openmetrics(self):
        """By the grammar, and as GitLab takes lines apart: as a shell would, up to a '#'."""
        for rule, code in (("each(rotation) > 1 and < 2", 1), ("each(step_rotation) > 0", 2)):
            policy = self.write("policy.json", {"rules": [
                {"name": "".join(self.names), "rule": rule}]})
            out, _ = self.gate(self.report, "--policy", policy, "--openmetrics", "-",
                               exit_code=code)
            samples = openmetrics(out)
            values = [dict(labels)["layer"] for name, labels in samples
                      if name == "hindcast_gate_value"]
            self.assertEqual(values, [in_label(name) for name in self.names] if code == 1 else [])
            taken_apart = [shlex.split(re.sub("#.*", "", line)) for line in out.split("\n")]
            told = [words for words in taken_apart if words]
            self.assertEqual([words[1] for words in told], list(samples.values()))
            self.assertEqual(len({words[0] for words in told}), len(samples))

    def test_github_commands(self):
        """Ten at a time, each is parsed as the runner does it."""
        for begin in range(0, len(self.names), 10):
            names = self.names[begin:begin + 10]
            report = self.write("some.json", report_of({name: 0.1 for name in names}))
            policy = self.write("policy.json", {"rules": [
                {"name": "".join(names), "rule": "each(rotation) > 1"}]})
            out, _ = self.gate(report, "--policy", policy, exit_code=1,
                               environment={"GITHUB_ACTIONS": "true"})
            self.check_commands(out, names)

    def check_commands(self, out, names):
        lines = out.split("\n")
        word = re.fullmatch(r"::stop-commands::(\S+)", lines[0])[1]
        resume = lines.index(f"::{word}::")
        self.assertEqual(out.count(word), 2)
        told = lines[resume + 1:-1]
        self.assertEqual(len(told), len(names))
        for line, name in zip(told, names):
            self.assertNotIn("\r", line)
            command = re.fullmatch(r"::error title=([^:,]*)::(.*)", line)
            self.assertEqual(unescaped_property(command[1]),
                             "hindcast gate: " + printable("".join(names)))
            self.assertEqual(unescaped_property(command[2]),
                             f"run 'run', checkpoint 'last' (epoch 1), layer '{printable(name)}': "
                             "0.1 is not > 1")

    def test_terminal(self):
        out, _ = self.gate(self.report, "--rule", "each(rotation) > 1", exit_code=1)
        self.assertNotRegex(out, r"[\x00-\x09\x0b-\x1f\x7f]")
        self.assertEqual(len(out.splitlines()), 1 + 20 + 1 + 2)

    def test_names_are_no_commands_on_any_stream(self):
        """Of the kinds that GitHub knows, one may stand anywhere in a line."""
        names = ("::error::x", "##[error]x", "a##[add-mask]b")
        run = self.place / "##[warning]run"
        run.mkdir()
        tensors = {name: numpy.random.default_rng(7).standard_normal((6, 5)) for name in names}
        support.write_checkpoint(run / "epoch_1.h5", tensors)
        support.write_checkpoint(run / "##[error].h5", {}, x=1)
        report = self.write("some.json", report_of({name: 0.1 for name in names}, run="##[group]r"))
        rule = ("--rule", "each(rotation) > 1")
        for command in (("analyze", run), ("inspect", run / "epoch_1.h5"),
                        ("analyze", run, "--json", "-"),
                        ("inspect", run / "epoch_1.h5", "--json"), ("gate", report, *rule),
                        *(("gate", report, *rule, option, "-")
                          for option in ("--json", "--junit", "--markdown", "--openmetrics"))):
            with self.subTest(command):
                self.check_streams(command)

    def check_streams(self, command):
        def streams(**environment):
            done = subprocess.run([support.PROGRAM, *map(str, command)], cwd=self.place,
                                  capture_output=True, check=False, env={**CLEAN, **environment})
            return done.stdout.decode(), done.stderr.decode()

        plain, _ = streams()
        out, errors = streams(GITHUB_ACTIONS="true")
        escapes_anyway = {"--markdown", "--openmetrics"}.intersection(command)
        self.assertEqual(out == plain, bool(escapes_anyway))
        if out.startswith("::stop-commands::"):
            first, *lines, last = re.split("(?<=\n)", out[:out.index("\n::hindcast-") + 1])
            self.assertEqual(("".join(lines), last), (plain, ""))
            self.assertIn(f"::{first.removeprefix('::stop-commands::').strip()}::\n", out)
        else:
            self.assertNotRegex(out, r"##\[|(?m:^\s*::)")
            if "--json" in command:
                self.assertEqual(json.loads(out), json.loads(plain))
        for line in errors.splitlines():
            self.assertRegex(line, r"^(hindcast: (?!.*##\[)|::error title=)")


class Outputs(GateTest):
    """Several in one run, whole or not at all, on the stream they belong to."""

    def setUp(self):
        super().setUp()
        self.report = self.write("report.json", GOOD)

    def test_all_at_once(self):
        out, errors = self.gate(self.report, "--rule", FAIL, "--json", "g.json", "--junit", "g.xml",
                                "--markdown", "g.md", exit_code=1)
        self.assertIn("FAIL  min(rotation) >= 0.4\n", out)
        self.assertEqual(errors, "")
        self.assertEqual(json.loads((self.place / "g.json").read_text())["verdict"], "fail")
        self.assertIn("<failure ", (self.place / "g.xml").read_text())
        self.assertIn("| **fail** |", (self.place / "g.md").read_text())
        self.assertEqual(sorted(path.name for path in self.place.iterdir()),
                         ["g.json", "g.md", "g.xml", "report.json"])

    def test_the_same_bytes_twice(self):
        first = self.gate(self.report, "--rule", FAIL, "--junit", "-", exit_code=1)
        self.assertEqual(first, self.gate(self.report, "--rule", FAIL, "--junit", "-", exit_code=1))

    def test_stdout_holds_one(self):
        _, errors = self.gate(self.report, "--rule", PASS, "--json", "-", "--junit", "-",
                              exit_code=2)
        self.assertIn("only one output can go to stdout", errors)

    def test_an_unwritable_place_is_known_before_anything_is_written(self):
        self.gate(self.report, "--rule", PASS, "--json", "g.json", "--junit", "none/g.xml",
                  exit_code=2)
        self.assertEqual([path.name for path in self.place.iterdir()], ["report.json"])

    def test_commands_leave_json_on_stdout_alone(self):
        out, errors = self.gate(self.report, "--rule", FAIL, "--json", "-", exit_code=1,
                                environment={"GITHUB_ACTIONS": "true"})
        self.assertEqual(json.loads(out)["verdict"], "fail")
        self.assertTrue(errors.startswith("::error title="))

    def test_the_step_summary_is_appended_to(self):
        summary = self.write("summary.md", "before\n")
        self.gate(self.report, "--rule", FAIL, exit_code=1,
                  environment={"GITHUB_STEP_SUMMARY": str(summary)})
        text = summary.read_text()
        self.assertTrue(text.startswith("before\n### hindcast gate: failed\n"))

    def test_the_step_summary_stays_below_its_limit(self):
        report = self.write("many.json", report_of({f"{i:05}" + "x" * 200: 0.1
                                                    for i in range(6000)}))
        for before in (0, 500_000, 899_500, 2_000_000):
            summary = self.write("summary.md", "y" * before)
            _, errors = self.gate(report, "--rule", "each(rotation) > 1", exit_code=1,
                                  environment={"GITHUB_STEP_SUMMARY": str(summary)})
            added = summary.read_text()[before:]
            if before < 899_000:
                self.assertLessEqual(summary.stat().st_size, 900_000)
                self.assertGreater(summary.stat().st_size, 890_000)
                self.assertRegex(added, r"\n\d+ of 6000 rows are left out, because [^\n]+\n$")
            else:
                self.assertEqual(added, "")
                self.assertIn("summary is full", errors)

    def test_a_summary_that_cannot_be_written_is_a_warning(self):
        _, errors = self.gate(self.report, "--rule", PASS,
                              environment={"GITHUB_STEP_SUMMARY": str(self.place / "no" / "s.md")})
        self.assertRegex(errors, r"^hindcast: warning: [^\n]*s\.md: [^\n]+\n$")

    def test_what_was_not_read_is_told_everywhere(self):
        report = copy.deepcopy(UNREAD)
        report["runs"].append({"name": "void", "checkpoints": []})
        report = self.write("report.json", report)
        summary = self.write("summary.md", "")
        rule = "min(rotation, runs='run') >= 0.2"
        out, _ = self.gate(report, "--rule", rule, "--json", "g.json", "--junit", "g.xml",
                           "--markdown", "g.md", "--baseline", self.write("b.json", UNREAD),
                           environment={"GITHUB_STEP_SUMMARY": str(summary)})
        document = support.load(self.place / "g.json")
        self.assertTrue(validator("gate").is_valid(document))
        self.assertEqual(document["not_read"], [
            {"source": "report", "run": "run", "path": "broken.h5", "reason": "is cut short"},
            {"source": "report", "run": "void", "path": None, "reason": "it has no checkpoint"},
            {"source": "baseline", "run": "run", "path": "broken.h5", "reason": "is cut short"}])
        lines = ["not read: run 'run', 'broken.h5': is cut short",
                 "not read: run 'void': it has no checkpoint",
                 "not read: of the baseline, run 'run', 'broken.h5': is cut short"]
        self.assertIn("\n".join(lines) + "\n", out)
        self.check_junit("g.xml")
        told = xml.etree.ElementTree.parse(self.place / "g.xml").find("./testsuite/system-out")
        self.assertEqual(told.text.splitlines(), lines)
        for path in (self.place / "g.md", summary):
            self.assertEqual([html.unescape(line) for line in path.read_text().splitlines()
                              if line.startswith("- ")],
                             [f"- <code>{line}</code>" for line in lines])

    def test_what_was_not_read_leaves_room_for_verdicts(self):
        report = copy.deepcopy(GOOD)
        report["runs"][0]["unread"] = [{"path": f"{i}", "reason": "x" * 90} for i in range(5000)]
        summary = self.write("summary.md", "y" * 898_500)
        out, _ = self.gate(self.write("many.json", report), "--rule", PASS,
                           environment={"GITHUB_STEP_SUMMARY": str(summary)})
        self.assertIn("\nnot read: 4980 more\n", out)
        added = html.unescape(summary.read_text()[898_500:])
        self.assertLessEqual(summary.stat().st_size, 900_000)
        self.assertRegex(added, r"not read: 499\d more")
        self.assertIn("| pass |", added)

    def test_an_error_replaces_the_verdicts_of_before(self):
        outputs = ("--json", "g.json", "--junit", "g.xml", "--markdown", "g.md", "--openmetrics",
                   "g.txt")
        self.gate(self.report, "--rule", PASS, *outputs)
        self.assertEqual(openmetrics((self.place / "g.txt").read_text())[PASSED], "1")
        summary = self.write("summary.md", "")
        truncated = self.write("cut.json", json.dumps(GOOD)[:-5])
        for arguments, words in (((truncated, "--rule", PASS), "cut.json: line 1, column "),
                                 ((self.report, "--rule", "min(<x>)"), "--rule: column 5: "),
                                 ((self.report, "--rule", PASS, "--baseline", truncated),
                                  "cut.json: line 1, column ")):
            with self.subTest(words):
                out, errors = self.gate(*arguments, *outputs, exit_code=2, environment={
                    "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)})
                self.assertEqual(out, "")
                command, line = errors.splitlines()
                told = line.removeprefix("hindcast: ")
                self.assertIn(words, told)
                self.assertEqual(unescaped_property(command),
                                 "::error title=hindcast gate::" + told)
                self.check_error_documents(told)
                self.assertIn(told, html.unescape(summary.read_text()))

    def check_error_documents(self, told):
        document = support.load(self.place / "g.json")
        self.assertEqual(list(validator("gate").iter_errors(document)), [])
        self.assertEqual((document["verdict"], document["error"]), ("could_not_judge", told))
        self.check_junit("g.xml")
        root = xml.etree.ElementTree.parse(self.place / "g.xml").getroot()
        self.assertEqual([one.get("message") for one in root.iter("error")], [told])
        self.assertEqual((root.get("tests"), root.get("errors")), ("1", "1"))
        self.assertIn(told, html.unescape((self.place / "g.md").read_text()))
        samples = openmetrics((self.place / "g.txt").read_text())
        self.assertEqual(samples, {PASSED: "0", ("hindcast_gate_error", (("message", told),)): "1"})

    def test_files_that_clash_are_refused(self):
        before = self.report.read_bytes()
        policy = self.write("policy.json", {"rules": [PASS]})
        (self.place / "link.json").symlink_to(self.report)
        for options, told in (
                (("--json", "x", "--junit", "./x"), "--json and --junit are the same file, './x'"),
                (("--json", "report.json"), "REPORT and --json are the same file, 'report.json'"),
                (("--junit", "link.json"), "REPORT and --junit are the same file, 'link.json'"),
                (("--policy", policy, "--markdown", "policy.json"),
                 "--policy and --markdown are the same file, 'policy.json'"),
                (("--baseline", policy, "--json", "policy.json"),
                 "--baseline and --json are the same file, 'policy.json'")):
            _, errors = self.gate(self.report, "--rule", PASS, *options, exit_code=2)
            self.assertEqual(errors, f"hindcast: {told}\n")
        self.assertEqual(self.report.read_bytes(), before)
        self.assertFalse((self.place / "x").exists())

    def test_evidence_is_complete(self):
        more = ("--baseline", self.write("baseline.json", GOOD))
        verdicts = self.judged(WORSE, "min(rotation) >= 3 * baseline", exit_code=1, more=more)
        self.assertEqual(verdicts["rules"], [{
            "name": None, "rule": "min(rotation) >= 3 * baseline", "verdict": "fail", "findings": [{
                "verdict": "fail", "run": "run", "checkpoint": "last", "step": None, "epoch": 1,
                "layer": "b", "condition": ">= 3 * baseline", "value": 0.5, "baseline": 0.25,
                "bound": 0.75, "noise": None, "cause": None, "reason": None}]}])


if __name__ == "__main__":
    unittest.main()
