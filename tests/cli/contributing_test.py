"""The worked examples of CONTRIBUTING: applied to a copy of the sources, compiled, and tried.

Only what an example adds or changes is compiled, with the options of this build, and linked with the
rest of it.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import unittest

import numpy

import support

BUILD = pathlib.Path(support.PROGRAM).resolve().parent
GUIDE = (support.SOURCE_DIR / ".github" / "CONTRIBUTING.md").read_text()
TIMEOUT_SECONDS = 600


def skip(reason):
    """Leaves a test out, and says why also where unittest is not verbose."""
    print(reason, file=sys.stderr)
    raise unittest.SkipTest(reason)


class Example:
    """A section of the guide: a new file, and a change to the list that it has an entry in."""

    def __init__(self, title):
        section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)[1]
        self.path, self.content = re.search(r"`(src/[\w/]+\.cpp)`:\n\n```cpp\n(.*?)```", section,
                                            re.DOTALL).groups()
        self.change = re.search(r"```diff\n(.*?)```", section, re.DOTALL)[1]
        self.list = re.search(r"^\+\+\+ b/(\S+)$", self.change, re.MULTILINE)[1]

    def apply(self, tree):
        """Makes both in a copy of the sources."""
        (tree / self.path).write_text(self.content)
        subprocess.run(["git", "apply", "--unidiff-zero", "-"], input=self.change, text=True,
                       cwd=tree, check=True, env={**os.environ, "GIT_CEILING_DIRECTORIES": "/"})


class Contributing(unittest.TestCase):
    """A program with all three examples in it."""

    @classmethod
    def setUpClass(cls):
        if support.is_sanitized():
            skip("a program with sanitizers: the examples are tried with the one without")
        if not (BUILD / "compile_commands.json").exists() or not (BUILD / "build.ninja").exists():
            skip(f"{BUILD} is no build tree of a preset: the examples are not tried")
        cls.place = cls.enterClassContext(support.temporary_directory())
        for folder in ("src", "include"):
            shutil.copytree(support.SOURCE_DIR / folder, cls.place / folder)
        cls.program = cls.place / "hindcast"
        cls.examples = [Example(f"Add {what}") for what in ("a metric", "a format", "an output")]
        for example in cls.examples:
            example.apply(cls.place)
        cls.build()

    @classmethod
    def build(cls):
        """Compiles what is new, side by side, and links it before the library."""
        running, objects = [], []
        for example in cls.examples:
            for path in (example.path, example.list):
                objects.append(cls.place / f"{len(objects)}.o")
                running.append(subprocess.Popen(cls.compilation(example.list, path, objects[-1]),
                                                cwd=BUILD))
        for one in running:
            if one.wait(TIMEOUT_SECONDS) != 0:
                raise AssertionError(f"{one.args} failed")
        link = subprocess.run(["ninja", "-t", "commands", "hindcast"], cwd=BUILD, check=True,
                              capture_output=True, text=True).stdout.splitlines()[-1]
        own = " ".join(shlex.quote(str(one)) for one in objects)
        link, count = re.subn(r" -o hindcast ", f" -o {shlex.quote(str(cls.program))} {own} ", link)
        assert count == 1, link
        subprocess.run(["bash", "-c", link], cwd=BUILD, check=True)

    @classmethod
    def compilation(cls, like, path, output):
        """How a file of the copy is compiled: as the one that it is like is here."""
        (entry,) = [one for one in json.loads((BUILD / "compile_commands.json").read_text())
                    if pathlib.Path(one["file"]) == support.SOURCE_DIR / like]
        words = shlex.split(entry["command"])
        for folder in ("src", "include"):
            inside = f"-I{support.SOURCE_DIR / folder}"
            assert inside in words, inside
            words = [f"-I{cls.place / folder}" if word == inside else word for word in words]
        words[words.index("-o") + 1] = str(output)
        words[words.index("-c") + 1] = str(cls.place / path)
        return words

    def run_program(self, *arguments, **options):
        return support.run(*arguments, program=self.program, cwd=self.place, **options).stdout

    def report(self, *options):
        return json.loads(self.run_program("analyze", support.SAMPLE_RUN, "--quiet", "--json", "-",
                                           *options))

    def test_the_metric_is_in_the_report(self):
        _, layer = list(support.layers_of(self.report()))[-1]
        weights = numpy.prod(layer["shape"])
        self.assertAlmostEqual(layer["weight_rms"], layer["frobenius_norm"] / weights**0.5)
        # Whether it is asked for with others or by itself.
        _, alone = list(support.layers_of(self.report("--metrics", "weight_rms")))[-1]
        self.assertEqual(alone["weight_rms"], layer["weight_rms"])
        self.assertIsNone(alone["effective_rank"])

    def test_the_metric_is_explained_judged_and_tabled(self):
        self.assertIn(b"How large a weight of the layer typically is",
                      self.run_program("explain", "weight_rms"))
        self.run_program("analyze", support.SAMPLE_RUN, "--json", "report.json", "--csv", "tables")
        self.run_program("gate", "report.json", "--rule", "max(weight_rms) <= 1")
        self.run_program("gate", "report.json", "--rule", "max(weight_rms) <= 0", exit_code=1)
        header = (self.place / "tables" / "summary.csv").read_text().splitlines()[0]
        self.assertIn("weight_rms_mean", header.split(","))

    def test_the_format_is_read(self):
        matrix = numpy.random.default_rng(3).standard_normal((5, 7)).astype("<f4")
        path = self.place / "a.matrix"
        path.write_bytes(b"MATRIX1\n" + struct.pack("<II", *matrix.shape) + matrix.tobytes())
        (file,) = json.loads(self.run_program("inspect", "--json", path))["files"]
        (tensor,) = file["tensors"]
        self.assertEqual((file["format"], tensor["shape"], tensor["layout"], tensor["analysed"]),
                         ("matrix", [5, 7], "OI", True))
        self.assertAlmostEqual(tensor["frobenius_norm"], float(numpy.linalg.norm(matrix)), places=5)
        self.assertIn(b"\nmatrix ", self.run_program("formats"))
        for content in (path.read_bytes()[:-1], path.read_bytes() + b"x"):
            path.write_bytes(content)
            self.run_program("inspect", path, exit_code=2)

    def test_the_output_is_written(self):
        lines = self.run_program("export", support.SAMPLE_RUN, "--plain", "-", "--metric",
                                 "rotation").decode().splitlines()
        self.assertEqual(len(lines), 6 * 11)
        self.assertEqual(lines[0], "digits_cnn init rotation/conv1.weight 0")
        self.assertIn(b"  --plain FILE ", self.run_program("export", "--help"))

    def test_the_examples_are_laid_out_like_the_sources(self):
        if shutil.which("clang-format") is None:
            skip("no clang-format here: the layout of the examples is not checked")
        shutil.copy(support.SOURCE_DIR / ".clang-format", self.place)
        for example in self.examples:
            for path in (example.path, example.list):
                subprocess.run(["clang-format", "--dry-run", "--Werror", self.place / path],
                               check=True)


if __name__ == "__main__":
    unittest.main()
