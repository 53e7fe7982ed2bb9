"""tools/slurm on a real Slurm: the merged report, an element that fails, and what is left to do."""

import shutil
import subprocess
import unittest

import slurm_support
import support

SUBMIT = support.SOURCE_DIR / "tools" / "slurm" / "submit.sh"
RUNS = "runs of mine"
OPTIONS = ("--init-lr", "0.05", "--exclude", "fc[12].*")
SHARDS = 3
# The program, but that it keeps account, and that shard 2 cannot be analysed for as long as there
# is a file named "broken".
PROGRAM = """\
#!/bin/bash
echo "$*" >> calls
if [[ -e broken && " $* " == *" --shard 2/3 "* ]]; then
  echo "a broken node" >&2
  exit 1
fi
exec "{program}" "$@"
"""
cluster = None


def setUpModule():
    global cluster
    cluster = slurm_support.start_cluster()


class Slurm(unittest.TestCase):
    """A copy of the sample runs in a folder with spaces in its name."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        shutil.copytree(support.SAMPLE_RUN.parent, self.place / RUNS)
        # sbatch would make a number of what follows the per cent sign.
        self.work = self.place / "work of 100%a"
        self.program = self.place / "a program"
        self.program.write_text(PROGRAM.format(program=support.PROGRAM))
        self.program.chmod(0o755)

    def submit(self, *arguments, path=RUNS, options=OPTIONS):
        """What the script prints of the jobs, by its first word."""
        done = subprocess.run(
            [SUBMIT, "--shards", str(SHARDS), "--work", self.work, "--hindcast", self.program,
             *arguments, path, "--", *options],
            cwd=self.place, env=cluster.environment, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        jobs = dict(line.split(" ", 1) for line in done.stdout.splitlines())
        self.assertEqual(jobs["report"], str(self.work / "report.json"))
        return jobs

    def parts(self):
        """When each part was written, by its name."""
        return {path.name: path.stat().st_mtime_ns for path in self.work.glob("*part*")}

    def log(self, name):
        return (self.work / "logs" / f"{name}.log").read_text()

    def check_report(self, jobs, state="COMPLETED"):
        """The merged report is byte for byte the one of one machine."""
        self.assertEqual(cluster.finish(jobs["merge"]), [state])
        whole = support.run("analyze", RUNS, *OPTIONS, "--quiet", "--json", "-", "--csv", "whole",
                            cwd=self.place)
        self.assertEqual((self.work / "report.json").read_bytes(), whole.stdout)

    def test_the_merged_report_is_that_of_one_machine(self):
        threads = "1" if support.is_sanitized() else "2"
        jobs = self.submit("--cpus", threads, "--at-once", "2", "--sbatch", "--comment=a b")
        self.check_report(jobs)
        self.assertEqual(cluster.states(jobs["array"]), ["COMPLETED"] * SHARDS)
        self.assertEqual(len(self.parts()), SHARDS)
        calls = (self.place / "calls").read_text()
        for shard in range(1, SHARDS + 1):
            self.assertRegex(
                calls, rf"(?m)^analyze --shard {shard}/{SHARDS} .* --threads {threads} ")
            self.assertIn(f"shard {shard} of {SHARDS}: ", self.log(f"shard_{shard}"))
        self.assertIn("3 runs, ", self.log("merge"))

    def test_the_merge_job_judges_the_whole(self):
        damaged = self.place / RUNS / support.SAMPLE_RUN.name / "epoch_03.h5"
        damaged.write_bytes(damaged.read_bytes()[:1000])
        jobs = self.submit(options=(*OPTIONS, "--strict", "--csv", "the tables"))
        self.check_report(jobs, "FAILED")
        self.assertEqual(cluster.states(jobs["array"]), ["COMPLETED"] * SHARDS)
        for table in (self.place / "whole").iterdir():
            self.assertEqual((self.place / "the tables" / table.name).read_bytes(),
                             table.read_bytes())

    def test_where_every_element_fails_there_is_no_report(self):
        self.work.mkdir()
        (self.work / "report.json").write_text("of another time")
        jobs = self.submit(path="missing")
        self.assertEqual(cluster.finish(jobs["merge"]), ["CANCELLED"])
        self.assertEqual(cluster.states(jobs["array"]), ["FAILED"] * SHARDS)
        self.assertIn("hindcast: missing: ", self.log("shard_2"))
        self.assertEqual(sorted(path.name for path in self.work.iterdir()), ["logs"])

    def test_an_element_that_failed_is_submitted_alone(self):
        (self.place / "broken").touch()
        jobs = self.submit()
        self.assertEqual(cluster.finish(jobs["merge"]), ["CANCELLED"])
        self.assertEqual(sorted(cluster.finish(jobs["array"])),
                         ["COMPLETED"] * (SHARDS - 1) + ["FAILED"])
        self.assertEqual(self.log("shard_2"), "a broken node\n")
        self.assertFalse((self.work / "report.json").exists())

        before = self.parts()
        (self.place / "broken").unlink()
        jobs = self.submit("--missing")
        self.check_report(jobs)
        self.assertEqual(cluster.states(jobs["array"]), ["COMPLETED"])
        self.assertEqual(len(before), SHARDS - 1)
        self.assertEqual({name: self.parts()[name] for name in before}, before)

        jobs = self.submit("--missing")
        self.assertNotIn("array", jobs)
        self.check_report(jobs)


if __name__ == "__main__":
    unittest.main()
