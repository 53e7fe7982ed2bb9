"""The program of the tarball needs nothing: it runs where there is nothing but itself."""

import json
import os
import pathlib
import re
import shutil
import tarfile
import tempfile
import unittest

import h5py
import numpy
import support
import torch_support
from formats_test import write_safetensors
from packages_support import into_root, is_configured, output_of, packed, tool

ONNX_RUN = support.SOURCE_DIR / "sample_checkpoints" / "digits_cnn_onnx"
root = None
program = None


def setUpModule():
    """A directory with what the tarball holds, and with checkpoints."""
    global root, program
    if not is_configured("HINDCAST_STATIC"):
        raise unittest.SkipTest("no tarball: HINDCAST_STATIC is off")
    root = pathlib.Path(tempfile.mkdtemp(prefix="hindcast_")).resolve()
    root.chmod(0o755)
    with tarfile.open(packed("hindcast-*-linux-*.tar.gz")) as archive:
        archive.extractall(root)
    program = next(root.glob("hindcast-*/bin/hindcast"))
    write_runs(root / "runs")


def tearDownModule():
    shutil.rmtree(root)


def write_runs(runs):
    """A run in each of the formats."""
    shutil.copytree(support.SAMPLE_RUN, runs / "digits_cnn")
    shutil.copytree(ONNX_RUN, runs / "digits_cnn_onnx")
    for name in ("filters", "safetensors", "torch", "numpy", "large"):
        (runs / name).mkdir()
    random = numpy.random.default_rng(3)
    weights = random.standard_normal((48, 40)).astype("float32")
    with h5py.File(runs / "filters" / "epoch_1.h5", "w") as file:
        for compression in ("lzf", "gzip"):
            file.create_dataset(f"{compression}.weight", data=weights, compression=compression)
    write_safetensors(runs / "safetensors" / "epoch_1.safetensors", {"fc.weight": weights})
    torch_support.write_torch(runs / "torch" / "epoch_1.pt", (8, 40), (0, 1))
    numpy.savez_compressed(runs / "numpy" / "epoch_1.npz", **{"fc.weight": weights})
    large = random.standard_normal((700, 30)) @ random.standard_normal((30, 500))
    support.write_checkpoint(runs / "large" / "epoch_1.h5", {
        "fc.weight": large + 0.1 * random.standard_normal(large.shape)})


def in_root(*arguments, exit_code=0, env=None):
    """The program, run where there is nothing else."""
    enter, *others = into_root()
    return support.run(*others, root, pathlib.Path("/") / program.relative_to(root), *arguments,
                       program=enter, exit_code=exit_code, env=env)


class Tarball(unittest.TestCase):
    def test_there_is_one_folder_named_as_the_tarball(self):
        name = packed("hindcast-*-linux-*.tar.gz").name.removesuffix(".tar.gz")
        version = output_of(program, "--version").split()[1]
        self.assertEqual(name, f"hindcast-{version}-linux-{os.uname().machine}")
        self.assertEqual({path.name for path in root.iterdir()}, {name, "runs"})

    def test_it_is_linked_with_no_shared_library(self):
        headers = output_of(tool("readelf"), "--program-headers", "--dynamic", program)
        self.assertNotIn("INTERP", headers)
        self.assertNotIn("(NEEDED)", headers)
        self.assertIn("PIE", headers)

    def test_the_notices_of_all_that_is_in_it_are_there(self):
        notices = program.parent.parent / "share" / "doc" / "hindcast" / "third_party"
        there = {path.name for path in notices.iterdir()}
        rules = (support.SOURCE_DIR / "tools" / "cmake" / "install.cmake").read_text()
        expected = re.findall(r"set\((?:compiled_in|linked_statically) ([^)]*)\)", rules)
        self.assertEqual(there, {"uplot", *" ".join(expected).split()})
        self.assertGreater(len(there), 15)


class Runs(unittest.TestCase):
    """In a directory that is its root, without a library, a device or a file of the system's."""

    def test_the_report_is_that_of_the_other_program(self):
        for arguments in (("--solver", "dense"), ("--solver", "partial"), ("--threads", "1")):
            command = ("analyze", "--quiet", "--json", "-", *arguments, "runs", "--init-lr", "0.1")
            with self.subTest(arguments=arguments):
                there = support.run(*command, cwd=root).stdout
                self.assertEqual(in_root(*command).stdout, there)
        checkpoints = [checkpoint for one in json.loads(there)["runs"]
                       for checkpoint in one["checkpoints"]]
        self.assertEqual({checkpoint["format"] for checkpoint in checkpoints},
                         {"hdf5", "npz", "onnx", "pytorch", "safetensors"})

    def test_tables_and_pages_are_those_of_the_other_program(self):
        support.run("analyze", "--quiet", "--json", "report.json", "runs/digits_cnn", cwd=root)
        self.addCleanup((root / "report.json").unlink)
        for command in (("analyze", "runs/digits_cnn"), ("inspect", "runs/torch/epoch_1.pt"),
                        ("report", "report.json", "-o", "-"), ("lint", "runs/digits_cnn"),
                        ("explain", "stable_rank"), ("formats",)):
            with self.subTest(command=command[0]):
                self.assertEqual(in_root(*command).stdout,
                                 support.run(*command, cwd=root).stdout)

    def test_a_language_of_the_users_does_no_harm(self):
        environment = {"LC_ALL": "de_DE.UTF-8"}
        there = support.run("analyze", "runs/digits_cnn", cwd=root, env=environment).stdout
        path = {"PATH": os.environ["PATH"]}
        here = in_root("analyze", "runs/digits_cnn", env=environment | path).stdout
        self.assertEqual(here, there)

    def test_what_crashes_the_hdf5_library_is_an_error(self):
        shutil.copyfile(support.shared("hostile/h5/cve/cve-2018-13867.h5"), root / "crash.h5")
        self.addCleanup((root / "crash.h5").unlink)
        complaint = support.run("inspect", "crash.h5", cwd=root, exit_code=2).stderr
        self.assertEqual(in_root("inspect", "crash.h5", exit_code=2).stderr, complaint)
        self.assertIn(b"the HDF5 library crashed", complaint)


class Kernels(unittest.TestCase):
    def test_they_are_those_of_the_other_program(self):
        self.assertEqual(output_of(program, "--version"), output_of(support.PROGRAM, "--version"))
        self.assertRegex(output_of(program, "--version"), r"OpenBLAS \(\w+ kernels\)")

    def test_on_other_processors(self):
        emulator = tool("qemu-x86_64")
        for processor, kernels in (("Nehalem", "Nehalem"), ("Haswell", "Haswell"),
                                   ("Haswell,model=199", "Haswell")):
            with self.subTest(processor=processor):
                said = output_of(emulator, "-cpu", processor, program, "--version")
                self.assertIn(f"OpenBLAS ({kernels} kernels)", said)


if __name__ == "__main__":
    unittest.main()
