"""Hostile values: no crash, no NaN in the output, the right flags, and the scale does not matter."""

import unittest

import numpy

import support
from errors_support import CommandTest, write_checkpoint

# Everything that does not depend on the scale of the weights.
FREE_OF_SCALE = ("knowledge_gain", "mapping_condition", "rank_ratio", "stable_rank",
                 "effective_rank", "condition_number", "rotation", "relative_distance")


def signal(rows=24, columns=40, rank=3, seed=0):
    """A few strong directions in noise, in double precision."""
    random = numpy.random.default_rng(seed)
    strong = random.standard_normal((rows, rank)) @ random.standard_normal((rank, columns))
    return 3 * strong + random.standard_normal((rows, columns))


class Arithmetic(CommandTest):
    """One layer at a time, dense and partial."""

    def layers(self, values, *arguments, **options):
        """What analyze says of a layer with these values, by both solvers."""
        write_checkpoint(self.place / "one.h5", {"a.weight": numpy.asarray(values)})
        for solver in ("dense", "partial"):
            report = self.report("one.h5", "--solver", solver, *arguments, **options)
            yield report["runs"][0]["checkpoints"][0]["layers"][0]

    def assert_numbers(self, layer, finite=True):
        """JSON has no NaN: what is there is finite, what is not is null."""
        for key in FREE_OF_SCALE[:6]:
            if finite and key not in ("effective_rank", "condition_number"):
                self.assertIsNotNone(layer[key], key)
            if layer[key] is not None:
                self.assertTrue(numpy.isfinite(layer[key]), key)

    def test_the_scale_changes_nothing_that_is_free_of_it(self):
        values = signal()
        write_checkpoint(self.place / "run" / "init.h5", {"a.weight": signal(seed=1)})
        write_checkpoint(self.place / "run" / "epoch_0.h5", {"a.weight": values})
        (run,) = self.report("run")["runs"]
        expected = run["checkpoints"][1]["layers"][0]
        for exponent in (-500, -160, -60, 60, 160, 500):
            scale = 2.0**exponent
            write_checkpoint(self.place / "run" / "init.h5", {"a.weight": signal(seed=1) * scale})
            write_checkpoint(self.place / "run" / "epoch_0.h5", {"a.weight": values * scale})
            (run,) = self.report("run")["runs"]
            layer = run["checkpoints"][1]["layers"][0]
            for key in FREE_OF_SCALE:
                # A power of two: not a bit may differ.
                self.assertEqual(layer[key], expected[key], f"{key} at 2**{exponent}")
            self.assertEqual(layer["spectral_norm"], expected["spectral_norm"] * scale)
            # Rows below 3.7e-23 underflow in the published optimiser, squared in single precision.
            self.assertEqual(layer["status"], "ok" if exponent > -90 else "dead_filter")

    def test_the_largest_and_smallest_single_precision_weights(self):
        for scale in (1e37, 1e-37, 1e-42):  # The last ones are denormal.
            for layer in self.layers((signal() * scale).astype("<f4")):
                self.assert_numbers(layer)
                self.assertNotIn("non_finite", support.statuses(layer))

    def test_the_ends_of_double_precision(self):
        random = numpy.random.default_rng(0).standard_normal
        for name, values in {
                "both ends": [[1e308, 1e-308], [1e-308, 1e308]],
                "the largest": numpy.full((8, 8), 1.7e308),
                "large": random((16, 24)) * 1e307,
                "the smallest": numpy.full((6, 6), 5e-324),
                "small": random((16, 24)) * 1e-310,
                "one huge": numpy.eye(5) + numpy.diag([1e300, 0, 0, 0, 0]),
        }.items():
            values = numpy.asarray(values, "<f8")
            with self.subTest(values=name):
                write_checkpoint(self.place / "one.h5", {"a.weight": values, "good.weight": signal()})
                for solver in ("dense", "partial"):
                    report = self.report("one.h5", "--solver", solver)
                    layer = report["runs"][0]["checkpoints"][0]["layers"][0]
                    (unfolding,) = layer["unfoldings"].values()
                    for key in ("stable_rank", "effective_rank"):
                        if unfolding[key] is not None:
                            self.assertLessEqual(unfolding[key], min(values.shape) * (1 + 1e-9))
                            self.assertGreaterEqual(unfolding[key], 1 - 1e-9)
                    for key, value in unfolding["low_rank"]["exact"].items():
                        if value is None:
                            self.assertTrue(support.statuses(layer), key)
                    if unfolding["condition_number"] is None:
                        self.assertNotEqual(layer["status"], "ok")
                table, _ = self.program("analyze", "one.h5", "--csv", "tables")
                for text in (table, *((self.place / "tables" / file).read_text()
                                      for file in ("layers.csv", "summary.csv"))):
                    self.assertNotRegex(text, r"(?i)\b(nan|inf)\b")

    def test_not_a_number_and_infinities(self):
        for bad in (numpy.nan, numpy.inf, -numpy.inf):
            values = signal()
            values[3, 4] = bad
            write_checkpoint(self.place / "one.h5",
                             {"a.weight": values, "good.weight": signal(seed=2)})
            for solver in ("dense", "partial"):
                report = self.report("one.h5", "--solver", solver)
                layers = {one["name"]: one for _, one in support.layers_of(report)}
                self.assertEqual(layers["a.weight"]["status"], "non_finite")
                self.assertIsNone(layers["a.weight"]["knowledge_gain"])
                self.assert_numbers(layers["good.weight"])
            self.program("analyze", "one.h5", "--strict", exit_code=3)

    def test_equal_weights_have_one_direction(self):
        for layer in self.layers(numpy.full((20, 30), 0.25, "<f4")):
            self.assertAlmostEqual(layer["stable_rank"], 1.0, delta=1e-12)
            self.assertIsNone(layer["condition_number"])
            self.assertIn("below_resolution", support.statuses(layer))

    def test_a_matrix_of_low_rank_has_no_condition(self):
        random = numpy.random.default_rng(5)
        values = random.standard_normal((30, 4)) @ random.standard_normal((4, 50))
        for layer in self.layers(values):
            # The partial solver cannot tell such a bulk from nothing, and says so.
            self.assert_numbers(layer, "not_certified" not in support.statuses(layer))
            self.assertIsNone(layer["condition_number"])
            self.assertIn("below_resolution", support.statuses(layer))
            # Nothing but signal: all four directions are found, and there is no noise to speak of.
            exact = layer["unfoldings"]["output"]["low_rank"]["exact"]
            if exact["rank"] is not None:
                self.assertEqual(exact["rank"], 4)
                self.assertLess(exact["noise_variance"],
                                1e-12 * layer["frobenius_norm"]**2 / values.size)

    def test_rows_of_almost_nothing_are_dead_filters(self):
        values = signal(seed=7).astype("<f4")
        values[5] = 1e-35
        for layer in self.layers(values):
            self.assertIn("dead_filter", support.statuses(layer))
            self.assert_numbers(layer)

    def test_vectors_are_too_small_and_zero_is_judged(self):
        write_checkpoint(self.place / "one.h5", {"a.weight": numpy.ones((1, 40), "<f4"),
                                                 "b.weight": numpy.ones((40, 1), "<f4"),
                                                 "c.weight": numpy.zeros((4, 5), "<f4")})
        checkpoint = self.report("one.h5")["runs"][0]["checkpoints"][0]
        self.assertEqual(checkpoint["ledger"]["skipped"], {"too_small": 2})
        (zero,) = checkpoint["layers"]
        self.assertEqual(zero["status"], "zero")
        self.assertEqual(zero["knowledge_gain"], 0)

    def test_two_values_far_apart(self):
        # The smaller one lies below what a Gram matrix resolves, or just above.
        for ratio, resolved in ((1e-4, True), (1e-12, False)):
            for layer in self.layers(numpy.diag([1.0, ratio])):
                if layer["condition_number"] is None:
                    self.assertFalse(resolved)
                    self.assertIn("below_resolution", support.statuses(layer))
                else:
                    self.assertAlmostEqual(layer["condition_number"] * ratio, 1.0, delta=1e-6)


if __name__ == "__main__":
    unittest.main()
