"""Bad input: one clear line for each kind, and the right exit code."""

import os
import unittest

import h5py
import numpy

import support
from errors_support import (COMMANDS, CONTROL_CHARACTERS, CommandTest, weights, write_checkpoint,
                            write_truncated)

LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12\n"


# What is no checkpoint at all: how to make it, and what is said of it.
UNREADABLE = {
    "missing.h5": (lambda path: None, "no such file or directory"),
    "truncated.h5": (write_truncated, r"truncated: the file says it holds \d+ bytes, it has \d+"),
    "text.h5": (lambda path: path.write_text("hello\n"), "a text file, not a checkpoint"),
    "lfs.h5": (lambda path: path.write_text(LFS_POINTER), "Git LFS pointer.*run 'git lfs pull'"),
    "page.h5": (lambda path: path.write_text("<!DOCTYPE html><html></html>"),
                "an HTML page, not a checkpoint"),
    "empty.h5": (lambda path: path.touch(), "an empty file"),
    "pipe.h5": (os.mkfifo, "is not a regular file"),
}


class UnreadableFiles(CommandTest):
    """Files of which nothing can be read."""

    def test_alone_is_one_line_and_exit_2(self):
        for name, (make, message) in UNREADABLE.items():
            make(self.place / name)
            for command in COMMANDS:
                with self.subTest(name=name, command=command):
                    self.assertRegex(self.complaint(command, name), f"^{name}: .*{message}")

    def test_beside_a_good_one_is_a_warning_and_incomplete(self):
        write_checkpoint(self.place / "good.h5")
        for name, (make, message) in UNREADABLE.items():
            make(self.place / name)
            for command in COMMANDS:
                with self.subTest(name=name, command=command):
                    warning = self.complaint(command, name, "good.h5", exit_code=0)
                    self.assertRegex(warning, f"^warning: {name}: .*{message}")
                    self.program(command, "--strict", name, "good.h5", exit_code=3)
                    _, lines = self.program(command, "--quiet", name, "good.h5")
                    self.assertEqual(lines, [])

    def test_a_device_is_refused(self):
        for command in COMMANDS:
            self.assertRegex(self.complaint(command, "/dev/zero"), "zero: is not a regular file$")


class Directories(CommandTest):
    """Directories without a checkpoint."""

    def test_without_checkpoints(self):
        (self.place / "empty").mkdir()
        (self.place / "texts").mkdir()
        (self.place / "texts" / "notes.txt").write_text("hello\n")
        for name in ("empty", "texts"):
            self.assertEqual(self.complaint("analyze", name),
                             f"{name}: no checkpoints in this directory")

    def test_inspect_wants_files(self):
        (self.place / "empty").mkdir()
        self.assertRegex(self.complaint("inspect", "empty"), "^empty: is a directory; name")


class DoubtfulWeights(CommandTest):
    """Files that can be read, with weights that cannot be judged or are none."""

    def write(self, name, **tensors):
        """A good layer, and these."""
        write_checkpoint(self.place / name, {"good.weight": weights(5, 12), **tensors})

    def with_value(self, value):
        """A weight with one such value."""
        values = weights(12, 8)
        values[3, 2] = value
        return values

    def layer_status(self, name, layer, **options):
        """The status of a layer at the only checkpoint."""
        found = [one for _, one in support.layers_of(self.report(name, **options))
                 if one["name"] == layer]
        self.assertEqual(len(found), 1)
        return support.statuses(found[0])

    def test_only_biases_is_nothing_to_judge(self):
        write_checkpoint(self.place / "biases.h5", {"a.bias": weights(5), "b.bias": weights(4)})
        self.assertEqual(self.complaint("analyze", "biases.h5"),
                         "biases.h5: no layer to analyse: "
                         "2 tensors = 0 analysed + 2 skipped (2 bias)")
        self.assertEqual(self.inspection("biases.h5")["ledger"]["skipped"], {"bias": 2})

    def test_no_tensor_at_all(self):
        write_checkpoint(self.place / "nothing.h5", {})
        self.assertRegex(self.complaint("analyze", "nothing.h5"),
                         "^nothing.h5: no layer to analyse")
        self.assertEqual(self.inspection("nothing.h5")["tensors"], [])

    def test_nan_and_infinity_are_non_finite(self):
        for value in (numpy.nan, numpy.inf, -numpy.inf):
            with self.subTest(value=value):
                self.write("odd.h5", **{"odd.weight": self.with_value(value)})
                self.assertEqual(self.complaint("analyze", "odd.h5", exit_code=0),
                                 "warning: odd.h5: odd.weight: 1 of 96 weights are NaN or infinite")
                self.assertEqual(self.layer_status("odd.h5", "odd.weight"), {"non_finite"})
                self.assertEqual(self.layer_status("odd.h5", "good.weight"), {"ok"})
                self.program("analyze", "--strict", "odd.h5", exit_code=3)

    def test_inspect_says_why_a_norm_is_null(self):
        self.write("odd.h5", **{"odd.weight": self.with_value(numpy.nan)})
        tensors = {one["name"]: one for one in self.inspection("odd.h5")["tensors"]}
        self.assertIsNone(tensors["odd.weight"]["frobenius_norm"])
        self.assertRegex(tensors["odd.weight"]["reason"], "has NaN or infinite values$")
        self.assertNotRegex(tensors["good.weight"]["reason"], "NaN")

    def test_every_layer_nan_is_nothing_to_judge(self):
        write_checkpoint(self.place / "odd.h5", {"odd.weight": self.with_value(numpy.nan)})
        message = "odd.h5: no layer could be judged: each has weights that are NaN or infinite"
        self.assertEqual(self.complaint("analyze", "--quiet", "odd.h5"), message)
        self.program("analyze", "--strict", "odd.h5", exit_code=2)
        self.assertEqual(self.layer_status("odd.h5", "odd.weight", exit_code=2), {"non_finite"})

    def test_an_all_zero_layer_is_judged(self):
        write_checkpoint(self.place / "zero.h5", {"fc.weight": numpy.zeros((12, 8), "<f4")})
        table, lines = self.program("analyze", "--strict", "zero.h5")
        self.assertEqual(lines, [])
        self.assertRegex(table, r"(?m)^fc\.weight .* zero$")
        self.assertEqual(self.layer_status("zero.h5", "fc.weight"), {"zero"})

    def test_a_zero_sized_dataset_is_skipped_as_empty(self):
        self.write("none.h5", **{"none.weight": numpy.zeros((0, 8), "<f4")})
        for command in COMMANDS:
            _, lines = self.program(command, "--strict", "none.h5")
            self.assertEqual(lines, [])
        self.assertEqual(self.inspection("none.h5")["ledger"]["skipped"], {"empty": 1})
        (run,) = self.report("none.h5")["runs"]
        self.assertEqual(run["checkpoints"][0]["ledger"]["skipped"], {"empty": 1})

    def test_a_corrupt_tensor_costs_no_other_checkpoint_its_layer(self):
        for name in ("init", "epoch_0", "epoch_1"):
            path = self.place / "run" / f"{name}.h5"
            write_checkpoint(path, {})
            with h5py.File(path, "a") as file:
                for layer in ("a.weight", "b.weight"):
                    file.create_dataset(layer, data=weights(12, 8), chunks=(12, 8),
                                        compression="gzip")
                offset = file["a.weight"].id.get_chunk_info(0).byte_offset
        with open(self.place / "run" / "init.h5", "r+b") as file:
            file.seek(offset + 5)
            file.write(b"\xff" * 20)
        _, lines = self.program("analyze", "run")
        corrupt = [line for line in lines if "corrupt" in line]
        self.assertEqual(corrupt, ["hindcast: warning: init.h5: a.weight: its values cannot be "
                                   "decoded, they are corrupt"])
        (run,) = self.report("run")["runs"]
        analysed = [one["ledger"]["analysed"] for one in run["checkpoints"]]
        self.assertEqual(analysed, [1, 2, 2])
        self.assertIsNone(run["checkpoints"][2]["layers"][0]["rotation"])
        self.assertIsNotNone(run["checkpoints"][2]["layers"][0]["knowledge_gain"])


class Links(CommandTest):
    """Links and storage that lead out of the file, nowhere, or in a circle."""

    def write(self, add):
        """A file with one good layer and what `add` adds to it."""
        with h5py.File(self.place / "links.h5", "w", libver="latest") as file:
            file["good.weight"] = weights(5, 12)
            add(file)

    def assert_refused(self, where, message):
        """One warning from both commands, and incomplete."""
        for command in COMMANDS:
            self.assertRegex(self.complaint(command, "links.h5", exit_code=0),
                             f"^warning: links.h5: {where}: .*{message}")
            self.program(command, "--strict", "links.h5", exit_code=3)

    def test_an_external_link_is_not_followed(self):
        write_checkpoint(self.place / "other.h5", {"w": weights(6, 6)})
        self.write(lambda file: file.__setitem__("out.weight",
                                                 h5py.ExternalLink("other.h5", "/w")))
        self.assert_refused("out.weight", "external link to /w in other.h5, which is not opened")
        self.assertEqual(self.inspection("links.h5")["ledger"]["tensors"], 1)

    def test_raw_storage_in_a_text_file_is_not_read(self):
        secret = self.place / "secret.txt"
        secret.write_text("0123456789abcdef" * 4)
        self.write(lambda file: file.create_dataset("steal.weight", (4, 4), "<f4",
                                                    external=[(str(secret), 0, 64)]))
        self.assert_refused("steal.weight", "secret.txt, which is not opened")
        (stolen,) = [one for one in self.inspection("links.h5")["tensors"] if not one["analysed"]]
        self.assertEqual(stolen["skipped"], "unreadable")
        self.assertIsNone(stolen["frobenius_norm"])

    def test_a_virtual_dataset_is_not_read(self):
        write_checkpoint(self.place / "other.h5", {"w": weights(6, 6)})
        layout = h5py.VirtualLayout((6, 6), "<f4")
        layout[:] = h5py.VirtualSource(str(self.place / "other.h5"), "w", shape=(6, 6))
        self.write(lambda file: file.create_virtual_dataset("far.weight", layout))
        self.assert_refused("far.weight", "virtual dataset.* not opened")

    def test_nothing_outside_is_even_opened(self):
        # To open a pipe that nobody writes to would hang.
        trap = str(self.place / "trap.h5")
        os.mkfifo(trap)
        layout = h5py.VirtualLayout((6, 6), "<f4")
        layout[:] = h5py.VirtualSource(trap, "w", shape=(6, 6))

        def add(file):
            file["link"] = h5py.ExternalLink(trap, "/w")
            file["soft"] = h5py.SoftLink("/link")
            file.create_dataset("raw", (4, 4), "<f4", external=[(trap, 0, 64)])
            file.create_virtual_dataset("virtual", layout)

        self.write(add)
        for command in COMMANDS:
            _, lines = self.program(command, "links.h5")
            self.assertEqual(len(lines), 4)

    def test_a_dangling_link(self):
        self.write(lambda file: file.__setitem__("gone.weight", h5py.SoftLink("/missing")))
        self.assert_refused("gone.weight", "soft link to /missing.*leads nowhere")

    def test_a_link_to_itself(self):
        self.write(lambda file: file.__setitem__("circle", h5py.SoftLink("/circle")))
        self.assert_refused("circle", "leads in a circle")

    def test_a_group_in_itself_is_read_once(self):
        def add(file):
            group = file.create_group("group")
            group["w.weight"] = weights(4, 6)
            group["hard"] = group
            group["soft"] = h5py.SoftLink("/group")

        self.write(add)
        for command in COMMANDS:
            _, lines = self.program(command, "--strict", "links.h5")
            self.assertEqual(lines, [])
        names = [one["name"] for one in self.inspection("links.h5")["tensors"]]
        self.assertEqual(sorted(names), ["good.weight", "group/w.weight"])


class WrongOptions(CommandTest):
    """Usage errors: exit 2 and one line that names the option and what it takes."""

    WRONG = [
        (["--beta", "1"], r"^--beta must be in \[0, 1\), not 1$"),
        (["--beta", "nan"], r"^--beta must be in \[0, 1\), not nan$"),
        (["--beta", "much"], "^--beta: must be a number, not 'much'$"),
        (["--gamma", "-1"], "^--gamma must be a finite number >= 0, not -1$"),
        (["--step-size", "0"], "^--step-size must be a whole number >= 1, not 0$"),
        (["--step-size", "1.5"], "^--step-size: must be a whole number, not '1.5'$"),
        (["--init-lr", "-1"], "^--init-lr must be a finite number >= 0, not -1$"),
        (["--threads", "0"], "^--threads must be a whole number from 1 to 1024, not 0$"),
        (["--solver", "foo"], "^--solver: must be one of auto, dense, partial, not 'foo'$"),
        (["--rmsgd", "foo"], "^--rmsgd: must be one of release, paper, not 'foo'$"),
        (["--evbmf", "foo"], "^--evbmf: must be one of reference, exact, not 'foo'$"),
        (["--steps-per-epoch", "0"], "^--steps-per-epoch must be a whole number >= 1, not 0$"),
        (["--layout", "x=QQ"], "^--layout: 'QQ' is not a layout; give one letter an axis: O"),
        (["--layout", "x"], r"^--layout: 'x' is not a layout rule; write GLOB=LAYOUT"),
        (["--layout", "fc1*=OIHW"],
         r"^good.h5: fc1.weight: layout 'fc1\*=OIHW' has 4 axes, the tensor has 2 \(12, 8\)$"),
        (["--init", "gone.h5"], "^gone.h5: no such file or directory$"),
        (["--json"], "^--json needs a value: FILE$"),
        (["--json", "a", "--json", "b"], "^--json is given more than once$"),
        (["--jsn", "x"], "^unknown option '--jsn', did you mean '--json'[?]$"),
        (["--stirct"], "^unknown option '--stirct', did you mean '--strict'[?]$"),
        (["--wholly-unlike"], "^unknown option '--wholly-unlike'; see 'hindcast analyze --help'$"),
        (["-z"], "^unknown option '-z'; see 'hindcast analyze --help'$"),
    ]

    def test_each_is_named_with_what_it_takes(self):
        write_checkpoint(self.place / "good.h5")
        for arguments, message in self.WRONG:
            with self.subTest(arguments=arguments):
                self.assertRegex(self.complaint("analyze", "good.h5", *arguments), message)

    def test_inspect_names_them_too(self):
        write_checkpoint(self.place / "good.h5")
        self.assertRegex(self.complaint("inspect", "good.h5", "--layot", "x"),
                         "did you mean '--layout'")
        self.assertRegex(self.complaint("inspect", "good.h5", "--layout", "x=QQ"),
                         "'QQ' is not a layout")
        self.assertRegex(self.complaint("inspect", "good.h5", "--layout", "fc2*=OIHW"),
                         "^good.h5: fc2.weight: layout .* has 4 axes, the tensor has 2")

    def test_a_misspelt_option_is_named_where_a_path_is_missing_too(self):
        self.assertRegex(self.complaint("analyze", "--jsn"), "unknown option '--jsn'")

    def test_commands(self):
        self.assertEqual(self.complaint("analize", "x"),
                         "unknown command 'analize', did you mean 'analyze'?")
        self.assertEqual(self.complaint("wholly-unlike"),
                         "unknown command 'wholly-unlike'; see 'hindcast --help'")
        for command, what in zip(COMMANDS, ("PATH", "FILE")):
            self.assertEqual(self.complaint(command),
                             f"{what} is required; see 'hindcast {command} --help'")

    def test_parameter_order(self):
        write_checkpoint(self.place / "good.h5")
        for names, message in (
                (["fc1.weight", "fc1.bias", "fc2.weight", "fc3.weight"],
                 "'fc3.weight' is not a parameter of this run"),
                (["fc1.weight", "fc2.weight"], "'fc1.bias' is left out"),
                (["fc1.weight", "fc1.weight", "fc1.bias", "fc2.weight"],
                 "'fc1.weight' .*is named twice"),
                ([], "order.txt: names no parameter")):
            (self.place / "order.txt").write_text("".join(f"{name}\n" for name in names))
            with self.subTest(names=names):
                self.assertRegex(self.complaint("analyze", "good.h5", "--init-lr", "0.1",
                                                "--parameter-order", "order.txt"), message)
        self.assertEqual(self.complaint("analyze", "good.h5", "--parameter-order", "gone.txt"),
                         "gone.txt: no such file or directory")


class HostileNames(CommandTest):
    """Names that would steer a terminal or forge a line."""

    EVIL = "evil\x1b[31m\nhindcast: all is well\r\u202e"

    def test_names_in_a_file_are_escaped(self):
        odd = weights(6, 4)
        odd[0, 0] = numpy.nan
        write_checkpoint(self.place / "names.h5", {f"{self.EVIL}.weight": odd,
                                                   "good.weight": weights(4, 4)})
        with h5py.File(self.place / "names.h5", "a") as file:
            file[f"{self.EVIL}.link"] = h5py.SoftLink(f"/{self.EVIL}")
        for command, lines_expected in zip(COMMANDS, (2, 1)):
            table, lines = self.program(command, "names.h5")
            self.assertEqual(len(lines), lines_expected)
            self.assertNotRegex(table, CONTROL_CHARACTERS)
            self.assertNotIn("\u202e", table + "".join(lines))
            self.assertIn(r"evil\x1b[31m\x0ahindcast", table)
            self.assertIn(r"evil\x1b[31m\x0ahindcast", lines[0])

    def test_names_of_files_are_escaped(self):
        name = f"{self.EVIL}.h5"
        odd = weights(6, 4)
        odd[0, 0] = numpy.nan
        write_checkpoint(self.place / "run" / name,
                         {"odd.weight": odd, "good.weight": weights(4, 4)})
        write_checkpoint(self.place / "run" / "second.h5", {"other.weight": weights(4, 4)})
        write_truncated(self.place / "run" / f"{self.EVIL}_truncated.h5")
        table, lines = self.program("analyze", "run")
        self.assertGreater(len(lines), 3)
        self.assertNotRegex(table, CONTROL_CHARACTERS)
        self.assertNotIn("\u202e", table + "".join(lines))
        self.assertRegex(self.complaint("analyze", f"{self.EVIL}_gone.h5"), r"^evil\\x1b")


if __name__ == "__main__":
    unittest.main()
