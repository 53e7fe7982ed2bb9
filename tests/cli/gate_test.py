"""`hindcast gate`: every verdict and its exit code, and what the outputs carry."""

import copy
import functools
import html
import json
import os
import random
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import jsonschema
import numpy

import support

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
XSD = support.SOURCE_DIR / "tests" / "support" / "junit.xsd"
SEED = 20240501


def report_of(layers, run="run", checkpoint="last"):
    """A report of one checkpoint: name to rotation, or to several values."""
    entries = []
    for name, values in layers.items():
        values = values if isinstance(values, dict) else {"rotation": values}
        entries.append({"name": name, "kind": "conv", "shape": [2, 3], "status": "ok", **values})
    return {"schema": "hindcast.report/1", "runs": [
        {"name": run, "checkpoints": [
            {"name": checkpoint, "step": None, "epoch": 1, "layers": entries}]}]}


GOOD = report_of({"a": 0.5, "b": 0.25})
NULL = report_of({"a": 0.5, "b": None})
ALL_NULL = report_of({"a": None, "b": None})
WORSE = report_of({"a": 0.6, "b": 0.5})
UNREAD = copy.deepcopy(GOOD)
UNREAD["runs"][0]["unread"] = [{"path": "broken.h5", "reason": "is cut short"}]
TWO_RUNS = {**GOOD, "runs": GOOD["runs"] + report_of({"a": 0.5, "b": 0.25}, run="two")["runs"]}
LONGER = copy.deepcopy(GOOD)
LONGER["runs"][0]["checkpoints"].append({**GOOD["runs"][0]["checkpoints"][0], "name": "more",
                                         "epoch": 2})


@functools.cache
def validator(name):
    """Of one of the schemas that ship with the gate."""
    schema = support.load(support.SOURCE_DIR / "src" / "gate" / f"{name}.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


class GateTest(unittest.TestCase):
    """Runs the gate in a directory of its own, outside of any workflow."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())

    def write(self, name, content):
        """A file: text or bytes as they are, all else as JSON."""
        path = self.place / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content),
                            encoding="utf-8")
        return path

    def gate(self, *arguments, exit_code=0, environment=None):
        """What it wrote to stdout and to stderr."""
        done = support.run("gate", *arguments, exit_code=exit_code, cwd=self.place,
                           env={**CLEAN, **(environment or {})})
        return done.stdout.decode(), done.stderr.decode()

    def judged(self, report, *rules, exit_code=0, more=()):
        """The verdicts as JSON, which must be valid."""
        path = self.write("report.json", report)
        arguments = [part for rule in rules for part in ("--rule", rule)]
        out, _ = self.gate(path, *arguments, "--json", "-", *more, exit_code=exit_code)
        document = json.loads(out)
        errors = [f"{error.json_path}: {error.message}"
                  for error in validator("gate").iter_errors(document)]
        self.assertEqual(errors, [])
        return document


PASS = "min(rotation) >= 0.2"
FAIL = "min(rotation) >= 0.4"
NOTHING = "min(rotation, layers='x*') >= 0"
BASELINE = "mean(rotation) >= 0.95 * baseline"

# What is judged, by what, against what; exit codes plain, with --strict and with --exit-zero; and
# the verdict, or what is said on stderr where there is none.
TRUTH = {
    "pass": (GOOD, [PASS], None, (0, 0, 0), "pass"),
    "fail": (GOOD, [FAIL], None, (1, 1, 0), "fail"),
    "pass and fail": (GOOD, [PASS, FAIL], None, (1, 1, 0), "fail"),
    "null metric": (NULL, [PASS], None, (2, 2, 0), "could_not_judge"),
    "every value null": (ALL_NULL, [PASS], None, (2, 2, 0), "could_not_judge"),
    "every value null, and ignored": (ALL_NULL, ["min(rotation, nulls=ignore) >= 0.2"], None,
                                      (2, 2, 0), "could_not_judge"),
    "null metric, ignored": (NULL, ["min(rotation, nulls=ignore) >= 0.2"], None, (0, 0, 0), "pass"),
    "null metric, fails anyway": (NULL, ["min(rotation) >= 0.6"], None, (1, 1, 0), "fail"),
    "null metric in one of two layers": (NULL, ["each(rotation) >= 0.2"], None, (2, 3, 0),
                                         "could_not_judge"),
    "null metric beside a pass": (NULL, [PASS, "max(rotation, layers='a') <= 1"], None, (2, 3, 0),
                                  "could_not_judge"),
    "null metric beside a failure": (NULL, [PASS, "max(rotation, layers='a') <= 0"], None,
                                     (1, 1, 0), "fail"),
    "null metric beside no match": (NULL, [PASS, NOTHING, "max(rotation, layers='a') <= 1"], None,
                                    (2, 2, 0), "could_not_judge"),
    "no match": (GOOD, [NOTHING], None, (2, 2, 0), "could_not_judge"),
    "no match beside a pass": (GOOD, [PASS, NOTHING], None, (2, 2, 0), "could_not_judge"),
    "no match beside a failure": (GOOD, [FAIL, NOTHING], None, (1, 1, 0), "fail"),
    "no run": ({"schema": "hindcast.report/1", "runs": []}, [PASS], None, (2, 2, 0),
               "could_not_judge"),
    "baseline passes": (GOOD, [BASELINE], GOOD, (0, 0, 0), "pass"),
    "baseline fails": (GOOD, [BASELINE], WORSE, (1, 1, 0), "fail"),
    "missing baseline": (GOOD, [BASELINE], None, (2, 2, 0), "could_not_judge"),
    "missing baseline beside a pass": (GOOD, [PASS, BASELINE], None, (2, 2, 0), "could_not_judge"),
    "missing baseline beside a failure": (GOOD, [FAIL, BASELINE], None, (1, 1, 0), "fail"),
    "layer missing from the baseline": (GOOD, [BASELINE], report_of({"a": 0.1}), (2, 2, 0),
                                        "could_not_judge"),
    "incomplete report passes": (UNREAD, [PASS], None, (0, 3, 0), "pass"),
    "incomplete report fails": (UNREAD, [FAIL], None, (1, 1, 0), "fail"),
    "unreadable report": ("{\"schema\"", [PASS], None, (2, 2, 2), "report.json: line 1, column 10: "),
    "empty file": ("", [PASS], None, (2, 2, 2), "report.json: "),
    "not a report": ("some text", [PASS], None, (2, 2, 2), "report.json: "),
    "no schema": ({"runs": []}, [PASS], None, (2, 2, 2), "report.json: line 1, column 1: has no 'schema'"),
    "wrong schema": ({**GOOD, "schema": "hindcast.inspect/1"}, [PASS], None, (2, 2, 2),
                     "report.json: line 1, column 12: /schema: is not a report: expected "
                     "'hindcast.report/1', not 'hindcast.inspect/1'"),
    "later schema": ({**GOOD, "schema": "hindcast.report/2"}, [PASS], None, (2, 2, 2),
                     "report.json: is a report of version 'hindcast.report/2'"),
    "wrong type": (report_of({"a": "0.5"}), [PASS], None, (2, 2, 2),
                   "/runs/0/checkpoints/0/layers/0/rotation: expected a number, not a text"),
    "unreadable baseline": (GOOD, [PASS], "{", (2, 2, 2), "baseline.json: line 1, column 2: "),
    "wrong rule": (GOOD, ["min(rotation) foo"], None, (2, 2, 2),
                   "--rule: column 15: expected a comparison (>=, <=, >, <, ==), not 'foo'"),
    "wrong second rule": (GOOD, [PASS, "min(é) > 1"], None, (2, 2, 2),
                          "--rule 2: column 5: unexpected 'é'"),
    "no rule": (GOOD, [], None, (2, 2, 2), "nothing to judge by; give --policy FILE or --rule"),
    "empty policy": (GOOD, '{"rules": []}', None, (2, 2, 2),
                     "policy.json: line 1, column 11: /rules: is empty"),
    "empty policy file": (GOOD, "", None, (2, 2, 2), "policy.json: line 1, column 1: "),
    "policy with a mistake": (GOOD, '{"rules": [\n  "min(rotatoin) > 1"]}', None, (2, 2, 2),
                              "policy.json: line 2, column 8: unknown metric 'rotatoin', did you "
                              "mean 'rotation'?"),
    "run missing from the report": (GOOD, [BASELINE], TWO_RUNS, (2, 3, 0), "could_not_judge"),
    "run missing that is not asked for": (GOOD, ["mean(rotation, runs='run') >= baseline"],
                                          TWO_RUNS, (0, 0, 0), "pass"),
    "checkpoint missing from the report": (
        GOOD, ["mean(rotation, checkpoints=every) >= 0.95 * baseline"], LONGER, (2, 3, 0),
        "could_not_judge"),
    "policy passes": (GOOD, '// Yes.\n{"rules": ["' + PASS + '"]}', None, (0, 0, 0), "pass"),
    "policy fails": (GOOD, '{"rules": ["' + FAIL + '"]}', None, (1, 1, 0), "fail"),
}


class Truth(GateTest):
    """The exit code is the answer, and could-not-judge is never a pass."""

    def check(self, rules, report, baseline, expected, options, exit_code):
        arguments = [self.write("report.json", report)]
        if isinstance(rules, str):
            arguments += ["--policy", self.write("policy.json", rules)]
        else:
            arguments += [part for rule in rules for part in ("--rule", rule)]
        if baseline is not None:
            arguments += ["--baseline", self.write("baseline.json", baseline)]
        out, errors = self.gate(*arguments, *options, "--json", "-", exit_code=exit_code)
        if expected in ("pass", "fail", "could_not_judge"):
            document = json.loads(out)
            self.assertTrue(validator("gate").is_valid(document))
            self.assertEqual(document["verdict"], expected)
        else:
            self.assertEqual(out, "")
            self.assertIn(expected, errors)
            self.assertRegex(errors, r"^hindcast: [^\n]+\n$")

    def test_every_case_and_exit_code(self):
        for name, (report, rules, baseline, codes, expected) in TRUTH.items():
            for options, code in zip(((), ("--strict",), ("--exit-zero",)), codes):
                with self.subTest(name, options=options):
                    self.check(rules, report, baseline, expected, options, code)

    def test_both_flags_report_only(self):
        path = self.write("report.json", UNREAD)
        self.gate(path, "--rule", FAIL, "--strict", "--exit-zero")

    def test_a_missing_file_is_named(self):
        for arguments in (("none.json",), (self.write("r.json", GOOD), "--baseline", "none.json"),
                          (self.write("r.json", GOOD), "--policy", "none.json")):
            _, errors = self.gate(*arguments, "--rule", PASS, exit_code=2)
            self.assertEqual(errors, "hindcast: none.json: no such file or directory\n")

    def test_a_report_is_required(self):
        _, errors = self.gate("--rule", PASS, exit_code=2)
        self.assertIn("REPORT is required", errors)


class Sources(GateTest):
    """A report, or checkpoints that are analysed first."""

    def test_a_directory_and_its_report_get_the_same_verdicts(self):
        report = self.place / "report.json"
        support.run("analyze", "-q", support.SAMPLE_RUN, "--json", report)
        rules = ["--rule", "each(knowledge_gain, checkpoints=every) >= 0", "--rule",
                 "quantile(effective_rank@input, 0.3, kind=conv) >= 1", "--rule",
                 "summary.stable_rank.l2 >= baseline", "--json", "-"]
        from_report, _ = self.gate(report, "--baseline", report, *rules)
        from_folder, errors = self.gate(support.SAMPLE_RUN, "--baseline", support.SAMPLE_RUN, *rules)
        self.assertEqual(from_report, from_folder)
        self.assertEqual(errors, "")

    def test_a_single_checkpoint(self):
        out, _ = self.gate(support.SAMPLE_RUN / "epoch_09.h5", "--rule", "min(stable_rank) >= 1")
        self.assertIn("pass  min(stable_rank) >= 1\n", out)

    def test_aggregates_are_the_summarys(self):
        report = support.analyze(support.SAMPLE_RUN)
        summary = report["runs"][0]["checkpoints"][-1]["summary"]
        for metric in ("rotation", "knowledge_gain", "condition_number"):
            for aggregate in ("mean", "weighted_mean", "min", "max"):
                verdicts = self.judged(report, f"{aggregate}({metric}) >= 0",
                                       f"summary.{metric}.{aggregate} >= 0")
                values = {rule["findings"][0]["value"] for rule in verdicts["rules"]}
                self.assertEqual(values, {summary[metric][aggregate]})

    def test_a_report_may_hold_any_name(self):
        for report in (report_of({"weight_map": 0.5}), report_of({"a": 0.5}, run="weight_map")):
            self.gate(self.write("report.json", report), "--rule", PASS)
            text = "\ufeff" + json.dumps(report)
            policy = self.write("policy.json", "\ufeff" + json.dumps({"rules": [PASS]}))
            self.gate(self.write("report.json", text), "--policy", policy)

    def test_a_report_beside_its_run_is_no_checkpoint(self):
        run = self.place / "weight_map"
        shutil.copytree(support.SAMPLE_RUN, run)
        support.run("analyze", "-q", run, "--json", run / "report.json")
        self.assertEqual(support.analyze(run)["runs"][0]["unread"], [])

    def test_options_of_the_analysis(self):
        """What the warnings of an analysis advise can be followed."""
        first = support.SAMPLE_RUN / "epoch_09.h5"
        rule = ("--rule", "max(rotation, steps=1..) >= 0", "--json", "-")
        self.gate(support.SAMPLE_RUN, *rule, exit_code=2)
        steps = ("--one-run", "--step-from", "epoch_([0-9]+)")
        named, _ = self.gate(support.SAMPLE_RUN, *rule, *steps)
        given, _ = self.gate(support.SAMPLE_RUN, *rule, *steps, "--init", first)
        self.assertNotEqual(json.loads(named)["rules"][0]["findings"][0]["value"],
                            json.loads(given)["rules"][0]["findings"][0]["value"])
        report = self.write("report.json", GOOD)
        _, errors = self.gate(report, "--rule", PASS, "--one-run", "--init", first)
        self.assertEqual(errors, "".join(
            f"hindcast: warning: {report}: is a report; {option} has no effect on it\n"
            for option in ("--init", "--one-run")))

    def test_no_value_may_be_empty(self):
        report = self.write("report.json", GOOD)
        for option in ("--policy", "--baseline", "--json", "--junit", "--markdown", "--init"):
            _, errors = self.gate(report, "--rule", PASS, option, "", exit_code=2)
            self.assertEqual(errors, f"hindcast: {option}: must not be empty\n")

    def test_every_function_that_is_offered_is_in_the_help(self):
        _, errors = self.gate("--explain", "--rule", "xyzzyxyzzy(rotation) > 0", exit_code=2)
        help_text, _ = self.gate("--help")
        offered = re.search("expected one of (.*)", errors)[1].split(", ")
        self.assertIn("value", offered)
        for function in offered:
            self.assertRegex(help_text, rf"\b{function}(\||\()")

    def test_an_index_of_shards_is_no_report(self):
        path = self.write("model.safetensors.index.json", {"weight_map": {"a": "none.safetensors"}})
        _, errors = self.gate(path, "--rule", PASS, exit_code=2)
        self.assertNotIn("schema", errors)

    def test_an_unreadable_checkpoint_is_one_line(self):
        path = self.write("model.h5", support.HDF5_SIGNATURE + b"and nothing else")
        _, errors = self.gate(path, "--rule", PASS, exit_code=2)
        self.assertRegex(errors, r"^hindcast: [^\n]*model\.h5: [^\n]+\n$")


GOOD_POLICIES = (
    [PASS, {"rule": PASS}, {"name": "b", "rule": PASS}],
    [{"metric": "rotation", "threshold": 0, "comparison": ">"}],
    [{"metric": "summary.rotation.mean", "threshold": 0, "greater_is_better": True,
      "min_absolute_change": -0.1, "min_relative_change": -0.05}],
    [{"metric": "stable_rank@output", "aggregate": "quantile", "quantile": 0.1, "layers": "a*",
      "kind": ["conv", "linear"], "runs": ["r*"], "checkpoints": {"steps": [None, 3]},
      "nulls": "forbid", "min_relative_change": 0, "greater_is_better": False}],
    [{"metric": "low_rank.exact.rank@input", "threshold": 1, "comparison": ">",
      "greater_is_better": True}],
    [{"metric": "summary.rotation.layers", "threshold": 1, "comparison": "==",
      "greater_is_better": False}],
)
BAD_POLICIES = (
    [], [3], [{}], [{"metric": "rotation"}], [{"metric": "rotation", "threshold": 1}],
    [{"metric": "rotation", "comparison": ">"}], [{"rule": PASS, "threshold": 1}],
    [{"metric": "rotation", "threshold": "1", "comparison": ">"}],
    [{"metric": "rotation", "threshold": 1, "comparison": "=>"}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "treshold": 1}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "quantile": 0.1}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "aggregate": "quantile"}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "layers": []}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "kind": "cow"}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "nulls": None}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">",
      "checkpoints": {"steps": [1, 2], "epochs": [1, 2]}}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">",
      "checkpoints": {"steps": [None, None]}}],
    [{"metric": "rotation", "min_absolute_change": 0}],
    [{"metric": "rotation", "threshold": 1, "comparison": "<=", "greater_is_better": True}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "greater_is_better": False}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "greater_is_better": "no"}],
)


class Policies(GateTest):
    """The schema of policies and the program agree."""

    def program_takes(self, policy):
        path = self.write("policy.json", policy)
        done = subprocess.run([support.PROGRAM, "gate", "--explain", "--policy", path],
                              capture_output=True, check=False)
        self.assertIn(done.returncode, (0, 2))
        return done.returncode == 0

    def test_good_ones(self):
        for rules in GOOD_POLICIES:
            with self.subTest(rules=rules):
                policy = {"schema": "hindcast.policy/1", "rules": rules}
                self.assertEqual(list(validator("policy").iter_errors(policy)), [])
                self.assertTrue(self.program_takes(policy))

    def test_bad_ones(self):
        for policy in (*({"rules": rules} for rules in BAD_POLICIES), {}, [],
                       {"rules": [PASS], "rule": 1}, {"schema": "other", "rules": [PASS]}):
            with self.subTest(policy=policy):
                self.assertFalse(validator("policy").is_valid(policy))
                self.assertFalse(self.program_takes(policy))

    def test_the_one_that_ships(self):
        text = (support.SOURCE_DIR / "sample_checkpoints" / "gate_policy.json").read_text()
        policy = json.loads(re.sub(r"(?m)^\s*//.*$", "", text))
        self.assertEqual(list(validator("policy").iter_errors(policy)), [])

    def test_explain_says_what_each_rule_does(self):
        out, _ = self.gate("--explain", "--rule", BASELINE, "--rule",
                           "quantile(effective_rank@output, 0.1, kind=conv, epochs=3.., "
                           "nulls=ignore) >= 10 and < 99")
        self.assertEqual(out, (
            "mean(rotation) >= 0.95 * baseline\n"
            "  At the last checkpoint of every run, the mean rotation over all layers must be at "
            "least 0.95 * baseline.\n"
            "  If a value is missing and the others do not already break the rule, it cannot be "
            "judged; nor without a baseline that has the same layers, or if a run or checkpoint of "
            "the baseline is missing.\n"
            "quantile(effective_rank@output, 0.1, kind=conv, epochs=3.., nulls=ignore) >= 10 and "
            "< 99\n"
            "  At every checkpoint from epoch 3 on of every run, the 0.1 quantile of "
            "effective_rank@output over all conv layers must be at least 10 and less than 99.\n"
            "  Layers without a value are left out; if none has one, it cannot be judged.\n"))


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
            subprocess.run(["xmllint", "--noout", "--nonet", "--schema", XSD, "gate.xml"],
                           cwd=self.place, check=True, capture_output=True)
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
                          for option in ("--json", "--junit", "--markdown"))):
            with self.subTest(command):
                self.check_streams(command)

    def check_streams(self, command):
        def streams(**environment):
            done = subprocess.run([support.PROGRAM, *map(str, command)], cwd=self.place,
                                  capture_output=True, check=False, env={**CLEAN, **environment})
            return done.stdout.decode(), done.stderr.decode()

        plain, _ = streams()
        out, errors = streams(GITHUB_ACTIONS="true")
        self.assertEqual(out == plain, "--markdown" in command)  # Which escapes them anyway.
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
        self.check_schema("g.xml")
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

    def check_schema(self, name):
        subprocess.run(["xmllint", "--noout", "--nonet", "--schema", XSD, name], cwd=self.place,
                       check=True, capture_output=True)

    def test_an_error_replaces_the_verdicts_of_before(self):
        outputs = ("--json", "g.json", "--junit", "g.xml", "--markdown", "g.md")
        self.gate(self.report, "--rule", PASS, *outputs)
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
        self.check_schema("g.xml")
        root = xml.etree.ElementTree.parse(self.place / "g.xml").getroot()
        self.assertEqual([one.get("message") for one in root.iter("error")], [told])
        self.assertEqual((root.get("tests"), root.get("errors")), ("1", "1"))
        self.assertIn(told, html.unescape((self.place / "g.md").read_text()))

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
                "bound": 0.75, "cause": None, "reason": None}]}])


if __name__ == "__main__":
    unittest.main()
