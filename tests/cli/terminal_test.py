"""The table of `analyze` on terminals of several kinds, and in a pipe."""

import fcntl
import math
import os
import pathlib
import pty
import re
import struct
import subprocess
import termios
import unicodedata
import unittest

import h5py
import numpy

import support
from errors_support import TIMEOUT_SECONDS, CommandTest

GOLDEN = pathlib.Path(__file__).parent / "golden"
COLOUR = re.compile(r"\x1b\[\d+m")
BARS = set("▁▂▃▄▅▆▇█")
# Layers of the sample run under names that are hard to show.
NAMES = {"conv1.weight": "model/encoder/block_01/self_attention/query_projection/conv1.weight",
         "conv2.weight": "漢字の畳み込み層/とても長い名前/conv2.weight",
         "pointwise.weight": "e\u0301te\u0301/" + "n\u0303" * 24 + ".weight",
         "fc1.weight": "größe.weight",
         "fc2.weight": "a\x1b[31m\u202eb.weight"}


def shown_width(line):
    """Columns of a terminal, by Python's own tables."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def write_run(folder):
    """The sample run with those names, and a layer each that is zero and that becomes NaN."""
    folder.mkdir()
    for path in sorted(support.SAMPLE_RUN.glob("*.h5")):
        with h5py.File(path) as source:
            tensors = {shown: source[name][()] for name, shown in NAMES.items()}
            epoch = source.attrs["epoch"]
        broken = numpy.arange(12, dtype="float32").reshape(3, 4)
        if epoch == 9:
            broken[0, 0] = numpy.nan
        support.write_checkpoint(
            folder / path.name,
            {**tensors, "zero.weight": numpy.zeros((4, 5), "float32"), "broken.weight": broken},
            epoch=epoch)


class TerminalTest(CommandTest):
    """With a run of hard names in place."""

    def setUp(self):
        super().setUp()
        write_run(self.place / "hard")

    def table(self, *options, **environment):
        """What goes into a pipe."""
        env = {**os.environ, **environment}
        return self.program("analyze", "hard", "-q", "--init-lr", "0.05", *options, env=env)[0]

    def on_terminal(self, *options, columns=80, **environment):
        """What goes to a terminal of this width."""
        env = {key: value for key, value in os.environ.items()
               if key not in ("COLUMNS", "NO_COLOR", "LC_ALL", "LC_CTYPE", "GITHUB_ACTIONS")}
        env |= {"TERM": "xterm", "LANG": "C.UTF-8", **environment}
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = [support.PROGRAM, "analyze", "hard", "-q", "--init-lr", "0.05", *options]
        with subprocess.Popen(command, cwd=self.place, env=env, stdout=slave,
                              stderr=subprocess.PIPE) as process:
            os.close(slave)
            shown = bytearray()
            try:
                while chunk := os.read(master, 65536):
                    shown += chunk
            except OSError:  # What Linux says where the other end is closed.
                pass
            os.close(master)
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(timeout=TIMEOUT_SECONDS), 0)
        return shown.decode().replace("\r\n", "\n")

    def check_width(self, text, width):
        """No line is wider, and every row of the table has its columns where the header has."""
        for line in COLOUR.sub("", text).splitlines():
            self.assertLessEqual(shown_width(line), width, line)


class Golden(TerminalTest):
    """Tables as they are meant to look; made by hand from what the program printed, and read."""

    def test_tables_of_80_and_160_columns(self):
        for width in (80, 160):
            expected = (GOLDEN / f"table_{width}.txt").read_text(encoding="utf-8")
            text = self.table("--width", str(width))
            self.assertEqual(text, expected)
            self.check_width(text, width)

    def test_ascii_and_a_legend(self):
        text = self.table("--width", "80", "--ascii", "--legend", "--top", "3", "--sort", "rotation")
        self.assertEqual(text, (GOLDEN / "table_ascii.txt").read_text(encoding="utf-8"))
        self.check_width(text, 80)


class Width(TerminalTest):
    """Where it comes from, and what it does."""

    def test_it_is_the_terminals(self):
        for columns in (60, 80, 100, 132, 160, 200):
            text = self.on_terminal("--color", "never", columns=columns)
            self.assertEqual(text, self.table("--width", str(columns)))
            self.check_width(text, columns)

    def test_columns_overrides_it_on_a_terminal_alone(self):
        self.check_width(self.on_terminal(columns=160, COLUMNS="70"), 70)
        self.assertEqual(self.on_terminal(columns=90, COLUMNS="many"), self.on_terminal(columns=90))
        self.assertEqual(self.table(COLUMNS="70"), self.table())

    def test_an_unknown_width_is_80(self):
        self.assertEqual(self.on_terminal(columns=0), self.on_terminal(columns=80))

    def test_columns_are_aligned(self):
        for options in (("--width", "80"), ("--width", "160"), ()):
            lines = self.table(*options).splitlines()
            start = next(i for i, line in enumerate(lines) if line.startswith("layer "))
            end = start + lines[start].index("rotation") + len("rotation") - start
            for line in lines[start + 1:start + 8]:
                cells = re.split(r" {2,}", line)
                self.assertGreaterEqual(len(cells), 5, line)
                column = place = 0
                while column < end:  # The character that stands in the last column of "rotation".
                    column += shown_width(line[place])
                    place += 1
                while place < len(line) and unicodedata.combining(line[place]):
                    place += 1
                self.assertRegex(line[place - 1], r"[\d-]", line)
                self.assertIn(line[place:place + 1], ("", " "), line)

    def test_names_keep_their_begin_and_end(self):
        text = self.table("--width", "80")
        self.assertRegex(text, r"(?m)^model/\S*…\S*weight ")
        self.assertIn("no room for: ", text)
        self.assertIn("\\x1b[31m", self.table())

    def test_bars_fill_the_room(self):
        def most_bars(text):
            return max(sum(c in BARS for c in line) for line in text.splitlines())

        self.assertEqual(most_bars(self.table("--width", "80")), 8)
        self.assertEqual(most_bars(self.table("--width", "160")), 11)

    def test_widths_that_are_none(self):
        for width in ("39", "-1", "100000"):
            self.assertEqual(self.complaint("analyze", "hard", "--width", width),
                             "--width: must be 0, or from 40 to 10000")


class Colours(TerminalTest):
    """Only on terminals that want them, and only where they mean something."""

    def test_red_and_yellow(self):
        text = self.on_terminal()
        self.assertEqual(set(COLOUR.findall(text)), {"\x1b[31m", "\x1b[33m", "\x1b[0m"})
        self.assertRegex(text, r"(?m)^broken\.weight .*\x1b\[31m\[\d\]\x1b\[0m$")
        self.assertRegex(text, r"(?m)^zero\.weight .*\x1b\[33m0\x1b\[0m .*\x1b\[33m\[\d\]\x1b\[0m$")
        self.assertEqual(COLOUR.sub("", text), self.table("--width", "80"))

    def test_when_there_are_none(self):
        plain = self.table("--width", "80")
        for text in (self.on_terminal(NO_COLOR="1"), self.on_terminal(TERM="dumb"),
                     self.on_terminal("--color", "never"), self.table("--width", "80", TERM="xterm")):
            self.assertEqual(text, plain)
        self.assertRegex(self.on_terminal(NO_COLOR=""), COLOUR)

    def test_when_there_are_always_some(self):
        for text in (self.table("--color", "always", NO_COLOR="1"),
                     self.on_terminal("--color", "always", TERM="dumb")):
            self.assertRegex(text, COLOUR)

    def test_names_from_files_bring_none(self):
        self.assertNotIn("\x1b", self.table())
        self.assertNotIn("\u202e", self.table())

    def test_the_legend_says_what_they_mean(self):
        self.assertRegex(self.on_terminal("--legend"), r"(?m)^  red +nothing could be measured")
        self.assertNotIn("yellow", self.table("--legend"))

    def test_the_legend_is_of_the_columns_there_are(self):
        text = self.table("--legend", "--metrics", "rotation,knowledge_gain_reference", "--width",
                          "80", "--evbmf", "reference")
        self.assertRegex(text, r"(?m)^  knowledge_gain_reference  Knowledge gain as the RMSGD")
        self.assertRegex(text, r"(?m)^  rotation                  Rotation: ")
        self.assertRegex(self.table("--legend", "--sort", "stable_rank"),
                         r"(?m)^  stable_rank   Stable rank: ")


class Ascii(TerminalTest):
    """No character beyond ASCII where the terminal may not have any."""

    def test_by_the_locale_of_a_terminal(self):
        for environment in ({"LANG": "C"}, {"LANG": ""}, {"LC_ALL": "POSIX"},
                            {"LC_CTYPE": "de_DE.ISO-8859-1"}):
            self.assertTrue(self.on_terminal(**environment).isascii(), environment)
        for environment in ({"LANG": "de_DE.utf8"}, {"LC_ALL": "en_US.UTF-8", "LANG": "C"}):
            self.assertFalse(self.on_terminal(**environment).isascii(), environment)

    def test_a_pipe_has_the_same_bytes_everywhere(self):
        self.assertEqual(self.table(LANG="C", LC_ALL="C", TERM="dumb"), self.table(LANG="C.UTF-8"))

    def test_on_request(self):
        text = self.table("--ascii", "--verbose")
        self.assertTrue(text.isascii())
        self.assertIn("gr\\u00f6\\u00dfe.weight", text)
        self.assertIn("\\u6f22\\u5b57", text)

    def test_no_name_is_cut_through_an_escape(self):
        for width in range(60, 130):
            text = self.table("--ascii", "--width", str(width))
            for line in text.split("\n\n")[1].splitlines()[1:]:
                name = re.sub(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}", "", line.split()[0])
                self.assertNotIn("\\", name, line)


class Rows(CommandTest):
    """Which rows there are, and in what order."""

    def layers(self, *options, run=support.SAMPLE_RUN):
        """The names of the layers, from the top."""
        text, _ = self.program("analyze", run, "-q", *options)
        table = text.split("\n\n")[1]
        return [line.split()[0] for line in table.splitlines()[1:] if ".weight" in line]

    def by(self, metric, key, reverse=False):
        """The names of the layers by a value of the report."""
        layers = support.analyze(support.SAMPLE_RUN)["runs"][0]["checkpoints"][-1]["layers"]
        return [one["name"] for one in
                sorted(layers, key=lambda layer: key(layer[metric]), reverse=reverse)]

    def test_the_worst_come_first(self):
        self.assertEqual(self.layers("--sort", "rotation"),
                         self.by("rotation", lambda value: abs(value - 1), reverse=True))
        self.assertEqual(self.layers("--sort", "knowledge_gain"),
                         self.by("knowledge_gain", lambda value: value))
        self.assertEqual(self.layers("--sort", "mapping_condition"),
                         self.by("mapping_condition", lambda value: value, reverse=True))
        self.assertEqual(self.layers("--sort", "mapping_condition:lowest"),
                         self.by("mapping_condition", lambda value: value or math.inf))

    def test_words_for_metrics(self):
        for words, key in ((("gain", "Knowledge-Gain", "KNOWLEDGE GAIN"), "knowledge_gain"),
                           (("condition", "cond"), "condition_number"),
                           (("rank",), "rank_ratio")):
            for word in words:
                self.assertEqual(self.layers("--sort", word), self.layers("--sort", key))
        self.assertEqual(self.layers("--sort", "Gain:LARGEST", "--metrics", "gain"),
                         self.by("knowledge_gain", lambda value: value, reverse=True))

    def test_the_largest_come_first_where_no_side_is_better(self):
        for metric in ("stable_rank", "spectral_norm"):
            self.assertEqual(self.layers("--sort", metric),
                             self.by(metric, lambda value: value, reverse=True))

    def test_as_it_is_said(self):
        self.assertEqual(self.layers("--sort", "stable_rank:lowest"),
                         self.by("stable_rank", lambda value: value))
        self.assertEqual(self.layers("--sort", "rotation:largest"),
                         self.by("rotation", lambda value: value, reverse=True))

    def test_a_metric_without_a_column_gets_one(self):
        text, _ = self.program("analyze", support.SAMPLE_RUN, "-q", "--sort", "stable_rank")
        self.assertRegex(text, r"(?m)^layer .* stable_rank$")

    def test_missing_values_come_last(self):
        support.write_troubled_run(self.place / "troubled")
        for order in ("lowest", "largest"):
            layers = self.layers("--sort", f"condition_number:{order}", run="troubled")
            self.assertEqual(set(layers[-2:]), {"broken.weight", "zero.weight"})

    def test_no_more_than_asked_for(self):
        first = self.layers("--sort", "rotation")[:2]
        self.assertEqual(self.layers("--sort", "rotation", "--top", "2"), first)
        text, _ = self.program("analyze", support.SAMPLE_RUN, "-q", "--top", "2")
        self.assertIn("\nand 4 more layers\n", text)
        text, _ = self.program("analyze", support.SAMPLE_RUN, "-q", "--top", "6")
        self.assertNotIn(" more layer", text)

    def test_rows_of_runs(self):
        for name in ("one", "two", "three"):
            (self.place / "runs" / name).mkdir(parents=True)
            epoch = {"one": "epoch_00", "two": "epoch_09", "three": "epoch_04"}[name]
            for file in ("init", epoch):
                os.symlink(support.SAMPLE_RUN / f"{file}.h5",
                           self.place / "runs" / name / f"{file}.h5")
        text, _ = self.program("analyze", "runs", "-q", "--follow-links", "--sort", "rotation",
                               "--top", "2")
        rows = [line.split()[0] for line in text.split("\n\n")[1].splitlines()]
        self.assertEqual(rows[:3], ["run", "one", "three"])
        self.assertIn("and 1 more run\n", text)

    def test_mistakes(self):
        for options, message in (
                (("--sort", "stable_rnk"),
                 "--sort: there is no metric 'stable_rnk'; did you mean 'stable_rank'?"),
                (("--sort", "conditon"),
                 "--sort: there is no metric 'conditon'; did you mean 'condition_number'?"),
                (("--sort", "rate"),
                 "--sort: rates are no metric of layers; schedule.csv of --csv has them"),
                (("--sort", "rotation:up"),
                 "--sort: after the colon must stand lowest or largest, not 'up'"),
                (("--sort", "stable_rank", "--metrics", "rotation"),
                 "--sort needs stable_rank among --metrics"),
                (("--top", "0"), "--top: must be at least 1"),
                (("--color", "sometimes"),
                 "--color: must be one of auto, always, never, not 'sometimes'"),
                (("--shard", "1/2", "--json", "part.json", "--top", "3"),
                 "--top is not for a shard: give it to 'hindcast merge'")):
            self.assertEqual(self.complaint("analyze", support.SAMPLE_RUN, *options), message)

    def test_merge_shows_tables_as_analyze_does(self):
        options = ("--sort", "rotation", "--top", "3", "--width", "80", "--legend")
        for shard in ("1/2", "2/2"):
            self.program("analyze", support.SAMPLE_RUN, "-q", "--shard", shard, "--json",
                         f"part_{shard[0]}.json")
        merged, _ = self.program("merge", "part_1.json", "part_2.json", "-q", *options)
        whole, _ = self.program("analyze", support.SAMPLE_RUN, "-q", *options)
        self.assertEqual(merged, whole)


if __name__ == "__main__":
    unittest.main()
