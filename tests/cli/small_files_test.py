"""A file costs what it holds: few bytes take no long time, and many names no longer than they are."""

import json
import struct
import subprocess
import time
import unittest
import zipfile

import numpy

import support
from errors_support import CommandTest, write_checkpoint

ENTRIES = 60_000
# A search through all entries for each of them would take minutes.
MOST_SECONDS = 100 if support.is_sanitized() else 10


def write_safetensors(path, entries):
    """A table of contents, and as many zeros as it needs."""
    size = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    header = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))


def write_keras(path, config):
    """A Keras archive with this configuration, as text or as bytes."""
    weights = path.with_suffix(".h5")
    write_checkpoint(weights, {"layers/dense/vars/0": numpy.ones((4, 6), "<f4")})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config)
        archive.write(weights, "model.weights.h5")


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


if __name__ == "__main__":
    unittest.main()
