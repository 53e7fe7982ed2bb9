"""Sixty directories as trainers leave them: every order and every alias must be right."""

import dataclasses
import json
import os
import shutil
import struct
import unittest

import numpy

import support
from errors_support import CommandTest, write_checkpoint


def drift(moment, seed=0):
    """The weights of a run at a moment: they turn a little from one to the next."""
    start = numpy.random.default_rng(1000 + seed)
    way = numpy.random.default_rng(2000 + seed)
    return {name: (start.standard_normal(shape) + 0.05 * moment * way.standard_normal(shape))
                  .astype("<f4")
            for name, shape in {"fc1.weight": (12, 8), "fc2.weight": (5, 12)}.items()}


def write_safetensors(path, tensors):
    """A folder's model.safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header, data = {}, b""
    for name, values in tensors.items():
        content = values.tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


@dataclasses.dataclass
class Layout:
    """How one trainer fills a directory: names in order of training, by moment."""

    name: str
    files: list  # Each a path, or a folder ending in "/" that holds model.safetensors.
    by: str
    numbers: list = dataclasses.field(default_factory=list)  # (step, epoch) of each.


LAYOUTS = [
    Layout("keras_metrics", ["w.04-0.55.hdf5", "w.05-0.56.hdf5", "w.100-0.65.hdf5"], "epoch",
           [(None, 4), (None, 5), (None, 100)]),
    Layout("keras_year", ["fer2013.08-0.57.hdf5", "fer2013.97-0.65.hdf5", "fer2013.110-0.65.hdf5"],
           "epoch", [(None, 8), (None, 97), (None, 110)]),
    Layout("keras_unpadded", ["weights.2-0.97.h5", "weights.9-nan.h5", "weights.10-0.89.h5"],
           "epoch", [(None, 2), (None, 9), (None, 10)]),
    Layout("dotted", ["model.01.0.79.h5", "model.02.0.78.h5", "model.03.0.77.h5"], "epoch",
           [(None, 1), (None, 2), (None, 3)]),
    Layout("keras_improvement", ["weights-improvement-02-0.50.h5", "weights-improvement-10-0.41.h5"],
           "epoch", [(None, 2), (None, 10)]),
    Layout("keras_cp", ["cp-0001.weights.h5", "cp-0010.weights.h5"], "epoch",
           [(None, 1), (None, 10)]),
    Layout("keras_two_metrics", ["m-03-0.91-0.42.h5", "m-12-0.52-0.61.h5"], "epoch",
           [(None, 3), (None, 12)]),
    Layout("lightning", ["epoch=0-step=90.ckpt", "epoch=9-step=900.ckpt", "epoch=10-step=990.ckpt"],
           "step", [(90, 0), (900, 9), (990, 10)]),
    Layout("lightning_metric", ["n-epoch=02-val_loss=0.50.ckpt", "n-epoch=11-val_loss=0.25.ckpt"],
           "epoch", [(None, 2), (None, 11)]),
    Layout("lightning_restarts", ["epoch=0-step=50.ckpt", "epoch=0-step=90.ckpt",
                                  "epoch=1-step=50.ckpt"], "epoch_and_step",
           [(50, 0), (90, 0), (50, 1)]),
    Layout("hugging_face", ["checkpoint-500/", "checkpoint-1000/", "checkpoint-10000/"], "step",
           [(500, None), (1000, None), (10000, None)]),
    Layout("pythia", ["step512/", "step1000/", "step143000/"], "step",
           [(512, None), (1000, None), (143000, None)]),
    Layout("megatron", ["iter_0000100/mp_rank_00/model_optim_rng.pt.h5",
                        "iter_0001000/mp_rank_00/model_optim_rng.pt.h5"], "step",
           [(100, None), (1000, None)]),
    Layout("deepspeed", ["global_step20/mp_rank_00_model_states.h5",
                         "global_step100/mp_rank_00_model_states.h5"], "step",
           [(20, None), (100, None)]),
    Layout("epoch_folders", ["epoch_2/model.h5", "epoch_10/model.h5"], "epoch",
           [(None, 2), (None, 10)]),
    Layout("epoch_names", ["epoch_05.h5", "epoch_06.h5", "epoch_10.h5"], "epoch",
           [(None, 5), (None, 6), (None, 10)]),
    Layout("timm", ["checkpoint-9.pth.tar", "checkpoint-10.pth.tar"], "epoch",
           [(None, 9), (None, 10)]),
    Layout("yolo", ["epoch9.pt", "epoch10.pt"], "epoch", [(None, 9), (None, 10)]),
    Layout("yolov7", ["epoch_009.pt", "epoch_099.pt", "epoch_100.pt"], "epoch",
           [(None, 9), (None, 99), (None, 100)]),
    Layout("nanogpt", ["ckpt_500.pt", "ckpt_2000.pt"], "step", [(500, None), (2000, None)]),
    Layout("fairseq", ["checkpoint9.pt", "checkpoint10.pt"], "epoch", [(None, 9), (None, 10)]),
    Layout("fairseq_updates", ["checkpoint_1_500.pt", "checkpoint_1_1000.pt",
                               "checkpoint_2_1500.pt"], "step", [(500, 1), (1000, 1), (1500, 2)]),
    Layout("detectron", ["model_0000999.pth", "model_0009999.pth"], "step",
           [(999, None), (9999, None)]),
    Layout("espnet", ["2epoch.pth", "12epoch.pth"], "epoch", [(None, 2), (None, 12)]),
    Layout("tensorflow", ["model.ckpt-200", "model.ckpt-1000"], "step", [(200, None), (1000, None)]),
    Layout("composer", ["ep0-ba100-rank0.pt", "ep1-ba90000-rank0.pt"], "step",
           [(100, 0), (90000, 1)]),
    Layout("kohya", ["style-000002.safetensors.h5", "style-000010.safetensors.h5"], "epoch",
           [(None, 2), (None, 10)]),
    Layout("thousands", ["model_step_9k.h5", "model_step_40k.h5", "model_step_1M.h5"], "step",
           [(9000, None), (40000, None), (1000000, None)]),
    Layout("grouped", ["step900.h5", "step1,000.h5"], "step", [(900, None), (1000, None)]),
    Layout("unlabelled", ["run-2.h5", "run-10.h5"], "epoch", [(None, 2), (None, 10)]),
    Layout("accuracy_only", ["net_acc_0.91.h5", "net_acc_0.98.h5"], "name",
           [(None, None), (None, None)]),
    Layout("letters", ["a.h5", "b.h5"], "name", [(None, None), (None, None)]),
]


class Tree(CommandTest):
    """Each layout twice, plain and with what lies around in real directories, in one tree."""

    def fill(self, directory, layout, seed):
        """Writes a run; returns the shown paths in order."""
        shown = []
        for moment, name in enumerate(layout.files, start=1):
            path = self.place / "tree" / directory / name
            if name.endswith("/"):
                write_safetensors(path / "model.safetensors", drift(moment, seed))
                shown.append(name.rstrip("/"))
            else:
                write_checkpoint(path, drift(moment, seed))
                shown.append(name)
        return shown

    def litter(self, directory, layout, seed):
        """Aliases, half-written files and other things; what they are aliases of."""
        place = self.place / "tree" / directory
        last = len(layout.files)
        # The same weights in other bytes, a copy, a symbolic link and a hard link.
        write_checkpoint(place / "last.h5", drift(last, seed), note="with another optimiser state")
        source = place / layout.files[0]
        if layout.files[0].endswith("/"):
            source = source / "model.safetensors"
        shutil.copy(source, place / "best.h5")
        os.symlink(source, place / "latest.h5")
        os.link(source, place / "current_best.h5")
        (place / "tmp-upload.h5").write_bytes(b"half")
        (place / "next.h5.part").write_bytes(b"half")
        write_checkpoint(place / "epoch_99.tmp7.h5", drift(99, seed))
        (place / "torn.h5").write_bytes(support.HDF5_SIGNATURE + b"torn")
        (place / "log.txt").write_text("loss 0.5\n")
        return {last - 1: {"last.h5"}, 0: {"best.h5", "latest.h5", "current_best.h5"}}

    def test_every_order_and_every_alias(self):
        expected = {}
        for seed, layout in enumerate(LAYOUTS):
            expected[layout.name] = (layout, self.fill(layout.name, layout, seed), {})
            littered = f"{layout.name}_littered"
            shown = self.fill(littered, layout, seed)
            expected[littered] = (layout, shown, self.litter(littered, layout, seed))
        self.assertEqual(len(expected), 64)
        report = self.report("tree", "--solver", "partial")
        runs = {run["name"]: run for run in report["runs"]}
        self.assertEqual(sorted(runs), sorted(expected))
        for name, (layout, shown, aliases) in expected.items():
            with self.subTest(name):
                self.check(runs[name], layout, shown, aliases)

    def check(self, run, layout, shown, aliases):
        """Order, numbers, aliases and what could not be read of one run."""
        checkpoints = run["checkpoints"]
        self.assertEqual([one["path"] for one in checkpoints], shown)
        self.assertEqual([(one["step"], one["epoch"]) for one in checkpoints], layout.numbers)
        self.assertEqual(run["order"]["by"], layout.by)
        self.assertTrue(run["order"]["reason"].startswith(layout.by.split("_")[0]))
        for index, one in enumerate(checkpoints):
            self.assertEqual(set(one["aliases"]), aliases.get(index, set()))
        unread = [one["path"] for one in run["unread"]]
        self.assertEqual(unread, ["torn.h5"] if aliases else [])
        told = "\n".join(run["warnings"])
        if aliases:
            self.assertIn("still being written by their names: epoch_99.tmp7.h5, next.h5.part, "
                          "tmp-upload.h5", told)
        # The weights drift: what was put in the right order turns further and further.
        rotations = [one["layers"][0]["rotation"] for one in checkpoints]
        self.assertEqual(rotations, sorted(rotations))

    def test_the_terminal_has_a_row_a_run(self):
        for seed, layout in enumerate(LAYOUTS[:3]):
            self.fill(layout.name, layout, seed)
        (self.place / "tree" / "broken").mkdir()
        (self.place / "tree" / "broken" / "a.h5").write_bytes(support.HDF5_SIGNATURE)
        table, _ = self.program("analyze", "tree")
        rows = {line.split()[0]: line for line in table.splitlines() if line[:1].isalpha()}
        self.assertEqual(set(rows) - {"run"}, {"broken", *(one.name for one in LAYOUTS[:3])})
        self.assertTrue(table.startswith("4 runs, means over the layers of the last checkpoint"))
        self.assertRegex(rows["keras_metrics"], r"^keras_metrics +3 +w.100-0.65 ")
        self.assertRegex(rows["broken"], r"^broken +0 .*1 not read$")
        self.assertNotIn("fc1.weight", table)
        verbose, _ = self.program("analyze", "tree", "--verbose")
        self.assertEqual(verbose.count("fc1.weight"), 3)
        self.assertRegex(verbose, r"w.100-0.65 +- +100 ")
        self.program("analyze", "tree", "--strict", exit_code=3)


class Nested(CommandTest):
    """Runs at any depth; what is linked is not searched."""

    def test_runs_below_runs(self):
        for path in ("logs/version_0/checkpoints", "logs/version_1/checkpoints", "logs/exp"):
            write_checkpoint(self.place / path / "epoch=0-step=10.ckpt", drift(1))
            write_checkpoint(self.place / path / "epoch=1-step=20.ckpt", drift(2))
        os.symlink(self.place / "logs" / "exp", self.place / "logs" / "again")
        os.symlink("..", self.place / "logs" / "exp" / "loop")
        report = self.report("logs")
        self.assertEqual([run["name"] for run in report["runs"]],
                         ["exp", "version_0/checkpoints", "version_1/checkpoints"])
        self.assertEqual(sum("not followed" in one for one in report["runs"][0]["warnings"]), 2)


class Folders(CommandTest):
    """A directory that is one checkpoint."""

    def test_what_lies_beside_the_weights_is_told(self):
        folder = self.place / "run" / "checkpoint-500"
        write_safetensors(folder / "model.safetensors", drift(1))
        for name in ("pytorch_model.bin", "optimizer.pt", "rng_state.pth"):
            (folder / name).write_bytes(b"another file")
        (run,) = self.report("run")["runs"]
        self.assertEqual([one["path"] for one in run["checkpoints"]], ["checkpoint-500"])
        told = "\n".join(run["warnings"])
        self.assertIn("more weights in the folder of a checkpoint: "
                      "checkpoint-500/pytorch_model.bin", told)
        self.assertIn("state of the training and not weights: checkpoint-500/optimizer.pt, "
                      "checkpoint-500/rng_state.pth", told)

    def test_a_slash_at_its_end_changes_nothing(self):
        for step in (500, 1000):
            write_safetensors(self.place / f"checkpoint-{step}" / "model.safetensors", drift(step))
        plain = self.report("checkpoint-500", "checkpoint-1000")
        self.assertEqual(self.report("checkpoint-1000/", "./checkpoint-500/"), plain)
        self.assertEqual([one["step"] for one in plain["runs"][0]["checkpoints"]], [500, 1000])


class Several(CommandTest):
    """Two runs in one folder, told apart."""

    def names(self, *arguments):
        """Run name to checkpoint names."""
        return {run["name"]: [one["name"] for one in run["checkpoints"]]
                for run in self.report("mixed", *arguments)["runs"]}

    def write(self, name, moment, seed=0, **more):
        write_checkpoint(self.place / "mixed" / name, {**drift(moment, seed), **more})

    def test_by_names_that_claim_the_same_epochs(self):
        for epoch in (1, 2, 10):
            self.write(f"teacher_epoch_{epoch}.h5", epoch, seed=1)
            self.write(f"student_epoch_{epoch}.h5", epoch, seed=2)
        self.write("student_last.h5", 10, seed=2, note=numpy.ones(3, "<f4"))
        self.assertEqual(self.names(), {
            "student_epoch": ["student_epoch_1", "student_epoch_2", "student_epoch_10"],
            "teacher_epoch": ["teacher_epoch_1", "teacher_epoch_2", "teacher_epoch_10"]})
        warnings = self.report("mixed")["runs"][0]["warnings"]
        self.assertTrue(any("--one-run" in one for one in warnings), warnings)
        self.assertEqual(list(self.names("--one-run")), ["mixed"])

    def test_by_unlabelled_names_and_by_versions(self):
        for number in (1, 2):
            self.write(f"teacher-{number}.h5", number, seed=1)
            self.write(f"student-{number}.h5", number, seed=2)
        self.assertEqual(self.names(), {"student": ["student-1", "student-2"],
                                        "teacher": ["teacher-1", "teacher-2"]})
        shutil.rmtree(self.place / "mixed")
        for epoch in (0, 1):
            self.write(f"epoch={epoch}-step={epoch}.ckpt", epoch, seed=1)
            self.write(f"epoch={epoch}-step={epoch}-v1.ckpt", epoch, seed=2)
        self.assertEqual(sorted(self.names()), ["epoch", "epoch-v"])

    def test_an_alias_goes_with_its_run(self):
        for epoch in (1, 2, 3):
            self.write(f"a_epoch_{epoch}.h5", epoch, seed=1)
            self.write(f"b_epoch_{epoch}.h5", epoch, seed=2)
        shutil.copy(self.place / "mixed" / "b_epoch_3.h5", self.place / "mixed" / "last.h5")
        runs = {run["name"]: run for run in self.report("mixed")["runs"]}
        self.assertEqual(sorted(runs), ["a_epoch", "b_epoch"])
        self.assertEqual(runs["b_epoch"]["checkpoints"][2]["aliases"], ["last.h5"])

    def test_equal_weights_under_any_name(self):
        for epoch in (1, 2, 3):
            self.write(f"epoch_{epoch}.h5", epoch)
        note = numpy.ones(3, "<f4")
        self.write("model.h5", 3, note=note)
        self.write("epoch_2_backup.h5", 2, note=note)
        (run,) = self.report("mixed")["runs"]
        self.assertEqual([one["aliases"] for one in run["checkpoints"]],
                         [[], ["epoch_2_backup.h5"], ["model.h5"]])

    def test_two_networks_in_each_step_folder(self):
        for epoch in (1, 2, 10):
            for seed, name in enumerate(("generator", "discriminator")):
                self.write(f"epoch_{epoch}/{name}.h5", epoch, seed=seed)
        runs = {run["name"]: [one["epoch"] for one in run["checkpoints"]]
                for run in self.report("mixed")["runs"]}
        self.assertEqual(runs, {"discriminator": [1, 2, 10], "generator": [1, 2, 10]})

    def test_parallel_ranks_are_no_epochs(self):
        for rank in (0, 1):
            self.write(f"global_step100/mp_rank_0{rank}_model_states.h5", rank, seed=rank)
        _, lines = self.program("analyze", "mixed", exit_code=2)
        self.assertIn("global_step100: is saved in parts, one for each device of a parallel model",
                      lines[0])

    def test_by_shapes(self):
        for epoch in range(4):
            wide = {"fc1.weight": numpy.random.default_rng(epoch).standard_normal((16, 8))}
            self.write(f"epoch_{epoch}.h5", epoch, **(wide if epoch in (1, 3) else {}))
        self.assertEqual(self.names(), {"mixed": ["epoch_0", "epoch_2"],
                                        "mixed#2": ["epoch_1", "epoch_3"]})
        (warning,) = [one for one in self.report("mixed")["runs"][0]["warnings"]
                      if "another run" in one]
        self.assertEqual(warning, "'epoch_1.h5' begins another run, 'mixed#2': its layer "
                                  "'fc1.weight' is 16x8 and was 12x8; --one-run keeps them together")

    def test_by_a_jump_of_the_weights(self):
        for epoch in range(8):
            self.write(f"epoch_{epoch}.h5", epoch, seed=1 if epoch >= 5 else 0)
        self.assertEqual(self.names(), {"mixed": [f"epoch_{epoch}" for epoch in range(5)],
                                        "mixed#2": [f"epoch_{epoch}" for epoch in range(5, 8)]})
        self.assertEqual(list(self.names("--one-run")), ["mixed"])

    def test_a_wild_start_is_one_run(self):
        # From a random initialisation far in one epoch, then ever less: training, not chance.
        for epoch, moment in enumerate((0, 60, 63, 64, 64.5, 64.6)):
            self.write(f"epoch_{epoch}.h5", moment)
        self.assertEqual(list(self.names()), ["mixed"])

    def test_interleaved_runs_are_followed(self):
        for epoch in range(10):
            self.write(f"epoch_{epoch}.h5", epoch, seed=1 if epoch in (6, 8) else 0)
        self.assertEqual(self.names()["mixed#2"], ["epoch_6", "epoch_8"])


class Overrides(CommandTest):
    """What the user says beats what is found."""

    def write(self):
        for moment, name in enumerate(("T30_x9.h5", "T4_x7.h5", "T100_x8.h5")):
            write_checkpoint(self.place / "run" / name, drift(moment), epoch=moment)

    def test_step_from(self):
        self.write()
        (run,) = self.report("run", "--step-from", "T([0-9]+)")["runs"]
        self.assertEqual([(one["name"], one["step"], one["epoch"]) for one in run["checkpoints"]],
                         [("T4_x7", 4, None), ("T30_x9", 30, None), ("T100_x8", 100, None)])
        self.assertEqual(run["order"], {"by": "step", "reason": "step: --step-from"})
        self.assertEqual(self.complaint("analyze", "run", "--step-from", "(T"),
                         "--step-from: '(T' is no regular expression")

    def test_step_from_that_matches_nothing_is_a_slip(self):
        self.write()
        self.assertEqual(self.complaint("analyze", "run", "--step-from", "Q([0-9]+)"),
                         "--step-from: 'Q([0-9]+)' matches the path of none of 3 checkpoints")

    def test_init_outranks_a_manifest(self):
        self.write()
        manifest = {"schema": "hindcast.manifest/1", "checkpoints": [
            {"path": "T4_x7.h5", "initial": True}, {"path": "T100_x8.h5"}]}
        (self.place / "run" / "hindcast.manifest.json").write_text(json.dumps(manifest))
        (run,) = self.report("run", "--init", "run/T100_x8.h5")["runs"]
        self.assertEqual(run["initial"], {"checkpoint": "T100_x8", "how": "given",
                                          "reason": "--init"})

    def test_a_directory_within_another_is_searched_once(self):
        self.write()
        runs = self.report(".", "run", "run/")["runs"]
        self.assertEqual([run["name"] for run in runs], ["run"])

    def test_an_option_that_fits_one_run_does_not_stop_the_others(self):
        self.write()
        write_checkpoint(self.place / "other" / "a.h5", {"fc1.weight": numpy.ones((2, 3, 4, 5))})
        arguments = ("analyze", "run", "other", "--layout", "fc1*=OI")
        table, lines = self.program(*arguments)
        self.assertRegex(table, r"other +0 .*1 not read")
        self.assertTrue(any("has 2 axes, the tensor has 4" in line for line in lines), lines)
        self.program(*arguments, "--strict", exit_code=3)
        self.assertIn("has 2 axes", self.complaint("analyze", "other", "--layout", "fc1*=OI"))

    def test_a_manifest(self):
        self.write()
        manifest = {"schema": "hindcast.manifest/1", "checkpoints": [
            {"path": "T4_x7.h5", "epoch": 0}, {"path": "T100_x8.h5", "initial": True},
            {"path": "T30_x9.h5", "epoch": 3, "step": 12}, {"path": "gone.h5"}]}
        path = self.place / "run" / "hindcast.manifest.json"
        path.write_text(json.dumps(manifest))
        for argument in ("run", "run/hindcast.manifest.json"):
            (run,) = self.report(argument)["runs"]
            self.assertEqual([one["name"] for one in run["checkpoints"]],
                             ["T100_x8", "T4_x7", "T30_x9"])
            self.assertEqual(run["initial"]["checkpoint"], "T100_x8")
            self.assertEqual(run["checkpoints"][2]["step"], 12)
            self.assertEqual(run["order"]["by"], "manifest")
            self.assertEqual([one["path"] for one in run["unread"]], ["gone.h5"])
        path.write_text('{"schema": "hindcast.manifest/1", "checkpoints": [{"path": "/etc/x"}]}')
        self.assertIn("leads out of the manifest's directory", self.complaint("analyze", str(path)))


if __name__ == "__main__":
    unittest.main()
