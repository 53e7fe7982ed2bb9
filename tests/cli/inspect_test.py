"""hindcast inspect: every tensor accounted for, and why it is analysed as it is."""

import os
import pathlib
import unittest

import h5py
import numpy

import support
from errors_support import CommandTest, model, weights, write_checkpoint

MADE_FILES = pathlib.Path(os.environ["HINDCAST_TEST_DATA_DIR"]).resolve()
BOMBS = ("bombs.h5", "shape_bomb.h5")  # Within the limits and slow; refused as a whole.
SAME_FOR_A_TRANSPOSE = ("spectral_norm", "frobenius_norm", "stable_rank", "effective_rank",
                        "smallest_singular_value", "condition_number")
TOLERANCE = 1e-9  # Of single-precision weights, in double: the two Gram matrices round differently.


def hdf5_files(folder):
    """Every HDF5 file below, whatever its name."""
    def is_hdf5(path):
        with open(path, "rb") as file:
            return file.read(len(support.HDF5_SIGNATURE)) == support.HDF5_SIGNATURE

    return [path for path in sorted(folder.rglob("*")) if path.is_file() and is_hdf5(path)]


class InspectTest(CommandTest):
    """Looks at one file's tensors by name."""

    def tensors(self, *arguments, **options):
        """The tensors, by name."""
        return {one["name"]: one for one in self.inspection(*arguments, **options)["tensors"]}


class Ledger(InspectTest):
    """Counts add up, nothing is missing, nothing is skipped without a reason."""

    def assert_adds_up(self, file):
        """The ledger against the tensors themselves."""
        ledger, tensors = file["ledger"], file["tensors"]
        self.assertEqual(ledger["tensors"], len(tensors))
        self.assertEqual(ledger["tensors"], ledger["analysed"] + sum(ledger["skipped"].values()))
        self.assertEqual(ledger["analysed"], sum(one["analysed"] for one in tensors))
        for reason, count in ledger["skipped"].items():
            self.assertEqual(count, sum(one["skipped"] == reason for one in tensors))
        for one in tensors:
            self.assertTrue(one["reason"], one)
            self.assertEqual(one["analysed"], one["layout"] is not None, one)
            self.assertEqual(one["analysed"], one["skipped"] is None, one)

    def assert_add_up(self, paths, at_least):
        """Every one of these files, and that there are enough of them."""
        self.assertGreaterEqual(len(paths), at_least)
        for file in support.inspect(*paths)["files"]:
            with self.subTest(file=pathlib.Path(file["path"]).name):
                self.assert_adds_up(file)

    def test_of_the_corpus(self):
        self.assert_add_up(hdf5_files(support.shared("corpus")), at_least=20)

    def test_of_made_files(self):
        paths = [path for path in hdf5_files(MADE_FILES) if path.name not in BOMBS]
        self.assert_add_up(paths, at_least=20)

    def test_counts_every_dataset_once(self):
        path = support.SAMPLE_RUN / "init.h5"
        names = set()
        with h5py.File(path) as file:
            file.visititems(lambda name, thing: names.add(name)
                            if isinstance(thing, h5py.Dataset) else None)
        self.assertEqual(set(self.tensors(path)), names)
        table, _ = self.program("inspect", path)
        self.assertIn("ledger: 23 tensors = 6 analysed + 17 skipped "
                      "(2 bias, 3 integer, 6 normalisation, 6 statistics)", table)

    def test_analyze_tells_the_same_ledger(self):
        path = support.SAMPLE_RUN / "init.h5"
        (run,) = self.report(path)["runs"]
        self.assertEqual(run["checkpoints"][0]["ledger"], self.inspection(path)["ledger"])

    def test_a_selection_is_in_the_ledger(self):
        write_checkpoint(self.place / "good.h5")
        for option in (["--exclude", "fc2*"], ["--include", "fc1*"]):
            tensors = self.tensors("good.h5", *option)
            self.assertEqual(tensors["fc2.weight"]["skipped"], "excluded")
            self.assertTrue(tensors["fc1.weight"]["analysed"])


class Layout(InspectTest):
    """The decision, its evidence, and the user's last word."""

    def layer(self, *arguments):
        """The only layer that `analyze` finds."""
        ((_, layer),) = support.layers_of(self.report(*arguments))
        return layer

    def test_evidence_is_shown(self):
        tensors = {"conv.weight": weights(6, 4, 3, 3), **model()}
        write_checkpoint(self.place / "torch.h5", tensors)
        shown = self.tensors("torch.h5")
        self.assertEqual((shown["conv.weight"]["layout"], shown["fc1.weight"]["layout"]),
                         ("OIHW", "OI"))
        self.assertEqual(shown["fc1.weight"]["reason"], "PyTorch state-dict name, 2 axes")
        table, _ = self.program("inspect", "torch.h5")
        self.assertRegex(table, r"(?m)^conv\.weight +6x4x3x3 +float32 +weight +OIHW +[\d.]+ +"
                                "analysed: PyTorch state-dict name, 4 axes$")
        self.assertRegex(table, r"(?m)^fc1\.bias +12 +float32 +bias +- +0 +skipped, bias$")

    def test_keras_files_are_read_the_other_way_round(self):
        with h5py.File(self.place / "keras.h5", "w") as file:
            file.attrs["layer_names"] = [b"conv", b"dense"]
            file.attrs["keras_version"] = "2.4.0"
            for layer, shape in (("conv", (3, 3, 4, 6)), ("dense", (8, 12))):
                group = file.create_group(layer)
                group.attrs["weight_names"] = [f"{layer}/kernel:0".encode()]
                group[f"{layer}/kernel:0"] = weights(*shape)
        file = self.inspection("keras.h5")
        self.assertEqual(file["order_evidence"], "layer_names")
        self.assertEqual([one["layout"] for one in file["tensors"]], ["HWIO", "IO"])
        for one in file["tensors"]:
            self.assertIn("Keras", one["reason"])

    def test_an_override_is_shown_with_its_reason(self):
        write_checkpoint(self.place / "good.h5")
        shown = self.tensors("good.h5", "--layout", "fc1*=IO", "--layout", "*=OI")
        self.assertEqual((shown["fc1.weight"]["layout"], shown["fc1.weight"]["reason"]),
                         ("IO", "--layout 'fc1*=IO'"))
        self.assertEqual(shown["fc2.weight"]["layout"], "OI")

    def test_a_transposed_kernel_has_the_same_spectrum(self):
        kernel = weights(12, 8)
        write_checkpoint(self.place / "straight.h5", {"fc.weight": kernel})
        write_checkpoint(self.place / "transposed.h5", {"fc.weight": kernel.T})
        straight = self.layer("straight.h5")["unfoldings"]["output"]
        for arguments in (["straight.h5", "--layout", "fc*=IO"],
                          ["transposed.h5", "--layout", "fc*=IO"]):
            layer = self.layer(*arguments)
            self.assertEqual(layer["layout"], "IO")
            for key in SAME_FOR_A_TRANSPOSE:
                value = layer["unfoldings"]["output"][key]
                self.assertLess(abs(value - straight[key]), TOLERANCE * straight[key], key)

    def test_an_override_of_a_convolution_changes_its_unfoldings(self):
        write_checkpoint(self.place / "conv.h5", {"conv.weight": weights(6, 4, 3, 5)})

        def sizes(*arguments):
            unfoldings = self.layer("conv.h5", *arguments)["unfoldings"]
            return {side: {one["rows"], one["cols"]} for side, one in unfoldings.items()}

        self.assertEqual(sizes(), {"output": {6, 60}, "input": {4, 90}})
        self.assertEqual(sizes("--layout", "*=IOHW"), {"output": {4, 90}, "input": {6, 60}})
        self.assertEqual(sizes("--layout", "*=HWIO"), {"output": {5, 72}, "input": {3, 120}})


class Files(InspectTest):
    """Where it reads from and writes to."""

    def test_output_file_holds_what_stdout_would(self):
        write_checkpoint(self.place / "good.h5")
        for option in ([], ["--json"]):
            shown, _ = self.program("inspect", *option, "good.h5")
            silent, lines = self.program("inspect", *option, "good.h5", "-o", "out")
            self.assertEqual((silent, lines), ("", []))
            self.assertEqual((self.place / "out").read_text(), shown)
            dash, _ = self.program("inspect", *option, "good.h5", "-o", "-")
            self.assertEqual(dash, shown)

    def test_several_files_are_shown_in_the_order_given(self):
        for name in ("b.h5", "a.h5"):
            write_checkpoint(self.place / name)
        files = support.inspect("b.h5", "a.h5", cwd=self.place)["files"]
        self.assertEqual([file["path"] for file in files], ["b.h5", "a.h5"])
        table, _ = self.program("inspect", "b.h5", "a.h5")
        self.assertLess(table.index("b.h5: hdf5"), table.index("a.h5: hdf5"))

    def test_a_missing_one_does_not_hide_the_others(self):
        write_checkpoint(self.place / "good.h5")
        table, lines = self.program("inspect", "gone.h5", "good.h5")
        self.assertEqual(lines, ["hindcast: warning: gone.h5: no such file or directory"])
        self.assertIn("good.h5: hdf5", table)
        strict, lines = self.program("inspect", "--strict", "gone.h5", "good.h5", exit_code=3)
        self.assertEqual(strict, table)
        self.assertRegex(lines[-1], "^hindcast: incomplete: .*--strict")

    def test_what_the_file_says_of_its_place_in_the_run(self):
        write_checkpoint(self.place / "good.h5", epoch=3, step=numpy.int64(400))
        file = self.inspection("good.h5")
        self.assertEqual((file["epoch"], file["step"]), (3, 400))
        table, _ = self.program("inspect", "good.h5")
        self.assertIn("good.h5: hdf5, epoch 3, step 400, order from creation\n", table)


if __name__ == "__main__":
    unittest.main()
