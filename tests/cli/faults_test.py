"""What goes wrong around the program: full disks, vanishing places, signals, no memory."""

import itertools
import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy

import support
from errors_support import TIMEOUT_SECONDS, CommandTest, model, write_checkpoint

FILE_LIMIT_BYTES = 100
MEGABYTE = 1 << 20
NOBODY = 65534
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def limit_file_size():
    """As on a full disk, but that the system says so by a signal as well."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, FILE_LIMIT_BYTES))


class Disk(CommandTest):
    """Reports appear whole or not at all."""

    def setUp(self):
        super().setUp()
        write_checkpoint(self.place / "good.h5")

    def test_a_full_disk_leaves_no_report(self):
        for command, arguments in {"analyze": ["--json", "out"], "inspect": ["-o", "out"]}.items():
            with self.subTest(command=command):
                self.assertEqual(
                    self.complaint(command, "good.h5", *arguments, preexec_fn=limit_file_size),
                    "out: file too large")
        self.assertEqual(self.files(), ["good.h5"])

    def test_a_full_disk_leaves_no_directory_that_was_made_for_tables(self):
        complaint = self.complaint("analyze", "good.h5", "--csv", "a/b", preexec_fn=limit_file_size)
        self.assertEqual(complaint, "a/b/layers.csv: file too large")
        self.assertEqual(self.files(), ["good.h5"])

    def test_a_run_that_fails_leaves_no_directory_that_was_made_for_tables(self):
        self.program("analyze", "missing.h5", "--csv", "a/b", exit_code=2)
        self.assertEqual(self.files(), ["good.h5"])

    def test_a_full_disk_leaves_no_verdict(self):
        self.complaint("gate", "good.h5", "--rule", "min(stable_rank) >= 0", "--json", "out",
                       "--junit", "xml", preexec_fn=limit_file_size)
        self.assertEqual(self.files(), ["good.h5"])

    def test_a_directory_that_may_not_be_written(self):
        directory = self.place / "read_only"
        directory.mkdir()
        options = {}
        if os.geteuid() == 0:
            options = {"user": NOBODY, "group": NOBODY}  # Root may write anywhere.
            self.place.chmod(0o755)
            probe = subprocess.run([support.PROGRAM, "--version"], capture_output=True,
                                   check=False, **options)
            if probe.returncode != 0:
                self.skipTest("nobody but root can run the program here")
        directory.chmod(0o555)
        for arguments in (["--json", "read_only/out"], ["--csv", "read_only/tables"]):
            complaint = self.complaint("analyze", "good.h5", *arguments, **options)
            self.assertRegex(complaint, r"^read_only/\w+: .*permission denied$")
        self.assertEqual(list(directory.iterdir()), [])


class InTheMiddle(CommandTest):
    """A run that takes long enough for something to happen meanwhile."""

    def setUp(self):
        super().setUp()
        (self.place / "out").mkdir()
        random = numpy.random.default_rng(3)
        for epoch in range(8):
            write_checkpoint(self.place / "run" / f"epoch_{epoch:02}.h5",
                             {"fc.weight": random.standard_normal((800, 800)).astype("<f4")})

    def start(self):
        """The process, once its temporary files are there."""
        process = subprocess.Popen(
            [support.PROGRAM, "analyze", "run", "--quiet", "--json", "out/report.json", "--csv",
             "out/new/tables", "--solver", "dense"], cwd=self.place, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        end = time.monotonic() + TIMEOUT_SECONDS
        while len(list((self.place / "out").rglob("*.*.*"))) < 5 and time.monotonic() < end:
            time.sleep(0.001)
        self.assertEqual(len(list((self.place / "out").rglob("*.*.*"))), 5)
        self.assertIsNone(process.poll(), "it ended before anything could happen")
        return process

    def end_of(self, process):
        """Its exit code and what it wrote to stderr."""
        _, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        return process.returncode, errors.decode()

    def test_signals_leave_nothing_behind(self):
        for number, status in SIGNALS.items():
            with self.subTest(signal=number.name):
                process = self.start()
                process.send_signal(number)
                self.assertEqual(self.end_of(process), (status, ""))
                self.assertEqual(list((self.place / "out").iterdir()), [])

    def test_an_old_report_outlives_a_signal(self):
        (self.place / "out" / "report.json").write_text("old")
        process = self.start()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.end_of(process)[0], 143)
        self.assertEqual([path.name for path in (self.place / "out").iterdir()], ["report.json"])
        self.assertEqual((self.place / "out" / "report.json").read_text(), "old")

    def test_the_output_directory_vanishes(self):
        process = self.start()
        shutil.rmtree(self.place / "out")
        status, errors = self.end_of(process)
        self.assertEqual(status, 2)
        self.assertEqual(errors, "hindcast: out/report.json: no such file or directory\n")
        self.assertFalse((self.place / "out").exists())

    def test_a_checkpoint_is_replaced_by_another(self):
        process = self.start()
        for epoch in range(8):
            write_checkpoint(self.place / "new.h5", model(epoch))
            os.replace(self.place / "new.h5", self.place / "run" / f"epoch_{epoch:02}.h5")
        self.assertEqual(self.end_of(process), (0, ""))
        self.assertTrue((self.place / "out" / "report.json").exists())

    def test_checkpoints_are_cut_short(self):
        process = self.start()
        for epoch in range(8):
            os.truncate(self.place / "run" / f"epoch_{epoch:02}.h5", 3000)
        status, errors = self.end_of(process)
        self.assertIn(status, (0, 2))
        for line in errors.splitlines():
            self.assertTrue(line.startswith("hindcast: "), line)
            self.assertNotIn("internal error", line)


@unittest.skipIf(support.is_sanitized(), "AddressSanitizer needs memory without bounds")
class Memory(CommandTest):
    def test_too_little_memory_is_one_clear_line(self):
        # Much to hold and little to compute.
        numpy.save(self.place / "large.npy", numpy.random.default_rng(1).random((8, 1_000_000), "f4"))
        starts = self.least_megabytes()
        ended = set()
        for megabytes in range(starts, starts + 800, 40):
            with self.subTest(megabytes=megabytes):
                status, errors = self.end_with("analyze", "--quiet", "large.npy",
                                               megabytes=megabytes)
                self.assertIn(status, (0, 2), errors)
                lines = errors.splitlines()
                self.assertEqual(len(lines), 1 if status == 2 else 0, errors)
                if status == 2:
                    self.assertRegex(lines[0], "memory")
                ended.add(status)
        self.assertEqual(ended, {0, 2}, "memory was never too little, or always")

    def test_whatever_it_is_that_memory_is_too_little_for(self):
        """Many tensors and names, a cell for HDF5, threads."""
        small = numpy.ones((2, 2), "<f4")
        numpy.savez(self.place / "many.npz", **{f"l{i}.weight": small for i in range(4000)})
        write_checkpoint(self.place / "many.h5", {f"l{i}.weight": small for i in range(1000)})
        random = numpy.random.default_rng(2)
        for epoch in range(3):
            write_checkpoint(self.place / "run" / f"epoch_{epoch}.h5",
                             {"fc.weight": random.random((300, 200), "f4")})
        starts = self.least_megabytes()
        for arguments in (["inspect", "many.npz"], ["analyze", "many.npz"], ["inspect", "many.h5"],
                          ["analyze", "run"], ["lint", "run"]):
            for megabytes in range(starts, starts + 42, 6):
                with self.subTest(arguments=arguments, megabytes=megabytes):
                    status, errors = self.end_with(*arguments, "--quiet", megabytes=megabytes)
                    self.assertIn(status, (0, 2), errors)
                    self.assertTrue(status == 0 or errors)
                    for line in errors.splitlines():
                        self.assertRegex(line, "^hindcast: .*memory")

    def test_a_tensor_too_large_is_one_of_several_that_cannot_be_read(self):
        for epoch in range(3):
            write_checkpoint(self.place / "run" / f"epoch_{epoch}.h5", model(epoch))
        with h5py.File(self.place / "run" / "epoch_3.h5", "w") as file:
            values = file.create_dataset("fc1.weight", (20000, 20000), "<f4",
                                         chunks=(100, 20000), compression="gzip")
            values[:100] = 1
        unbound = ["--max-unpacked-bytes", "8G"]  # It would not even be tried.
        for arguments, status in ([["analyze", "run"], 0], [["analyze", "run", "--strict"], 3],
                                  [["inspect", "run/epoch_3.h5", "run/epoch_1.h5"], 0]):
            with self.subTest(arguments=arguments):
                ended, errors = self.end_with(*arguments, *unbound, megabytes=1500)
                self.assertEqual(ended, status, errors)
                self.assertRegex(errors, r"epoch_3\.h5: .*fc1.weight'?: out of memory")
                self.assertNotRegex(errors, r"epoch_[012]\.h5")
        status, errors = self.end_with("lint", "run", *unbound, megabytes=1500)
        self.assertIn(status, (0, 1), errors)

    def least_megabytes(self):
        """With which the program starts at all."""
        return next(size for size in range(10, 2000, 2)
                    if self.end_with("--version", megabytes=size)[0] == 0)

    def end_with(self, *arguments, megabytes):
        """Exit code and stderr where the program has only so much address space."""
        def limit_memory():
            resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))

        done = subprocess.run([support.PROGRAM, *arguments], capture_output=True, check=False,
                              cwd=self.place, timeout=TIMEOUT_SECONDS, preexec_fn=limit_memory)
        return done.returncode, done.stderr.decode(errors="replace")


class Paths(CommandTest):
    """Ordinary mistakes about places are one line that names the place."""

    def setUp(self):
        super().setUp()
        write_checkpoint(self.place / "good.h5")
        (self.place / "loop").symlink_to("loop")

    def test_a_link_to_itself(self):
        rule = ["--rule", "min(rotation) >= 0"]
        for arguments in (["gate", "loop", *rule], ["gate", "good.h5", "--baseline", "loop", *rule],
                          ["gate", "good.h5", "--junit", "loop", *rule],
                          ["inspect", "good.h5", "-o", "loop"], ["analyze", "loop"],
                          ["lint", "loop"], ["analyze", "good.h5", "--cache", "loop"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.complaint(*arguments),
                                 "loop: too many levels of symbolic links")
        self.assertEqual(self.complaint("cache", "prune", "loop", "--max-size", "1G"),
                         "loop: is no directory")
        self.assertTrue((self.place / "loop").is_symlink())

    def test_a_name_longer_than_any(self):
        name = 5000 * "a"
        for arguments in (["gate", name, "--rule", "min(rotation) >= 0"], ["inspect", name],
                          ["analyze", name], ["analyze", "good.h5", "--json", name]):
            with self.subTest(command=arguments[0]):
                self.assertRegex(self.complaint(*arguments),
                                 r"^a{100,}\.\.\.a{100,}: file name too long$")

    def test_pruning_writes_nothing_to_an_empty_directory(self):
        (self.place / "empty").mkdir()
        self.program("cache", "prune", "empty", "--max-size", "1G", "--dry-run")
        self.assertEqual(list((self.place / "empty").iterdir()), [])


class Reports(CommandTest):
    def test_a_report_of_too_many_values(self):
        write_checkpoint(self.place / "good.h5")
        support.run("analyze", "good.h5", "--quiet", "--json", "report.json", cwd=self.place)
        command = ["gate", "report.json", "--rule", "min(stable_rank) >= 0"]
        complaint = self.complaint(*command, "--max-report-values", "50")
        self.assertRegex(complaint, "^report.json: line .*: more than 50 values, the limit; "
                                    "raise it with --max-report-values$")
        self.program(*command, "--max-report-values", "5000")

    def test_a_part_of_too_many_values(self):
        write_checkpoint(self.place / "good.h5")
        self.program("analyze", "good.h5", "--spectra", "--shard", "1/1", "--json", "part.json")
        command = ["merge", "part.json", "--json", "report.json"]
        complaint = self.complaint(*command, "--max-report-values", "50")
        self.assertRegex(complaint, "^part.json: line .*: more than 50 values, the limit; "
                                    "raise it with --max-report-values$")
        self.program(*command, "--max-report-values", "5000")


class Streams(CommandTest):
    def test_a_closed_stderr_leaves_no_unfinished_files(self):
        write_checkpoint(self.place / "good.h5")
        (self.place / "bad.h5").write_bytes(support.HDF5_SIGNATURE)
        command = [support.PROGRAM, "analyze", "good.h5", "bad.h5", "--json", "out.json"]
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(command, cwd=self.place, stdout=subprocess.DEVNULL,
                                  stderr=writing, check=False, timeout=TIMEOUT_SECONDS)
        finally:
            os.close(writing)
        self.assertEqual(done.returncode, -signal.SIGPIPE)
        self.assertEqual(self.files(), ["bad.h5", "good.h5"])

    def test_any_of_the_three_streams_may_be_closed(self):
        write_checkpoint(self.place / "good.h5")
        closings = ["<&-", ">&-", "2>&-"]
        for closed in itertools.product([False, True], repeat=3):
            redirections = " ".join(itertools.compress(closings, closed))
            with self.subTest(closed=redirections):
                done = self.shell(f'exec "$0" inspect good.h5 {redirections}')
                self.assertEqual(done.returncode, 2 if closed[1] else 0)
                self.assertEqual(done.stdout == b"", closed[1])
                errors = b"" if not closed[1] or closed[2] else (
                    b"hindcast: stdout: bad file descriptor\n")
                self.assertEqual(done.stderr, errors)

    def test_what_a_closed_stderr_would_have_said_is_in_no_file(self):
        write_checkpoint(self.place / "run" / "good.h5")
        (self.place / "run" / "bad.h5").write_bytes(support.HDF5_SIGNATURE)
        done = self.shell('exec "$0" analyze run --json out.json --cache kept 2>&-')
        self.assertEqual(done.returncode, 0)
        report = json.loads((self.place / "out.json").read_text())
        self.assertEqual(len(report["runs"][0]["unread"]), 1)
        for file in (self.place / "kept").rglob("*"):
            self.assertFalse(file.is_file() and b"warning" in file.read_bytes(), file)

    def shell(self, command):
        return subprocess.run(["/bin/sh", "-c", command, support.PROGRAM], cwd=self.place,
                              capture_output=True, check=False, timeout=TIMEOUT_SECONDS)


if __name__ == "__main__":
    unittest.main()
