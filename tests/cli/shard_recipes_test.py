"""Other ways to spread an analysis over machines: on Kubernetes, and with GNU parallel."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import support

try:
    import yaml
except ImportError:
    yaml = None

KUBERNETES = support.SOURCE_DIR / "tools" / "kubernetes"
README = (support.SOURCE_DIR / "README.md").read_text()
TIMEOUT_SECONDS = 120


def skip(reason):
    """Leaves a test out, and says why also where unittest is not verbose."""
    print(reason, file=sys.stderr)
    raise unittest.SkipTest(reason)


class RecipeTest(unittest.TestCase):
    """A folder with the sample runs in it, as the recipes expect it."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        shutil.copytree(support.SAMPLE_RUN.parent, self.place / "runs")
        (self.place / "hindcast").symlink_to(support.PROGRAM)
        self.path = f"{self.place}:{os.environ['PATH']}"

    def run_recipe(self, *command, **environment):
        return subprocess.run(command, cwd=self.place, capture_output=True, text=True, check=False,
                              timeout=TIMEOUT_SECONDS,
                              env={**os.environ, "PATH": self.path, **environment})

    def check_report(self):
        """The merged report is byte for byte the one of one machine."""
        whole = support.run("analyze", "runs", "--quiet", "--json", "-", cwd=self.place)
        self.assertEqual((self.place / "report.json").read_bytes(), whole.stdout)


class Kubernetes(RecipeTest):
    """The jobs of tools/kubernetes, without a cluster: what their pods would run."""

    def setUp(self):
        if yaml is None:
            skip("no python3-yaml here: the jobs for Kubernetes are not tried")
        super().setUp()

    def job(self, name):
        job = yaml.safe_load((KUBERNETES / name).read_text())
        self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
        return job

    def container(self, job):
        """The only container; every folder it works in is a mounted volume of the pod."""
        pod = job["spec"]["template"]["spec"]
        self.assertEqual(pod["restartPolicy"], "Never")
        (container,) = pod["containers"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]
                  if mount["name"] in volumes}
        self.assertIn(container["workingDir"], mounts)
        return container

    def run_pod(self, container, **environment):
        """Runs what the container would, with the variables that Kubernetes would set."""
        command = container["command"] + container["args"]
        for word in command:
            # Kubernetes would replace $(NAME), and make one dollar of two.
            self.assertNotRegex(word, r"\$\$|\$\(\w+\)")
        done = self.run_recipe(*command, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_parts_of_all_pods_make_the_report_of_one_machine(self):
        job = self.job("shards.yaml")
        container = self.container(job)
        variables = {variable["name"]: variable for variable in container["env"]}
        self.assertEqual(variables["THREADS"]["valueFrom"]["resourceFieldRef"]["resource"],
                         "limits.cpu")
        self.assertIn("cpu", container["resources"]["limits"])
        shards = job["spec"]["completions"]
        self.assertEqual(job["spec"]["completionMode"], "Indexed")
        self.assertEqual(variables["SHARDS"]["value"], str(shards))
        for index in range(shards):
            self.run_pod(container, JOB_COMPLETION_INDEX=str(index), SHARDS=str(shards),
                         THREADS="1")
        self.assertEqual(len(list(self.place.glob("part_*.json"))), shards)

        self.run_pod(self.container(self.job("merge.yaml")))
        self.check_report()

    def test_both_jobs_use_the_same_image_and_volume(self):
        specs = [self.job(name)["spec"]["template"]["spec"]
                 for name in ("shards.yaml", "merge.yaml")]
        images = {spec["containers"][0]["image"] for spec in specs}
        self.assertEqual(len(images), 1)
        self.assertEqual(specs[0]["volumes"], specs[1]["volumes"])

    def test_the_readme_waits_for_the_job_that_there_is(self):
        for name in re.findall(r"kubectl apply -f tools/kubernetes/(\S+)", README):
            self.job(name)
        (waited_for,) = re.findall(r"kubectl wait .* job/(\S+)", README)
        self.assertEqual(waited_for, self.job("shards.yaml")["metadata"]["name"])


class GnuParallel(RecipeTest):
    """The line in the README, on this machine in place of its two."""

    def setUp(self):
        found = shutil.which("parallel")
        # There is another program of this name, in Debian's moreutils.
        if not found or b"GNU parallel" not in subprocess.run(
                [found, "--version"], capture_output=True, check=False).stdout:
            skip("no GNU parallel here: its line in the README is not tried")
        super().setUp()

    def run_line(self):
        (line,) = re.findall(r"^(seq \d+ \| parallel .*&&\n.*)\n", README, re.MULTILINE)
        self.assertIn(" -S node1,node2 ", line)
        line = line.replace(" -S node1,node2 ", " -S : ")
        # GNU parallel keeps files of its own there.
        return self.run_recipe("bash", "-c", line, HOME=str(self.place))

    def test_its_line_makes_the_report_of_one_machine(self):
        done = self.run_line()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_report()

    def test_a_shard_that_fails_leaves_no_report(self):
        shutil.rmtree(self.place / "runs")
        self.assertNotEqual(self.run_line().returncode, 0)
        self.assertFalse((self.place / "report.json").exists())


if __name__ == "__main__":
    unittest.main()
