"""The program that was built here runs on other processors, without their instructions."""

import json
import math
import os
import shutil
import unittest

import numpy
import support

QEMU = shutil.which("qemu-x86_64")
# x86-64-v2, the oldest that is promised; and one with AVX2 but without AVX-512.
PROCESSORS = ("Nehalem", "Haswell")


def like(one, other):
    """Equal but for the last digits of numbers: other instructions round in another order."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(like(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(like, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


@unittest.skipIf(support.is_sanitized(), "AddressSanitizer needs an address space of its own")
@unittest.skipIf(os.uname().machine != "x86_64", "the processors are those of x86-64")
@unittest.skipIf(QEMU is None, "no qemu-x86_64 (qemu-user)")
class Processors(unittest.TestCase):
    """Emulated ones end a program at an instruction they do not have."""

    def emulated(self, processor, *arguments):
        done = support.run("-cpu", processor, support.PROGRAM, "analyze", "--quiet", "--json", "-",
                           "--threads", "2", *arguments, program=QEMU)
        return json.loads(done.stdout)

    def test_report(self):
        with support.temporary_directory() as directory:
            random = numpy.random.default_rng(5)
            # Large enough for whole blocks of every kernel, and for their edges.
            weights = random.standard_normal((211, 10)) @ random.standard_normal((10, 307))
            weights += 0.1 * random.standard_normal(weights.shape)
            support.write_checkpoint(directory / "large.h5", {"fc.weight": weights})
            for path in (directory, support.SAMPLE_RUN):
                here = support.analyze(path, "--threads", "2")
                for processor in PROCESSORS:
                    # What is emulated has no sandbox.
                    there = self.emulated(processor, "--unsafe-hdf5", path)
                    with self.subTest(path=path.name, processor=processor):
                        self.assertTrue(like(here["runs"], there["runs"]))


if __name__ == "__main__":
    unittest.main()
