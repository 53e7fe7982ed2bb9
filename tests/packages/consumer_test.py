"""What `cmake --install` gives is all that someone else's program needs, wherever it is moved."""

import json
import os
import pathlib
import shlex
import shutil
import tempfile
import unittest

import support
from packages_support import BUILD_DIR, output_of, tool

CMAKE = os.environ["HINDCAST_CMAKE"]
COMPILER = os.environ["HINDCAST_COMPILER"]
CONSUMER = support.SOURCE_DIR / "tests" / "consumer"
CHECKPOINT = support.SAMPLE_RUN / "epoch_09.h5"
place = None
installed = None


def setUpModule():
    """Installs into one folder, which is then moved."""
    global place, installed
    place = pathlib.Path(tempfile.mkdtemp(prefix="hindcast_")).resolve()
    install(place / "first")
    installed = (place / "first").rename(place / "moved")


def tearDownModule():
    shutil.rmtree(place)


def install(prefix, *options):
    output_of(CMAKE, "--install", BUILD_DIR, "--prefix", prefix, *options)


def tops_of(folder):
    """What is in a folder and in the folders in it."""
    return {str(path.relative_to(folder)) for path in folder.glob("*/*")}


class Consumer(unittest.TestCase):
    def check(self, program):
        """It finds in each weight what the program itself finds."""
        expected = []
        for _, layer in support.layers_of(support.analyze(CHECKPOINT)):
            for side, unfolding in layer["unfoldings"].items():
                exact = unfolding["low_rank"]["exact"]
                expected.append((f"{layer['name']} {side} rank {exact['rank']} knowledge gain",
                                 exact["knowledge_gain"]))
        *lines, last = output_of(program, CHECKPOINT).splitlines()
        self.assertEqual([line.rpartition(" ")[0] for line in lines],
                         [text for text, _ in expected])
        for line, (_, gain) in zip(lines, expected, strict=True):
            self.assertAlmostEqual(float(line.rpartition(" ")[2]), gain, delta=1e-12)
        self.assertGreater(max(gain for _, gain in expected), 0)
        version = output_of(installed / "bin" / "hindcast", "--version").split()[1]
        self.assertEqual(last, f"by hindcast {version}")
        missing = support.run("missing.h5", program=program, exit_code=2)
        self.assertIn(b"missing.h5: ", missing.stderr)

    def check_report(self, program):
        """It writes what `hindcast analyze` writes."""
        report = json.loads(output_of(program, support.SAMPLE_RUN, "0.05"))
        expected = support.analyze(support.SAMPLE_RUN, "--init-lr", "0.05", "--no-scores")
        self.assertEqual(report, expected)
        self.assertEqual(len(report["runs"][0]["schedule"]["epochs"]), 10)

    def test_by_cmake(self):
        tree = place / "by_cmake"
        output_of(CMAKE, "-S", CONSUMER, "-B", tree, "-G", "Ninja",
                  "-D", f"CMAKE_PREFIX_PATH={installed}", "-D", f"CMAKE_CXX_COMPILER={COMPILER}",
                  "-D", "CMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
        output_of(CMAKE, "--build", tree)
        self.check(tree / "factorise")
        self.check_report(tree / "report")

    def test_by_pkg_config(self):
        search = next(installed.rglob("pkgconfig"))
        flags = shlex.split(output_of(tool("pkg-config"), "--cflags", "--libs", "--static",
                                      "hindcast", env={**os.environ, "PKG_CONFIG_PATH": search}))
        self.assertIn(f"-I{installed}/include", [os.path.normpath(flag) for flag in flags])
        program = place / "by_pkg_config"
        output_of(COMPILER, "-std=c++20", CONSUMER / "factorise.cpp", "-o", program, *flags)
        self.check(program)


class Installation(unittest.TestCase):
    def test_nothing_names_where_it_was_built_or_first_installed(self):
        texts = [path for path in installed.rglob("*")
                 if path.suffix in (".cmake", ".pc", ".hpp", ".json")]
        self.assertGreater(len(texts), 20)
        for path in texts:
            for name in (BUILD_DIR, support.SOURCE_DIR, place):
                self.assertNotIn(str(name), path.read_text(), path)

    def test_the_schemas_and_notices_are_there(self):
        schemas = {path.name for path in support.SOURCE_DIR.glob("src/*/*.schema.json")}
        self.assertEqual({path.name for path in (installed / "share/hindcast/schemas").iterdir()},
                         schemas)
        notices = installed / "share" / "doc" / "hindcast"
        self.assertEqual((notices / "LICENSE").read_bytes(),
                         (support.SOURCE_DIR / "LICENSE").read_bytes())
        self.assertIn("MIT License", (notices / "third_party" / "uplot").read_text())

    def test_each_component_is_what_its_name_says(self):
        install(place / "program", "--component", "program")
        self.assertEqual(tops_of(place / "program") - {"share/man", "share/bash-completion",
                                                       "share/zsh", "share/fish"},
                         {"bin/hindcast", "share/doc", "share/hindcast"})
        install(place / "development", "--component", "development")
        everything = {path.name for path in (place / "development").iterdir()}
        self.assertEqual(everything, {"include", "lib"})
        self.assertEqual(tops_of(place / "development") | tops_of(place / "program"),
                         tops_of(installed))


if __name__ == "__main__":
    unittest.main()
