"""A run made of many files: their order, the initial one, gaps, and what does not fit."""

import csv
import json
import shutil
import unittest

import support
from errors_support import CommandTest, model, weights, write_checkpoint

RATE = ("--init-lr", "0.1", "--linear")


class SeriesTest(CommandTest):
    """Writes runs of a small model and looks at the report's only run."""

    def write_run(self, directory, *names, **attributes):
        """One checkpoint per name, each with weights of its own."""
        for seed, name in enumerate(names):
            write_checkpoint(self.place / directory / name, model(seed), **attributes)

    def only_run(self, *arguments, **options):
        """The report of one run."""
        (run,) = self.report(*arguments, **options)["runs"]
        return run

    def warnings(self, *arguments):
        """What is warned about on the terminal, one text."""
        _, lines = self.program("analyze", *arguments)
        for line in lines:
            self.assertTrue(line.startswith("hindcast: warning: "), line)
        return "\n".join(lines)


def column(run, key):
    """One value of each checkpoint."""
    return [checkpoint[key] for checkpoint in run["checkpoints"]]


def rotations(run, layer=0):
    """A layer's rotation at each checkpoint."""
    return [checkpoint["layers"][layer]["rotation"] for checkpoint in run["checkpoints"]]


def after(run):
    """The checkpoints that the schedule takes for ends of epochs."""
    return [epoch["after"] for epoch in run["schedule"]["epochs"]]


class Order(SeriesTest):
    """By number, from attributes before names; never by the alphabet."""

    def test_natural_order(self):
        self.write_run("run", "run-10.h5", "run-2.h5", "run-1.h5")
        run = self.only_run("run")
        self.assertEqual(column(run, "name"), ["run-1", "run-2", "run-10"])

    def test_files_may_be_named_in_any_order(self):
        self.write_run("run", "run-1.h5", "run-2.h5", "run-10.h5")
        names = [f"run/run-{number}.h5" for number in (1, 2, 10)]
        arguments = ("analyze", "--json", "-", *RATE)
        forwards, _ = self.program(*arguments, *names)
        backwards, _ = self.program(*arguments, *reversed(names))
        self.assertEqual(forwards, backwards)
        directory, _ = self.program(*arguments, "run")
        self.assertEqual(json.loads(directory)["runs"], json.loads(forwards)["runs"])

    def test_an_unlabelled_number_that_varies_is_the_epoch(self):
        self.write_run("run", "net.00-0.47.hdf5", "net.10-0.58.hdf5", "net.02-0.52.hdf5")
        run = self.only_run("run")
        self.assertEqual(column(run, "epoch"), [0, 2, 10])
        self.assertEqual(column(run, "step"), [None, None, None])

    def test_real_names(self):
        run, other = self.report(
            support.shared("corpus/sequences/keras2_fer2013_mini_xception"))["runs"]
        self.assertEqual(column(run, "epoch"), [0, 2, 3, 4, 5, 8, 10, 15, 25, 51, 97, 100, 110])
        self.assertIsNone(run["initial"]["checkpoint"])
        self.assertEqual(run["order"], {"by": "epoch",
                                        "reason": "epoch: named as by Keras ModelCheckpoint"})
        self.assertEqual(column(other, "epoch"), [119])
        self.assertEqual(other["name"], "keras2_fer2013_mini_xception#2")
        self.assertRegex(run["warnings"][0], "'fer2013_mini_XCEPTION.119-0.65.hdf5' begins another "
                                             "run, .*: 23 of its 23 layers are named differently")

    def test_attributes_beat_names(self):
        write_checkpoint(self.place / "run" / "epoch_1.h5", epoch=7)
        write_checkpoint(self.place / "run" / "epoch_2.h5", epoch=3)
        run = self.only_run("run")
        self.assertEqual(column(run, "name"), ["epoch_2", "epoch_1"])
        self.assertEqual(column(run, "epoch"), [3, 7])

    def test_copies_are_known_by_their_weights(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5")
        # The same weights in other bytes, and the same bytes.
        write_checkpoint(self.place / "run" / "last.h5", model(1), note="saved again")
        shutil.copy(self.place / "run" / "epoch_0.h5", self.place / "run" / "best.h5")
        run = self.only_run("run")
        self.assertEqual(column(run, "name"), ["epoch_0", "epoch_1"])
        self.assertEqual(column(run, "aliases"), [["best.h5"], ["last.h5"]])
        table, _ = self.program("analyze", "run")
        self.assertIn("'epoch_1' is also last.h5\n", table)

    def test_the_suffix_is_not_a_number(self):
        self.write_run("run", "step_10.h5", "step_20.h5")
        self.assertEqual(column(self.only_run("run"), "step"), [10, 20])


class Initial(SeriesTest):
    """Where rotation starts."""

    def assert_initial(self, run, name, how, reason):
        """Named in the report, first in it, and not an end of an epoch."""
        self.assertEqual(run["initial"]["checkpoint"], name)
        self.assertEqual(run["initial"]["how"], how)
        self.assertRegex(run["initial"]["reason"], reason)
        self.assertEqual(column(run, "name")[0], name)
        self.assertEqual(rotations(run)[0], 0)
        self.assertTrue(all(rotation > 0.1 for rotation in rotations(run)[1:]))
        self.assertNotIn(name, after(run))

    def test_by_name(self):
        for name in ("init", "initial"):
            self.write_run(name, "epoch_0.h5", "epoch_1.h5", f"{name}.h5")
            self.assert_initial(self.only_run(name, *RATE), name, "named", f"named '{name}'")

    def test_by_epoch_minus_one(self):
        for epoch, name in enumerate("cab", start=-1):
            write_checkpoint(self.place / "run" / f"{name}.h5", model(epoch + 1), epoch=epoch)
        run = self.only_run("run", *RATE)
        self.assert_initial(run, "c", "named", "attribute epoch = -1")
        self.assertEqual(after(run), ["a", "b"])

    def test_by_step_zero(self):
        self.write_run("run", "step_0.h5", "step_10.h5")
        self.assert_initial(self.only_run("run", *RATE), "step_0", "named", "^step 0$")

    def test_epoch_zero_is_an_end_of_an_epoch(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5")
        run = self.only_run("run", *RATE)
        self.assertIsNone(run["initial"]["checkpoint"])
        self.assertEqual(after(run), ["epoch_0", "epoch_1"])

    def test_given_inside_the_directory(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5", "epoch_2.h5")
        run = self.only_run("run", "--init", "run/epoch_1.h5", *RATE)
        self.assert_initial(run, "epoch_1", "given", "--init")
        self.assertEqual(column(run, "name"), ["epoch_1", "epoch_0", "epoch_2"])

    def test_given_outside_the_directory(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5")
        write_checkpoint(self.place / "elsewhere" / "pretrained.h5", model(7))
        run = self.only_run("run", "--init", "elsewhere/pretrained.h5", *RATE)
        self.assert_initial(run, "pretrained", "given", "--init")
        self.assertEqual(after(run), ["epoch_0", "epoch_1"])

    def test_none_is_said_in_words_and_the_first_stays_the_first_epoch(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5")
        run = self.only_run("run", *RATE)
        self.assertEqual(run["initial"]["how"], "first")
        self.assertRegex(run["initial"]["reason"],
                         "no initial checkpoint was found: rotation is measured from the first "
                         "one, 'epoch_0', which stays the end of the first epoch")
        self.assertEqual(rotations(run)[0], 0)
        self.assertEqual(after(run)[0], "epoch_0")
        self.assertRegex(self.warnings("run"), "no initial checkpoint was found: .*--init")
        table, _ = self.program("analyze", "run")
        self.assertIn("no initial checkpoint: rotation from the first one, 'epoch_0'", table)


class Epochs(SeriesTest):
    """Checkpoints that are not what RMSGD would have seen."""

    def test_gaps_are_listed_and_noted(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5", "epoch_5.h5")
        schedule = self.only_run("run", *RATE)["schedule"]
        self.assertEqual(schedule["missing_epochs"], [2, 3, 4])
        note = "checkpoints are not one epoch apart (epochs missing: 3)"
        self.assertIn(note, " ".join(schedule["notes"]))
        self.assertIn(note, self.warnings("run", *RATE))
        table, _ = self.program("analyze", "run", *RATE)
        self.assertIn(note, table)

    def test_no_gap_is_no_note(self):
        self.write_run("run", "init.h5", "epoch_0.h5", "epoch_1.h5")
        schedule = self.only_run("run", *RATE)["schedule"]
        self.assertEqual(schedule["missing_epochs"], [])
        self.assertEqual(len(schedule["notes"]), 1)  # The standing one about the open loop.
        self.assertEqual(self.warnings("run", *RATE), "")

    def test_steps_need_their_number_per_epoch(self):
        self.write_run("run", *[f"step_{step}.h5" for step in (0, 10, 15)])
        self.assertIn("give --steps-per-epoch", self.warnings("run", *RATE))

    def test_steps_per_epoch_picks_the_ends_and_lists_the_missing(self):
        self.write_run("run", *[f"step_{step}.h5" for step in (0, 10, 15, 20, 40)])
        arguments = ("run", *RATE, "--steps-per-epoch", "10")
        run = self.only_run(*arguments)
        self.assertEqual(after(run), ["step_10", "step_20", "step_40"])
        self.assertEqual(run["schedule"]["missing_epochs"], [2])
        self.assertEqual(len(run["checkpoints"]), 5)
        self.assertIn("ends of some epochs are missing among the checkpoints (1)",
                      self.warnings(*arguments))

    def test_steps_per_epoch_without_steps_is_an_error(self):
        self.write_run("run", "epoch_0.h5", "epoch_1.h5")
        self.assertRegex(self.complaint("analyze", "run", *RATE, "--steps-per-epoch", "10"),
                         "^--steps-per-epoch needs the step of every checkpoint, and 'epoch_0'")

    def test_no_end_of_an_epoch_is_no_schedule(self):
        self.write_run("run", "step_0.h5", "step_10.h5")
        arguments = ("run", *RATE, "--steps-per-epoch", "1000")
        self.assertIsNone(self.only_run(*arguments)["schedule"])
        self.assertIn("no schedule: no checkpoint stands at the end of an epoch",
                      self.warnings(*arguments))

    def test_without_a_rate_there_is_no_schedule_and_no_warning(self):
        self.write_run("run", "init.h5", "epoch_0.h5")
        self.assertEqual(self.warnings("run"), "")
        self.assertRegex(self.only_run("run")["no_schedule"], "--init-lr")


class Layers(SeriesTest):
    """Layers that are not the same everywhere."""

    def write_changing_run(self):
        """One layer appears, one changes shape, one vanishes."""
        self.write_run("run", "epoch_0.h5")
        later = {**model(1), "new.weight": weights(6, 6)}
        write_checkpoint(self.place / "run" / "epoch_1.h5", later)
        later["fc2.weight"] = weights(7, 12)
        write_checkpoint(self.place / "run" / "epoch_2.h5", later)
        del later["fc1.weight"]
        write_checkpoint(self.place / "run" / "epoch_3.h5", later)

    def test_changes_are_reported_and_not_fatal(self):
        self.write_changing_run()
        run = self.only_run("run", "--one-run")
        changes = [tuple(change[key] for key in ("checkpoint", "layer", "change"))
                   for change in run["layer_changes"]]
        self.assertEqual(changes, [("epoch_1", "new.weight", "appeared"),
                                   ("epoch_2", "fc2.weight", "reshaped"),
                                   ("epoch_3", "fc1.weight", "vanished")])
        self.assertRegex(self.warnings("run", "--one-run"),
                         r"epoch_3.h5: layers that appeared, vanished or changed shape .*: 1")
        table, _ = self.program("analyze", "run", "--one-run")
        self.assertIn("layers that appeared, vanished or changed shape: 3", table)

    def test_a_layer_that_cannot_be_compared_has_no_rotation(self):
        self.write_changing_run()
        third = self.only_run("run", "--one-run")["checkpoints"][2]
        layers = {layer["name"]: layer for layer in third["layers"]}
        self.assertIsNone(layers["new.weight"]["rotation"])
        self.assertIsNone(layers["fc2.weight"]["rotation"])
        self.assertIsNotNone(layers["new.weight"]["step_rotation"])
        self.assertIsNotNone(layers["fc1.weight"]["rotation"])


class Places(SeriesTest):
    """Directories of runs, bad files among good ones, and how places are named."""

    def write_two_runs(self):
        """Two runs in a directory, and a file that is no checkpoint."""
        for name in ("run-10", "run-2"):
            self.write_run(f"runs/{name}", "epoch_0.h5", "epoch_1.h5")
        (self.place / "runs" / "notes.txt").write_text("hello\n")

    def test_a_directory_of_runs(self):
        self.write_two_runs()
        runs = self.report("runs")["runs"]
        self.assertEqual([run["name"] for run in runs], ["run-2", "run-10"])
        self.assertEqual([len(run["checkpoints"]) for run in runs], [2, 2])
        self.assertEqual(self.report("runs/run-2", "runs/run-10")["runs"], runs)

    def test_warnings_say_which_run(self):
        self.write_two_runs()
        lines = self.warnings("runs").splitlines()
        self.assertEqual([line.split(": ")[2] for line in lines], ["run 'run-2'", "run 'run-10'"])

    def test_a_run_of_which_nothing_can_be_read_beside_a_good_one(self):
        self.write_two_runs()
        for path in (self.place / "runs" / "run-2").iterdir():
            path.write_bytes(path.read_bytes()[:900])
        arguments = ("runs",)
        self.assertRegex(self.warnings(*arguments), "run 'run-2': epoch_0.h5: truncated")
        names = [run["name"] for run in self.report(*arguments)["runs"]]
        self.assertEqual(names, ["run-2", "run-10"])
        self.program("analyze", "--strict", *arguments, exit_code=3)

    def test_a_run_of_which_nothing_can_be_judged_beside_a_good_one(self):
        self.write_two_runs()
        write_checkpoint(self.place / "runs" / "run-3" / "a.h5", {"a.bias": weights(3)})
        self.assertIn("hindcast: warning: run 'run-3': no layer to analyse: 1 tensors",
                      self.warnings("runs"))
        self.program("analyze", "--strict", "runs", exit_code=3)

    def test_one_bad_file_among_good_ones(self):
        self.write_run("run", *[f"epoch_{epoch}.h5" for epoch in range(3)])
        bad = self.place / "run" / "epoch_1.h5"
        bad.write_bytes(bad.read_bytes()[:900])
        run = self.only_run("run", *RATE)
        self.assertEqual(column(run, "name"), ["epoch_0", "epoch_2"])
        self.assertEqual([one["path"] for one in run["unread"]], ["epoch_1.h5"])
        self.assertEqual(run["schedule"]["missing_epochs"], [1])
        self.assertIn("warning: epoch_1.h5: truncated", self.warnings("run"))
        table, _ = self.program("analyze", "run")
        self.assertIn("not read: 1 checkpoint", table)
        self.program("analyze", "--strict", "run", exit_code=3)

    def test_nothing_names_the_machine(self):
        self.write_two_runs()
        truncated = self.place / "runs" / "run-2" / "epoch_1.h5"
        truncated.write_bytes(truncated.read_bytes()[:900])
        # From another directory, by absolute paths: the outputs must be the same all the same.
        outputs = []
        for index, paths in enumerate(([self.place / "runs"], ["runs"])):
            names = (self.place / f"{index}.json", self.place / f"tables_{index}")
            table, lines = self.program("analyze", *paths, *RATE, "--json", names[0],
                                        "--csv", names[1])
            tables = {path.name: path.read_text() for path in sorted(names[1].iterdir())}
            outputs.append((table, lines, names[0].read_text(), tables))
        self.assertEqual(outputs[0], outputs[1])
        self.assertNotIn(str(self.place), str(outputs))
        report = json.loads(outputs[0][2])
        paths = [path for run in report["runs"] for path in column(run, "path")]
        self.assertEqual(paths, ["epoch_0.h5", "epoch_0.h5", "epoch_1.h5"])

    def test_csv_has_a_row_for_every_value(self):
        self.write_two_runs()
        self.program("analyze", "runs", *RATE, "--csv", "tables")

        def rows(name):
            with open(self.place / "tables" / name, encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))

        self.assertEqual(len(rows("summary.csv")), 4)  # Two runs of two checkpoints.
        self.assertEqual(len(rows("layers.csv")), 8)  # Of two 2-D layers each.
        self.assertEqual(len(rows("schedule.csv")), 12)  # Of three parameters.


if __name__ == "__main__":
    unittest.main()
