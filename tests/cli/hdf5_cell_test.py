"""HDF5 files are read in a process that has access to nothing, and that may die of them.

The tests that watch system calls need strace and the right to trace; without they are skipped.
"""

import ctypes
import json
import platform
import shutil
import struct
import subprocess
import unittest

import errors_support
import strace_support
import support

GOOD = ("init", "epoch_00", "epoch_01")
NO_SANDBOX = ("this system has no sandbox for the HDF5 library (seccomp: invalid argument); "
              "--unsafe-hdf5 reads it without")
WITHOUT_SANDBOX = "warning: HDF5 is read without a sandbox (--unsafe-hdf5): "


def hostile(relative):
    """A file of the hostile corpus."""
    return support.shared("hostile") / relative


def attacks():
    """The files that attack libhdf5 itself."""
    return sorted([*hostile("h5/cve").iterdir(), *hostile("h5/h5policy").iterdir()])


def deny_seccomp():
    """Makes the process one that cannot have system calls filtered, as on a system without."""
    numbers = {"x86_64": 157, "aarch64": 167}
    pr_set_no_new_privs, pr_set_seccomp, mode_filter = 38, 22, 2
    allow, einval = 0x7FFF0000, 0x00050016
    program = b"".join(struct.pack("HBBI", *step) for step in (
        (0x20, 0, 0, 0),                            # Load the number of the call.
        (0x15, 0, 3, numbers[platform.machine()]),  # Is it prctl?
        (0x20, 0, 0, 16),                           # Load its first argument.
        (0x15, 0, 1, pr_set_seccomp),
        (0x06, 0, 0, einval),
        (0x06, 0, 0, allow),
    ))
    steps = ctypes.create_string_buffer(program)
    filter_ = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0)
    if libc.prctl(pr_set_seccomp, mode_filter, filter_, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class DamagedAmongGood(errors_support.CommandTest):
    def setUp(self):
        super().setUp()
        for seed, name in enumerate(GOOD):
            errors_support.write_checkpoint(self.place / "run" / f"{name}.h5",
                                            errors_support.model(seed))

    def refused(self):
        """Those attacks that end before there is a table of contents, copied into the run."""
        names = []
        for path in attacks():
            done = subprocess.run([support.PROGRAM, "inspect", path], capture_output=True,
                                  check=False, timeout=errors_support.TIMEOUT_SECONDS)
            if done.returncode == 2 and b"no tensor can be read" not in done.stderr:
                names.append(f"bad_{path.name}")
                shutil.copyfile(path, self.place / "run" / names[-1])
        return names

    def test_the_good_files_are_analysed_and_each_bad_one_has_its_line(self):
        alone = self.report("run")
        bad = self.refused()
        self.assertGreater(len(bad), 10)
        together, lines = self.program("analyze", "--json", "-", "run")
        together = json.loads(together)
        self.assertEqual(together["runs"][0]["checkpoints"], alone["runs"][0]["checkpoints"])
        for name in bad:
            with self.subTest(file=name):
                about = [line for line in lines if f"/{name}: " in line or f" {name}: " in line]
                self.assertGreaterEqual(len(about), 1)
        crashes = [line for line in lines if "the HDF5 library crashed (SIG" in line]
        self.assertGreater(len(crashes), 5)
        self.program("analyze", "--strict", "--json", "-", "run", exit_code=3)


class WhatIsTouched(strace_support.TraceTest):
    def test_a_sound_file_is_opened_and_nothing_else(self):
        calls = self.check_contained("inspect", support.SAMPLE_RUN / "init.h5")
        self.assertEqual(len(strace_support.STARTED.findall(calls)), 1)

    def test_a_file_that_points_elsewhere_is_opened_and_nothing_else(self):
        for file in ("keras/made/efl_passwd.h5", *sorted(
                str(path.relative_to(hostile("")))
                for path in hostile("h5/links/extstore").glob("*.h5"))):
            with self.subTest(file=file):
                self.check_contained("inspect", hostile(file))

    def test_a_file_that_crashes_the_library_is_opened_and_nothing_else(self):
        for file in ("h5/cve/cve-2018-13867.h5", "h5/h5policy/zero_v2_btree_record_size.h5"):
            with self.subTest(file=file):
                self.check_contained("inspect", hostile(file))

    def test_the_traces_show_what_is_opened(self):
        self.assertTrue(any("libopenblas" in name for name in self.before))


class WithoutSandbox(errors_support.CommandTest):
    def setUp(self):
        super().setUp()
        if platform.machine() not in ("x86_64", "aarch64"):
            self.skipTest("the numbers of system calls differ here")
        self.file = self.place / "model.h5"
        errors_support.write_checkpoint(self.file)

    def test_hdf5_is_refused_with_one_line(self):
        for command in errors_support.COMMANDS:
            with self.subTest(command=command):
                complaint = self.complaint(command, "model.h5", preexec_fn=deny_seccomp)
                self.assertEqual(complaint, f"model.h5: {NO_SANDBOX}")

    def test_hdf5_is_read_where_that_is_asked_for(self):
        for command in errors_support.COMMANDS:
            with self.subTest(command=command):
                expected, _ = self.program(command, "model.h5")
                result, lines = self.program(command, "--unsafe-hdf5", "model.h5", "model.h5",
                                             preexec_fn=deny_seccomp)
                self.assertEqual(len(lines), 1)
                self.assertTrue(lines[0].startswith(f"hindcast: {WITHOUT_SANDBOX}"), lines[0])
                self.assertIn("fc1.weight", result)
                self.assertIn("fc1.weight", expected)

    def test_other_formats_need_none(self):
        model = support.SOURCE_DIR / "sample_checkpoints" / "digits_cnn_onnx" / "init.onnx"
        self.program("inspect", model, preexec_fn=deny_seccomp)

    def test_the_report_is_the_same(self):
        safe, _ = self.program("analyze", "--json", "-", support.SAMPLE_RUN, "--init-lr", "0.05")
        unsafe, lines = self.program("analyze", "--json", "-", support.SAMPLE_RUN, "--init-lr",
                                     "0.05", "--unsafe-hdf5")
        self.assertEqual(safe, unsafe)
        self.assertEqual(len(lines), 1)
        _, lines = self.program("analyze", "--quiet", support.SAMPLE_RUN, "--unsafe-hdf5")
        self.assertEqual(lines, [])


if __name__ == "__main__":
    unittest.main()
