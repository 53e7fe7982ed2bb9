"""`hindcast explain` knows every number of a report; `hindcast formats` every reader."""

import csv
import re
import unittest

import support
from errors_support import CommandTest

# Numbers of a layer or an unfolding that say how it was measured, not what was.
NO_METRICS = {"rows", "cols", "computed_values", "non_finite_values"}
NAMES_AND_PLACES = {"run", "checkpoint", "step", "epoch", "layer", "kind", "shape", "layout", "dtype",
                    "unfolding", "rows", "cols", "status", "solver", "computed_values", "tensors",
                    "analysed", "exact_status", "reference_status"}


def is_number(value):
    """Of a report; null where there is none."""
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def numbers_of(report):
    """The names of all numbers of layers, unfoldings and summaries, as they are nested."""
    for _, layer in support.layers_of(report):
        yield from (key for key, value in layer.items() if is_number(value))
    for _, unfolding in support.unfoldings_of(report):
        yield from (key for key, value in unfolding.items() if is_number(value))
        for minimiser, low_rank in unfolding["low_rank"].items():
            yield from (f"low_rank.{minimiser}.{key}" for key, value in low_rank.items()
                        if is_number(value))
    for checkpoint in report["runs"][0]["checkpoints"]:
        for key, value in checkpoint["summary"].items():
            yield from ([f"summary.{key}.{name}" for name in value] if isinstance(value, dict)
                        else [f"summary.{key}"])


class Explain(CommandTest):
    """What a number means, in a paragraph and four lines."""

    def test_every_number_that_a_report_holds(self):
        report = support.analyze(support.SAMPLE_RUN)
        names = sorted(set(numbers_of(report)) - NO_METRICS)
        self.assertGreater(len(names), 100)
        text, _ = self.program("explain", *names)
        for part in ("range", "good", "formula", "source"):
            self.assertEqual(len(re.findall(rf"(?m)^{part} +\S", text)), len(names))

    def test_every_column_of_the_tables(self):
        self.program("analyze", support.SAMPLE_RUN, "--init-lr", "0.05", "--csv", "tables")
        for name in ("layers.csv", "summary.csv"):
            with open(self.place / "tables" / name, encoding="utf-8", newline="") as file:
                columns = next(csv.reader(file))
            self.program("explain", *(set(columns) - NAMES_AND_PLACES))
        self.program("explain", "rate", "used_rate")

    def test_the_singular_values_and_their_threshold(self):
        text, _ = self.program("explain", "singular_values", "low_rank.exact.threshold")
        self.assertIn("How strongly each direction of an unfolding acts", text)
        self.assertRegex(text, r"(?m)^formula +sqrt\(M noise_variance ")

    def test_the_list_is_of_all_of_them(self):
        text, _ = self.program("explain")
        keys = re.findall(r"(?m)^(\w+)$", text)
        self.assertGreater(len(keys), 25)
        self.program("explain", *keys)

    def test_it_is_plain_text_that_fits_a_page(self):
        text, _ = self.program("explain")
        text += self.program("explain", *re.findall(r"(?m)^(\w+)$", text))[0]
        self.assertTrue(text.isascii())
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_what_it_says_of_rotation(self):
        text, _ = self.program("explain", "rotation")
        self.assertRegex(text, r"\Arotation\n\nHow far the weights")
        self.assertRegex(text, r"(?m)^range    0 \(the same direction\) to 2")
        self.assertRegex(text, r"(?m)^good     Nearer to 1: ")
        self.assertRegex(text, r"(?m)^formula  1 - <w, w_0> / ")
        self.assertRegex(text, r"(?m)^source   Carbonnelle & De Vleeschouwer, ")

    def test_what_people_would_try(self):
        for words, title in ((("condition", "Condition-Number"), "condition_number"),
                             (("gain", "Knowledge Gain"), "knowledge_gain"), (("RATE",), "rate"),
                             (("rank",), "rank")):
            for word in words:
                self.assertTrue(self.program("explain", word)[0].startswith(title + "\n"), word)

    def test_statuses(self):
        for word in ("near_resolution", "NEAR-RESOLUTION"):
            self.assertRegex(self.program("explain", word)[0],
                             r"\Anear_resolution\n\nA status\. The smallest singular value")
        self.assertEqual(self.complaint("explain", "near_resolutoin"),
                         "there is no metric 'near_resolutoin'; did you mean 'near_resolution'?")

    def test_a_misspelt_name(self):
        self.assertEqual(self.complaint("explain", "rotatoin"),
                         "there is no metric 'rotatoin'; did you mean 'rotation'?")
        self.assertEqual(self.complaint("explain", "x\n\x1b[31m" + "y" * 50),
                         "there is no metric 'x\\x0a\\x1b[31m" + "y" * 50
                         + "'; 'hindcast explain' lists them")


class Formats(CommandTest):
    """What files are read, as the readers say."""

    def test_every_reader_has_a_row(self):
        text, _ = self.program("formats")
        registry = (support.SOURCE_DIR / "src" / "io" / "format_registry.cpp").read_text()
        sources = re.findall(r"(?m)^extern const Format \w+; +// (formats/\w+\.cpp)$", registry)
        self.assertGreater(len(sources), 8)
        rows = [line.split()[0] for line in text.split("\n\n")[0].splitlines()[1:]]
        self.assertEqual(len(rows), len(sources))
        for source in sources:
            content = (support.SOURCE_DIR / "src" / "io" / source).read_text()
            self.assertIn(re.search(r'\.id = "(\w+)"', content)[1], rows)
        self.assertIn("https://", text)


if __name__ == "__main__":
    unittest.main()
