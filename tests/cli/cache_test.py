"""Measurements that are kept: never made twice, never changed, whatever happens on the way."""

import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest

import numpy

import support
from errors_support import TIMEOUT_SECONDS, CommandTest

LAYERS = 3


def save(path, tensors):
    """An archive of arrays, which takes the least to write."""
    numpy.savez(path, **tensors)


class Cache(CommandTest):
    """`--cache` on a run of which one layer is frozen."""

    def setUp(self):
        super().setUp()
        (self.place / "run").mkdir()
        for epoch in range(4):
            self.write(epoch)

    def write(self, epoch):
        """A checkpoint whose layers 0 and 1 move and whose layer 2 does not."""
        random = numpy.random.default_rng
        save(self.place / "run" / f"epoch_{epoch}.npz",
             {f"fc{layer}.weight": random(layer).standard_normal((24, 36)) +
                 (0.1 * epoch * random(9 + layer).standard_normal((24, 36)) if layer < 2 else 0)
              for layer in range(LAYERS)})

    def analyze(self, *arguments, exit_code=0, **options):
        """The report as text, and what --cache-stats says: (found, kept)."""
        done = support.run("analyze", "run", "--quiet", "--json", "-", "--cache", "cache",
                           "--cache-stats", *arguments, cwd=self.place, timeout=TIMEOUT_SECONDS,
                           exit_code=exit_code, **options)
        numbers = re.search(rb"cache: (\d+) measurements found, (\d+) made and kept", done.stderr)
        return done.stdout, tuple(map(int, numbers.groups()))

    def without_cache(self, *arguments):
        """The report as text."""
        return support.run("analyze", "run", "--quiet", "--json", "-", *arguments,
                           cwd=self.place).stdout

    def test_the_report_is_the_same_with_it_without_it_and_from_it(self):
        expected = self.without_cache()
        first, (found, kept) = self.analyze()
        self.assertEqual(first, expected)
        # Spectra and the comparison with the start: once for each change of a layer; with the
        # checkpoint before: once less. The frozen layer is measured once.
        self.assertEqual((found, kept), (0, 2 * (4 + 4 + 3) + 2))
        second, statistics = self.analyze()
        self.assertEqual(second, expected)
        self.assertEqual(statistics, (kept, 0))

    def test_one_more_checkpoint_is_one_more_to_measure(self):
        self.analyze()
        self.write(4)
        report, (found, kept) = self.analyze()
        self.assertEqual((found, kept), (24, 2 * 3))
        self.assertEqual(report, self.without_cache())

    def test_names_and_places_do_not_matter_but_weights_and_options_do(self):
        self.analyze()
        shutil.move(self.place / "run", self.place / "moved")
        shutil.copytree(self.place / "moved", self.place / "run", copy_function=shutil.copyfile)
        self.assertEqual(self.analyze()[1], (24, 0))
        found, kept = self.analyze("--solver", "partial")[1]
        self.assertEqual((found, kept), (24 - 9, 9))
        found, kept = self.analyze("--init", "run/epoch_3.npz")[1]
        self.assertGreater(kept, 0)
        # The transposed weights have the same spectrum, and yet are others.
        found, kept = self.analyze("--layout", "fc0*=IO")[1]
        self.assertEqual(kept, 4 + 4 + 3)

    def test_what_is_damaged_or_half_written_is_measured_again(self):
        expected = self.analyze()[0]
        files = sorted(path for path in (self.place / "cache").rglob("*")
                       if path.is_file() and path.name != "CACHEDIR.TAG")
        for number, path in enumerate(files):
            content = path.read_bytes()
            path.write_bytes([b"", content[:-3], content.replace(b"1", b"2"),
                              b"\x00" * len(content)][number % 4])
        report, (found, kept) = self.analyze()
        self.assertEqual((report, kept), (expected, 24 - found))
        self.assertLess(found, 3)

    def test_a_cache_that_cannot_be_written_costs_nothing_but_time(self):
        expected = self.without_cache()
        (self.place / "cache").mkdir()
        for folder in range(256):  # Files where folders should be.
            (self.place / "cache" / f"{folder:02x}").write_bytes(b"")
        done = support.run("analyze", "run", "--json", "-", "--cache", "cache", cwd=self.place)
        self.assertEqual(done.stdout, expected)
        self.assertRegex(done.stderr, b"24 measurements could not be kept in the cache: cache/../.*: not a directory")

    def test_what_is_no_cache_is_left_alone(self):
        complaint = self.complaint("analyze", "run", "--cache", "run")
        self.assertEqual(complaint, "run: is no cache: it has no CACHEDIR.TAG and holds other files")
        self.assertRegex(self.complaint("analyze", "run", "--cache", "run/epoch_0.npz"),
                         "^run/epoch_0.npz: ")
        self.assertEqual(self.complaint("analyze", "run", "--cache-stats"),
                         "--cache-stats needs a cache; give --cache DIR")

    def test_several_processes_at_once(self):
        expected = self.without_cache()
        command = [support.PROGRAM, "analyze", "run", "--quiet", "--json", "-", "--cache", "cache"]
        for _ in range(3):
            running = [subprocess.Popen(command, cwd=self.place, stdout=subprocess.PIPE)
                       for _ in range(4)]
            for process in running:
                self.assertEqual(process.communicate(timeout=TIMEOUT_SECONDS)[0], expected)
                self.assertEqual(process.returncode, 0)
            shutil.rmtree(self.place / "cache")

    def test_killed_at_any_moment_and_run_again(self):
        expected = self.without_cache()
        command = [support.PROGRAM, "analyze", "run", "--quiet", "--json", "out", "--cache",
                   "cache", "--threads", "1"]
        started = time.monotonic()
        subprocess.run(command, cwd=self.place, check=True, stdout=subprocess.DEVNULL)
        whole = time.monotonic() - started
        random = numpy.random.default_rng(1)
        for moment in random.uniform(0, whole, 12):
            shutil.rmtree(self.place / "cache", ignore_errors=True)
            (self.place / "out").unlink(missing_ok=True)
            with subprocess.Popen(command, cwd=self.place, stdout=subprocess.DEVNULL) as process:
                time.sleep(moment)
                process.send_signal(signal.SIGKILL)
            if (self.place / "out").exists():
                self.assertEqual((self.place / "out").read_bytes(), expected)
            self.assertEqual(self.analyze()[0], expected)

    def test_gate_uses_it_too(self):
        rule = ["--rule", "min(stable_rank) >= 0"]
        _, lines = self.program("gate", "run", "--cache", "cache", "--cache-stats", *rule)
        self.assertIn("hindcast: cache: 0 measurements found, 24 made and kept", lines)
        _, lines = self.program("gate", "run", "--cache", "cache", "--cache-stats", *rule)
        self.assertIn("hindcast: cache: 24 measurements found, 0 made and kept", lines)

    def test_an_interrupt_leaves_no_file_that_is_half_written(self):
        for epoch in range(4, 40):
            self.write(epoch)
        command = [support.PROGRAM, "analyze", "run", "--quiet", "--threads", "2", "--json",
                   "report.json", "--cache", "cache"]
        for i in range(24):
            shutil.rmtree(self.place / "cache", ignore_errors=True)
            with subprocess.Popen(command, cwd=self.place, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                time.sleep(0.01 + 0.01 * i)
                process.send_signal((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3])
            left = [path for path in (self.place / "cache").rglob("*.*")
                    if path.name != "CACHEDIR.TAG"]
            self.assertEqual(left, [])

    def test_an_entry_under_the_name_of_another_is_not_believed(self):
        expected, _ = self.analyze()
        comparisons = [path for path in (self.place / "cache").glob("*/*")
                       if b"step_rotation" in path.read_bytes()]
        self.assertGreater(len(comparisons), 2)
        for path in comparisons[1:]:
            shutil.copy(comparisons[0], path)
        found, (_, kept) = self.analyze()
        self.assertEqual(found, expected)
        self.assertEqual(kept, len(comparisons) - 1)


class Prune(CommandTest):
    """`hindcast cache prune`."""

    def setUp(self):
        super().setUp()
        save(self.place / "model.npz", {"fc.weight": numpy.eye(4, 6)})
        self.program("analyze", "model.npz", "--cache", "cache")

    def prune(self, *arguments):
        """What it says."""
        return self.program("cache", "prune", "cache", *arguments)[0]

    def test_prune(self):
        self.assertRegex(self.prune("--unused-for", "1"),
                         r"^removed 0 measurements \(0.0 MB\), kept 2 measurements \(0.0 MB\)\n$")
        for path in (self.place / "cache").rglob("??????????*"):
            if path.name != "CACHEDIR.TAG":
                os.utime(path, (0, 0))
        self.assertRegex(self.prune("--unused-for", "30", "--dry-run"), "^would remove 2 .* kept 0 ")
        self.assertRegex(self.prune("--unused-for", "30"), "^removed 2 .* kept 0 ")
        self.assertRegex(self.prune("--max-size", "1"), "^removed 0 .* kept 0 ")

    def test_prune_refuses(self):
        for arguments, complaint in {
                ("cache",): "nothing says what may go; give --unused-for DAYS or --max-size SIZE",
                (".", "--max-size", "1"):
                    ".: is no cache: it has no CACHEDIR.TAG and holds other files",
                ("nowhere", "--max-size", "1"): "nowhere: is no directory",
                ("cache", "--unused-for", "-1"):
                    "--unused-for must be from 0 to 36500 days, not -1",
                ("cache", "--max-size", "many"):
                    "--max-size must be a whole number from 1 to 65536T, such as 500 or 64K, not 'many'",
        }.items():
            with self.subTest(arguments=arguments):
                self.assertEqual(self.complaint("cache", "prune", *arguments), complaint)
        self.assertEqual(self.complaint("cache", "prun", "cache"),
                         "ACTION: must be one of prune, not 'prun'")
        self.assertFalse((self.place / "nowhere").exists())


class Memory(CommandTest):
    """`--memory`, and what the program takes."""

    def test_a_layer_that_needs_more_is_left_out(self):
        save(self.place / "model.npz", {"small.weight": numpy.eye(9, 7),
                                        "large.weight": numpy.ones((600, 600))})
        _, lines = self.program("analyze", "model.npz", "--memory", "2M")
        self.assertRegex("\n".join(lines), "model.npz: large.weight: needs about 17.3 MB of memory; "
                                           "--memory allows 2.1 MB")
        (layer,) = self.report("model.npz", "--memory", "2M", exit_code=0)["runs"][0][
            "checkpoints"][0]["layers"]
        self.assertEqual(layer["name"], "small.weight")
        self.program("analyze", "model.npz", "--memory", "2M", "--strict", exit_code=3)

    @unittest.skipIf(support.is_sanitized(), "AddressSanitizer takes memory of its own")
    def test_the_bound_holds(self):
        random = numpy.random.default_rng(0)
        save(self.place / "model.npz", {f"fc{layer}.weight": random.standard_normal((512, 2048))
                                        for layer in range(12)})
        peaks = {}
        for memory in ("64M", "2G"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            self.program("analyze", "model.npz", "--memory", memory)
            peaks[memory] = max(0, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before)
        # The program itself, its libraries and the file's pages take some 60 MB.
        self.assertLess(peaks["64M"], (64 + 60) << 10)


if __name__ == "__main__":
    unittest.main()
