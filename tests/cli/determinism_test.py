"""The same input gives the same bytes, and none that tell where the files lie."""

import os
import re
import unittest

import support

OPTIONS = ("--init-lr", "0.05", "--linear", "--beta", "0.9")
# A slash that starts a path: not one inside a name, a count such as 3/24, or a URL.
ABSOLUTE_PATH = re.compile(rb"(?<![\w.:/*>-])/\w")


def outputs(*arguments, **options):
    """Everything the program writes: stdout, stderr, JSON and each CSV file."""
    with support.temporary_directory() as directory:
        done = support.run("analyze", *arguments, "--json", directory / "report.json",
                           "--csv", directory / "tables", **options)
        files = [directory / "report.json", *sorted((directory / "tables").iterdir())]
        return {"stdout": done.stdout, "stderr": done.stderr,
                **{path.name: path.read_bytes() for path in files}}


class Determinism(unittest.TestCase):
    """Whatever should not matter does not."""

    def check_same(self, first, second):
        self.assertEqual(set(first), {"stdout", "stderr", "report.json", "layers.csv",
                                      "summary.csv", "scores.csv", "schedule.csv"})
        for name, content in first.items():
            self.assertTrue(content == second[name], f"{name} differs")

    def check_threads_and_repetition(self, *arguments):
        first = outputs(*arguments, "--threads", "1")
        for threads in ("1", "2", "2"):
            self.check_same(first, outputs(*arguments, "--threads", threads))
        self.check_same(first, outputs(*arguments))

    def test_threads_and_repetition(self):
        for solver in ("dense", "partial"):
            self.check_threads_and_repetition(support.SAMPLE_RUN, "--solver", solver, *OPTIONS)

    def test_threads_and_repetition_on_a_troubled_run(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            self.check_threads_and_repetition(directory / "troubled", *OPTIONS)

    def test_more_threads_than_cores(self):
        many = str(3 * os.cpu_count())
        self.check_same(outputs(support.SAMPLE_RUN, *OPTIONS, "--threads", "1"),
                        outputs(support.SAMPLE_RUN, *OPTIONS, "--threads", many))

    def test_threads_and_repetition_on_a_larger_run(self):
        folder = support.shared("corpus/sequences/keras2_fer2013_mini_xception")
        for solver in ("dense", "partial"):
            arguments = (folder, "--exclude", "conv2d_7/*", "--solver", solver)
            first = outputs(*arguments, "--threads", "1")
            self.check_same(first, outputs(*arguments, "--threads", "2"))

    def test_working_directory(self):
        first = outputs(support.SAMPLE_RUN, *OPTIONS)
        self.check_same(first, outputs(".", *OPTIONS, cwd=support.SAMPLE_RUN))
        self.check_same(first, outputs(support.SAMPLE_RUN.name, *OPTIONS,
                                       cwd=support.SAMPLE_RUN.parent))
        with support.temporary_directory() as elsewhere:
            relative = os.path.relpath(support.SAMPLE_RUN, elsewhere)
            self.check_same(first, outputs(relative, *OPTIONS, cwd=elsewhere))
            self.check_same(first, outputs(f"{support.SAMPLE_RUN}/", *OPTIONS, cwd=elsewhere))

    def test_order_of_files(self):
        files = sorted(support.SAMPLE_RUN.glob("*.h5"))
        self.assertEqual(len(files), 11)
        first = outputs(*files, *OPTIONS)
        self.check_same(first, outputs(*reversed(files), *OPTIONS))
        self.check_same(first, outputs(*files[5:], *files[:5], *OPTIONS))

    def test_order_of_options(self):
        first = outputs(support.SAMPLE_RUN, *OPTIONS, "--solver", "dense")
        self.check_same(first, outputs("--solver", "dense", "--beta", "0.9", "--linear",
                                       "--init-lr", "0.05", support.SAMPLE_RUN))

    def test_order_of_runs(self):
        with support.temporary_directory() as directory:
            for name in ("run_2", "run_10", "run_1"):
                support.write_troubled_run(directory / name)
            runs = [run["name"] for run in support.analyze(directory)["runs"]]
            self.assertEqual(runs, ["run_1", "run_2", "run_10"])

    def test_inspect(self):
        files = sorted(support.SAMPLE_RUN.glob("*.h5"))
        for form in ((), ("--json",)):
            first = support.run("inspect", *form, *files)
            second = support.run("inspect", *form, *files)
            self.assertEqual(first.stdout, second.stdout)


class AbsolutePaths(unittest.TestCase):
    """No output says where on this machine the files lie."""

    def check_no_absolute_path(self, written):
        for name, content in written.items():
            self.assertIsNone(ABSOLUTE_PATH.search(content), name)
            self.assertNotIn(str(support.SOURCE_DIR).encode(), content, name)

    def test_the_check_can_fail(self):
        for text in (b"/srv/run", b'"path": "/srv/run"', b"read /srv", b"run,/srv/run,0"):
            with self.assertRaises(AssertionError):
                self.check_no_absolute_path({"text": text})

    def test_of_the_sample_run(self):
        self.check_no_absolute_path(outputs(support.SAMPLE_RUN, *OPTIONS))
        self.check_no_absolute_path(outputs(*support.SAMPLE_RUN.glob("*.h5")))

    def test_of_a_troubled_run(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            self.check_no_absolute_path(outputs(directory / "troubled", *OPTIONS))

    def test_of_real_files(self):
        self.check_no_absolute_path(outputs(support.shared("oracle/rmsgd_run"), *OPTIONS))

    def test_of_inspect_unless_one_was_given(self):
        for form in ((), ("--json",)):
            done = support.run("inspect", *form, "init.h5", cwd=support.SAMPLE_RUN)
            self.check_no_absolute_path({"stdout": done.stdout, "stderr": done.stderr})


if __name__ == "__main__":
    unittest.main()
