"""The README stays true: its table is what the program prints, and no metric is missing."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import textwrap
import unittest

import h5py

import support

PROGRAM = os.environ["HINDCAST"]
SOURCE = pathlib.Path(os.environ["HINDCAST_SOURCE_DIR"])
README = (SOURCE / "README.md").read_text()
SAMPLE = "sample_checkpoints/digits_cnn"


def analyse(*options):
    """What `hindcast analyze` prints for the sample run."""
    command = [PROGRAM, "analyze", SAMPLE, *options]
    return subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True).stdout


def copy_weights(source, target):
    """Every tensor of one file in place of those of another, which goes on stating its epoch."""
    with h5py.File(source) as one, h5py.File(target, "r+") as other:
        one.visititems(lambda name, item: other[name].write_direct(item[()])
                       if isinstance(item, h5py.Dataset) and item.shape else None)


def swap_weights(one, other, name):
    """One tensor of each file in the other."""
    with h5py.File(one, "r+") as first, h5py.File(other, "r+") as second:
        values = first[name][()], second[name][()]
        first[name][...], second[name][...] = values[1], values[0]


class Readme(unittest.TestCase):
    def test_the_table_is_what_the_first_command_prints(self):
        script = (SOURCE / "tools" / "run_sample.sh").read_text()
        self.assertIn(f"analyze {SAMPLE} --init-lr 0.05", script)
        self.assertIn("```\n" + analyse("--init-lr", "0.05") + "```", README)

    def test_every_layer_metric_is_in_the_table_of_metrics(self):
        report = json.loads(analyse("--json", "-", "-q"))
        documented = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
        summary = report["runs"][0]["checkpoints"][0]["summary"]
        metrics = {key for key, value in summary.items() if isinstance(value, dict)}
        self.assertGreater(len(metrics), 10)
        self.assertLessEqual(metrics, documented)

    def test_every_name_of_a_trainer_is_one_that_is_known(self):
        table = re.search(r"\| trainer \| for example \|\n\|---\|---\|\n((?:\|.*\n)+)", README)[1]
        names = re.findall(r"`([^`]+)`", table)
        self.assertGreater(len(names), 15)
        known = (SOURCE / "src" / "io" / "naming_layouts.cpp").read_text()
        for name in names:
            self.assertIn(f'.example = "{name}"', known)

    def test_every_option_it_names_exists(self):
        def help_of(*command):
            return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True,
                                  check=True).stdout

        known = help_of()
        for command in re.findall(r"^  ([a-z]+) ", known.split("Subcommands:")[1], re.MULTILINE):
            known += help_of(command)
        for script in ("slurm/submit.sh", "bench/run.py"):
            known += (SOURCE / "tools" / script).read_text()
        # The second is of tools/install_dependencies.sh, the others of kubectl, GNU parallel and
        # TensorBoard.
        of_tools = {"--help", "--fuzz", "--for", "--timeout", "--wd", "--logdir"}
        for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - of_tools:
            self.assertIn(option, known)

    def test_what_lint_prints_of_a_swapped_run(self):
        """The README's example: the sample run with two files in each other's place and a copy."""
        with support.temporary_directory() as place:
            copied = place / "swapped"
            shutil.copytree(SOURCE / SAMPLE, copied)
            swap_weights(copied / "epoch_02.h5", copied / "epoch_05.h5", "fc1.weight")
            copy_weights(copied / "epoch_09.h5", copied / "epoch_07.h5")
            done = subprocess.run([PROGRAM, "lint", "swapped"], cwd=place, capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("```\n" + done.stdout + "```", README)
            kinds = subprocess.run([PROGRAM, "lint", "--explain"], capture_output=True, text=True,
                                   check=True).stdout
        for kind in (line.split()[0] for line in kinds.splitlines()):
            self.assertIn(f"`{kind}`", README)

    def test_what_compare_prints_of_two_epochs(self):
        command = [PROGRAM, "compare", SAMPLE, SAMPLE, "--checkpoint-a", "epoch_03", "--top", "4"]
        done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True)
        self.assertIn("```\n" + done.stdout + "```", README)

    def test_every_rule_it_shows_is_one(self):
        block = re.search(r"```\n(min\(rotation\) >= 0\.3\n.*?)```", README, re.DOTALL)[1]
        rules = [part for line in block.splitlines() for part in ("--rule", line)]
        self.assertEqual(len(rules), 12)
        subprocess.run([PROGRAM, "gate", "--explain", *rules], capture_output=True, check=True)

    def test_every_trend_it_shows_is_one(self):
        block = re.search(r"```\n(value\(summary\.knowledge_gain\.mean.*?)```", README, re.DOTALL)[1]
        rules = [part for line in block.splitlines() for part in ("--rule", line)]
        self.assertEqual(len(rules), 8)
        subprocess.run([PROGRAM, "gate", "--explain", *rules], capture_output=True, check=True)


def workflow_commands():
    """What the workflow in the README runs, as it stands there."""
    workflow = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)[1]
    script = re.search(r"^ +run: \|\n((?: {10}.*\n)+)", workflow, re.MULTILINE)[1]
    return textwrap.dedent(script)


class Workflow(unittest.TestCase):
    """The commands that the README gives for CI: green on the sample run, red on a worse one."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        shutil.copytree(SOURCE / "sample_checkpoints", self.place / "sample_checkpoints")
        self.run_folder = self.place / SAMPLE

    def status(self):
        """The exit status, run in the way in which GitHub does it."""
        environment = {**os.environ, "GITHUB_ACTIONS": "true",
                       "GITHUB_STEP_SUMMARY": str(self.place / "summary.md"),
                       "PATH": f"{pathlib.Path(PROGRAM).parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", workflow_commands()],
                              cwd=self.place, env=environment, capture_output=True, text=True,
                              check=False)
        self.assertIn("### hindcast gate: ", (self.place / "summary.md").read_text())
        self.assertIn("<testsuites ", (self.place / "gate.xml").read_text())
        self.annotations = re.findall(r"(?m)^::(?:error|warning) .*", done.stdout)
        return done.returncode

    def test_green_on_the_sample_run(self):
        self.assertEqual(self.status(), 0)
        self.assertEqual(self.annotations, [])

    def test_red_where_the_last_checkpoint_is_the_first(self):
        for first in ("init.h5", "epoch_00.h5"):
            with self.subTest(first=first):
                shutil.copyfile(SOURCE / SAMPLE / first, self.run_folder / "epoch_09.h5")
                self.assertIn(self.status(), (1, 2))
                self.assertNotEqual(self.annotations, [])

    def test_failed_where_the_last_checkpoint_has_the_first_ones_weights(self):
        """The file still says that it is of epoch 9, so that it is judged, and fails."""
        shutil.copyfile(self.run_folder / "init.h5", self.run_folder / "epoch_09.h5")
        with h5py.File(self.run_folder / "epoch_09.h5", "r+") as file:
            file.attrs["epoch"] = 9
        self.assertEqual(self.status(), 1)
        self.assertIn("layer 'conv1.weight': 0 is not >= 0.3", self.annotations[0])


if __name__ == "__main__":
    unittest.main()
