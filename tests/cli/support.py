"""What the tests of the command line share: running the program, its reports, the oracles."""

import contextlib
import functools
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

PROGRAM = os.environ["HINDCAST"]
SOURCE_DIR = pathlib.Path(os.environ["HINDCAST_SOURCE_DIR"]).resolve()
SHARED_DIR = pathlib.Path(os.environ["HINDCAST_SHARED_DIR"]).resolve()
SAMPLE_RUN = SOURCE_DIR / "sample_checkpoints" / "digits_cnn"
ORACLE_RUNS = ("rmsgd_run", "sgd_run", "adamw_run")
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def run(*arguments, exit_code=0, program=PROGRAM, **options):
    """Runs the program; its exit code must be the given one."""
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, **options)
    if done.returncode != exit_code:
        message = done.stderr.decode(errors="replace")
        raise AssertionError(f"{command}: exit code {done.returncode}, not {exit_code}: {message}")
    return done


def analyze(*arguments, **options):
    """The report of `hindcast analyze`, parsed."""
    return json.loads(run("analyze", "--quiet", "--json", "-", *arguments, **options).stdout)


def inspect(*arguments, **options):
    """What `hindcast inspect` says, parsed."""
    return json.loads(run("inspect", "--quiet", "--json", *arguments, **options).stdout)


def shared(relative):
    """A file or folder beside the repository; the test is skipped where it is not there."""
    path = SHARED_DIR / relative
    if not path.exists():
        raise unittest.SkipTest(f"no {relative} in HINDCAST_SHARED_DIR: nothing to compare with")
    return path


@functools.cache
def is_sanitized():
    """Is the program one with AddressSanitizer, which needs memory without bounds?"""
    return b"__asan_init" in pathlib.Path(PROGRAM).read_bytes()


def keep_to_one_core():
    """Lets the program have one thread unless it is asked for more.

    GCC 12's AddressSanitizer does not hand its allocator's locks to a forked process: one that is
    forked while another thread allocates may wait for ever.
    """
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


if is_sanitized():
    keep_to_one_core()


def load(path):
    """A JSON file, parsed."""
    return json.loads(path.read_text(encoding="utf-8"))


@contextlib.contextmanager
def temporary_directory():
    """A directory that is gone after the test."""
    with tempfile.TemporaryDirectory(prefix="hindcast_") as name:
        yield pathlib.Path(name).resolve()


def write_checkpoint(path, tensors, **attributes):
    """A plain dump of a state dict, in the order given."""
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs.update(attributes)
        for name, values in tensors.items():
            file[name] = values


def write_troubled_run(directory):
    """A run of three checkpoints in which everything happens that leaves a number out.

    One layer learns, one is zero, one becomes NaN at the end, one vanishes and one appears; one
    file is not a checkpoint at all.
    """
    directory.mkdir()
    random = numpy.random.default_rng(2)

    def weights(*shape):
        return random.standard_normal(shape).astype("float32")

    for epoch, name in ((-1, "init"), (0, "epoch_00"), (1, "epoch_01")):
        broken = weights(8, 12)
        if epoch == 1:
            broken[2, 3] = numpy.nan
        tensors = {"conv.weight": weights(6, 4, 3, 3), "conv.bias": weights(6),
                   "broken.weight": broken, "zero.weight": numpy.zeros((5, 7), "float32"),
                   ("late.weight" if epoch == 1 else "early.weight"): weights(4, 4)}
        write_checkpoint(directory / f"{name}.h5", tensors, epoch=epoch)
    (directory / "epoch_02.h5").write_bytes(HDF5_SIGNATURE + b"and nothing else")


def statuses(thing):
    """A status as a set: the report writes one as a string and several as a list."""
    status = thing["status"]
    return {status} if isinstance(status, str) else set(status)


def layers_of(report):
    """(checkpoint name, layer) for every layer of every checkpoint of every run."""
    for one in report["runs"]:
        for checkpoint in one["checkpoints"]:
            for layer in checkpoint["layers"]:
                yield checkpoint["name"], layer


def unfoldings_of(report):
    """(where, unfolding) for every unfolding of every layer."""
    for checkpoint, layer in layers_of(report):
        for side, unfolding in layer["unfoldings"].items():
            yield f"{checkpoint}: {layer['name']}: {side}", unfolding


def matrices_of(entry):
    """Side to matrix of an oracle's entry; a 2-D weight's `matrix` is its output unfolding."""
    return {"output" if side == "matrix" else side: entry[side]
            for side in ("output", "input", "matrix") if side in entry}


def resolution(matrix):
    """What a Gram matrix in double can resolve: rho of the metrics, section 3."""
    return matrix["spectral_norm"] * math.sqrt(min(matrix["rows"], matrix["cols"]) * 2**-52)


def lost_digits(matrix):
    """The relative error that a Gram matrix leaves on the smallest singular value."""
    smallest = matrix["smallest_singular_value"]
    return (resolution(matrix) / smallest)**2 if smallest else 0.0


@functools.cache
def keras_oracle():
    """File name to layer name to metrics, for real Keras files."""
    return load(shared("oracle/corpus_layers.json"))


@functools.cache
def keras_reports(solver):
    """File name to report, for the files of the oracle, each analysed by itself."""
    return {file: analyze(shared("corpus") / file, "--solver", solver) for file in keras_oracle()}


class Deviations:
    """Compares numbers: keeps the worst deviation of each quantity and all beyond tolerance."""

    def __init__(self):
        self.compared = 0
        self._beyond = []
        self._worst = {}

    def check(self, quantity, where, got, expected, relative, absolute=0.0):
        """Within either tolerance, or null where null is expected."""
        self.compared += 1
        if got is None or expected is None:
            if got is not expected:
                self._beyond.append(f"{where}: {quantity} is {got}, expected {expected}")
            return
        difference = abs(got - expected)
        if difference <= absolute:
            return
        deviation = difference / abs(expected) if expected else float("inf")
        if not deviation <= relative:
            self._beyond.append(f"{where}: {quantity} is {got!r}, expected {expected!r}")
        self._note(quantity, deviation, where)

    def check_absolute(self, quantity, where, got, expected, absolute):
        """Within an absolute tolerance."""
        self.compared += 1
        difference = abs(got - expected)
        if not difference <= absolute:
            self._beyond.append(f"{where}: {quantity} is {got!r}, expected {expected!r}")
        self._note(quantity, difference, where)

    def worst(self, quantity):
        """The worst deviation of a quantity; 0 if it never deviated."""
        return self._worst.get(quantity, (0.0, ""))[0]

    def settle(self, test, at_least=1):
        """Fails the test if anything was beyond tolerance, or if too little was compared."""
        for quantity, (deviation, where) in sorted(self._worst.items()):
            print(f"{test.id()}: {quantity}: {deviation:.1e} at {where}", file=sys.stderr)
        test.assertEqual(self._beyond[:10], [], f"{len(self._beyond)} beyond tolerance")
        test.assertGreaterEqual(self.compared, at_least)

    def _note(self, quantity, deviation, where):
        if deviation > self.worst(quantity):
            self._worst[quantity] = (deviation, where)
