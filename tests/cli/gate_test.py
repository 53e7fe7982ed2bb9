"""`hindcast gate`: every verdict and its exit code, where reports come from, and policies."""

import json
import re
import shutil
import subprocess
import unittest

import support
from gate_support import (ALL_NULL, BASELINE, FAIL, GOOD, LONGER, NOTHING, NULL, PASS, TWO_RUNS,
                          UNREAD, WORSE, GateTest, report_of, validator)

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
        for option in ("--policy", "--baseline", "--json", "--junit", "--markdown", "--openmetrics",
                       "--output", "--init"):
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
    [{"metric": "rotation", "aggregate": "mean", "trend": 3, "threshold": 0, "comparison": ">="},
     {"metric": "summary.rotation.mean", "trend": 2, "trend_by": "smallest_step",
      "checkpoints": {"epochs": [3, None]}, "min_absolute_change": 0, "greater_is_better": True}],
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
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "trend": 1}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "trend": 2.5}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "trend_by": "slope"}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "trend": 2, "trend_by": "fall"}],
    [{"metric": "rotation", "threshold": 1, "comparison": ">", "trend": 2,
      "checkpoints": "every"}],
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
                           "nulls=ignore) >= 10 and < 99", "--rule",
                           "mean(rotation, trend=3, epochs=2..) >= 0")
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
            "  Layers without a value are left out; if none has one, it cannot be judged.\n"
            "mean(rotation, epochs=2.., trend=3) >= 0\n"
            "  Over the last 3 checkpoints from epoch 2 on of every run, the slope, per checkpoint, "
            "of the mean rotation over all layers must be at least 0.\n"
            "  If a value is missing and the others do not already break the rule, it cannot be "
            "judged.\n"))


if __name__ == "__main__":
    unittest.main()
