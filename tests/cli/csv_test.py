"""The CSV tables: well formed, and cell by cell what the JSON report says."""

import csv
import io
import json
import unittest

import h5py
import numpy

import support

SCHEDULE = ("--init-lr", "0.05", "--linear")
OF_LAYERS = ("rotation", "step_rotation", "relative_distance")
OF_UNFOLDINGS = ("rows", "cols", "status", "solver", "computed_values", "spectral_norm",
                 "frobenius_norm", "stable_rank", "effective_rank", "smallest_singular_value",
                 "condition_number")
LOW_RANK = ("status", "rank", "rank_ratio", "knowledge_gain", "mapping_condition",
            "noise_variance")
AGGREGATES = ("layers", "mean", "weighted_mean", "l2", "geometric_mean", "min", "max")
WEIRD_NAME = 'a,b"c\nd größe.weight'


def cell(value):
    """A value of the report, its numbers kept as text, as a table writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(value) if isinstance(value, list) else value


def expected_layers(report):
    """The rows of layers.csv, from the report."""
    for run in report["runs"]:
        for checkpoint in run["checkpoints"]:
            for layer in checkpoint["layers"]:
                for side, unfolding in layer["unfoldings"].items():
                    yield {
                        "run": run["name"], "checkpoint": checkpoint["name"],
                        "step": cell(checkpoint["step"]), "epoch": cell(checkpoint["epoch"]),
                        "layer": layer["name"], "kind": layer["kind"],
                        "shape": "x".join(layer["shape"]), "layout": layer["layout"],
                        "dtype": layer["dtype"],
                        **{key: cell(layer[key]) for key in OF_LAYERS},
                        "unfolding": side,
                        **{key: cell(unfolding[key]) for key in OF_UNFOLDINGS},
                        **{f"{minimiser}_{key}": cell(unfolding["low_rank"][minimiser][key])
                           for minimiser in ("exact", "reference") for key in LOW_RANK}}


def expected_summary(report):
    """The rows of summary.csv, from the report."""
    for run in report["runs"]:
        for checkpoint in run["checkpoints"]:
            row = {"run": run["name"], "checkpoint": checkpoint["name"],
                   "step": cell(checkpoint["step"]), "epoch": cell(checkpoint["epoch"]),
                   "tensors": checkpoint["ledger"]["tensors"],
                   "analysed": checkpoint["ledger"]["analysed"]}
            for key, value in checkpoint["summary"].items():
                if isinstance(value, dict):
                    row |= {f"{key}_{name}": cell(value[name]) for name in AGGREGATES}
                else:
                    row[key] = cell(value)
            yield row


def expected_schedule(report):
    """The rows of schedule.csv, from the report."""
    for run in report["runs"]:
        schedule = run["schedule"] or {"epochs": []}
        for number, epoch in enumerate(schedule["epochs"]):
            used = epoch["used"] or [None] * len(epoch["rates"])
            for parameter, tracked, rate, used_rate in zip(
                    schedule["parameters"], schedule["tracked"], epoch["rates"], used,
                    strict=True):
                yield {"run": run["name"], "epoch": str(number), "after": epoch["after"],
                       "parameter": parameter, "tracked": cell(tracked), "rate": rate,
                       "used_rate": cell(used_rate)}


def expected_scores(report):
    """The rows of scores.csv, from the report."""
    for run in report["runs"]:
        for checkpoint in run["checkpoints"]:
            for kind, key in (("score", "scores"), ("used_rate", "used_rates"),
                              ("next_used_rate", "next_used_rates")):
                for name, value in checkpoint[key].items():
                    yield {"run": run["name"], "checkpoint": checkpoint["name"],
                           "step": cell(checkpoint["step"]), "epoch": cell(checkpoint["epoch"]),
                           "kind": kind, "name": name, "value": cell(value)}


EXPECTED = {"layers.csv": expected_layers, "summary.csv": expected_summary,
            "scores.csv": expected_scores, "schedule.csv": expected_schedule}


class Tables(unittest.TestCase):
    """Tidy CSV, with empty fields for what is null."""

    def analyse(self, *arguments):
        """The report, its numbers as text, and the tables as bytes."""
        with support.temporary_directory() as directory:
            support.run("analyze", "--quiet", *arguments, "--json", directory / "report.json",
                        "--csv", directory / "new" / "tables")
            report = json.loads((directory / "report.json").read_bytes(), parse_float=str,
                                parse_int=str)
            tables = {path.name: path.read_bytes()
                      for path in (directory / "new" / "tables").iterdir()}
        self.assertEqual(set(tables), set(EXPECTED))
        return report, tables

    def rows_of(self, content):
        """A parsed table, every row of which has the fields of the header."""
        self.assertFalse(content.startswith(b"\xef\xbb\xbf"))
        self.assertNotIn(b"\r", content)
        self.assertTrue(content.endswith(b"\n"))
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        self.assertEqual(len(set(header)), len(header))
        return header, [dict(zip(header, row, strict=True)) for row in rows]

    def check_tables(self, *arguments):
        """Every cell of every table; returns the rows by table."""
        report, tables = self.analyse(*arguments)
        out = {}
        for name, expect in EXPECTED.items():
            header, rows = self.rows_of(tables[name])
            expected = list(expect(report))
            self.assertEqual(len(rows), len(expected), name)
            for row, wanted in zip(rows, expected, strict=True):
                self.assertEqual(row, wanted)
                self.assertEqual(list(row), list(wanted))
            if expected:
                self.assertEqual(header, list(expected[0]))
            out[name] = rows
        return out

    def test_sample_run(self):
        rows = self.check_tables(support.SAMPLE_RUN, *SCHEDULE)
        self.assertEqual(len(rows["summary.csv"]), 11)
        self.assertEqual(len(rows["layers.csv"]) % 11, 0)
        self.assertEqual(len(rows["schedule.csv"]) % 10, 0)
        self.assertGreater(len(rows["schedule.csv"]), 10)

    def test_without_a_schedule_there_is_the_header_alone(self):
        report, tables = self.analyse(support.SAMPLE_RUN)
        self.assertIsNone(report["runs"][0]["schedule"])
        self.assertEqual(tables["schedule.csv"], b"run,epoch,after,parameter,tracked,rate,used_rate\n")

    def test_what_is_null_is_empty(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            rows = self.check_tables(directory / "troubled", *SCHEDULE)
        broken = [row for row in rows["layers.csv"] if row["exact_status"] == "non_finite"]
        self.assertEqual(len(broken), 1)
        for key in ("spectral_norm", "condition_number", "exact_rank", "reference_knowledge_gain"):
            self.assertEqual(broken[0][key], "")
        self.assertNotIn("null", {value for row in rows["layers.csv"] for value in row.values()})

    def test_partial_solver(self):
        rows = self.check_tables(support.SAMPLE_RUN, "--solver", "partial")
        self.assertIn("", {row["effective_rank"] for row in rows["layers.csv"]})

    def test_several_runs(self):
        with support.temporary_directory() as directory:
            for name in ("one", "two"):
                support.write_troubled_run(directory / name)
                (directory / name / "history.csv").write_text(
                    "epoch,loss,lr\n0,1.5,0.05\n1,nan,0.09\n")
            rows = self.check_tables(directory, *SCHEDULE)
        self.assertIn("", {row["value"] for row in rows["scores.csv"]})
        self.assertIn("0.09", {row["used_rate"] for row in rows["schedule.csv"]})
        for table in rows.values():
            self.assertEqual({row["run"] for row in table}, {"one", "two"})

    def test_several_statuses_stand_in_one_field(self):
        folder = support.shared("corpus/sequences/keras2_fer2013_mini_xception")
        rows = self.check_tables(folder / "fer2013_mini_XCEPTION.97-0.65.hdf5")
        self.assertIn("below_resolution;dead_filter",
                      {row["status"] for row in rows["layers.csv"]})

    def test_names_with_commas_quotes_and_line_breaks(self):
        with support.temporary_directory() as directory:
            with h5py.File(directory / "weird.h5", "w") as file:
                file[WEIRD_NAME] = numpy.eye(3, 4, dtype="float32")
            rows = self.check_tables(directory / "weird.h5", *SCHEDULE)
        self.assertEqual({row["layer"] for row in rows["layers.csv"]}, {WEIRD_NAME})
        self.assertEqual({row["parameter"] for row in rows["schedule.csv"]}, {WEIRD_NAME})


if __name__ == "__main__":
    unittest.main()
