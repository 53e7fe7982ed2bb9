"""Runs of ONNX exports: what exporters renumber, and what they fold."""

import os
import unittest

import numpy

from errors_support import CommandTest
from onnx_support import node, tensor, model


class OnnxSeriesTest(CommandTest):
    """Writes exports as files and looks at the layers of the report's only run."""

    def write(self, name, *fields):
        """One export."""
        path = self.place / "run" / name
        os.makedirs(path.parent, exist_ok=True)
        path.write_bytes(model(*fields))

    def layers(self):
        """Name, rotation and rotation of the last step of each layer, a list for each export."""
        (run,) = self.report("run")["runs"]
        return [[(layer["name"], layer["rotation"], layer["step_rotation"])
                 for layer in checkpoint["layers"]] for checkpoint in run["checkpoints"]]


class Renumbered(OnnxSeriesTest):
    """Initializers and nodes that only have numbers match by who uses them."""

    def check(self, name_of_node):
        """Two exports whose numbers are others, and stored in another order."""
        random = numpy.random.default_rng(0)
        weights = random.standard_normal((2, 4, 4))
        for export, (first, second) in enumerate(((100, 101), (207, 206))):
            names = [f"onnx::MatMul_{first}", f"onnx::MatMul_{second}"]
            tensors = [tensor(name, weight) for name, weight in zip(names, weights)]
            self.write(f"epoch_{export}.onnx",
                       node("MatMul", ["x", names[0]], ["h"], name_of_node(1, first)),
                       node("MatMul", ["h", names[1]], ["y"], name_of_node(2, second + 9)),
                       *sorted(tensors))
        before, after = self.layers()
        self.assertEqual([name for name, *_ in before], [name for name, *_ in after])
        for _, rotation, step in after:
            self.assertAlmostEqual(rotation, 0, places=12)
            self.assertAlmostEqual(step, 0, places=12)

    def test_by_module(self):
        self.check(lambda position, _: f"/fc{position}/MatMul")

    def test_by_order_of_use(self):
        self.check(lambda _, number: f"MatMul_{number}")


class Folded(OnnxSeriesTest):
    """Weights with batch normalisation folded in are not compared with those without."""

    def test_names_that_are_kept(self):
        self.check("conv.weight", "conv.bias")

    def test_names_that_are_made_up(self):
        self.check("onnx::Conv_20", "onnx::Conv_21")

    def check(self, weight, bias):
        """An export with batch normalisation, then two without."""
        kernel = numpy.random.default_rng(0).standard_normal((8, 3, 3, 3))
        scales = ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"]
        self.write("epoch_0.onnx", node("Conv", ["x", "conv.weight", "conv.bias"], ["h"],
                                        "/conv/Conv"),
                   node("BatchNormalization", ["h", *scales], ["y"], "/bn/BatchNormalization"),
                   tensor("conv.weight", kernel), tensor("conv.bias", numpy.zeros(8)),
                   *(tensor(name, numpy.ones(8)) for name in scales))
        for epoch in (1, 2):
            scaled = kernel * numpy.arange(1, 9)[:, None, None, None] * epoch
            self.write(f"epoch_{epoch}.onnx", node("Conv", ["x", weight, bias], ["y"],
                                                   "/conv/Conv"),
                       tensor(weight, scaled), tensor(bias, numpy.zeros(8)))
        _, first, second = self.layers()
        self.assertEqual(first, [("conv.weight", None, None)])
        self.assertEqual(second[0][:2], ("conv.weight", None))
        self.assertAlmostEqual(second[0][2], 0, places=12)  # Folded into both.
        _, lines = self.program("analyze", "run")
        told = [line for line in lines if "batch normalisation" in line]
        self.assertEqual(len(told), 2, lines)
        self.assertIn("epoch_1.onnx: not compared with the initial checkpoint: batch "
                      "normalisation is folded into 'conv.weight' in one of them", told[0])


if __name__ == "__main__":
    unittest.main()
