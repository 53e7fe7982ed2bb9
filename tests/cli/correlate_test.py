"""`hindcast correlate`: its numbers against scipy's, its verdicts, and what it says of too little."""

import copy
import csv
import functools
import io
import json
import math
import random
import unittest

import jsonschema
import numpy
import scipy.stats

import support

SEED = 20250611
COEFFICIENTS = {"pearson": scipy.stats.pearsonr, "spearman": scipy.stats.spearmanr,
                "kendall": scipy.stats.kendalltau}
CLOSE = 1e-12


@functools.cache
def validator():
    """Of the schema that ships with the command."""
    schema = support.load(support.SOURCE_DIR / "src" / "correlate" / "correlate.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def run_report(name, rows, score="val_accuracy"):
    """A run: a row is the score (or None) and the summary, metric to mean, of a checkpoint."""
    checkpoints = []
    for epoch, (value, means) in enumerate(rows):
        checkpoints.append({
            "name": f"epoch_{epoch:02d}", "path": f"epoch_{epoch:02d}.h5", "step": None,
            "epoch": epoch, "scores": {} if value is None else {score: value},
            "summary": {metric: {"layers": 1, "mean": mean} for metric, mean in means.items()},
            "layers": [{"name": "fc", "kind": "linear", "shape": [2, 3], "status": "ok"}]})
    return {"name": name, "checkpoints": checkpoints}


def report_of(*runs):
    return {"schema": "hindcast.report/1", "runs": list(runs)}


def paradox(runs, checkpoints):
    """Within a run the score falls as the metric rises; runs with more of it score higher."""
    jitter = random.Random(SEED)
    return report_of(*(run_report(f"seed_{r}", [
        (0.5 + 0.08 * r - 0.01 * t + jitter.uniform(-0.008, 0.008), {"stable_rank": 10 * r + t})
        for t in range(checkpoints)]) for r in range(runs)))


class CorrelateTest(unittest.TestCase):
    """Runs the command in a directory of its own."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())

    def write(self, name, content):
        path = self.place / name
        path.write_text(content if isinstance(content, str) else json.dumps(content),
                        encoding="utf-8")
        return path

    def correlate(self, *arguments, exit_code=0):
        """What it wrote to stdout and to stderr."""
        done = support.run("correlate", *arguments, exit_code=exit_code, cwd=self.place)
        return done.stdout.decode(), done.stderr.decode()

    def found(self, *arguments, exit_code=0):
        """The correlations as JSON, which must be valid."""
        out, _ = self.correlate(*arguments, "--quiet", "--json", "-", exit_code=exit_code)
        document = json.loads(out)
        errors = [f"{one.json_path}: {one.message}" for one in validator().iter_errors(document)]
        self.assertEqual(errors[:5], [])
        return document

    def assert_refused(self, *arguments, says):
        out, err = self.correlate(*arguments, exit_code=2)
        self.assertEqual(out, "")
        self.assertIn(says, err.splitlines()[-1])


def series_of(report, metric, score="test_accuracy"):
    """Run name to the metric and the score of each checkpoint that has both."""
    series = {}
    for run in report["runs"]:
        rows = []
        for checkpoint in run["checkpoints"]:
            value = checkpoint["summary"]
            for key in metric.split("."):
                value = value[key]
            if score in checkpoint["scores"] and value is not None:
                rows.append((value, checkpoint["scores"][score]))
        series[run["name"]] = numpy.array(rows).reshape(-1, 2)
    return series


class Oracle(CorrelateTest):
    """The three runs whose test accuracy is known, against scipy.stats."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.enterClassContext(support.temporary_directory())
        runs = [support.shared(f"oracle/{name}") for name in support.ORACLE_RUNS]
        cls.table = cls.folder / "accuracy.csv"
        with cls.table.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["run", "epoch", "test_accuracy"])
            for run in runs:
                accuracies = support.load(run / "oracle.json")["test_accuracy_after_epoch"]
                rows.writerows((run.name, *row) for row in enumerate(accuracies))
        cls.report = cls.folder / "report.json"
        support.run("analyze", "--quiet", "--json", cls.report, "--scores", cls.table, *runs)

    def check_across(self, one, series):
        ends = numpy.array([rows[-1] for rows in series.values() if len(rows)])
        compared = 0
        for name, function in COEFFICIENTS.items():
            result = one["across_runs"][name]
            if result is not None:
                expected = function(*ends.T)[0]
                self.assertLessEqual(abs(result["value"] - expected), CLOSE, (one["metric"], name))
                compared += 1
        return compared

    def check_within(self, one, series):
        compared = 0
        for name, function in COEFFICIENTS.items():
            values, weights = [], []
            for part in one["within_runs"]["by_run"]:
                rows = series[part["run"]]
                self.assertEqual(part["checkpoints"], len(rows))
                values.append(function(*rows.T)[0])
                weights.append(len(rows) - 1)
                self.assertLessEqual(abs(part[name] - values[-1]), CLOSE, (one["metric"], name))
                compared += 1
            if values:
                mean = one["within_runs"][name]["value"]
                expected = numpy.average(values, weights=weights)
                self.assertLessEqual(abs(mean - expected), CLOSE, (one["metric"], name))
        return compared

    def test_every_coefficient_is_scipys(self):
        report = support.load(self.report)
        compared = 0
        for one in self.found(self.report)["metrics"]:
            series = series_of(report, one["metric"])
            compared += self.check_across(one, series) + self.check_within(one, series)
        self.assertGreater(compared, 600)

    def test_every_run_is_in_it_with_every_epoch(self):
        found = self.found(self.report)
        self.assertEqual(found["score"], {"name": "test_accuracy", "how": "chosen",
                                          "greater_is_better": True, "others": []})
        self.assertEqual({run["name"]: (run["scored"], run["end"]) for run in found["runs"]},
                         {name: (12, "epoch_11") for name in support.ORACLE_RUNS})
        rotation = next(one for one in found["metrics"] if one["metric"] == "rotation.mean")
        self.assertEqual(rotation["within_runs"]["spearman"]["arrangements"], 12**3)
        self.assertTrue(rotation["within_runs"]["flagged"])

    def test_three_runs_are_too_few_across_runs(self):
        found = self.found(self.report)
        self.assertEqual(found["across_runs"]["flagged"], 0)
        self.assertEqual(found["across_runs"]["smallest_corrected_p"], 1)
        out, _ = self.correlate(self.report)
        self.assertIn("too little data", out.split("\nacross runs")[1])
        self.assertIn("across runs: too little data", out.splitlines()[-1])

    def test_reports_of_one_run_each_and_their_order_make_no_difference(self):
        parts = []
        for name in support.ORACLE_RUNS:
            parts.append(self.place / f"{name}.json")
            support.run("analyze", "--quiet", "--json", parts[-1], support.shared(f"oracle/{name}"))
        together = self.correlate("-q", self.report)
        for order in (parts, parts[::-1]):
            self.assertEqual(self.correlate("-q", *order, "--scores", self.table), together)

    def test_directories_are_analysed_first(self):
        runs = [support.shared(f"oracle/{name}") for name in support.ORACLE_RUNS]
        self.assertEqual(self.correlate("-q", *runs, "--scores", self.table),
                         self.correlate("-q", self.report))


class Statistics(CorrelateTest):
    """p-values, intervals and verdicts of reports that were made for them."""

    def random_report(self, runs, checkpoints, ties=False):
        source = random.Random(SEED)
        draw = (lambda: source.randrange(4)) if ties else source.random
        return report_of(*(run_report(f"run_{r}", [
            (draw(), {"stable_rank": draw(), "rotation": draw(), "condition_number": draw()})
            for _ in range(checkpoints)]) for r in range(runs)))

    def test_across_runs_with_ties_against_scipy(self):
        for runs, ties in ((5, False), (7, True), (40, True)):
            report = self.random_report(runs, 1, ties)
            found = self.found(self.write("report.json", report))
            tried = [one for one in found["metrics"] if one["across_runs"]["status"] == "ok"]
            self.assertEqual(len(tried), 3)
            for one in tried:
                rows = numpy.array([rows[-1] for rows in
                                    series_of(report, one["metric"], "val_accuracy").values()])
                for name, function in COEFFICIENTS.items():
                    self.assertLessEqual(
                        abs(one["across_runs"][name]["value"] - function(*rows.T)[0]), CLOSE)
                interval = scipy.stats.pearsonr(*rows.T).confidence_interval()
                numpy.testing.assert_allclose(one["across_runs"]["pearson"]["interval"], interval,
                                              atol=1e-9)

    def test_drawn_p_values_are_near_those_of_the_theory(self):
        found = self.found(self.write("report.json", self.random_report(40, 1)))
        for one in found["metrics"]:
            result = one["across_runs"]["pearson"]
            if result is None:
                continue
            self.assertFalse(result["exact"])
            self.assertEqual(result["smallest_p"], 1e-4)
            self.assertTrue(math.isclose(result["p"] * 1e4, round(result["p"] * 1e4)))
            r = result["value"]
            theory = 2 * scipy.stats.t.sf(abs(r) * math.sqrt(38 / (1 - r * r)), 38)
            self.assertLess(abs(result["p"] - theory), 0.03)

    def test_the_seed_decides_what_is_drawn(self):
        path = self.write("report.json", self.random_report(12, 8))
        first = self.correlate(path, "--permutations", "199", "--json", "-")
        self.assertEqual(first, self.correlate(path, "--permutations", "199", "--json", "-"))
        self.assertNotEqual(first, self.correlate(path, "--permutations", "199", "--json", "-",
                                                  "--seed", "2"))

    def test_a_metric_alone_is_corrected_for_nothing(self):
        path = self.write("report.json", self.random_report(6, 4))
        [alone] = self.found(path, "--metric", "summary.rotation.mean")["metrics"]
        tried = [one for one in self.found(path)["metrics"] if one["across_runs"]["spearman"]]
        among = next(one for one in tried if one["metric"] == "rotation.mean")
        for view in ("across_runs", "within_runs"):
            result = alone[view]["spearman"]
            self.assertEqual(result["corrected_p"], result["p"])
            self.assertEqual(result["p"], among[view]["spearman"]["p"])
            least = min((one[view]["spearman"] for one in tried), key=lambda one: one["p"])
            self.assertEqual(least["corrected_p"], min(1, 3 * least["p"]))

    def test_simpsons_paradox_is_warned_of(self):
        for runs, checkpoints, contradiction, words in (
                (3, 8, "possible", "perhaps Simpson's paradox"),
                (8, 12, "established", "Simpson's paradox")):
            path = self.write("report.json", paradox(runs, checkpoints))
            out, err = self.correlate(path)
            for text, mark in ((out, "? " if contradiction == "possible" else "! "),
                               (err, "warning: ")):
                self.assertIn(f"{mark}{words}: within runs the sign is the opposite of that "
                              "across runs for stable_rank.mean", text)
            found = self.found(path)
            [one] = [one for one in found["metrics"] if one["contradiction"] != "none"]
            self.assertEqual(one["contradiction"], contradiction)
            self.assertEqual(one["metric"], "stable_rank.mean")
            self.assertLess(one["within_runs"]["spearman"]["value"], -0.5)
            self.assertEqual(round(one["across_runs"]["spearman"]["value"], 9), 1)

    def test_unrelated_numbers_are_not_flagged(self):
        path = self.write("report.json", self.random_report(10, 8))
        found = self.found(path)
        self.assertEqual((found["across_runs"]["flagged"], found["within_runs"]["flagged"]), (0, 0))
        out, err = self.correlate(path)
        self.assertIn("within runs: none of 3 metrics; across runs: none of 3 metrics", out)
        self.assertNotIn("paradox", out + err)

    def test_the_better_direction_is_that_of_the_score(self):
        rows = [(0.1 * t, {"rotation": t}) for t in range(48)]
        for score, words in (("val_accuracy", "larger"), ("val_loss", "smaller"), ("thing", "-")):
            path = self.write("report.json", report_of(run_report("run", rows, score)))
            out, _ = self.correlate(path)
            [row] = [line for line in out.splitlines() if "rotation.mean" in line]
            self.assertEqual(row.split()[-1], words)
        path = self.write("report.json", report_of(run_report("run", rows[:6])))
        out, _ = self.correlate(path)  # Perhaps luck: no direction is advised.
        [row] = [line for line in out.splitlines() if "rotation.mean" in line]
        self.assertEqual(row.split()[-1], "-")


class Interface(CorrelateTest):
    """Options, outputs, and what it does not take."""

    def setUp(self):
        super().setUp()
        self.report = self.write("report.json", paradox(4, 6))

    def test_an_option_leaves_the_reports_behind_it_alone(self):
        out, _ = self.correlate("--metric", "rotation.mean", "--metric", "stable_rank.*",
                                self.report)
        self.assertIn("stable_rank.mean", out)

    def test_layers_without_a_value_are_told(self):
        document = paradox(4, 6)
        for summary in [document["runs"][1]["checkpoints"][t]["summary"] for t in (4, 5)]:
            summary["stable_rank"]["layers"] = 3
        document["runs"][3]["checkpoints"][-1]["summary"]["stable_rank"]["mean"] = None
        for run in document["runs"]:
            for checkpoint in run["checkpoints"]:
                mean = len(run["name"]) + math.sin(checkpoint["epoch"] + int(run["name"][-1]))
                checkpoint["summary"]["rotation"] = {"layers": 1, "mean": mean}
        out, err = self.correlate(self.write("report.json", document))
        self.assertIn("run 'seed_1' has 1 to 3 layers with values", err)
        self.assertIn("the runs have 1 to 3 layers with values at their ends", err)
        self.assertIn("not measured in all: stable_rank.mean (3 runs)", out)

    def test_outputs_go_to_files_beside_the_table(self):
        out, _ = self.correlate(self.report, "--json", "found.json", "--csv", "found.csv")
        self.assertIn("correlate: beyond luck", out)
        document = json.loads((self.place / "found.json").read_text())
        self.assertTrue(validator().is_valid(document))
        rows = list(csv.DictReader(io.StringIO((self.place / "found.csv").read_text())))
        self.assertEqual(len(rows), 6 * len(document["metrics"]))
        [row] = [row for row in rows if (row["metric"], row["view"], row["coefficient"]) ==
                 ("stable_rank.mean", "within_runs", "spearman")]
        [one] = [one for one in document["metrics"] if one["metric"] == "stable_rank.mean"]
        result = one["within_runs"]["spearman"]
        self.assertEqual((row["score"], row["status"], row["runs"], row["contradiction"]),
                         ("val_accuracy", "ok", "4", "possible"))
        for column, value in (("value", result["value"]), ("p", result["p"]),
                              ("interval_low", result["interval"][0]),
                              ("corrected_p", result["corrected_p"])):
            self.assertEqual(float(row[column]), value)
        missing = next(row for row in rows if row["metric"] == "rotation.mean")
        self.assertEqual((missing["status"], missing["value"], missing["p"]),
                         ("not_measured", "", ""))

    def test_every_field_of_the_json_is_required_and_typed(self):
        document = self.found(self.report, "--metric", "stable_rank.mean")
        refused = 0
        for path in self.places_in(document):
            for breaks in (self.without, self.with_wrong_type):
                broken = copy.deepcopy(document)
                if breaks(broken, path):
                    self.assertFalse(validator().is_valid(broken), (breaks.__name__, path))
                    refused += 1
        self.assertGreater(refused, 130)

    def places_in(self, thing, path=()):
        members = thing.items() if isinstance(thing, dict) else (
            list(enumerate(thing))[:1] if isinstance(thing, list) else ())
        for key, value in members:
            yield (*path, key)
            yield from self.places_in(value, (*path, key))

    @staticmethod
    def without(document, path):
        parent = functools.reduce(lambda thing, key: thing[key], path[:-1], document)
        if isinstance(parent, dict):
            del parent[path[-1]]
        return isinstance(parent, dict)

    @staticmethod
    def with_wrong_type(document, path):
        parent = functools.reduce(lambda thing, key: thing[key], path[:-1], document)
        parent[path[-1]] = ["wrong"] if isinstance(parent[path[-1]], dict) else {"wrong": 1}
        return True

    def test_too_little_data_is_said_and_is_no_success(self):
        path = self.write("little.json", report_of(run_report("run", [
            (0.1, {"rotation": 1}), (0.2, {"rotation": 2})])))
        out, err = self.correlate(path, exit_code=2)
        self.assertIn("no run has 4 checkpoints with a score", out)
        self.assertIn("fewer than 3 runs have a score", out)
        self.assertIn("hindcast: too little data: no coefficient", err)
        found = self.found(path, exit_code=2)
        self.assertIsNone(found["within_runs"]["smallest_corrected_p"])

    def test_a_single_run_cannot_show_much(self):
        report = paradox(1, 6)
        out, _ = self.correlate(self.write("one.json", report))
        self.assertIn("too little data: the strongest relation there can be would have a corrected "
                      "p of 0.17", out)

    def test_constant_columns_are_told(self):
        rows = [(0.1 * t, {"rotation": 1.5, "stable_rank": t}) for t in range(5)]
        out, _ = self.correlate(self.write("flat.json", report_of(run_report("run", rows))))
        self.assertIn("not tried: rotation.mean, the metric does not vary", out)

    def test_scores_that_are_missing_or_null_are_left_out(self):
        report = paradox(4, 6)
        report["runs"][0]["checkpoints"][5]["scores"] = {"val_accuracy": None}
        report["runs"][1]["checkpoints"][2]["scores"] = {}
        path = self.write("gaps.json", report)
        self.assertEqual([run["scored"] for run in self.found(path)["runs"]], [5, 5, 6, 6])
        _, err = self.correlate(path)
        self.assertIn("run 'seed_0' has no score at its last checkpoint: across runs it stands at "
                      "'epoch_04'", err)

    def test_runs_of_one_name_are_told_apart(self):
        other = paradox(2, 6)
        for run in other["runs"]:
            for checkpoint in run["checkpoints"]:
                checkpoint["scores"]["val_accuracy"] += 0.005
        names = [run["name"] for run in
                 self.found("report.json", self.write("other.json", other).name)["runs"]]
        self.assertEqual(names, ["other.json:seed_0", "other.json:seed_1", "report.json:seed_0",
                                 "report.json:seed_1", "seed_2", "seed_3"])

    def test_a_run_counts_once(self):
        self.assert_refused(self.report, "report.json", says="are the same, and would count twice")
        copied = self.write("copy.json", paradox(4, 6))
        found = self.found(self.report, copied)
        self.assertEqual(sum(run["same_as"] is not None for run in found["runs"]), 4)
        one = next(one for one in found["metrics"] if one["metric"] == "stable_rank.mean")
        self.assertEqual(one["across_runs"]["runs"], 4)

    def test_scores_from_a_table_replace_those_of_the_report(self):
        lines = ["run,epoch,val_top1"]
        lines += [f"seed_{r},{t},{(7 * r + 3 * t) % 11}" for r in range(4) for t in range(6)]
        found = self.found(self.report, "--scores", self.write("table.csv", "\n".join(lines)))
        self.assertEqual(found["score"]["name"], "val_top1")
        self.assertEqual(found["score"]["others"], [])
        self.assertEqual([run["scored"] for run in found["runs"]], [6] * 4)

    def test_a_table_of_other_runs_says_so(self):
        rows = [f"seed_{r},{t},{(7 * r + 3 * t) % 11}" for r in range(4) for t in range(6)]
        table = self.write("table.csv", "\n".join(["run,epoch,acc", *rows, "sede_9,1,3"]))
        _, err = self.correlate(self.report, "--scores", table)
        self.assertIn("table.csv: has rows of 'sede_9' that is not here", err)
        table = self.write("other.csv", "run,epoch,acc\nsede_9,1,3\n")
        self.assert_refused(self.report, "--scores", table,
                            says="none of its rows is of a checkpoint of seed_0, seed_1")

    def test_a_table_that_does_not_tell_runs_apart_is_refused(self):
        table = self.write("table.csv", "epoch,acc\n0,0.5\n1,0.6\n")
        self.assert_refused(self.report, "--scores", table, says="no column 'run' says whose")

    def test_mistakes_are_one_line_and_status_2(self):
        for arguments, says in (
                (("--score", "val_acuracy"), "did you mean 'val_accuracy'?"),
                (("--metric", "stable_rank.maen"), "did you mean 'stable_rank.mean'?"),
                (("--alpha", "0"), "--alpha: must be above 0 and below 1"),
                (("--permutations", "0"), "--permutations: must be from 1"),
                (("--seed", "-1"), "--seed: must not be negative"),
                (("--top", "0"), "--top: must be at least 1"),
                (("--coefficient", "tau"), "--coefficient"),
                (("--json", "-", "--csv", "-"), "only one output can go to stdout"),
                (("--json", "report.json"), "REPORT and --json are the same file, 'report.json'"),
                (("--json", "a.json", "--csv", "./a.json"), "--json and --csv are the same file")):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.report, *arguments, says=says)
        self.assertEqual([path.name for path in self.place.iterdir()], ["report.json"])

    def test_a_report_without_scores_says_what_to_do(self):
        path = self.write("none.json", report_of(run_report("run", [(None, {"rotation": 1})] * 5)))
        self.assert_refused(path, says="give a table of them with --scores")

    def test_strict_is_3_where_a_report_is_incomplete(self):
        report = paradox(4, 6)
        report["runs"][0]["unread"] = [{"path": "broken.h5", "reason": "is cut short"}]
        path = self.write("broken.json", report)
        self.correlate(path)
        self.correlate(path, "--strict", exit_code=3)


if __name__ == "__main__":
    unittest.main()
