"""analyze --watch: a training adds checkpoints, and the report follows."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
import unittest

import support

FILES = ("init", "epoch_00", "epoch_01", "epoch_02", "epoch_03")
SECONDS = 30


def wait_for(condition, what):
    """Looks until it holds, and returns what it was."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {SECONDS} s for {what}")


class WatchTest(unittest.TestCase):
    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        self.run_folder = self.place / "run"
        self.json = self.place / "report.json"

    @contextlib.contextmanager
    def watching(self, *options, **others):
        """The program at work; ended afterwards if it did not end."""
        command = [support.PROGRAM, "analyze", "--watch", "run", *options]
        for option, usual in (("--watch-every", "0.05"), ("--json", "report.json")):
            command += [] if option in options else [option, usual]
        with (open(self.place / "stdout", "wb") as out, open(self.place / "stderr", "wb") as err,
              subprocess.Popen(command, cwd=self.place,
                               **{"stdout": out, "stderr": err, **others}) as process):
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def said(self, stream="stderr"):
        return (self.place / stream).read_text()

    def drop(self, name, weights=None):
        """A checkpoint of the sample run, whole at once."""
        self.run_folder.mkdir(exist_ok=True)
        hidden = self.place / "arriving"
        shutil.copyfile(support.SAMPLE_RUN / f"{weights or name}.h5", hidden)
        hidden.rename(self.run_folder / f"{name}.h5")

    def report(self):
        return support.load(self.json) if self.json.exists() else None

    def names(self):
        """Those of the checkpoints in the report."""
        report = self.report()
        return [one["name"] for one in report["runs"][0]["checkpoints"]] if report else []

    def wait_for_names(self, *names):
        wait_for(lambda: self.names() == list(names), names)

    def plain(self, *options):
        """The bytes that a plain analysis writes, and what it prints."""
        done = support.run("analyze", "run", "--json", "plain.json", *options, cwd=self.place)
        return (self.place / "plain.json").read_bytes(), done.stdout


class Following(WatchTest):
    def test_the_last_report_is_that_of_a_plain_analysis(self):
        options = ("--init-lr", "0.05", "--csv")
        self.drop("init")
        with self.watching(*options, "watched", "--watch-idle", "1") as process:
            self.wait_for_names("init")
            for i in range(1, 4):
                self.drop(FILES[i])
                self.wait_for_names(*FILES[:i + 1])
            # In two halves, and its log at the very end.
            whole = (support.SAMPLE_RUN / "epoch_03.h5").read_bytes()
            with open(self.run_folder / "epoch_03.h5", "wb", buffering=0) as file:
                file.write(whole[:len(whole) // 2])
                time.sleep(0.2)
                file.write(whole[len(whole) // 2:])
            self.wait_for_names(*FILES)
            shutil.copy(support.SAMPLE_RUN / "test_accuracy.csv", self.run_folder)
            self.assertEqual(process.wait(SECONDS), 0)
        report, table = self.plain(*options, "plain")
        self.assertEqual(self.json.read_bytes(), report)
        for name in ("layers", "summary", "scores", "schedule"):
            self.assertEqual((self.place / "watched" / f"{name}.csv").read_bytes(),
                             (self.place / "plain" / f"{name}.csv").read_bytes())
        self.assertTrue(self.said("stdout").endswith("\n\n" + table.decode()))
        self.assertNotIn("waiting", self.said())

    def test_waits_for_the_directory_and_for_what_is_in_it(self):
        with self.watching("--watch-idle", "1") as process:
            wait_for(lambda: "waiting for a checkpoint in 'run'" in self.said(), "waiting")
            self.run_folder.mkdir()
            (self.run_folder / "notes.md").write_text("nothing yet")
            time.sleep(0.3)
            self.drop("epoch_00")
            self.assertEqual(process.wait(SECONDS), 0)
        self.assertEqual(self.names(), ["epoch_00"])
        self.assertEqual(self.said().count("waiting"), 1)

    def test_what_grows_is_left_alone(self):
        self.drop("epoch_00")
        whole = (support.SAMPLE_RUN / "epoch_01.h5").read_bytes()
        with self.watching("--watch-every", "0.3"):
            self.wait_for_names("epoch_00")
            with open(self.run_folder / "epoch_01.h5", "wb", buffering=0) as file:
                for i in range(10):
                    file.write(whole[len(whole) * i // 10:len(whole) * (i + 1) // 10])
                    if i == 4:
                        self.drop("epoch_02")
                    time.sleep(0.1)
                    self.assertEqual(self.report()["runs"][0].get("unread", []), [])
                    self.assertNotIn("epoch_01", self.names())
            self.wait_for_names("epoch_00", "epoch_01", "epoch_02")
        self.assertNotIn("epoch_01", self.said())

    def test_half_a_file_is_told_once_and_read_when_it_is_whole(self):
        self.drop("epoch_00")
        whole = (support.SAMPLE_RUN / "epoch_01.h5").read_bytes()
        (self.run_folder / "epoch_01.h5").write_bytes(whole[:len(whole) // 2])
        with self.watching():
            wait_for(lambda: "epoch_01.h5" in self.said(), "a warning")
            self.drop("epoch_02")
            self.wait_for_names("epoch_00", "epoch_02")
            (self.run_folder / "epoch_01.h5").write_bytes(whole)
            self.wait_for_names("epoch_00", "epoch_01", "epoch_02")
        self.assertEqual(self.said().count("epoch_01.h5"), 1)

    def test_a_checkpoint_that_is_written_over_or_goes(self):
        for name in FILES[:3]:
            self.drop(name)
        with self.watching():
            self.wait_for_names(*FILES[:3])
            before = self.report()
            self.drop("epoch_01", weights="epoch_03")
            wait_for(lambda: self.report() != before, "another report")
            (self.run_folder / "epoch_00.h5").unlink()
            wait_for(lambda: len(self.names()) == 2, "one less")

    def test_only_what_is_new_is_measured(self):
        for name in FILES[:3]:
            self.drop(name)
        with self.watching("--cache", "cache", "--cache-stats", "--watch-idle", "1") as process:
            self.wait_for_names(*FILES[:3])
            self.drop(FILES[3])
            self.assertEqual(process.wait(SECONDS), 0)
        made = re.search(r"(\d+) made and kept", self.said())[1]
        _, plain = self.plain("--cache", "fresh", "--cache-stats"), self.place / "fresh"
        pieces = [file for file in plain.rglob("*") if file.is_file() and "CACHEDIR" not in file.name]
        self.assertLessEqual(abs(int(made) - len(pieces)), 1)

    def test_its_own_files_are_no_news(self):
        self.drop("epoch_00")
        with self.watching("--json", "run/report.json", "--csv", "run",
                           "--cache", "run/.cache") as process:
            wait_for((self.run_folder / "layers.csv").exists, "a table")
            time.sleep(0.5)
            process.terminate()
        self.assertEqual(self.said("stdout"), self.plain()[1].decode())

    def test_memory_does_not_grow(self):
        self.drop("init")
        self.drop("epoch_00")
        with self.watching("--threads", "1") as process:
            def updated(i):
                before = self.json.stat().st_mtime_ns if self.json.exists() else 0
                self.drop("epoch_00", weights=f"epoch_0{i % 3}")
                wait_for(lambda: self.json.exists() and self.json.stat().st_mtime_ns != before,
                         "an update")
                status = (support.pathlib.Path("/proc") / str(process.pid) / "status").read_text()
                return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])

            for i in range(6):
                settled = updated(i)
            for i in range(12):
                last = updated(i)
        if not support.is_sanitized():
            self.assertLess(last, settled + 4096)


class Ending(WatchTest):
    def test_signals_leave_the_last_report_whole(self):
        self.drop("epoch_00")
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            self.json.unlink(missing_ok=True)
            with self.subTest(signal=number), self.watching() as process:
                self.wait_for_names("epoch_00")
                process.send_signal(number)
                self.assertEqual(process.wait(SECONDS), status)
            self.assertEqual(self.names(), ["epoch_00"])
        self.assertEqual({path.name for path in self.place.iterdir()},
                         {"run", "report.json", "stdout", "stderr"})

    def test_nothing_ever_came(self):
        with self.watching("--watch-idle", "0.2") as process:
            self.assertEqual(process.wait(SECONDS), 2)
        self.assertEqual(self.said(), "hindcast: waiting for a checkpoint in 'run'\n"
                                      "hindcast: run: no such file or directory\n")
        self.assertFalse(self.json.exists())

    def test_strict_is_of_the_last_report(self):
        self.drop("epoch_00")
        (self.run_folder / "epoch_01.h5").write_bytes(support.HDF5_SIGNATURE)
        with self.watching("--strict", "--watch-idle", "0.5") as process:
            self.wait_for_names("epoch_00")
            self.assertEqual(process.wait(SECONDS), 3)
        self.assertEqual(self.said().count("epoch_01.h5"), 1)
        self.assertEqual(self.said().count("(--strict)"), 1)

    def test_what_does_not_go_with_it(self):
        self.drop("epoch_00")
        for options, complaint in (
                (("--watch", "run", "--json", "-"), "--watch writes the report again and again; "
                                                    "give --json a file, not '-'"),
                (("--watch", "run", "--shard", "1/2"), "--shard and --watch do not go together: "
                                                       "a share is of what is there at one time"),
                (("--watch", "run", "run"), "--watch takes one directory"),
                (("--watch", "run/epoch_00.h5"), "--watch takes a directory, and "
                                                 "'run/epoch_00.h5' is none"),
                (("run", "--watch-idle", "5"), "--watch-idle needs --watch"),
                (("--watch", "run", "--watch-every", "0"),
                 "--watch-every must be from 0.01 to 31622400 seconds, not 0"),
                (("--watch", "run", "--sort", "speed"), None)):
            with self.subTest(options=options):
                done = support.run("analyze", *options, exit_code=2, cwd=self.place)
                lines = done.stderr.decode().splitlines()
                self.assertEqual(len(lines), 1)
                if complaint:
                    self.assertEqual(lines[0], f"hindcast: {complaint}")

    def test_an_option_that_cannot_fit_ends_it(self):
        self.drop("epoch_00")
        with self.watching("--layout", "*=OI") as process:
            self.assertEqual(process.wait(SECONDS), 2)


class Terminal(WatchTest):
    def test_the_table_is_drawn_anew(self):
        self.drop("epoch_00")
        controller, terminal = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
        with self.watching("--watch-idle", "0.8", stdout=terminal, env=environment) as process:
            os.close(terminal)
            self.wait_for_names("epoch_00")
            self.drop("epoch_01")
            shown = b""
            with contextlib.suppress(OSError):  # The end, on Linux.
                while part := os.read(controller, 4096):
                    shown += part
            self.assertEqual(process.wait(SECONDS), 0)
        os.close(controller)
        screens = shown.decode().split("\x1b[H\x1b[2J")
        self.assertEqual(screens[0], "")
        self.assertGreaterEqual(len(screens), 3)
        self.assertNotIn("epoch_01", screens[1])
        self.assertIn("epoch_01", screens[-1])


if __name__ == "__main__":
    unittest.main()
