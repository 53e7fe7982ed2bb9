"""`hindcast gate` with several baselines: what is noise, what is not, and how often it errs."""

import copy
import json
import random
import statistics
import unittest

import numpy
from scipy import stats

import support
from gate_support import GOOD, UNREAD, GateTest, baselines, report_of

SEED = 20240603
LOWER = "mean(rotation) >= baseline"


def seeds(count, layers=3):
    """Reports of runs that differ by chance alone."""
    generator = random.Random(SEED)
    return [report_of({f"l{i}": 0.5 + 0.1 * i + generator.gauss(0, 0.02) for i in range(layers)},
                      run=f"seed_{seed}") for seed in range(count)]


def rotations(report):
    return [layer["rotation"] for _, layer in support.layers_of(report)]


class Verdicts(GateTest):
    """The bound is scipy's, whoever asks."""

    def verdicts(self, report, rules, paths, *options, exit_code=0):
        return self.judged(report, *rules, exit_code=exit_code, more=(*baselines(paths), *options))

    def test_bounds_are_those_of_a_prediction_interval(self):
        reports = seeds(6)
        for count in (3, 5, 6):
            verdicts = self.verdicts(reports[0], ["each(rotation) >= baseline"],
                                     self.reports(*reports[:count]))
            for i, finding in enumerate(verdicts["rules"][0]["findings"]):
                values = [rotations(report)[i] for report in reports[:count]]
                allowed = stats.t.isf(0.05 / 3, count - 1) * (1 + 1 / count)**0.5
                noise = finding["noise"]
                self.assertAlmostEqual(finding["baseline"], statistics.mean(values), places=14)
                self.assertAlmostEqual(noise["standard_deviation"], statistics.stdev(values),
                                       places=14)
                self.assertAlmostEqual(noise["allowed_deviations"], allowed, places=7)
                self.assertAlmostEqual(
                    finding["bound"],
                    statistics.mean(values) - allowed * statistics.stdev(values), places=9)
            self.assertEqual(verdicts["calibration"]["false_alarms"], 0.05)

    def test_power_and_chances_are_scipys(self):
        reports = seeds(4)
        rules = ["each(rotation) >= baseline", "mean(rotation) == baseline"]
        verdicts = self.verdicts(reports[0], rules, self.reports(*reports), "--deviations", "4")
        found = verdicts["calibration"]
        scale = 1.25**0.5
        one_side = stats.t.sf(4 / scale, 3)
        self.assertAlmostEqual(found["false_alarms"], 5 * one_side)
        self.assertAlmostEqual(found["false_alarms_of_one"], 2 * one_side)
        with numpy.errstate(all="ignore"):  # What it needs for its tails.
            power = stats.nct.sf(4 / scale, 3, 3 / scale)
        self.assertAlmostEqual(found["power_at_3_deviations"], power, places=6)
        self.assertEqual((found["asked_deviations"], found["asked_false_alarms"]), (4, None))

    def test_noise_is_no_failure_and_a_change_is_one(self):
        reports = seeds(8)
        paths = self.reports(*reports[:7])
        self.verdicts(reports[7], [LOWER], paths)
        worse = copy.deepcopy(reports[7])
        for _, layer in support.layers_of(worse):
            layer["rotation"] -= 0.2
        verdicts = self.verdicts(worse, [LOWER], paths, exit_code=1)
        self.assertEqual(verdicts["verdict"], "fail")
        best = max(range(7), key=lambda seed: statistics.mean(rotations(reports[seed])))
        single = self.judged(reports[7], LOWER, exit_code=1, more=baselines(paths[best:best + 1]))
        self.assertIsNone(single["calibration"])
        self.assertIsNone(single["rules"][0]["findings"][0]["noise"])

    def test_a_rule_without_a_baseline_is_judged_as_ever(self):
        paths = self.reports(*seeds(3))
        verdicts = self.verdicts(GOOD, ["min(rotation) >= 0.4"], paths, exit_code=1)
        self.assertEqual(verdicts["calibration"]["comparisons"], 0)
        out, _ = self.gate(self.write("r.json", GOOD), "--rule", "min(rotation) >= 0.1",
                           *baselines(paths))
        self.assertIn("noise: no value could be set against the noise of the 3 baselines\n", out)

    def test_baselines_without_noise_lack_or_layer(self):
        reports = seeds(5)
        reports[1]["runs"][0]["checkpoints"][0]["layers"].pop()
        reports[2]["runs"][0]["checkpoints"][0]["layers"][0]["rotation"] = None
        for report in reports:
            report["runs"][0]["checkpoints"][0]["layers"][1]["rotation"] = 0.25
        verdicts = self.verdicts(reports[0], ["each(rotation) >= baseline"], self.reports(*reports))
        noises = [finding["noise"] for finding in verdicts["rules"][0]["findings"]]
        self.assertEqual([(noise["baselines"], noise["left_out"]) for noise in noises],
                         [(4, 1), (5, 0), (4, 1)])
        self.assertEqual(noises[2]["why_left_out"], "the baseline has no such layer")
        self.assertEqual(noises[1]["standard_deviation"], 0)
        calibration = verdicts["calibration"]
        self.assertEqual((calibration["comparisons"], calibration["with_fewer_baselines"],
                          calibration["without_noise"]), (2, 2, 1))
        worse = copy.deepcopy(reports[0])
        worse["runs"][0]["checkpoints"][0]["layers"][1]["rotation"] = 0.24
        verdicts = self.verdicts(worse, ["each(rotation) >= baseline"], self.reports(*reports),
                                 exit_code=2)
        self.assertEqual(verdicts["rules"][0]["findings"][1]["cause"], "no_noise")

    def test_what_every_output_says_of_noise(self):
        reports = seeds(4)
        report = self.write("report.json", reports[3])
        arguments = (report, *baselines(self.reports(*reports[:3])), "--rule", LOWER)
        stated = ("noise: 1 comparison with 3 baselines; of a run as good as the rules ask, any of "
                  "them fails by chance alone in at most 5 % of gates, a single one in 5 %\n"
                  "noise: a change of one value by 3 standard deviations is found in 52.6 %\n")
        out, _ = self.gate(*arguments, "--junit", "g.xml", "--markdown", "g.md", "--openmetrics",
                           "g.txt")
        self.assertIn(stated, out)
        self.assertRegex(out, r"\(baseline; 3 baselines, mean 0\.\d+, standard deviation 0\.\d+, "
                              r"of which 3\.37 are allowed\)")
        self.check_junit("g.xml")
        self.assertIn(stated, (self.place / "g.xml").read_text())
        self.assertIn(stated, (self.place / "g.md").read_text())
        self.assertIn("\nhindcast_gate_false_alarms 0.0500000\n", (self.place / "g.txt").read_text())

    def test_a_baseline_under_two_names_is_told(self):
        report, *others = seeds(4)
        self.write("copy.json", others[1])
        paths = [*self.reports(*others), "copy.json"]
        _, err = self.gate(self.write("r.json", report), *baselines(paths), "--rule",
                           "min(rotation) >= 0.01 * baseline")
        self.assertIn(f"the baselines '{paths[1]}' and 'copy.json' hold the same numbers", err)

    def test_the_order_of_baselines_does_not_matter(self):
        report, *others = seeds(5)
        paths = self.reports(*others)
        one = self.verdicts(report, [LOWER], paths)
        other = self.verdicts(report, [LOWER], paths[::-1])
        self.assertEqual(one["rules"][0]["verdict"], other["rules"][0]["verdict"])
        self.assertAlmostEqual(one["rules"][0]["findings"][0]["bound"],
                               other["rules"][0]["findings"][0]["bound"], places=12)

    def test_what_baselines_could_not_read_is_told(self):
        verdicts = self.verdicts(GOOD, ["min(rotation) >= 0"],
                                 self.reports(UNREAD, *seeds(2)))
        self.assertEqual([one["source"] for one in verdicts["not_read"]], ["baseline"])

    def test_checkpoints_as_baselines(self):
        """Three runs of the sample's layers, with other weights."""
        generator = numpy.random.default_rng(5)
        paths = []
        for seed in range(4):
            run = self.place / f"run_{seed}"
            run.mkdir()
            support.write_checkpoint(run / "epoch_0.h5", {
                "fc.weight": generator.standard_normal((12, 9)).astype("float32")}, epoch=0)
            paths.append(run)
        out, _ = self.gate(paths[3], *baselines(paths[:3]), "--rule", "stable_rank == baseline",
                           "--json", "-")
        self.assertEqual(json.loads(out)["calibration"]["comparisons"], 1)

    def test_mistakes_are_one_line_and_status_2(self):
        report = self.write("report.json", GOOD)
        paths = self.reports(*seeds(3))
        (self.place / "link.json").symlink_to(paths[0])
        three = baselines(paths)
        for options, says in (
                (baselines(paths[:2]), "--baseline: 2 baselines say too little of noise; give one, "
                                       "or at least 3"),
                ((*three[:-1], "link.json"), f"'{paths[0]}' and 'link.json' are the same, and "
                                             "would count twice"),
                ((*three, "--baseline", "report.json"),
                 "REPORT is one of the baselines, 'report.json', and would be judged by itself"),
                ((*three, "--baseline", "none.json"), "none.json: no such file or directory"),
                ((*three, "--deviations", "0"), "--deviations: must be above 0 and at most"),
                ((*three, "--deviations", "-2"), "--deviations: must be above 0 and at most"),
                ((*three, "--deviations", "nan"), "--deviations: must be above 0 and at most"),
                ((*three, "--deviations", "x"), "--deviations: must be a number, not 'x'"),
                ((*three, "--false-alarms", "0"), "--false-alarms: must be from 1e-09 to 0.5"),
                ((*three, "--false-alarms", "0.6"), "--false-alarms: must be from 1e-09 to 0.5"),
                ((*three, "--false-alarms", "5%"), "--false-alarms: must be a number, not '5%'"),
                ((*three, "--false-alarms", "0.1", "--deviations", "3"),
                 "--false-alarms and --deviations say the same in two ways"),
                (("--deviations", "3"), "--deviations needs at least 3 baselines"),
                ((*three[:2], "--false-alarms", "0.1"),
                 "--false-alarms needs at least 3 baselines")):
            with self.subTest(options=options):
                out, errors = self.gate(report, "--rule", LOWER, *options, exit_code=2)
                self.assertEqual(out, "")
                self.assertRegex(errors, r"^hindcast: [^\n]+\n$")
                self.assertIn(says, errors)

    def test_no_baseline_is_written_over(self):
        report = self.write("report.json", GOOD)
        paths = self.reports(*seeds(3))
        before = paths[2].read_bytes()
        _, errors = self.gate(report, "--rule", LOWER, *baselines(paths), "--openmetrics", paths[2],
                              exit_code=2)
        self.assertIn("--baseline and --openmetrics are the same file", errors)
        self.assertEqual(paths[2].read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
