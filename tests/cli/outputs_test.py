"""Where results go: places that cannot be written, files kept or replaced whole, closed pipes."""

import os
import resource
import signal
import stat
import subprocess
import unittest

import numpy

import support
from errors_support import (COMMANDS, NO_RATE, TIMEOUT_SECONDS, CommandTest, model, write_checkpoint,
                            write_truncated)

TINY_FILE_LIMIT_BYTES = 100


class Outputs(CommandTest):
    """Files to write: refused before the work, replaced whole or not at all."""

    def setUp(self):
        super().setUp()
        write_checkpoint(self.place / "good.h5")

    def test_places_that_cannot_be_written(self):
        (self.place / "folder").mkdir()
        targets = {"folder": "folder: is a directory",
                   "gone/out": "gone/out: no such file or directory",
                   "good.h5/out": "good.h5/out: not a directory"}
        for target, message in targets.items():
            with self.subTest(target=target):
                self.assertEqual(self.complaint("analyze", "good.h5", "--json", target), message)
                self.assertEqual(self.complaint("inspect", "good.h5", "-o", target), message)
        self.assertEqual(self.files(), ["folder", "good.h5"])

    def test_a_csv_directory_that_cannot_be_made(self):
        for target in ("good.h5", "good.h5/tables"):
            self.assertRegex(self.complaint("analyze", "good.h5", "--csv", target),
                             f"^{target}: cannot make this directory: not a directory$")
        self.assertEqual(self.files(), ["good.h5"])

    def test_a_pipe_or_device_is_not_replaced(self):
        # Never tried on a real device: were the guard missing, root would lose it.
        os.mkfifo(self.place / "pipe")
        (self.place / "tables").mkdir()
        os.mkfifo(self.place / "tables" / "layers.csv")
        refusal = "pipe: is not a regular file"
        self.assertEqual(self.complaint("analyze", "good.h5", "--json", "pipe"), refusal)
        self.assertEqual(self.complaint("inspect", "good.h5", "-o", "pipe"), refusal)
        self.assertEqual(self.complaint("analyze", "good.h5", "--csv", "tables"),
                         "tables/layers.csv: is not a regular file")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.place / "pipe").st_mode))

    def test_a_link_stays_and_what_it_leads_to_is_replaced(self):
        (self.place / "real.json").write_text("old")
        (self.place / "link.json").symlink_to("real.json")
        self.program("analyze", "good.h5", "--json", "link.json")
        self.assertTrue((self.place / "link.json").is_symlink())
        self.assertEqual(support.load(self.place / "real.json")["schema"], "hindcast.report/1")

    def test_a_failed_run_keeps_the_old_file(self):
        (self.place / "old.json").write_text("old")
        write_truncated(self.place / "bad.h5")
        self.program("analyze", "bad.h5", "--json", "old.json", exit_code=2)
        self.program("inspect", "bad.h5", "-o", "old.json", exit_code=2)
        self.program("analyze", "good.h5", "--layout", "*=OIHW", "--json", "old.json", exit_code=2)
        self.assertEqual((self.place / "old.json").read_text(), "old")
        self.assertEqual(self.files(), ["bad.h5", "good.h5", "old.json"])

    def test_a_full_disk_keeps_the_old_file(self):
        (self.place / "old.json").write_text("old")

        def limit_file_size():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE,
                               (TINY_FILE_LIMIT_BYTES, TINY_FILE_LIMIT_BYTES))

        for arguments in (["analyze", "--json"], ["inspect", "-o"]):
            self.assertEqual(self.complaint(*arguments, "old.json", "good.h5",
                                            preexec_fn=limit_file_size),
                             "old.json: file too large")
        self.assertEqual((self.place / "old.json").read_text(), "old")
        self.assertEqual(self.files(), ["good.h5", "old.json"])

    def test_nothing_but_the_results_is_left(self):
        self.program("analyze", "good.h5", "--json", "out.json", "--csv", "tables")
        self.program("inspect", "good.h5", "-o", "table.txt")
        self.assertEqual(self.files(), ["good.h5", "out.json", "table.txt", "tables"])
        self.assertEqual(sorted(path.name for path in (self.place / "tables").iterdir()),
                         ["layers.csv", "schedule.csv", "scores.csv", "summary.csv"])


class Streams(CommandTest):
    """What goes to stdout and stderr, and what if they take no more."""

    def test_a_closed_pipe_ends_quietly(self):
        command = [support.PROGRAM, "analyze", str(support.SAMPLE_RUN), "--quiet", "--json", "-"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
            status = process.wait(timeout=TIMEOUT_SECONDS)
        self.assertEqual(errors, b"")
        self.assertIn(status, (-signal.SIGPIPE, 128 + signal.SIGPIPE))

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_stdout_is_an_error(self):
        write_checkpoint(self.place / "good.h5")
        for command in COMMANDS:
            with open("/dev/full", "r+b", buffering=0) as full:
                done = subprocess.run([support.PROGRAM, command, "--quiet", self.place / "good.h5"],
                                      stdout=full, stderr=subprocess.PIPE, check=False,
                                      timeout=TIMEOUT_SECONDS)
            self.assertEqual(done.stderr, b"hindcast: stdout: no space left on device\n")
            self.assertEqual(done.returncode, 2)

    def test_quiet_silences_warnings_and_not_errors(self):
        tensors = model()
        tensors["fc1.weight"][0, 0] = numpy.nan
        write_checkpoint(self.place / "odd.h5", tensors)
        loud, lines = self.program("analyze", "odd.h5")
        self.assertEqual(len(lines), 1)
        quiet, lines = self.program("analyze", "--quiet", "odd.h5")
        self.assertEqual(lines, [])
        self.assertEqual(quiet, loud)
        self.complaint("analyze", "--quiet", "gone.h5")

    def test_a_run_without_faults_says_nothing_on_stderr(self):
        _, lines = self.program("analyze", "--strict", support.SAMPLE_RUN)
        self.assertEqual(lines, [])

    def test_without_an_initial_rate_one_line_names_the_option(self):
        done = support.run("analyze", support.SAMPLE_RUN)
        self.assertEqual(done.stderr.decode(), f"hindcast: warning: {NO_RATE}\n")
        done = support.run("analyze", support.SAMPLE_RUN, "--init-lr", "0.1")
        self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    unittest.main()
