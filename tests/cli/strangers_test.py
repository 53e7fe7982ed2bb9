"""Files from strangers: nothing in them makes the program run, reach or open anything else."""

import shutil
import unittest

import strace_support
import support
from errors_support import CommandTest, model, write_checkpoint

PICKLES = ("pt/hostile", "pickle")
# Formats that are read; of the others a directory lists the names together.
SUFFIXES = (".keras", ".h5", ".npy", ".npz", ".onnx", ".pt", ".safetensors")
EACH = 50


def hostile(relative):
    """A file or folder of the hostile corpus."""
    return support.shared("hostile") / relative


def pickles():
    """The files that hold a pickle which wants to be run."""
    return sorted(path for folder in PICKLES for path in hostile(folder).iterdir()
                  if path.is_file())


class Traces(strace_support.TraceTest):
    def test_a_malicious_pickle_starts_nothing_and_opens_nothing(self):
        traced = pickles()
        self.assertGreater(len(traced), 10)
        for command in ("inspect", "analyze"):
            for path in traced if command == "inspect" else traced[:5]:
                with self.subTest(command=command, file=path.name):
                    calls = self.check_contained(command, path)
                    # Threads are no processes.
                    self.assertEqual(strace_support.STARTED.findall(calls), [])

    def test_a_name_that_leads_elsewhere_is_not_opened(self):
        models = sorted(hostile("onnx/made").glob("ext_*.onnx"))
        self.assertGreater(len(models), 5)
        for path in models:
            with self.subTest(file=path.name):
                calls = strace_support.trace("inspect", path)
                opened = set(strace_support.OPENED.findall(calls)) - self.before
                # What lies beside the model is opened by its name in that folder.
                elsewhere = {name for name in opened - {str(path), str(path.parent)}
                             if name.startswith("/") or ".." in name}
                self.assertEqual(elsewhere, set())
                self.assertEqual(len(strace_support.EXECUTED.findall(calls)), 1)


class Mixed(CommandTest):
    """A directory of good and hostile checkpoints."""

    def setUp(self):
        super().setUp()
        index = support.load(hostile("index.json"))["files"]
        refused = [entry["file"] for entry in index
                   if entry["expect"] == "error" and entry["file"].endswith(SUFFIXES)
                   and not entry["file"].startswith(("onnx/external", "pickle"))]
        # From every format about as many.
        formats = sorted({file.split("/")[0] for file in refused})
        by_format = [[file for file in refused if file.startswith(top + "/")] for top in formats]
        self.bad = {}
        for turn in range(len(refused)):
            for files in by_format:
                if turn < len(files) and len(self.bad) < EACH:
                    self.bad[f"bad_{len(self.bad):02}{hostile(files[turn]).suffix}"] = files[turn]
        for number in range(EACH):
            write_checkpoint(self.place / "run" / f"epoch_{number:02}.h5", model(number))
        self.alone = self.report("run")
        for name, file in self.bad.items():
            shutil.copyfile(hostile(file), self.place / "run" / name)

    def test_the_good_are_analysed_and_each_hostile_one_has_its_line(self):
        self.assertEqual(len(self.bad), EACH)
        together, lines = self.program("analyze", "--json", "report.json", "run")
        report = support.load(self.place / "report.json")
        found = {checkpoint["path"] for run in report["runs"] for checkpoint in run["checkpoints"]}
        self.assertEqual(len(found), EACH)
        self.assertEqual(report["runs"][0]["checkpoints"], self.alone["runs"][0]["checkpoints"])
        self.assertIn("epoch_49", together)
        for name, file in self.bad.items():
            with self.subTest(file=file):
                self.assertEqual(len([line for line in lines if name in line]), 1)
        self.program("analyze", "--strict", "run", exit_code=3)


if __name__ == "__main__":
    unittest.main()
