"""The recipes of containers: what they name exists, and nobody runs the program as root in one."""

import json
import re
import unittest

import support

PACKAGING = support.SOURCE_DIR / "tools" / "packaging"
DOCKERFILE = PACKAGING / "Dockerfile"
APPTAINER = PACKAGING / "hindcast.def"
SCRIPT = re.compile(r"\b(?:tools|tests)/[\w./-]+")


def instructions():
    """(instruction, rest) of each line of the Dockerfile, continued lines as one."""
    text = re.sub(r"(?m)^#.*\n", "", DOCKERFILE.read_text()).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def stages():
    """The instructions of each stage, by its name or number."""
    found = {}
    for instruction, rest in instructions():
        if instruction == "FROM":
            found[rest.split(" AS ")[1] if " AS " in rest else len(found)] = stage = []
        stage.append((instruction, rest))
    return found


def sections():
    """(heading, lines) of the Apptainer recipe."""
    text = re.sub(r"(?m)^#.*\n", "", APPTAINER.read_text())
    return [(heading, body.split("\n")) for heading, body in
            re.findall(r"(?m)^(%\w+.*)\n((?:[ ]{4}.*\n)+)", text)]


class Recipes(unittest.TestCase):
    def test_every_script_they_name_exists(self):
        for recipe in (DOCKERFILE, APPTAINER):
            named = set(SCRIPT.findall(recipe.read_text()))
            self.assertIn("tools/packaging/make_packages.sh", named)
            for name in named:
                self.assertTrue((support.SOURCE_DIR / name).is_file(), name)

    def test_they_start_from_the_same_systems(self):
        docker = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
        apptainer = re.findall(r"(?m)^From: (\S+)$", APPTAINER.read_text())
        self.assertEqual(docker, apptainer)
        for system in docker:
            self.assertRegex(system, r"^debian:bookworm(-slim)?$")

    def test_what_they_unpack_is_what_is_packed(self):
        packed = re.findall(r"out/packages/\S+", DOCKERFILE.read_text())
        self.assertEqual(packed, ["out/packages/hindcast-*-linux-*.tar.gz"])
        self.assertEqual(re.findall(r"out/packages/\S+", APPTAINER.read_text()), packed)
        script = (PACKAGING / "pack.sh").read_text()
        self.assertRegex(script, r"name=hindcast-\$\(.*\)-linux-")
        self.assertIn("out/packages", (PACKAGING / "make_packages.sh").read_text())


class Docker(unittest.TestCase):
    def test_what_is_copied_is_there(self):
        made = re.search(r"RUN mkdir (\S+)", DOCKERFILE.read_text())[1]
        for name, stage in stages().items():
            for instruction, rest in stage:
                self.assertNotEqual(instruction, "ADD")
                if instruction != "COPY":
                    continue
                *options, source, _ = rest.split()
                if options:
                    self.assertEqual((options, source), (["--from=build"], f"{made}/"))
                else:
                    self.assertTrue((support.SOURCE_DIR / source).is_dir(), name)

    def test_the_last_stage_holds_the_program_and_no_more(self):
        *_, last = stages().values()
        words = [instruction for instruction, _ in last]
        self.assertNotIn("RUN", words)
        last = dict(last)
        self.assertEqual(last["USER"], "nobody")
        self.assertEqual(json.loads(last["ENTRYPOINT"]), ["hindcast"])
        self.assertIn(b"Usage: ", support.run(*json.loads(last["CMD"])).stdout)

    def test_build_trees_stay_out(self):
        ignored = (PACKAGING / "Dockerfile.dockerignore").read_text().split()
        self.assertLessEqual({"build", "out"}, set(ignored))


class Apptainer(unittest.TestCase):
    def test_it_has_the_sections_of_such_a_recipe(self):
        self.assertEqual([heading for heading, _ in sections()], [
            "%files", "%post", "%files from build", "%environment", "%runscript", "%test"])

    def test_the_program_is_run_where_it_is_copied(self):
        made = re.search(r"mkdir (\S+)", APPTAINER.read_text())[1]
        parts = dict(sections())
        source, target = parts["%files from build"][0].split()
        self.assertEqual((source, target + "/" + made.rpartition("/")[2]), (made, made))
        for section in ("%runscript", "%test"):
            self.assertIn(f"{made}/bin/hindcast ", parts[section][0])


if __name__ == "__main__":
    unittest.main()
