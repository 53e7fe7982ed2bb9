"""`hindcast compare`: which tensors are identical, how far the others are, and what counts."""

import csv
import io
import json
import struct
import unittest

import numpy

import support
from compare_test import CompareTest
from errors_support import write_checkpoint

SEED = 20240607
KERAS = support.SAMPLE_RUN / "epoch_09.h5"
ONNX = support.SAMPLE_RUN.parent / "digits_cnn_onnx" / "epoch_09.onnx"


def write_typed(path, tensors):
    """A safetensors file, which holds integers as they are in memory."""
    names = {"f4": "F32", "i8": "I64", "u8": "U64"}
    header, data = {}, b""
    for name, values in tensors.items():
        header[name] = {"dtype": names[values.dtype.str[1:]], "shape": list(values.shape),
                        "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class TensorsTest(CompareTest):
    """Two small checkpoints side by side."""

    def setUp(self):
        super().setUp()
        self.random = numpy.random.default_rng(SEED)
        print(f"seed {SEED}")

    def weight(self, *shape):
        """Reproducible weights."""
        return self.random.standard_normal(shape).astype("f4")

    def save(self, a, b):
        """Writes the two files."""
        for name, tensors in (("a", a), ("b", b)):
            write_checkpoint(self.place / f"{name}.h5", tensors)

    def weights(self, a, b, *options, exit_code=0):
        """What is said of the tensors, and what of each that is not identical."""
        self.save(a, b)
        weights = self.pair("a.h5", "b.h5", *options,
                            exit_code=exit_code)["weights"]
        return weights, {one["name_a"]: one for one in weights["tensors"]}

    def rows(self, *options):
        """The CSV table of the two files."""
        out, _ = self.program("compare", "a.h5", "b.h5", "-q", "--csv", "-",
                              *options)
        return list(csv.DictReader(io.StringIO(out)))


class Identical(TensorsTest):
    """Identical to the bit is said of what is stored, not of what a double holds."""

    def test_integers_beyond_what_a_double_holds(self):
        weight = self.weight(4, 4)
        for dtype, values in (("i8", (2**53, 2**53 + 1)), ("i8", (-2**60, -2**60 - 1)),
                              ("u8", (2**63 + 2**10, 2**63 + 1))):
            a, b = ({"x.weight": weight, "seed": numpy.array([value, 7], dtype)}
                    for value in values)
            for name, tensors in (("a", a), ("b", b), ("copy", a)):
                write_typed(self.place / f"{name}.safetensors", tensors)
            weights = self.pair("a.safetensors", "b.safetensors", "--exit-code",
                                exit_code=1)["weights"]
            self.assertEqual((weights["identical"], weights["different"]), (1, 1))
            self.compared("a.safetensors", "copy.safetensors", "--exit-code")
        self.compared("a.safetensors", "a.safetensors", "--exit-code")
        out, _ = self.program("compare", "a.safetensors", "b.safetensors")
        self.assertNotIn("no difference", out)

    def test_what_is_equal_only_as_doubles_is_not_called_identical(self):
        """A compressed data set is known by its doubles only."""
        for value, status in ((2**53 - 1, 0), (2**53, 2)):
            for name in ("a.npz", "b.npz"):
                numpy.savez_compressed(self.place / name, **{
                    "x.weight": numpy.eye(4), "seed": numpy.array([value, 7])})
            weights = self.pair("a.npz", "b.npz", "--exit-code", exit_code=status)["weights"]
            self.assertEqual(weights["not_compared"], 1 if status else 0)
            self.pair("a.npz", "a.npz", "--exit-code")
        self.assertIn("equal as doubles", weights["tensors"][0]["reason"])

    def test_nan_is_identical_to_the_same_nan_alone(self):
        broken = self.weight(4, 4)
        broken[0, 0] = numpy.nan
        other = broken.copy()
        other.view("u4")[0, 0] ^= 1
        good = self.weight(4, 4)
        weights, _ = self.weights({"x.weight": broken, "y.weight": good},
                                  {"x.weight": broken, "y.weight": good}, "--exit-code")
        self.assertEqual((weights["identical"], weights["layers_measured"]), (2, 1))
        self.assertEqual(self.rows()[-1]["effect"], "same")
        weights, _ = self.weights({"x.weight": broken, "y.weight": good},
                                  {"x.weight": other, "y.weight": good}, "--exit-code", exit_code=1)
        self.assertEqual(weights["different"], 1)


class Whole(TensorsTest):
    """The distance of all layers says of how many it is."""

    def test_a_layer_without_a_distance_is_not_passed_over(self):
        good, bad = self.weight(6, 5), self.weight(6, 5)
        broken = bad.copy()
        broken[0, 0] = numpy.nan
        for other in (broken, self.weight(7, 5)):
            weights, _ = self.weights({"good.weight": good, "bad.weight": bad},
                                      {"good.weight": good, "bad.weight": other})
            self.assertEqual((weights["layers"], weights["layers_measured"],
                              weights["layers_identical"]), (2, 1, 1))
            whole = [row for row in self.rows() if row["scope"] == "weights"]
            self.assertEqual([(row["change"], row["effect"], row["reason"]) for row in whole],
                             [("0", "changed", "1 of 2 layers")] * 2)
            out, _ = self.program("compare", "a.h5", "b.h5", "-q")
            self.assertIn("; 1 of 2 layers as one vector: cosine distance 0", out)

    def test_a_layer_that_one_side_lacks_counts(self):
        good, bad = self.weight(6, 5), self.weight(6, 5)
        weights, _ = self.weights({"good.weight": good, "bad.weight": bad}, {"good.weight": good})
        self.assertEqual((weights["layers"], weights["layers_measured"]), (2, 1))

    def test_the_same_is_said_where_all_are_identical(self):
        good = self.weight(6, 5)
        self.weights({"x.weight": good, "x.bias": good[0]}, {"x.weight": good, "x.bias": good[1]})
        self.assertEqual({row["effect"] for row in self.rows() if row["scope"] == "weights"},
                         {"same"})


class Order(TensorsTest):
    """What can be told stands before what was 0."""

    def test_zeros_do_not_bury_a_sign_that_flipped(self):
        weight = self.weight(16, 8)
        a = {f"l{i}.bias": numpy.zeros(4, "f4") for i in range(30)}
        b = {name: numpy.full(4, 1e-9 * (i + 1), "f4") for i, name in enumerate(a)}
        weights, _ = self.weights({**a, "w.weight": weight, "v.weight": weight},
                                  {**b, "w.weight": -weight, "v.weight": 0 * weight}, "--top", "3")
        self.assertEqual([(one["name_a"], one["reason"], one["norm_b"])
                          for one in weights["tensors"]],
                         [("w.weight", None, None), ("v.weight", "all values of B are 0", None),
                          ("l29.bias", "all values of A are 0, |b| = 6e-08",
                           2 * float(numpy.float32(30e-9)))])

    def test_a_changed_sign_of_zero_is_a_difference(self):
        zeros = numpy.zeros(4, "f4")
        weight = self.weight(4, 4)
        _, tensors = self.weights({"x.weight": weight, "x.bias": zeros},
                                  {"x.weight": weight, "x.bias": -zeros})
        self.assertEqual(tensors["x.bias"]["reason"], "all values are 0 on both sides")


class Tolerance(TensorsTest):
    """--tolerance is of the relative L2 of tensors, too."""

    def test_what_is_within_it_is_counted_and_does_not_differ(self):
        weight, other = self.weight(8, 8), self.weight(8, 8)
        a = {"x.weight": weight, "y.weight": other}
        b = {"x.weight": weight * numpy.float32(1 + 1e-4), "y.weight": other}
        weights, tensors = self.weights(a, b, "--tolerance", "1e-2", "--exit-code")
        self.assertEqual([weights[key] for key in ("identical", "within_tolerance", "different")],
                         [1, 1, 0])
        self.assertTrue(tensors["x.weight"]["within_tolerance"])
        out, _ = self.program("compare", "a.h5", "b.h5", "--tolerance", "1e-2")
        self.assertIn("2 tensors: 1 identical, 1 within the tolerance, 0 different", out)
        self.weights(a, b, "--tolerance", "1e-5", "--exit-code", exit_code=1)

    def test_what_was_zero_is_beyond_any(self):
        weight, zeros = self.weight(4, 4), numpy.zeros(4, "f4")
        weights, _ = self.weights({"x.weight": weight, "x.bias": zeros},
                                  {"x.weight": weight, "x.bias": zeros + numpy.float32(1e-9)},
                                  "--tolerance", "1.9", "--exit-code", exit_code=1)
        self.assertEqual(weights["different"], 1)


class Position(TensorsTest):
    """By position names come first."""

    def test_names_that_stayed_are_matched(self):
        one, two = self.weight(8, 8), self.weight(8, 8)
        pair_of = {"q.weight": one, "k.weight": two}
        weights, _ = self.weights(pair_of, dict(reversed(pair_of.items())), "--match", "position",
                                  "--exit-code")
        self.assertEqual(weights["identical"], 2)
        self.save({"h1.weight": one, "h2.weight": two},
                  {"h0.weight": two + 1, "h1.weight": one, "h2.weight": two})
        pair = self.pair("a.h5", "b.h5", "--match", "position")
        self.assertEqual([one["name"] for one in pair["layers_only_in_b"]], ["h0.weight"])
        self.assertEqual(pair["weights"]["only_in_b"], ["h0.weight"])
        self.assertEqual((pair["changes"], pair["weights"]["identical"]), ([], 2))

    def test_the_example_of_the_readme(self):
        """One network in two formats, of which one does not count its batches."""
        options = ("--match", "position", "--tolerance", "1e-6", "--exit-code")
        document = self.compared(KERAS, ONNX, *options)
        weights = document["pairs"][0]["weights"]
        self.assertTrue(document["same"])
        self.assertEqual((weights["identical"] + weights["within_tolerance"],
                          weights["counters_only_in_a"]),
                         (20, [f"bn{i}.num_batches_tracked" for i in (1, 2, 3)]))
        out, _ = self.program("compare", KERAS, ONNX, *options)
        self.assertIn("only in A, no difference: counter bn1.num_batches_tracked\n", out)
        out, _ = self.program("compare", KERAS, ONNX, *options, "--csv", "-")
        counters = [row["name_a"] for row in csv.DictReader(io.StringIO(out))
                    if (row["scope"], row["effect"]) == ("counter", "only_in_a")]
        self.assertEqual(counters, weights["counters_only_in_a"])
        readme = (support.SOURCE_DIR / "README.md").read_text()
        self.assertIn("/epoch_09.onnx " + " ".join(options), readme)
        self.compared(KERAS, ONNX, "--exit-code", exit_code=1)


if __name__ == "__main__":
    unittest.main()
