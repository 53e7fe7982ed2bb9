"""Every limit is named where it is hit, with the option that raises it; raised, the file passes."""

import io
import json
import os
import pathlib
import pickle
import subprocess
import unittest
import zipfile

import h5py
import numpy

import support
import onnx_support
from errors_support import TIMEOUT_SECONDS, CommandTest, write_checkpoint
from torch_support import write_torch

MADE_FILES = pathlib.Path(os.environ["HINDCAST_TEST_DATA_DIR"]).resolve()


def write_hdf5(path):
    """Three tensors, one of them two groups deep."""
    write_checkpoint(path, {"a.weight": numpy.ones((4, 6), "<f4"),
                            "outer/inner/b.weight": numpy.ones((2, 3), "<f4"),
                            "c.weight": numpy.ones((2, 2, 3, 3), "<f4")})


def write_attribute(path):
    """An attribute that lists the weights."""
    write_checkpoint(path, {"dense/kernel:0": numpy.ones((4, 6), "<f4")})
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = [b"dense"]
        file["dense"].attrs["weight_names"] = [b"kernel:0"]


def write_unstored(path):
    """1 MiB of which an eighth was ever written."""
    with h5py.File(path, "w") as file:
        file["small"] = numpy.ones((2, 3), "<f4")
        large = file.create_dataset("large", shape=(512, 512), dtype="<f4", chunks=(64, 512))
        large[:64] = numpy.ones((64, 512), "<f4")


def write_safetensors(path):
    """Two tensors."""
    header = json.dumps({"a.weight": {"dtype": "F32", "shape": [2, 1, 3], "data_offsets": [0, 24]},
                         "b": {"dtype": "F32", "shape": [2], "data_offsets": [24, 32]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(32))


def write_npz(path):
    """Two arrays, one of which is nothing but zeros."""
    numpy.savez_compressed(path, a=numpy.zeros((256, 256), "<f4"), b=numpy.ones((2, 3), "<f4"))


def write_npy(path):
    """One array."""
    with open(path, "wb") as file:
        numpy.save(file, numpy.ones((2, 2, 3), "<f4"))


def write_nested_pickle(path):
    """A dict in a dict in a dict, as PyTorch writes them, with no tensor."""
    content = io.BytesIO()
    pickle.dump({"a": {"b": {"c": 1}}}, content, protocol=2)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content.getvalue())
        archive.writestr("archive/version", "3\n")


def write_sharded(path):
    """An index of two tensors."""
    (path.parent / "s.safetensors").unlink(missing_ok=True)
    write_safetensors(path.parent / "s.safetensors")
    path.write_text(json.dumps({"weight_map": {"a.weight": "s.safetensors",
                                               "b": "s.safetensors"}}))


def write_onnx(path):
    """Two initializers."""
    path.write_bytes(onnx_support.model(onnx_support.tensor("a.weight", numpy.ones((2, 1, 3))),
                                        onnx_support.tensor("b", numpy.ones(2))))


def write_pytorch(path):
    """One tensor of six values."""
    write_torch(path, (2, 3), (0, 1))


def write_crowded_pytorch(path):
    """One tensor among a thousand and four members that are none."""
    write_torch(path, (2, 3), (0, 1), others=1002)


# The file, the option, a value that is too low for it, one that is not, and other options.
LIMITS = (
    ("a.h5", write_hdf5, "--max-tensors", "2", "20"),
    ("a.safetensors", write_safetensors, "--max-tensors", "1", "2"),
    ("a.npz", write_npz, "--max-tensors", "1", "2"),
    ("a.onnx", write_onnx, "--max-tensors", "1", "2"),
    ("a.pt", write_crowded_pytorch, "--max-tensors", "3", "4"),
    ("a.index.json", write_sharded, "--max-tensors", "1", "2"),
    ("a.h5", write_hdf5, "--max-tensor-values", "20", "36"),
    ("a.safetensors", write_safetensors, "--max-tensor-values", "5", "6"),
    ("a.npy", write_npy, "--max-tensor-values", "11", "12"),
    ("a.onnx", write_onnx, "--max-tensor-values", "5", "6"),
    ("a.pt", write_pytorch, "--max-tensor-values", "5", "6"),
    ("a.h5", write_hdf5, "--max-axes", "3", "4"),
    ("a.safetensors", write_safetensors, "--max-axes", "2", "3"),
    ("a.npy", write_npy, "--max-axes", "2", "3"),
    ("a.onnx", write_onnx, "--max-axes", "2", "3"),
    ("a.pt", write_pytorch, "--max-axes", "1", "2"),
    ("a.h5", write_hdf5, "--max-name-bytes", "10", "1K"),
    ("a.safetensors", write_safetensors, "--max-name-bytes", "7", "8"),
    ("a.onnx", write_onnx, "--max-name-bytes", "7", "8"),
    ("a.pt", write_pytorch, "--max-name-bytes", "8", "9"),
    ("a.h5", write_hdf5, "--max-depth", "1", "2"),
    ("a.safetensors", write_safetensors, "--max-depth", "2", "3"),  # Of its JSON.
    ("a.h5", write_attribute, "--max-metadata-bytes", "4", "4K"),
    ("a.safetensors", write_safetensors, "--max-metadata-bytes", "100", "4K"),  # The header.
    ("a.safetensors", write_safetensors, "--max-metadata-bytes", "400", "4K"),  # Its values.
    ("a.npy", write_npy, "--max-metadata-bytes", "100", "200"),
    ("a.pt", write_pytorch, "--max-metadata-bytes", "100", "64K"),  # The pickle.
    ("a.pt", write_pytorch, "--max-metadata-bytes", "1K", "64K"),  # Its values.
    ("a.h5", write_unstored, "--max-expansion", "1", "100", "--max-unpacked-bytes", "64K"),
    ("a.h5", write_unstored, "--max-unpacked-bytes", "2M", "2049K", "--max-expansion", "1"),
    ("a.npz", write_npz, "--max-expansion", "10", "10000", "--max-unpacked-bytes", "64K"),
)


class Limits(CommandTest):
    def test_each_limit_names_the_option_that_raises_it(self):
        for name, write, option, low, high, *others in LIMITS:
            with self.subTest(file=name, option=option):
                path = self.place / name
                path.unlink(missing_ok=True)
                write(path)
                told = self.refusal(name, option, low, *others)
                self.assertRegex(told, f"raise it with (--max-unpacked-bytes or )?{option}")
                self.program("inspect", "--strict", name, option, high, *others)

    def refusal(self, *arguments):
        """All it says of a file that must not pass; where a part is read, too."""
        done = subprocess.run([support.PROGRAM, "inspect", "--strict", *map(str, arguments)],
                              capture_output=True, check=False, cwd=self.place,
                              timeout=TIMEOUT_SECONDS)
        self.assertIn(done.returncode, (2, 3), done.stderr)
        return (done.stdout + done.stderr).decode()

    def test_nesting_of_pickles(self):
        write_nested_pickle(self.place / "a.pt")
        complaint = self.complaint("inspect", "a.pt", "--max-depth", "2")
        self.assertIn("raise it with --max-depth", complaint)
        self.assertNotIn("--max-depth", self.complaint("inspect", "a.pt", "--max-depth", "3"))

    def test_the_time_of_a_cell(self):
        write_hdf5(self.place / "a.h5")
        complaint = self.complaint("inspect", "a.h5", "--cell-seconds", "0.000001")
        self.assertIn("the limit; raise it with --cell-seconds", complaint)
        self.program("inspect", "a.h5", "--cell-seconds", "100")

    @unittest.skipIf(support.is_sanitized(), "AddressSanitizer needs memory without bounds")
    def test_the_memory_of_a_cell(self):
        path = MADE_FILES / "large_chunk.h5"
        told = self.refusal(path, "--cell-memory", "40M")
        self.assertIn("raise it with --cell-memory", told)
        self.program("inspect", "--strict", path)

    def test_sizes_have_suffixes_and_wrong_ones_are_refused(self):
        write_hdf5(self.place / "a.h5")
        for size in ("1", "64K", "2M", "1G", "1T"):
            self.program("inspect", "a.h5", "--max-unpacked-bytes", size, "--max-expansion", "1G")
        for size in ("0", "-1", "1.5", "K", "5k", "64KB", "many", "99999999999999999999", "1000000T"):
            with self.subTest(size=size):
                complaint = self.complaint("inspect", "a.h5", f"--max-tensors={size}")
                self.assertIn("--max-tensors must be a whole number from 1 to ", complaint)
        self.assertIn("from 1 to 4K", self.complaint("inspect", "a.h5", "--max-depth", "1M"))
        self.assertIn("--cell-seconds must be", self.complaint("inspect", "a.h5", "--cell-seconds=0"))

    def test_help_lists_them_with_their_defaults(self):
        for command in ("analyze", "inspect", "gate"):
            text, _ = self.program(command, "--help")
            for option, default in (("max-tensors", "1000000"), ("max-depth", "256"),
                                    ("max-tensor-values", "2G"), ("cell-memory", "768M"),
                                    ("cell-seconds", "60"), ("max-unpacked-bytes", "256M"),
                                    ("max-expansion", "100")):
                self.assertRegex(text, rf"(?m)^  --{option} \S+={default}(\s|$)")


if __name__ == "__main__":
    unittest.main()
