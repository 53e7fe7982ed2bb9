"""A file costs what it holds: few bytes take neither long nor much memory."""

import json
import resource
import struct
import subprocess
import time
import unittest
import zipfile

import h5py
import numpy

import onnx_support
import support
from errors_support import CommandTest, write_checkpoint
from torch_support import write_torch

ENTRIES = 60_000
# A search through all entries for each of them would take minutes.
MOST_SECONDS = 100 if support.is_sanitized() else 10


def write_safetensors(path, entries):
    """A table of contents, and as many zeros as it needs."""
    size = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    header = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))


def write_keras(path, config, padding=0):
    """A Keras archive with this configuration, and its weights with zeros after them."""
    weights = path.with_suffix(".h5")
    write_checkpoint(weights, {"layers/dense/vars/0": numpy.ones((4, 6), "<f4")})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", weights.read_bytes() + bytes(padding))


def write_unwritten(path, tensors, size):
    """Tensors of this many rows and columns, no value of which was ever written."""
    with h5py.File(path, "w") as file:
        for i in range(tensors):
            file.create_dataset(f"fc{i}.weight", shape=(size, size), dtype="<f4", chunks=(64, 64))


class Tables(CommandTest):
    def run_soon(self, *arguments):
        """(exit code, all it says), in a time that grows with the file and no faster."""
        begin = time.monotonic()
        done = subprocess.run([support.PROGRAM, *arguments], capture_output=True, check=False,
                              cwd=self.place, timeout=10 * MOST_SECONDS)
        self.assertLess(time.monotonic() - begin, MOST_SECONDS)
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_many_tensors(self):
        write_safetensors(self.place / "a.safetensors", {
            f"layer{i}.weight": {"dtype": "F32", "shape": [2, 2],
                                 "data_offsets": [16 * i, 16 * i + 16]} for i in range(ENTRIES)})
        for command in ("inspect", "analyze"):
            code, told = self.run_soon(command, "a.safetensors")
            self.assertEqual(code, 0)
            self.assertIn(f"layer{ENTRIES - 1}.weight", told)

    def test_an_index_of_many_tensors(self):
        index = {f"layer{i}.weight": "s.safetensors" for i in range(2 * ENTRIES)}
        (self.place / "a.index.json").write_text(json.dumps({"weight_map": index}))
        write_safetensors(self.place / "s.safetensors", {})
        code, told = self.run_soon("inspect", "a.index.json")
        self.assertEqual(code, 2)
        self.assertIn("s.safetensors", told)

    def test_configurations_of_many_keys_and_of_many_layers(self):
        layers = [{"class_name": "Dense", "config": {"name": f"d{i}"}} for i in range(ENTRIES)]
        for config in ({f"k{i}": 0 for i in range(2 * ENTRIES)},
                       {"class_name": "Functional", "config": {"layers": layers}}):
            write_keras(self.place / "a.keras", json.dumps(config))
            code, told = self.run_soon("inspect", "a.keras")
            self.assertEqual(code, 0)
            self.assertIn("layers/dense/vars/0" if "k0" in config else "d0/kernel", told)


class Unpacked(CommandTest):
    def tearDown(self):
        # The largest process so far, the cells of HDF5 files among them.
        if not support.is_sanitized():
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            self.assertLess(peak, 1 << 20)
        super().tearDown()

    def check(self, name, raised="512M"):
        """It does not pass, with the option that lets it."""
        done = subprocess.run([support.PROGRAM, "inspect", "--strict", name], capture_output=True,
                              check=False, cwd=self.place, timeout=MOST_SECONDS)
        self.assertIn(done.returncode, (2, 3))
        self.assertIn("raise it with --max-unpacked-bytes", done.stderr.decode())
        if not support.is_sanitized():
            self.program("inspect", "--strict", name, "--max-unpacked-bytes", raised)

    def test_one_tensor_of_hardly_anything(self):
        write_unwritten(self.place / "a.h5", 1, 6000)
        self.check("a.h5")
        write_torch(self.place / "a.pt", (6000, 6000), (0, 1))
        self.check("a.pt")
        numpy.savez_compressed(self.place / "a.npz", **{"fc.weight": numpy.ones((5000, 5000), "<f4")})
        self.check("a.npz")

    def test_many_such_tensors_are_counted_together(self):
        write_unwritten(self.place / "two.h5", 2, 4000)
        self.program("inspect", "--strict", "two.h5")
        write_unwritten(self.place / "three.h5", 3, 4000)
        self.check("three.h5")

    def test_an_archive_of_hardly_anything(self):
        write_keras(self.place / "a.keras", "{}", padding=260 << 20)
        done = subprocess.run([support.PROGRAM, "inspect", "a.keras"], capture_output=True,
                              check=False, cwd=self.place, timeout=MOST_SECONDS)
        self.assertEqual(done.returncode, 2)
        self.assertIn("raise it with --max-unpacked-bytes", done.stderr.decode())
        write_keras(self.place / "b.keras", "[" + "0," * 20_000_000 + "0]")
        _, lines = self.program("inspect", "b.keras")
        self.assertRegex(lines[0], "config.json: JSON .* raise it with --max-metadata-bytes")

    def test_what_compresses_well_or_is_repeated_a_little_passes(self):
        rows = numpy.random.default_rng(0).standard_normal((1000, 50)).astype("<f4")
        numpy.savez_compressed(self.place / "a.npz", weight=numpy.tile(rows, (1, 20)))
        with h5py.File(self.place / "a.h5", "w") as file:
            file.create_dataset("weight", data=numpy.tile(rows, (1, 20)), compression="gzip")
        write_torch(self.place / "a.pt", (40, 3000), (0, 1))
        for name in ("a.npz", "a.h5", "a.pt"):
            self.program("inspect", "--strict", name, "--max-unpacked-bytes", "64K")


class Messages(CommandTest):
    LONG = 300_000

    def check(self, name):
        """Few words in all, whatever the file has its names be."""
        done = subprocess.run([support.PROGRAM, "inspect", name], capture_output=True, check=False,
                              cwd=self.place, timeout=MOST_SECONDS)
        self.assertEqual(done.returncode, 2)
        self.assertIn("...", done.stderr.decode())
        self.assertLess(len(done.stderr), 4000)

    def test_what_is_quoted_of_a_file_is_cut(self):
        entry = {"dtype": "\x1b" * self.LONG, "shape": [1], "data_offsets": [0, 4]}
        write_safetensors(self.place / "a.safetensors", {"weight": entry})
        self.check("a.safetensors")
        entry = {"dtype": "F33", "shape": [1], "data_offsets": [0, 4]}
        write_safetensors(self.place / "b.safetensors", {"w" * 60_000: entry})
        self.check("b.safetensors")
        location = onnx_support.message(1, "location") + onnx_support.message(2, "x" * self.LONG)
        external = onnx_support.message(5, onnx_support.whole(1, 3) + onnx_support.whole(2, 1) +
                                        onnx_support.message(8, "weight") +
                                        onnx_support.message(13, location) +
                                        onnx_support.whole(14, 1))
        (self.place / "a.onnx").write_bytes(
            onnx_support.model(external, onnx_support.tensor("b", numpy.ones(2))))
        self.check("a.onnx")

    def test_reports_have_the_whole_name(self):
        name = "w" * 1000
        write_safetensors(self.place / "a.safetensors", {
            name: {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}})
        told, _ = self.program("inspect", "--json", "a.safetensors")
        (tensor,) = json.loads(told)["files"][0]["tensors"]
        self.assertEqual(tensor["name"], name)


if __name__ == "__main__":
    unittest.main()
