"""`hindcast gate --init-policy` and `--update-baseline`."""

import copy
import json
import re
import resource
import unittest

import support
from gate_support import (ALL_NULL, GOOD, PASS, UNREAD, WORSE, GateTest, baselines, report_of,
                          validator)


class InitPolicy(GateTest):
    """The policy parses, keeps to its schema, and the report passes it."""

    def policy_of(self, report, *options):
        out, errors = self.gate(report, "--init-policy", "-q", *options)
        self.assertEqual(errors, "")
        return out

    def check(self, report):
        text = self.policy_of(report)
        policy = json.loads(re.sub(r"(?m)^\s*//.*$", "", text))
        self.assertEqual(list(validator("policy").iter_errors(policy)), [])
        self.assertEqual(len({rule["name"] for rule in policy["rules"]}), len(policy["rules"]))
        out, _ = self.gate(report, "-q", "--policy", self.write("policy.json", text))
        self.assertRegex(out, r"gate: (all \d+ rules|the only rule) passed\n$")
        return [rule["rule"] for rule in policy["rules"]]

    def test_of_the_sample_run(self):
        rules = self.check(support.SAMPLE_RUN)
        self.assertEqual(len(rules), 7)
        self.assertEqual(rules[0], "count(frobenius_norm, epochs=9) >= 6")

    def test_of_an_oracle_run(self):
        for name in support.ORACLE_RUNS:
            with self.subTest(name):
                self.assertGreaterEqual(len(self.check(support.shared(f"oracle/{name}"))), 6)

    def test_of_a_run_with_scores(self):
        table = support.SAMPLE_RUN / "test_accuracy.csv"
        report = self.place / "report.json"
        support.run("analyze", "-q", support.SAMPLE_RUN, "--scores", table, "--json", report)
        self.assertIn("scores.test_accuracy >= ", " ".join(self.check(report)))

    def test_of_several_runs(self):
        both = copy.deepcopy(WORSE)
        both["runs"] += report_of({"a": 0.1, "c": 0.9}, run="two")["runs"]
        self.assertIn("min(rotation) >= 0.09", self.check(self.write("report.json", both)))

    def test_a_worse_run_fails_it(self):
        worse = self.place / "worse.json"
        report = support.analyze(support.SAMPLE_RUN)
        last = report["runs"][0]["checkpoints"][-1]
        for layer in last["layers"]:
            layer["rotation"] *= 0.5
        worse.write_text(json.dumps(report))
        policy = self.write("policy.json", self.policy_of(support.SAMPLE_RUN))
        out, _ = self.gate(worse, "--policy", policy, exit_code=1)
        self.assertIn("FAIL  every layer has left its initialisation", out)

    def test_to_a_file(self):
        report = self.write("report.json", GOOD)
        out = self.policy_of(report)
        self.assertEqual(self.policy_of(report, "-o", "policy.json"), "")
        self.assertEqual((self.place / "policy.json").read_text(), out)
        self.assertEqual(self.policy_of(report, "--output", "-"), out)
        self.assertEqual(sorted(path.name for path in self.place.iterdir()),
                         ["policy.json", "report.json"])

    def test_what_cannot_be_judged_is_a_comment(self):
        text = self.policy_of(self.write("report.json", GOOD))
        self.assertIn("// Not asked: the network has learned (mean(knowledge_gain)): ", text)

    def test_names_of_layers_stay_in_their_comments(self):
        names = ["a\n\"}", "b\r]", "c\u2028,", "*/ {", "// \u202e", "\x00"]
        for name in names:
            report = report_of({name: {"frobenius_norm": 1, "rotation": None}})
            self.assertEqual(self.check(self.write("report.json", report)),
                             ["count(frobenius_norm, epochs=1) >= 1"])

    def test_an_incomplete_report_is_3_with_strict(self):
        report = self.write("report.json", UNREAD)
        self.gate(report, "--init-policy")
        self.gate(report, "--init-policy", "--strict", exit_code=3)

    def test_mistakes_are_one_line_and_leave_all_as_it_was(self):
        report = self.write("report.json", GOOD)
        null = self.write("null.json", ALL_NULL)
        policy = self.write("policy.json", "mine")
        for arguments, says in (
                ((), "REPORT is required"),
                (("none.json",), "none.json: no such file or directory"),
                ((null,), "null.json: there is nothing in the report that could be judged"),
                ((report, "-o", "report.json"), "REPORT and --output are the same file"),
                ((report, "-o", "none/policy.json"), "none/policy.json: "),
                ((report, "--rule", PASS), "--init-policy judges nothing; leave out --rule"),
                ((report, "--policy", policy), "--init-policy judges nothing; leave out --policy"),
                ((report, "--explain"), "--init-policy judges nothing; leave out --explain"),
                ((report, "--json", "x"), "--init-policy judges nothing; leave out --json"),
                ((report, "--baseline", null), "--init-policy judges nothing; leave out --baseline"),
                ((report, "--update-baseline"), "--init-policy and --update-baseline are two")):
            with self.subTest(arguments=arguments):
                out, errors = self.gate("--init-policy", *arguments, exit_code=2)
                self.assertEqual(out, "")
                self.assertRegex(errors, r"^hindcast: [^\n]+\n$")
                self.assertIn(says, errors)
        _, errors = self.gate(report, "--rule", PASS, "-o", "x", exit_code=2)
        self.assertIn("--output is where --init-policy writes to", errors)
        self.assertEqual(policy.read_text(), "mine")
        self.assertEqual(len(list(self.place.iterdir())), 3)


class UpdateBaseline(GateTest):
    """The report takes the baseline's place whole or not at all."""

    def setUp(self):
        super().setUp()
        self.baseline = self.write("baseline.json", GOOD)
        self.before = self.baseline.read_bytes()

    def update(self, report, *options, exit_code=0):
        return self.gate(report, *baselines([self.baseline]), "--update-baseline", *options,
                         exit_code=exit_code)

    def test_the_report_is_copied_and_what_changed_is_shown(self):
        new = {**WORSE, "later": {"unknown": 1}}
        report = self.write("report.json", json.dumps(new, indent=3))
        out, errors = self.update("report.json")
        self.assertEqual(self.baseline.read_bytes(), report.read_bytes())
        self.assertEqual(errors, "")
        self.assertRegex(out, r"(?m)^better +b +rotation +0\.25 +0\.5 ")
        self.assertTrue(out.endswith(f"\ngate: {self.baseline} now is report.json\n"))
        out, _ = self.update("report.json")
        self.assertEqual(out, f"no value changed\n\ngate: {self.baseline} already is report.json\n")
        self.gate("report.json", "--baseline", self.baseline, "--rule", "mean(rotation) == baseline")

    def test_checkpoints_are_analysed(self):
        self.update(support.SAMPLE_RUN)
        self.assertEqual(json.loads(self.baseline.read_text())["runs"][0]["name"],
                         support.SAMPLE_RUN.name)

    def test_a_link_still_leads_to_the_baseline(self):
        link = self.place / "link.json"
        link.symlink_to(self.baseline)
        self.gate(self.write("report.json", WORSE), "--baseline", link, "--update-baseline")
        self.assertTrue(link.is_symlink())
        self.assertEqual(json.loads(self.baseline.read_text()), WORSE)

    def test_only_changed_checkpoints_are_shown(self):
        longer = copy.deepcopy(GOOD)
        checkpoints = longer["runs"][0]["checkpoints"]
        for epoch in (2, 3):
            checkpoints.append({**copy.deepcopy(checkpoints[0]), "name": f"e{epoch}",
                                "epoch": epoch})
        self.baseline.write_text(json.dumps(longer))
        checkpoints[1]["layers"][0]["rotation"] = 0.75
        out, _ = self.update(self.write("report.json", longer))
        self.assertEqual(re.findall(r"(?m)^B .*'(\w+)' \(epoch", out), ["e2"])

    def test_failure_leaves_it_as_it_was(self):
        good = self.write("good.json", WORSE)
        cut = self.write("cut.json", json.dumps(WORSE)[:-7])
        null = self.write("null.json", ALL_NULL)
        null_layers = json.loads(null.read_text())
        for layer in null_layers["runs"][0]["checkpoints"][0]["layers"]:
            layer["status"] = "non_finite"
        null.write_text(json.dumps(null_layers))
        for arguments, says in (
                (("none.json",), "none.json: no such file or directory"),
                ((cut,), "cut.json: line 1, column "),
                ((null,), "no layer of it could be judged; the baseline is left as it is"),
                ((self.baseline,), "REPORT and --baseline are the same file"),
                ((good, "--baseline", cut), "needs the one --baseline to rewrite, not 2"),
                ((good, "--rule", PASS), "--update-baseline judges nothing; leave out --rule"),
                ((good, "--exit-zero"), "--update-baseline judges nothing; leave out --exit-zero"),
                ((good, "--false-alarms", "0.1"), "leave out --false-alarms"),
                ((good, "-o", "x"), "--output is where --init-policy writes to")):
            with self.subTest(arguments=arguments):
                out, errors = self.update(*arguments, exit_code=2)
                self.assertEqual(out, "")
                self.assertRegex(errors.splitlines()[-1], "^hindcast: ")
                self.assertIn(says, errors)
                self.assertEqual(self.baseline.read_bytes(), self.before)
        self.assertEqual(len(list(self.place.iterdir())), 4)

    def test_what_is_no_report_is_not_written_over(self):
        report = self.write("report.json", GOOD)
        notes = self.write("notes.txt", "not a report, and dear to somebody")
        for path, says in ((notes, "is no report, and would be lost"),
                           (self.place / "none.json", "none.json: no such file or directory"),
                           (self.place, "is no report, and would be lost"),
                           (self.write("broken.json", "{"), "broken.json: line 1, column 2: ")):
            _, errors = self.gate(report, "--baseline", path, "--update-baseline", exit_code=2)
            self.assertIn(says, errors)
        self.assertEqual(notes.read_text(), "not a report, and dear to somebody")
        _, errors = self.gate(report, "--update-baseline", exit_code=2)
        self.assertIn("needs the one --baseline to rewrite, not 0", errors)

    def test_an_incomplete_report_is_not_taken_with_strict(self):
        report = self.write("report.json", UNREAD)
        self.update(report, "--strict", exit_code=3)
        self.assertEqual(self.baseline.read_bytes(), self.before)
        self.update(report)
        self.assertEqual(self.baseline.read_bytes(), report.read_bytes())

    def test_a_full_disk_leaves_it_as_it_was(self):
        """A file may not grow beyond what the report takes."""
        report = self.write("report.json", json.dumps(WORSE) + " " * 5000)
        done = support.run(
            "gate", report, *baselines([self.baseline]), "--update-baseline", exit_code=2,
            restore_signals=False,  # So that it is an error, not the end of the process.
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"baseline.json: ", done.stderr)
        self.assertEqual(self.baseline.read_bytes(), self.before)
        self.assertEqual(sorted(path.name for path in self.place.iterdir()),
                         ["baseline.json", "report.json"])


if __name__ == "__main__":
    unittest.main()
