"""`hindcast report`: what it writes and where, and what it refuses. How it looks: page_test.py."""

import base64
import hashlib
import html.parser
import json
import unittest
import zlib

import support
from errors_support import CommandTest, write_checkpoint
from made_report import large_run, made_run, write_report


class Parts(html.parser.HTMLParser):
    """The policy, styles, programs, links and data of a page."""

    def __init__(self, text):
        super().__init__()
        self.policy, self.data = "", ""
        self.styles, self.programs, self.links = [], [], []
        self._tag, self._attributes = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._tag, self._attributes = tag, dict(attrs)
        if self._attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = self._attributes["content"]
        self.links += [self._attributes[name] for name in ("src", "href")
                       if name in self._attributes]

    def handle_endtag(self, tag):
        self._tag = None

    def handle_data(self, data):
        if self._attributes.get("id") == "data" and self._tag == "script":
            is_packed = self._attributes.get("data-encoding") == "deflate-base64"
            self.data = zlib.decompress(base64.b64decode(data)).decode() if is_packed else data
        elif self._tag in ("style", "script"):
            (self.styles if self._tag == "style" else self.programs).append(data)


def source_of(content):
    """What a policy calls an inline style or program."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


class Report(CommandTest):
    """The file that the command writes."""

    def setUp(self):
        super().setUp()
        write_checkpoint(self.place / "run" / "init.h5", epoch=-1)
        write_checkpoint(self.place / "run" / "epoch_00.h5", epoch=0)
        self.program("analyze", "run", "--json", "report.json")

    def page(self, *arguments, **options):
        """What it writes to stdout."""
        return self.program("report", "--quiet", *arguments, **options)[0]

    def test_stdout_and_a_file_get_the_same_bytes_each_time(self):
        text = self.page("report.json")
        self.assertTrue(text.startswith("<!DOCTYPE html>\n"))
        self.assertTrue(text.endswith("</html>\n"))
        self.assertEqual(self.page("report.json", "-o", "page.html"), "")
        self.assertEqual((self.place / "page.html").read_text(encoding="utf-8"), text)
        self.assertNotIn(str(self.place), text)

    def test_the_policy_allows_what_is_in_the_page_and_nothing_else(self):
        parts = Parts(self.page("report.json"))
        self.assertEqual((len(parts.styles), len(parts.programs)), (2, 3))
        directives = dict(one.strip().split(" ", 1) for one in parts.policy.split(";"))
        self.assertEqual(directives.pop("img-src"), "data:")
        self.assertEqual(directives.pop("script-src").split(" "), [*map(source_of, parts.programs)])
        self.assertEqual(directives.pop("style-src").split(" "), [*map(source_of, parts.styles)])
        self.assertEqual(directives, {"default-src": "'none'", "base-uri": "'none'",
                                      "form-action": "'none'"})

    def test_it_refers_to_nothing_but_itself_and_papers(self):
        for link in Parts(self.page("report.json")).links:
            self.assertRegex(link, r"^(#\w+|data:image/svg\+xml,.*"
                                   r"|https://(arxiv|jmlr|doi)\.org/.*"
                                   r"|https://infoscience\.epfl\.ch/.*)$")

    def test_every_program_and_style_is_in_it(self):
        """src/html/page.cpp lists the programs, for they need each other in an order."""
        text = self.page("report.json")
        folder = support.SOURCE_DIR / "src" / "html" / "page"
        for path in (*folder.glob("*.js"), *folder.glob("*.css")):
            self.assertIn(path.read_text(encoding="utf-8"), text, path.name)

    def test_the_licence_of_the_library_is_in_it(self):
        text = self.page("report.json")
        self.assertIn("Copyright (c) 2022 Leon Sorokin", text)
        self.assertIn("THE SOFTWARE IS PROVIDED &quot;AS IS&quot;", text)

    def test_the_numbers_are_those_of_the_report(self):
        run = json.loads(Parts(self.page("report.json")).data)["runs"][0]
        layers = support.load(self.place / "report.json")["runs"][0]["checkpoints"][1]["layers"]
        self.assertEqual([one["name"] for one in run["layers"]], [one["name"] for one in layers])
        compared = 0
        for metric, rows in run["values"].items():
            for row, layer in zip(rows, layers, strict=True):
                expected = layer[metric]
                self.assertEqual(row[1], expected)
                compared += expected is not None
        self.assertGreater(compared, 15)

    def test_much_data_is_packed(self):
        write_report(self.place / "large.json", large_run(20, 40))
        data = json.loads(Parts(self.page("large.json")).data)
        self.assertEqual(len(data["runs"][0]["values"]["rotation"]), 20)
        self.assertEqual(len(data["runs"][0]["values"]["rotation"][0]), 40)

    def test_checkpoints_are_analysed_first(self):
        self.assertEqual(self.page("run"), self.page("report.json"))

    def test_runs_of_one_name_are_told_apart(self):
        write_report(self.place / "other.json", made_run("run", ["a.weight"], ["one", "two"]))
        data = json.loads(Parts(self.page("report.json", "other.json")).data)
        self.assertEqual([run["name"] for run in data["runs"]],
                         ["report.json:run", "other.json:run"])

    def test_within_a_workflow_no_name_is_a_command(self):
        write_report(self.place / "odd.json", made_run("##[group]", ["##[error]x"], ["one"]))
        text = self.page("odd.json", env={"GITHUB_ACTIONS": "true"})
        self.assertNotIn("##[", text)
        self.assertNotRegex(text, r"(?m)^\s*::")
        self.assertEqual(json.loads(Parts(text).data)["runs"][0]["layers"][0]["name"], "##[error]x")
        parts = Parts(text)
        for program in parts.programs:
            self.assertIn(source_of(program), parts.policy)

    def test_verdicts_of_another_report_are_refused(self):
        for rule, missing in (("each(rotation) <= 2", "layer 'a.weight' in 'one'"),
                              ("summary.rotation.mean <= 2", "'one'")):
            write_report(self.place / "other.json", made_run("else", ["a.weight"], ["one"]))
            self.program("gate", "other.json", "--rule", rule, "--json", "gate.json")
            self.page("other.json", "--gate-result", "gate.json")
            self.assertEqual(
                self.complaint("report", "report.json", "--gate-result", "gate.json"),
                f"--gate-result is of another report: here is no {missing} of run 'else'")

    def test_what_it_refuses(self):
        self.program("gate", "report.json", "--rule", "max(rotation) <= 2", "--json", "gate.json")
        for arguments, message in (
                (["report.json", "report.json"],
                 "'report.json' and 'report.json' are the same, and would count twice"),
                (["report.json", "-o", "report.json"],
                 "'report.json' is a report and would be written over"),
                (["report.json", "--gate-result", "gate.json", "-o", "gate.json"],
                 "'gate.json' holds the verdicts and would be written over"),
                (["report.json", "-o", "gone/page.html"],
                 "gone/page.html: no such file or directory"),
                (["gone.json"], "gone.json: no such file or directory"),
                (["report.json", "--gate-result", "report.json"],
                 "report.json: line 2, column 13: /schema: is not what gate --json writes: "
                 "expected 'hindcast.gate/1', not 'hindcast.report/1'"),
                (["report.json", "--max-report-values", "10"], None)):
            complaint = self.complaint("report", *arguments)
            self.assertEqual(complaint, message or complaint)
        self.assertEqual(self.files(), ["gate.json", "report.json", "run"])

    def test_an_incomplete_report_is_one(self):
        run = made_run("run", ["a.weight"], ["one"])
        run["unread"] = [{"path": "two.h5", "reason": "cut short"}]
        write_report(self.place / "less.json", run)
        self.page("less.json")
        _, lines = self.program("report", "--strict", "less.json", "-o", "page.html", exit_code=3)
        self.assertRegex(lines[0], "two.h5: cut short")
        self.assertTrue((self.place / "page.html").exists())

    def test_a_report_without_a_checkpoint_makes_no_page(self):
        write_report(self.place / "none.json", {**made_run("run", ["a.weight"], ["one"]),
                                                "checkpoints": []})
        self.program("report", "none.json", "-o", "page.html", exit_code=2)
        self.assertFalse((self.place / "page.html").exists())


if __name__ == "__main__":
    unittest.main()
