"""The manual pages and the completions say what --help says, in the words of each reader."""

import pathlib
import re
import subprocess
import unittest

import completions_support as shells
import support
from errors_support import ALL_COMMANDS

MAKER = pathlib.Path(support.PROGRAM).parent / "hindcast_manual"
MAN = shells.MANUAL / "man"


def help_of(command):
    """What --help prints; of the program itself if the command is ''."""
    return support.run(*command.split(), "--help").stdout.decode()


def options_of(command):
    """Every name of every option of --help."""
    lines = re.findall(r"(?m)^  ((?:-\w,)?--[\w-]+|-\w)\b", help_of(command))
    return {name for line in lines for name in line.split(",")}


def page_of(command):
    return MAN / (f"hindcast-{command}.1" if command else "hindcast.1")


def read(page):
    """The page as a terminal shows it, without bold and underlined letters."""
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=300n", page],
                          capture_output=True, text=True, check=True)
    assert done.stderr == "", done.stderr
    return done.stdout


class Pages(unittest.TestCase):
    def test_a_page_for_each_command_and_nothing_else(self):
        self.assertEqual({page.name for page in MAN.iterdir()},
                         {page_of(command).name for command in ("", *ALL_COMMANDS)})

    def test_every_option_and_example_of_the_help_is_in_its_page(self):
        for command in ("", *ALL_COMMANDS):
            with self.subTest(command=command):
                text = read(page_of(command))
                for option in options_of(command):
                    self.assertRegex(text, rf"(?m)^ {{7}}(-\w, )?{option}\b")
                examples = re.search(r"Examples?:\n((?:  .*\n)+)", help_of(command))[1]
                for line in examples.splitlines():
                    self.assertIn(line.strip(), text)
                self.assertIn("70 a bug in hindcast; 128 ", text)

    def test_defaults_and_what_stands_below_the_options(self):
        text = read(page_of("gate"))
        self.assertIn("Default: 256M.", text)
        self.assertIn('OPTIONS: layers="GLOB", kind=conv', text)
        self.assertIn("'mean(knowledge_gain, layers=\"block*.conv*\") >= 0.95 * baseline'", text)
        self.assertRegex(read(page_of("analyze")), r"--init-lr RATE\n")

    def test_formatters_find_nothing_to_say_and_whatis_finds_the_name(self):
        for command in ("", *ALL_COMMANDS):
            page = page_of(command)
            with self.subTest(page=page.name):
                lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page],
                                      capture_output=True, text=True, check=False).stdout
                # The same sources give the same page, on whatever day.
                complaints = [line for line in lint.splitlines() if "missing date" not in line]
                self.assertEqual(complaints, [])
                name = subprocess.run(["lexgrog", page], capture_output=True, text=True, check=True)
                self.assertRegex(name.stdout, rf': "{page.stem} - [A-Z].*"$')

    def test_the_same_every_time(self):
        with support.temporary_directory() as place:
            subprocess.run([MAKER, place], check=True)
            files = [path for path in place.rglob("*") if path.is_file()]
            self.assertEqual(len(files), len(ALL_COMMANDS) + 4)
            for path in files:
                built = shells.MANUAL / path.relative_to(place)
                self.assertEqual(path.read_bytes(), built.read_bytes(), path.name)

    def test_an_unwritable_place_is_an_error(self):
        done = subprocess.run([MAKER, "/dev/null/manual"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"^hindcast_manual: .*/dev/null/manual")


class Completions(unittest.TestCase):
    """Each shell is really asked."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())
        for name in ("report.json", "model.h5", "two words.pt", "notes.txt"):
            (self.place / name).touch()
        (self.place / "runs").mkdir()

    def check(self, expected):
        """Line to what every shell must offer, in whatever order."""
        for line, shell, words in shells.offered(list(expected), self.place):
            with self.subTest(line=line, shell=shell):
                # zsh marks that a value follows, fish that a directory does.
                self.assertEqual({word.rstrip("=/") for word in words}, set(expected[line]))

    def test_every_command_and_option(self):
        lines = {f"hindcast {command} --".replace("  ", " "):
                 {name for name in options_of(command) if name.startswith("--")}
                 for command in ("", *ALL_COMMANDS)}
        self.check({"hindcast ": ALL_COMMANDS, "hindcast ana": ["analyze"], **lines})

    def test_choices(self):
        self.check({"hindcast analyze --solver ": ["auto", "dense", "partial"],
                    "hindcast lint runs --fail-on e": ["error"],
                    "hindcast cache p": ["prune"],
                    "hindcast cache prune ru": ["runs"]})

    def test_a_value_after_an_equals_sign(self):
        words = {shell: found for _, shell, found
                 in shells.offered(["hindcast compare --match=po"], self.place)}
        self.assertEqual(words, {"bash": ["position"], "zsh": ["position"],
                                 "fish": ["--match=position"]})

    def test_lists_with_commas(self):
        words = {shell: found for _, shell, found
                 in shells.offered(["hindcast analyze --kind conv,l"], self.place)}
        self.assertEqual(words, {"bash": ["conv,linear"], "zsh": ["linear"],
                                 "fish": ["conv,linear"]})

    def test_names_of_metrics(self):
        gains = ["knowledge_gain", "knowledge_gain_reference"]
        self.check({"hindcast explain knowledge": gains,
                    "hindcast analyze --sort knowledge": gains,
                    "hindcast analyze --metrics knowledge": gains})

    def test_files_by_how_they_end(self):
        checkpoints = ["model.h5", "two words.pt", "runs"]
        self.check({"hindcast analyze ": checkpoints,
                    "hindcast analyze --strict mod": ["model.h5"],
                    "hindcast compare report.json ": ["report.json", *checkpoints],
                    "hindcast gate --policy ": ["report.json", "runs"],
                    "hindcast analyze --cache ": ["runs"],
                    "hindcast export report.json --mlflow n": ["notes.txt"],
                    "hindcast merge no": ["notes.txt"]})

    def test_nothing_in_the_place_of_a_number(self):
        self.check({"hindcast analyze --threads ": []})


if __name__ == "__main__":
    unittest.main()
