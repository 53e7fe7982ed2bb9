"""The pipeline for GitLab that the README shows: its commands are run as they stand."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

import h5py

try:
    import yaml
except ImportError:
    yaml = None

import support

README = (support.SOURCE_DIR / "README.md").read_text()


def skip(reason):
    """Leaves a test out, and says why also where unittest is not verbose."""
    print(reason, file=sys.stderr)
    raise unittest.SkipTest(reason)


def job():
    """The job, as GitLab would read it."""
    if yaml is None:
        skip("no python3-yaml here: the pipeline for GitLab is not tried")
    text = re.search(r"```yaml\n(gate:\n.*?)```", README, re.DOTALL)[1]
    pipeline = yaml.safe_load(text)
    if list(pipeline) != ["gate"]:
        raise AssertionError(f"jobs: {list(pipeline)}")
    return pipeline["gate"]


class Pipeline(unittest.TestCase):
    """Green on the sample run, red on a worse one, and its reports are there either way."""

    def setUp(self):
        self.job = job()
        self.place = self.enterContext(support.temporary_directory())
        shutil.copytree(support.SOURCE_DIR / "sample_checkpoints",
                        self.place / "sample_checkpoints")

    def status(self):
        """The exit status of the script, line by line, as a runner runs it."""
        path = f"{pathlib.Path(support.PROGRAM).parent}:{os.environ['PATH']}"
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("GITHUB_")}
        for line in self.job["script"]:
            self.assertTrue(line.startswith("hindcast "))
            done = subprocess.run(["bash", "-eo", "pipefail", "-c", line], cwd=self.place,
                                  env={**environment, "PATH": path}, capture_output=True,
                                  check=False)
            if done.returncode != 0:
                return done.returncode
        return 0

    def samples(self):
        """Name to value, as GitLab takes the metrics report apart."""
        text = (self.place / self.job["artifacts"]["reports"]["metrics"]).read_text()
        lines = (shlex.split(re.sub("#.*", "", line)) for line in text.splitlines())
        return dict(words for words in lines if words)

    def test_green_on_the_sample_run(self):
        self.assertEqual(self.status(), 0)
        samples = self.samples()
        self.assertEqual(samples["hindcast_gate_passed"], "1")
        self.assertGreater(len(samples), 10)
        self.assertEqual(self.job["artifacts"]["when"], "always")
        junit = self.place / self.job["artifacts"]["reports"]["junit"]
        self.assertIn('failures="0" errors="0"', junit.read_text())

    def test_red_where_the_last_checkpoint_has_the_first_ones_weights(self):
        run = self.place / "sample_checkpoints" / "digits_cnn"
        shutil.copyfile(run / "init.h5", run / "epoch_09.h5")
        with h5py.File(run / "epoch_09.h5", "r+") as file:
            file.attrs["epoch"] = 9
        self.assertEqual(self.status(), 1)
        self.assertEqual(self.samples()["hindcast_gate_passed"], "0")
        junit = self.place / self.job["artifacts"]["reports"]["junit"]
        self.assertIn("<failure ", junit.read_text())


if __name__ == "__main__":
    unittest.main()
