"""`hindcast schedule`: what analyze would have said, from the report alone."""

import json
import unittest

import h5py

import support
from errors_support import CommandTest

OPTIONS = (
    ("--init-lr", "0.05"),
    ("--init-lr", "0.03", "--linear", "--beta", "0.9"),
    ("--init-lr", "0.1", "--linear", "--rmsgd", "paper", "--step-size", "2", "--gamma", "0.5"),
    ("--init-lr", "0.05", "--linear", "--evbmf", "exact"),
    ("--init-lr", "0"),
)


class Schedule(CommandTest):
    """The same bytes as a new analysis gives, and no checkpoint is there any more."""

    def check(self, path, *options):
        """The report of one analysis, given another schedule, is that of another analysis."""
        for first in ((), ("--init-lr", "0.7", "--linear")):
            self.program("analyze", path, "-q", *first, "--json", "first.json")
            self.program("analyze", path, "-q", *options, "--json", "expected.json", "--csv",
                         "tables")
            text, _ = self.program("schedule", "first.json", "-q", *options, "--json", "again.json",
                                   "--csv", "rates.csv")
            self.assertEqual((self.place / "again.json").read_bytes(),
                             (self.place / "expected.json").read_bytes())
            self.assertEqual((self.place / "rates.csv").read_bytes(),
                             (self.place / "tables" / "schedule.csv").read_bytes())
            self.assertIn("schedule: RMSGD ", text)

    def test_sample_run(self):
        for options in OPTIONS:
            self.check(support.SAMPLE_RUN, *options)

    def test_runs_with_an_oracle(self):
        for name in support.ORACLE_RUNS:
            self.check(support.shared(f"oracle/{name}"), *OPTIONS[1])

    def test_missing_gains_and_used_rates(self):
        support.write_troubled_run(self.place / "troubled")
        (self.place / "troubled" / "history.csv").write_text(
            "epoch,loss,lr\n0,1.5,0.05\n1,nan,0.09\n")
        self.check("troubled", *OPTIONS[1])
        report = support.load(self.place / "again.json")
        self.assertEqual(report["runs"][0]["schedule"]["epochs"][0]["used"], [0.09] * 5)

    def test_several_runs_and_a_single_file(self):
        for name in ("one", "two"):
            support.write_troubled_run(self.place / "runs" / name if (
                self.place / "runs").exists() else self.make("runs") / name)
        self.check("runs", *OPTIONS[0])
        self.check("runs/one/epoch_01.h5", *OPTIONS[1])

    def make(self, name):
        (self.place / name).mkdir()
        return self.place / name

    def test_an_order_that_was_given(self):
        self.program("analyze", support.SAMPLE_RUN, "-q", "--json", "report.json")
        order = support.load(self.place / "report.json")["runs"][0]["model_order"]
        names = [parameter["name"] for parameter in order["parameters"]]
        (self.place / "order.txt").write_text("\n".join(reversed(names)))
        self.check(support.SAMPLE_RUN, "--init-lr", "0.05", "--parameter-order", "order.txt")

    def test_steps_per_epoch(self):
        for step in (0, 10, 20, 30, 40):
            support.write_checkpoint(self.make_run() / f"step_{step}.h5", self.tensors(step),
                                     step=step)
        self.check("run", "--init-lr", "0.05", "--linear", "--steps-per-epoch", "20")

    def make_run(self):
        (self.place / "run").mkdir(exist_ok=True)
        return self.place / "run"

    @staticmethod
    def tensors(step):
        with h5py.File(support.SAMPLE_RUN / f"epoch_0{step // 10}.h5") as file:
            return {name: file[name][()] for name in ("conv2.weight", "fc1.weight")}


class Output(CommandTest):
    """What it prints, and its mistakes."""

    def setUp(self):
        super().setUp()
        self.program("analyze", support.SAMPLE_RUN, "-q", "--json", "report.json")

    def test_the_table_has_every_tracked_parameter(self):
        text, _ = self.program("schedule", "report.json", "--init-lr", "0.05")
        rates = json.loads(self.program("schedule", "report.json", "--init-lr", "0.05", "--json",
                                        "-")[0])["runs"][0]["schedule"]
        for index, (parameter, tracked) in enumerate(zip(rates["parameters"], rates["tracked"],
                                                         strict=True)):
            row = [line.split() for line in text.splitlines() if line.startswith(parameter + " ")]
            self.assertEqual(len(row), 1 if tracked else 0, parameter)
            if tracked:
                column = [epoch["rates"][index] for epoch in rates["epochs"]]
                shown = [f"{one:.4g}" for one in (column[0], min(column), max(column), column[-1])]
                self.assertEqual(row[0][2:], shown)
        self.assertIn("10 of 14 parameters are not tracked", text)
        verbose, _ = self.program("schedule", "report.json", "--init-lr", "0.05", "-v")
        self.assertRegex(verbose, r"(?m)^bn1\.bias .* as the one before$")

    def test_it_keeps_to_a_width(self):
        text, _ = self.program("schedule", "report.json", "--init-lr", "0.05", "--width", "60",
                               "--ascii")
        self.assertTrue(text.isascii())
        self.assertLessEqual(max(map(len, text.splitlines())), 60)
        self.assertIn("\nno room for: lowest (--width 0 shows all)\n", text)

    def test_mistakes(self):
        self.assertIn("--init-lr", self.complaint("schedule", "report.json"))
        self.assertEqual(
            self.complaint("schedule", support.SAMPLE_RUN, "--init-lr", "0.05"),
            f"{support.SAMPLE_RUN}: is no report; 'hindcast analyze' takes checkpoints, and the same "
            "options")
        self.assertEqual(
            self.complaint("schedule", "report.json", "--init-lr", "0.05", "--json", "report.json"),
            "'report.json' is the report and would be written over")
        self.assertEqual(
            self.complaint("schedule", "report.json", "--init-lr", "0.05", "--steps-per-epoch", "5"),
            "digits_cnn: --steps-per-epoch needs the step of every checkpoint, and 'epoch_00' states "
            "none")

    def test_a_report_of_an_older_version(self):
        report = support.load(self.place / "report.json")
        del report["runs"][0]["model_order"]
        (self.place / "old.json").write_text(json.dumps(report))
        _, lines = self.program("schedule", "old.json", "--init-lr", "0.05", exit_code=2)
        self.assertIn("analyse the checkpoints again", lines[0])
        self.assertEqual(lines[1], "hindcast: no run has a schedule")


if __name__ == "__main__":
    unittest.main()
