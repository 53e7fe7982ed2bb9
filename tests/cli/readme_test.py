"""The README stays true: its table is what the program prints, and no metric is missing."""

import json
import os
import pathlib
import re
import subprocess
import unittest

PROGRAM = os.environ["HINDCAST"]
SOURCE = pathlib.Path(os.environ["HINDCAST_SOURCE_DIR"])
README = (SOURCE / "README.md").read_text()
SAMPLE = "sample_checkpoints/digits_cnn"


def analyse(*options):
    """What `hindcast analyze` prints for the sample run."""
    command = [PROGRAM, "analyze", SAMPLE, *options]
    return subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True).stdout


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

    def test_every_option_it_names_exists(self):
        known = ""
        for command in ("analyze", "inspect"):
            known += subprocess.run([PROGRAM, command, "--help"], capture_output=True, text=True,
                                    check=True).stdout
        for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--help"}:
            self.assertIn(option, known)


if __name__ == "__main__":
    unittest.main()
