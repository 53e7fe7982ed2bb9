"""The README stays true: its commands run, they print what it shows, and no metric is missing."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
import unittest

import h5py
import numpy

import support

PROGRAM = os.environ["HINDCAST"]
SOURCE = pathlib.Path(os.environ["HINDCAST_SOURCE_DIR"])
README = (SOURCE / "README.md").read_text()
SAMPLE = "sample_checkpoints/digits_cnn"
TIMEOUT_SECONDS = 120
SEEDS = 4

# Stands for Slurm's: the job that merges leaves the report that it would have made.
SBATCH = """#!/bin/sh
case "$*" in *merge.sbatch*) cp merged_by_slurm.json out/report.json ;; esac
echo 7
"""

# What this test cannot run, why, and what looks at it instead.
NOT_RUN = {
    "apt install ./out/packages/hindcast_0.1.0-1_amd64.deb": "installs; packages/deb does it in a root of its own",
    "tar xzf out/packages/hindcast-0.1.0-linux-x86_64.tar.gz": "packages/tarball unpacks what it packed",
    "hindcast-0.1.0-linux-x86_64/bin/hindcast analyze runs": "packages/tarball runs it",
    "docker build --tag hindcast --file tools/packaging/Dockerfile .":
        "no daemon; packages/containers checks the recipe",
    'docker run --rm --volume "$PWD:/work:ro" hindcast analyze runs': "no daemon, as above",
    "apptainer build hindcast.sif tools/packaging/hindcast.def":
        "no Apptainer; packages/containers checks the recipe",
    "apptainer run hindcast.sif analyze runs": "no Apptainer, as above",
    "man -l build/release/manual/man/hindcast-gate.1": "needs a terminal; cli/manual formats it",
    "source build/release/manual/bash/hindcast": "cli/manual completes with it",
    "hindcast analyze runs/my_run --watch --watch-idle 3600 --init-lr 0.05 --json report.json "
    "--csv tables --cache cache": "waits for an hour; test_what_takes_too_long watches for seconds",
    "tools/run_sample.sh": "builds; test_the_first_command runs it with the building left out",
    "tools/run_tests.sh": "is what runs this test",
    "kubectl apply -f tools/kubernetes/shards.yaml": "no cluster; cli/shard_recipes runs the pods",
    "kubectl wait --for=condition=complete --timeout=24h job/hindcast-shards":
        "no cluster; cli/shard_recipes checks the name",
    "kubectl apply -f tools/kubernetes/merge.yaml": "no cluster; cli/shard_recipes runs the pod",
    "seq 8 | parallel -j 1 -S node1,node2 --wd . hindcast analyze runs --shard {}/8 "
    "--json part_{}.json &&\n  hindcast merge part_*.json --json report.json":
        "needs two machines; cli/shard_recipes runs it on this one",
    "tools/fuzz.sh onnx 600": "needs clang and ten minutes; test_what_takes_too_long",
    "tools/fuzz.sh all 60": "needs clang and minutes; CI runs it with half of the time",
    "/usr/bin/python3 tools/bench/run.py --runs 4 --growth --policy":
        "takes an hour; test_what_takes_too_long",
}


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
        # The second is of tools/install_dependencies.sh, the others of kubectl, GNU parallel,
        # TensorBoard, Docker, CMake and pkg-config.
        of_tools = {"--help", "--fuzz", "--for", "--timeout", "--wd", "--logdir", "--rm", "--volume",
                    "--file", "--tag", "--prefix", "--install", "--cflags", "--libs", "--static",
                    "--build", "--preset"}
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

    def test_every_command_of_the_program_has_its_place_in_the_tour(self):
        listed = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True,
                                check=True).stdout
        listed = listed.split("Subcommands:")[1].split("\n\n")[0]
        tour = README.split("\n## A tour\n")[1].split("\n## ")[0]
        for command in re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE):
            self.assertRegex(tour, rf"(?m)^### {command}: ")
            self.assertRegex(tour, rf"(?m)^hindcast {command}\b")

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


class Block:
    """A block of shell commands, and what the README says that the last of them prints."""

    def __init__(self, script, shown):
        self.commands = re.split(r"(?<!\\)(?<!&&)\n", script.rstrip("\n"))
        self.shown = shown


def shell_blocks():
    """Every block of commands, in order. What they print stands right below them, as text."""
    found = re.findall(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", README,
                       re.MULTILINE | re.DOTALL)
    return [Block(script, shown or None) for script, shown in found]


def without_comment(command):
    return re.sub(r"\s+# .*$", "", command)


def expected_status(command):
    """0, unless the command's comment says what else."""
    told = re.search(r"# exit status (\d+)$", command)
    return int(told[1]) if told else 0


def as_shown(shown):
    """What the text of a block matches: a line of three dots stands for lines left out."""
    parts = [re.escape(line + "\n") if line != "..." else r"(?:.*\n)+"
             for line in shown.splitlines()]
    return re.compile("".join(parts))


class Commands(unittest.TestCase):
    """Every line of every block of shell commands, run as printed, from the first to the last.

    They run in a copy of the sample checkpoints and the tools. The README speaks of runs of several
    seeds, too, which are made of the sample run and noise, and of Slurm, whose sbatch is a stand-in.
    """

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        for name in ("sample_checkpoints", "tools"):
            shutil.copytree(SOURCE / name, self.place / name)
        (self.place / "sbatch").write_text(SBATCH)
        (self.place / "sbatch").chmod(0o755)
        (self.place / "hindcast").symlink_to(PROGRAM)
        self.environment = {**os.environ, "HOME": str(self.place),
                            "PATH": f"{self.place}:{os.environ['PATH']}"}

    def run_command(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.place, env=self.environment,
                              capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)

    def make_seeds(self):
        """runs/seed_1 and so on, with their reports, and the report of them all."""
        random = numpy.random.default_rng(7)
        rows = ["run,epoch,val_accuracy"]
        for seed in range(1, SEEDS + 1):
            run = self.place / "runs" / f"seed_{seed}"
            run.mkdir(parents=True)
            for epoch, name in enumerate(["init", "epoch_00", "epoch_01", "epoch_02", "epoch_03"],
                                         start=-1):
                shutil.copy(SOURCE / SAMPLE / f"{name}.h5", run)
                with h5py.File(run / f"{name}.h5", "r+") as file:
                    for weights in file.values():
                        if weights.ndim > 1:
                            weights[...] += random.normal(0, 0.002, weights.shape)
                rows.append(f"seed_{seed},{epoch},{0.9 + 0.02 * epoch + random.normal(0, 0.01)}")
        scores = self.place / "seeds.csv"
        scores.write_text("\n".join(rows) + "\n")
        for name, path in {"merged_by_slurm": "runs", **{f"seed_{seed}": f"runs/seed_{seed}" for seed
                                                    in range(1, SEEDS + 1)}}.items():
            support.run("analyze", path, "--quiet", "--scores", scores, "--json", f"{name}.json",
                        cwd=self.place)

    def make_scores(self):
        """accuracy.csv, with the accuracies of all sample runs."""
        rows = ["run,checkpoint,test_accuracy"]
        for run in ("digits_cnn", "digits_cnn_onnx", "digits_cnn_slow"):
            table = SOURCE / "sample_checkpoints" / run.replace("_onnx", "") / "test_accuracy.csv"
            for line in table.read_text().splitlines()[1:]:
                checkpoint, _, accuracy = line.split(",")
                rows.append(f"{run},{checkpoint},{accuracy}")
        (self.place / "accuracy.csv").write_text("\n".join(rows) + "\n")

    def check(self, command):
        """Runs one; returns what it printed."""
        done = self.run_command(command)
        self.assertEqual(done.returncode, expected_status(command), f"{command}\n{done.stderr}")
        return done.stdout

    def test_all_of_them(self):
        self.make_seeds()
        self.make_scores()
        left = dict(NOT_RUN)
        run, compared = 0, 0
        for block in shell_blocks():
            for command in block.commands:
                if left.pop(without_comment(command), None):
                    self.assertIsNone(block.shown)
                    continue
                printed = self.check(command)
                run += 1
            if block.shown is not None:
                compared += 1
                if not as_shown(block.shown).fullmatch(printed):
                    self.fail(f"{command}: printed\n{printed}\nThe README shows\n{block.shown}")
        self.assertEqual(left, {}, "not in the README any more")
        self.assertGreater(run, 50)
        self.assertGreater(compared, 15)

    def test_no_output_stands_apart_from_its_command(self):
        shown = sum(block.shown is not None for block in shell_blocks())
        self.assertEqual(README.count("```text\n"), shown)

    def test_the_first_command(self):
        """tools/run_sample.sh, with commands that do nothing in place of those that build."""
        for name in ("cmake", "tools/install_dependencies.sh"):
            (self.place / name).write_text("#!/bin/sh\n")
            (self.place / name).chmod(0o755)
        program = self.place / "build" / "release" / "hindcast"
        program.parent.mkdir(parents=True)
        program.symlink_to(PROGRAM)
        printed = self.check("tools/run_sample.sh")
        table, named = printed.split("\nReports, in ")
        self.assertIn("```\n" + table + "```", README)
        lines = named.splitlines()
        self.assertEqual(lines[0], f"{self.place}:")
        for line in lines[1:-2]:
            self.assertTrue((self.place / line.strip()).is_file(), line)
        self.assertEqual(lines[-2], "The page, for a browser:")
        page = pathlib.Path(lines[-1].strip())
        self.assertTrue(page.read_text().startswith("<!DOCTYPE html>"))

    def test_what_takes_too_long(self):
        """The options that the README gives to what is not run are options."""
        told = subprocess.run([sys.executable, SOURCE / "tools" / "bench" / "run.py", "--help"],
                              capture_output=True, text=True, check=True).stdout
        for option in ("--runs", "--growth", "--policy"):
            self.assertIn(option, told)
        watch, = (one for one in NOT_RUN if " --watch " in one)
        run = self.place / "runs" / "my_run"
        shutil.copytree(SOURCE / SAMPLE, run)
        self.check(watch.replace(" 3600", " 0.1").replace("--watch ", "--watch --watch-every 0.1 "))
        self.assertTrue((self.place / "report.json").exists())
        self.assertTrue((SOURCE / "tests" / "fuzz" / "fuzz_onnx.cpp").exists())
        self.assertIn("tools/fuzz.sh all 30", "".join(
            path.read_text() for path in (SOURCE / ".ci").iterdir()))


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
