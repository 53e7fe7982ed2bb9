"""tools/slurm/submit.sh without Slurm: what it refuses, and what it does when Slurm refuses."""

import os
import re
import subprocess
import unittest

import support

SUBMIT = support.SOURCE_DIR / "tools" / "slurm" / "submit.sh"


class Submit(unittest.TestCase):
    """A folder in which commands stand for those of Slurm."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        self.work = self.place / "work"
        self.given = ("--shards", "3", "--work", self.work, "--hindcast", support.PROGRAM)
        # An sbatch of a federation, which takes the array but no merge job.
        self.command("sbatch", """
            if [[ "$*" == *merge.sbatch* ]]; then echo "sbatch: full" >&2; exit 1; fi
            echo "7;here" """)
        self.command("scancel", 'echo "scancel: $*" >&2')

    def command(self, name, script):
        path = self.place / "commands" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def complaints(self, *arguments):
        environment = {**os.environ, "PATH": f"{self.place}/commands:{os.environ['PATH']}"}
        done = subprocess.run([SUBMIT, *arguments], cwd=self.place, env=environment,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        return done.stderr.splitlines()

    def test_wrong_usage_is_told_in_one_line(self):
        for arguments, expected in {
                ("--shards",): "--shards needs a value",
                ("runs",): "--shards needs a number from 1, not ''",
                ("--shards", "0", "runs"): "--shards needs a number from 1, not '0'",
                (*self.given, "--cpus", "x", "runs"): "--cpus needs a number from 1, not 'x'",
                (*self.given, "--at-once", "0", "runs"): "--at-once needs a number from 1, not '0'",
                ("--shards", "3", "runs"): "no --work: where shall the parts and the report go?",
                self.given: "no PATH: what shall be analysed?",
                (*self.given, "--hindcast", "no_such_program", "runs"):
                    "no program 'no_such_program'; --hindcast says where it is",
                (*self.given, "runs", "--strict"):
                    "unknown option '--strict'; those of hindcast analyze come after --",
                (*self.given, "runs", "--", "--json=x"):
                    "--json=x: the report is report.json in the --work folder",
                (*self.given, "runs", "--", "--csv"): "--csv needs a value",
                (*self.given, "runs", "--", "--threads", "2"):
                    "--threads: the threads of an element are --cpus",
        }.items():
            with self.subTest(arguments=arguments):
                self.assertEqual(self.complaints(*arguments), [f"submit.sh: {expected}"])
        self.assertFalse(self.work.exists())

    def test_parts_of_another_analysis_are_not_mixed_in(self):
        self.work.mkdir()
        (self.work / "part_2_of_3.json").touch()
        self.assertEqual(self.complaints(*self.given, "runs"), [
            f"submit.sh: {self.work} has parts already: --missing keeps them, another --work "
            "starts afresh"])

    def test_an_array_without_a_merge_job_is_cancelled(self):
        self.assertEqual(self.complaints(*self.given, "runs"), [
            "sbatch: full", "scancel: 7",
            "submit.sh: sbatch did not take the merge job, so the array is cancelled"])

    def test_its_help_is_its_head(self):
        done = subprocess.run([SUBMIT, "--help"], capture_output=True, text=True, check=True)
        self.assertTrue(done.stdout.startswith("Analyses checkpoints on a Slurm cluster: "))
        script = SUBMIT.read_text()
        options = set(re.findall(r"^    (--[a-z-]+)\) ", script, re.MULTILINE)) - {"--help"}
        self.assertEqual(len(options), 7)
        for option in options:
            self.assertRegex(done.stdout, rf"(?m)^  {option} ")


if __name__ == "__main__":
    unittest.main()
