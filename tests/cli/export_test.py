"""What `hindcast export` writes, number by number what the JSON report says."""

import copy
import csv
import io
import json
import math
import os
import pathlib
import re
import subprocess
import textwrap
import unittest

import numpy

import event_files
import support
from errors_support import CommandTest

LAYER_METRICS = ("rotation", "step_rotation", "relative_distance", "knowledge_gain",
                 "knowledge_gain_reference", "mapping_condition", "rank_ratio", "stable_rank",
                 "effective_rank", "condition_number", "spectral_norm", "frobenius_norm",
                 "distance_from_init_frobenius", "distance_from_init_spectral")
OF_UNFOLDINGS = ("stable_rank", "effective_rank", "condition_number", "spectral_norm",
                 "frobenius_norm", "smallest_singular_value")
LOW_RANK = ("rank", "rank_ratio", "knowledge_gain", "mapping_condition", "noise_variance")
EVENT_FILE = "events.out.tfevents.0.hindcast"
HOSTILE = ("../../outside", "/etc/x", "a\nb", "\x1b[31mred", "..", ".hidden", "C:\\x", "a//b",
           "x" * 3000, "", "<script>", "größe", EVENT_FILE)


def expected_of_unfoldings(layer):
    """(metric, unfolding) to value, for one layer."""
    numbers = {}
    for side, unfolding in layer["unfoldings"].items():
        for key in OF_UNFOLDINGS:
            numbers[key, side] = unfolding[key]
        for minimiser, low_rank in unfolding["low_rank"].items():
            for key in LOW_RANK:
                numbers[f"low_rank.{minimiser}.{key}", side] = low_rank[key]
    return numbers


def expected_numbers(run, checkpoint, unfoldings=False):
    """(scope, layer, unfolding, metric) to value, from the report."""
    numbers = {}
    for layer in checkpoint["layers"]:
        for key in LAYER_METRICS:
            numbers["layer", layer["name"], "", key] = layer[key]
        if unfoldings:
            for (key, side), value in expected_of_unfoldings(layer).items():
                numbers["unfolding", layer["name"], side, key] = value
    for key, value in checkpoint["summary"].items():
        if isinstance(value, dict):
            numbers |= {("summary", "", "", f"{key}.{name}"): one
                        for name, one in value.items() if name != "layers"}
        else:
            numbers["summary", "", "", key] = value
    for scope, key in (("score", "scores"), ("used_rate", "used_rates"),
                       ("next_used_rate", "next_used_rates")):
        numbers |= {(scope, "", "", name): value for name, value in checkpoint[key].items()}
    schedule = run["schedule"] or {"epochs": []}
    for epoch in schedule["epochs"]:
        if epoch["after"] == checkpoint["name"]:
            for index, parameter in enumerate(schedule["parameters"]):
                numbers["schedule", parameter, "", "rate"] = epoch["rates"][index]
                if epoch["used"] is not None:
                    numbers["schedule", parameter, "", "used_rate"] = epoch["used"][index]
    return numbers


def tag(scope, layer, unfolding, metric):
    """What a chart of plain names is called."""
    if scope == "unfolding":
        return f"{metric}/{layer}@{unfolding}"
    if scope in ("layer", "schedule"):
        return f"{metric}/{layer}"
    return {"summary": "summary", "score": "scores", "used_rate": "used_rates",
            "next_used_rate": "next_used_rates"}[scope] + "/" + metric


def float32(value):
    """As TensorBoard holds it."""
    return float(numpy.float32(value))


class ExportTest(CommandTest):
    """With a report in place that has scores, used rates, missing numbers and unfoldings."""

    def write_report(self):
        support.write_troubled_run(self.place / "troubled")
        (self.place / "troubled" / "history.csv").write_text(
            "epoch,loss,lr\n0,1.5,0.05\n1,nan,0.09\n")
        self.program("analyze", "troubled", "--init-lr", "0.05", "--linear", "--quiet", "--json",
                     "report.json")
        return support.load(self.place / "report.json")

    def numbers_of(self, report, **options):
        for run in report["runs"]:
            for checkpoint in run["checkpoints"]:
                for key, value in expected_numbers(run, checkpoint, **options).items():
                    yield run, checkpoint, key, value


class TensorBoard(ExportTest):
    """Event files, read back by a reader that knows nothing of the program."""

    def test_every_number_of_the_report_and_no_other(self):
        for options in ((), ("--unfoldings",)):
            report = self.write_report() if not options else support.load(self.place / "report.json")
            self.program("export", "report.json", "--tensorboard", "logs", "-q", *options)
            found = event_files.scalars((self.place / "logs/troubled" / EVENT_FILE).read_bytes())
            expected = {(tag(*key), checkpoint["epoch"]): float32(value)
                        for _, checkpoint, key, value
                        in self.numbers_of(report, unfoldings=bool(options)) if value is not None}
            self.assertGreater(len(expected), 300)
            self.assertEqual(found, expected)

    def test_runs_with_an_oracle(self):
        for name in support.ORACLE_RUNS:
            self.program("analyze", support.shared(f"oracle/{name}"), "-q", "--init-lr", "0.05",
                         "--json", "report.json")
            report = support.load(self.place / "report.json")
            self.program("export", "report.json", "--tensorboard", "logs")
            found = event_files.scalars((self.place / "logs" / name / EVENT_FILE).read_bytes())
            self.assertEqual(found, {(tag(*key), checkpoint["epoch"]): float32(value)
                                     for _, checkpoint, key, value in self.numbers_of(report)
                                     if value is not None})

    def test_events_are_in_order_and_of_one_time(self):
        self.write_report()
        self.program("export", "report.json", "--tensorboard", "logs", "-q")
        events = event_files.events((self.place / "logs/troubled" / EVENT_FILE).read_bytes())
        self.assertEqual(events[0]["file_version"], "brain.Event:2")
        self.assertEqual([event["step"] for event in events[1:]], [-1, 0, 1])
        self.assertEqual({event["wall_time"] for event in events}, {0.0})

    def test_the_reader_sees_a_changed_bit(self):
        self.write_report()
        self.program("export", "report.json", "--tensorboard", "logs", "-q")
        content = (self.place / "logs/troubled" / EVENT_FILE).read_bytes()
        for at in (0, 9, 14, 40, len(content) // 2, len(content) - 2):
            broken = bytearray(content)
            broken[at] ^= 1
            with self.assertRaises(ValueError, msg=at):
                event_files.scalars(bytes(broken))

    def test_the_same_bytes_every_time_and_nothing_else_is_touched(self):
        self.write_report()
        self.program("export", "report.json", "--tensorboard", "logs", "-q")
        path = self.place / "logs/troubled" / EVENT_FILE
        first = path.read_bytes()
        (path.parent / "other").write_text("kept")
        self.program("export", "report.json", "--tensorboard", "logs", "-q")
        self.assertEqual(path.read_bytes(), first)
        self.assertEqual(sorted(os.listdir(path.parent)), sorted([EVENT_FILE, "other"]))

    def test_numbers_beyond_single_precision_are_left_out_and_told(self):
        report = self.write_report()
        layer = report["runs"][0]["checkpoints"][0]["layers"][0]
        layer["rotation"], layer["spectral_norm"] = 1e39, -1e39
        (self.place / "report.json").write_text(json.dumps(report))
        _, lines = self.program("export", "report.json", "--tensorboard", "logs", "--metric",
                                "rotation", "--metric", "spectral_norm")
        self.assertIn("logs: 2 numbers are left out: TensorBoard holds none beyond 3.4e38",
                      " ".join(lines))
        found = event_files.scalars((self.place / "logs/troubled" / EVENT_FILE).read_bytes())
        self.assertNotIn((f"rotation/{layer['name']}", -1), found)
        self.assertTrue(all(math.isfinite(value) for value in found.values()))


class HostileNames(ExportTest):
    """Names from strangers, where they become paths and keys."""

    def hostile_report(self):
        """A run of each name, with a layer of each name."""
        report = self.write_report()
        (run,) = report["runs"]
        report["runs"] = []
        for name in HOSTILE:
            one = copy.deepcopy(run)
            one["name"] = name
            for checkpoint in one["checkpoints"]:
                template = checkpoint["layers"][0]
                checkpoint["layers"] = [{**template, "name": layer} for layer in HOSTILE]
            report["runs"].append(one)
        report["runs"].append(copy.deepcopy(report["runs"][0]))
        (self.place / "report.json").write_text(json.dumps(report))
        return report

    def test_nothing_is_written_outside_of_the_directory(self):
        report = self.hostile_report()
        self.program("export", "report.json", "--tensorboard", "in/logs", "-q")
        self.assertEqual(self.files(), ["in", "report.json", "troubled"])
        self.assertEqual(os.listdir(self.place / "in"), ["logs"])
        self.assertFalse(pathlib.Path("/etc/x").exists())
        files = sorted((self.place / "in/logs").rglob(EVENT_FILE))
        self.assertEqual(len(files), len(report["runs"]))
        for path in files:
            for part in path.relative_to(self.place / "in/logs").parts:
                self.assertNotRegex(part, r"^\.|[\x00-\x1f\\]")

    def test_every_layer_has_a_tag_of_its_own(self):
        self.hostile_report()
        self.program("export", "report.json", "--tensorboard", "logs", "-q", "--metric", "rotation")
        for path in (self.place / "logs").rglob(EVENT_FILE):
            tags = {name for name, _ in event_files.scalars(path.read_bytes())}
            self.assertEqual(len(tags), len(HOSTILE))
            for name in tags:
                self.assertNotRegex(name, r"[\x00-\x1f]")

    def test_keys_are_what_mlflow_takes(self):
        self.hostile_report()
        text, _ = self.program("export", "report.json", "--mlflow", "-", "-q", "--metric",
                               "rotation")
        keys = {}
        for line in map(json.loads, text.splitlines()):
            # mlflow.utils.validation: the characters, the length, and no path but its own.
            self.assertRegex(line["key"], r"^[/\w.\- ]*$")
            self.assertLessEqual(len(line["key"]), 250)
            self.assertEqual(os.path.normpath(line["key"]), line["key"])
            self.assertFalse(line["key"].startswith(("/", "..")))
            keys.setdefault((line["run"], line["step"]), []).append(line["key"])
        for names in keys.values():
            self.assertEqual(len(set(names)), len(names))

    def test_a_legal_name_keeps_its_own(self):
        """Whichever stands first; and letters of other scripts can be told apart."""
        report = self.write_report()
        (run,) = report["runs"]
        names = ("a:b", "a_b", "größe", "漢字", "字漢", "a_b-2", "a?b")
        report["runs"] = [copy.deepcopy(run) | {"name": name} for name in names]
        for one in report["runs"]:
            for checkpoint in one["checkpoints"]:
                template = checkpoint["layers"][0]
                checkpoint["layers"] = [{**template, "name": layer} for layer in names]
        (self.place / "report.json").write_text(json.dumps(report))
        text, _ = self.program("export", "report.json", "--mlflow", "-", "-q", "--metric",
                               "rotation")
        keys = {line["layer"]: line["key"].removeprefix("rotation/")
                for line in map(json.loads, text.splitlines())}
        self.assertEqual(keys, {"a:b": "a_b-3", "a_b": "a_b", "größe": "gr_u00f6_u00dfe",
                                "漢字": "_u6f22_u5b57", "字漢": "_u5b57_u6f22", "a_b-2": "a_b-2",
                                "a?b": "a_b-4"})
        self.program("export", "report.json", "--tensorboard", "logs", "-q", "--metric", "rotation")
        self.assertEqual(set(os.listdir(self.place / "logs")),
                         {"a_b", "a_b-2", "a_b-3", "a_b-4", "größe", "漢字", "字漢"})

    def test_a_link_in_the_place_of_a_folder_is_not_followed(self):
        self.write_report()
        (self.place / "elsewhere").mkdir()
        (self.place / "logs").mkdir()
        (self.place / "logs" / "troubled").symlink_to(self.place / "elsewhere")
        self.assertEqual(
            self.complaint("export", "report.json", "--tensorboard", "logs", "-q"),
            "logs/troubled: is a link, where the folder of a run is to be")
        self.assertEqual(os.listdir(self.place / "elsewhere"), [])

    def test_tables_hold_names_as_they_are(self):
        self.hostile_report()
        text, _ = self.program("export", "report.json", "--long-csv", "-", "-q", "--metric",
                               "rotation")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual({row["layer"] for row in rows}, set(HOSTILE))


class Tables(ExportTest):
    """JSON lines and CSV."""

    def test_long_csv(self):
        for options in ((), ("--unfoldings",)):
            report = self.write_report() if not options else support.load(self.place / "report.json")
            text, _ = self.program("export", "report.json", "--long-csv", "-", "-q", *options)
            rows = {}
            for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
                key = (row["run"], row["checkpoint"], row["scope"], row["layer"], row["unfolding"],
                       row["metric"])
                self.assertNotIn(key, rows)
                rows[key] = float(row["value"]) if row["value"] else None
            self.assertEqual(rows, {
                (run["name"], checkpoint["name"], *key): value
                for run, checkpoint, key, value
                in self.numbers_of(report, unfoldings=bool(options))})

    def test_wide_csv(self):
        report = self.write_report()
        text, _ = self.program("export", "report.json", "--wide-csv", "-", "-q")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual([row["checkpoint"] for row in rows], ["init", "epoch_00", "epoch_01"])
        found = {(row["checkpoint"], column): float(value) for row in rows
                 for column, value in row.items()
                 if value and column not in ("run", "checkpoint", "step", "epoch")}
        self.assertEqual(found, {(checkpoint["name"], tag(*key)): value
                                 for _, checkpoint, key, value in self.numbers_of(report)
                                 if value is not None})

    def test_mlflow_lines(self):
        report = self.write_report()
        text, _ = self.program("export", "report.json", "--mlflow", "-", "-q")
        found = {}
        for line in map(json.loads, text.splitlines()):
            self.assertEqual(set(line), {"run", "key", "value", "step", "timestamp", "checkpoint",
                                         "scope", "layer", "unfolding", "metric"})
            self.assertEqual(line["timestamp"], 0)
            self.assertEqual(line["run"], "troubled")
            found[line["step"], line["scope"], line["layer"], line["unfolding"],
                  line["metric"]] = line["value"]
        self.assertEqual(found, {(checkpoint["epoch"], *key): value
                                 for _, checkpoint, key, value in self.numbers_of(report)
                                 if value is not None})

    def test_lines_stay_lines_in_a_workflow(self):
        self.write_report()
        text, _ = self.program("export", "report.json", "--mlflow", "-", "-q", "--metric",
                               "rotation", env={**os.environ, "GITHUB_ACTIONS": "true"})
        self.assertGreater(len([json.loads(line) for line in text.splitlines()]), 5)

    def test_metrics_are_chosen_as_the_gate_names_them(self):
        self.write_report()
        for glob, expected in (("rotation", {"rotation"}), ("summary.rotation.m*n", None),
                               ("scores.*", {"loss"}), ("rate", {"rate"}),
                               ("stable_rank@output", {"stable_rank"})):
            text, _ = self.program("export", "report.json", "--long-csv", "-", "-q", "--unfoldings",
                                   "--metric", glob)
            found = {row["metric"] for row in csv.DictReader(io.StringIO(text, newline=""))}
            self.assertEqual(found, expected or {"rotation.mean", "rotation.min"}, glob)

    def test_several_reports_whose_runs_share_a_name(self):
        self.write_report()
        (self.place / "b.json").write_bytes((self.place / "report.json").read_bytes())
        self.program("export", "report.json", "b.json", "--tensorboard", "logs", "-q")
        self.assertEqual(sorted(os.listdir(self.place / "logs")),
                         ["b.json_troubled", "report.json_troubled"])

    def test_checkpoints_in_place_of_a_report(self):
        text, _ = self.program("export", support.SAMPLE_RUN, "--wide-csv", "-", "--metric",
                               "rotation")
        self.assertEqual(len(text.splitlines()), 12)


class Mistakes(ExportTest):
    """One line each, and nothing is left behind."""

    def test_mistakes(self):
        self.write_report()
        before = self.files()
        for arguments, message in (
                ((), "nothing to write; give --tensorboard, --mlflow, --long-csv or --wide-csv"),
                (("--mlflow", "-", "--long-csv", "-"), "only one output can go to stdout ('-')"),
                (("--mlflow", "x", "--long-csv", "./x"),
                 "--mlflow and --long-csv are the same file, './x'"),
                (("--wide-csv", "report.json"),
                 "'report.json' is a report and would be written over"),
                (("--tensorboard", "report.json"),
                 "report.json: cannot make this directory: not a directory"),
                (("--mlflow", "gone/x"), "gone/x: no such file or directory")):
            self.assertEqual(self.complaint("export", "report.json", "-q", *arguments), message)
        self.assertEqual(self.files(), before)

    def test_what_cannot_be_read_leaves_no_directory(self):
        (self.place / "bad.json").write_text("{")
        self.complaint("export", "bad.json", "--tensorboard", "a/b", "--mlflow", "lines")
        self.assertEqual(self.files(), ["bad.json"])

    def test_nothing_that_matches(self):
        self.write_report()
        before = self.files()
        for output in (("--long-csv", "-"), ("--tensorboard", "logs", "--mlflow", "lines")):
            self.assertEqual(
                self.complaint("export", "report.json", "-q", *output, "--metric", "rotatoin"),
                "no number has a name that matches --metric")
        self.assertEqual(self.files(), before)

    def test_an_incomplete_report(self):
        self.write_report()
        self.program("export", "report.json", "--mlflow", "lines", "-q", "--strict", exit_code=3)


def one_liners():
    """The commands that the README gives for the tables, by the language of their block."""
    readme = (support.SOURCE_DIR / "README.md").read_text(encoding="utf-8")
    section = re.search(r"## Numbers for other tools\n(.*?)\n## ", readme, re.DOTALL)[1]
    codes = {}
    for language, code in re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL):
        codes[language] = codes.get(language, "") + textwrap.dedent(code)
    return codes


class OneLiners(unittest.TestCase):
    """What the README gives for other tools, as far as they are here."""

    def test_the_shell_commands_and_pandas(self):
        codes = one_liners()
        with support.temporary_directory() as place:
            os.symlink(support.SAMPLE_RUN.parent, place / "sample_checkpoints")
            support.run("analyze", support.SAMPLE_RUN, "-q", "--init-lr", "0.05", "--json",
                        place / "report.json")
            path = f"{pathlib.Path(support.PROGRAM).parent}:{os.environ['PATH']}"
            subprocess.run(["bash", "-e", "-c", codes["sh"]], cwd=place, check=True,
                           env={**os.environ, "PATH": path}, capture_output=True)
            try:
                import pandas  # pylint: disable=import-outside-toplevel
            except ImportError:
                self.skipTest("no pandas here")
            names = {"pd": pandas}
            lines = [line for line in codes["python"].splitlines() if line.startswith("pd.")]
            self.assertEqual(len(lines), 2)
            working = os.getcwd()
            os.chdir(place)
            try:
                for line in lines:
                    table = eval(line, names)  # pylint: disable=eval-used
                    self.assertEqual(len(table), 11, line)
                    self.assertIn("conv1.weight", table.columns)
            finally:
                os.chdir(working)


if __name__ == "__main__":
    unittest.main()
