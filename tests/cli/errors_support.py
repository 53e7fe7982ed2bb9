"""Made checkpoints, and what every message on stderr has to be like."""

import re
import unittest

import h5py
import numpy

import support

COMMANDS = ("analyze", "inspect")  # Those that need nothing but checkpoints.
ALL_COMMANDS = (*COMMANDS, "schedule", "lint", "gate", "compare", "correlate", "report", "export",
                "merge", "explain", "formats", "cache")
TIMEOUT_SECONDS = 60
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
NEVER_ON_STDERR = re.compile(r"HDF5-DIAG|Traceback|terminate called|internal error|#\d+:? 0x")
# Said of every run without an initial rate; left out of what the tests look at.
NO_RATE = "no schedule: it needs the initial learning rate; give --init-lr"
WEIGHT_SHAPES = {"fc1.weight": (12, 8), "fc2.weight": (5, 12)}


def weights(*shape, seed=0):
    """Reproducible single-precision weights."""
    return numpy.random.default_rng(seed).standard_normal(shape).astype("<f4")


def model(seed=0):
    """The tensors of a small model, by name."""
    tensors = {name: weights(*shape, seed=seed) for name, shape in WEIGHT_SHAPES.items()}
    return {**tensors, "fc1.bias": numpy.zeros(12, "<f4")}


def write_checkpoint(path, tensors=None, **attributes):
    """An HDF5 file with these tensors (or a small model's) in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", track_order=True) as file:
        for name, values in (model() if tensors is None else tensors).items():
            file[name] = values
        for name, value in attributes.items():
            file.attrs[name] = value


def write_truncated(path):
    """The first half of a checkpoint."""
    write_checkpoint(path)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])


class CommandTest(unittest.TestCase):
    """Runs the program in a directory of its own."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())

    def program(self, *arguments, exit_code=0, **options):
        """What it wrote to stdout, and the lines of stderr, which must be decent ones."""
        done = support.run(*arguments, exit_code=exit_code, cwd=self.place,
                           timeout=TIMEOUT_SECONDS, **options)
        errors = done.stderr.decode()
        self.assertNotRegex(errors, NEVER_ON_STDERR)
        self.assertNotRegex(errors, CONTROL_CHARACTERS)
        lines = errors.splitlines()
        for line in lines:
            self.assertTrue(line.startswith("hindcast: "), line)
        return done.stdout.decode(), [line for line in lines if not line.endswith(NO_RATE)]

    def complaint(self, *arguments, exit_code=2, **options):
        """The one line that it wrote to stderr, without "hindcast: "."""
        _, lines = self.program(*arguments, exit_code=exit_code, **options)
        self.assertEqual(len(lines), 1, f"{arguments}: {lines}")
        return lines[0].removeprefix("hindcast: ")

    def report(self, *arguments, **options):
        """The report of `analyze`, parsed."""
        return support.analyze(*arguments, cwd=self.place, timeout=TIMEOUT_SECONDS, **options)

    def inspection(self, *arguments, **options):
        """What `inspect` says of one file, parsed."""
        (file,) = support.inspect(*arguments, cwd=self.place, timeout=TIMEOUT_SECONDS,
                                  **options)["files"]
        return file

    def files(self):
        """The names of everything in the directory."""
        return sorted(path.name for path in self.place.iterdir())
