"""`analyze --spectra`: the singular values of every matrix, against numpy's, and where they go."""

import itertools
import json
import sys
import unittest

import h5py
import numpy

import support
from errors_support import CommandTest

RUN = support.SAMPLE_RUN
EPSILON = 2.0**-52
# What a report has with the option and not without it.
ADDED = {"singular_values", "trailing_values", "threshold"}


def matrix_of(weights, side):
    """An unfolding of a tensor of output channels, input channels and a kernel."""
    tensor = weights if side == "output" else weights.swapaxes(0, 1)
    return tensor.reshape(len(tensor), -1)


def known(unfolding):
    """The singular values that are numbers."""
    return [value for value in unfolding["singular_values"] if value is not None]


def gram_error(matrix, values):
    """How far singular values from a Gram matrix in double may lie from the true ones."""
    return 4 * sum(matrix.shape) * EPSILON * values[0]**2 / numpy.maximum(values, 1e-300)


def without_added(thing):
    """The report as it would be without the option."""
    if isinstance(thing, dict):
        return {key: without_added(value) for key, value in thing.items() if key not in ADDED}
    return [without_added(one) for one in thing] if isinstance(thing, list) else thing


class Values(unittest.TestCase):
    """The numbers themselves."""

    def check(self, report):
        """What holds of every spectrum, whatever it is of. Returns how many there were."""
        count = 0
        for where, side in support.unfoldings_of(report):
            with self.subTest(where):
                values = known(side)
                self.assertEqual(len(side["singular_values"]), side["computed_values"])
                self.assertEqual(values, sorted(values, reverse=True))
                self.assertEqual(side["singular_values"][:len(values)], values)
                if values:
                    self.assertEqual(values[0], side["spectral_norm"])
                    self.assertGreaterEqual(values[-1], support.resolution(side))
                for minimiser, low_rank in side["low_rank"].items():
                    threshold = low_rank["threshold"]
                    self.assertEqual(threshold is None, low_rank["rank"] is None, minimiser)
                    if threshold is not None:
                        self.assertEqual(sum(value > threshold for value in values),
                                         low_rank["rank"], minimiser)
            count += 1
        return count

    def test_they_are_those_of_numpy(self):
        report = support.analyze(RUN, "--spectra")
        worst, compared = 0.0, 0
        for checkpoint in report["runs"][0]["checkpoints"]:
            with h5py.File(RUN / checkpoint["path"]) as file:
                for layer in checkpoint["layers"]:
                    weights = file[layer["name"]][()].astype("float64")
                    for side, unfolding in layer["unfoldings"].items():
                        matrix = matrix_of(weights, side)
                        self.assertEqual(matrix.shape, (unfolding["rows"], unfolding["cols"]))
                        expected = numpy.linalg.svd(matrix, compute_uv=False)
                        found = known(unfolding)
                        away = numpy.abs(expected[:len(found)] - found)
                        allowed = gram_error(matrix, expected)[:len(found)]
                        self.assertTrue((away <= allowed).all(), (layer["name"], side))
                        worst = max(worst, float((away / expected[:len(found)]).max()))
                        compared += len(found)
        print(f"{compared} singular values: at most {worst:.1e} off", file=sys.stderr)
        self.assertGreater(compared, 1000)

    def test_each_minimiser_keeps_what_is_above_its_threshold(self):
        for solver in ("dense", "partial"):
            report = support.analyze(RUN, "--spectra", "--solver", solver)
            self.assertEqual(self.check(report), 11 * 10)
            self.assertGreater(sum(side["low_rank"]["exact"]["rank"] > 0
                                   for _, side in support.unfoldings_of(report)
                                   if side["low_rank"]["exact"]["rank"] is not None), 50)

    def test_zero_and_broken_weights(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            report = support.analyze(directory / "troubled", "--spectra")
        self.check(report)
        empty = {layer["name"] for _, layer in support.layers_of(report)
                 if layer["unfoldings"]["output"]["singular_values"] == []}
        self.assertEqual(empty, {"zero.weight", "broken.weight"})

    def test_real_files_with_dead_filters_and_lost_digits(self):
        folder = support.shared("corpus/sequences/keras2_fer2013_mini_xception")
        nulls = 0
        for epoch, solver in itertools.product(("97", "119"), ("dense", "partial")):
            report = support.analyze(folder / f"fer2013_mini_XCEPTION.{epoch}-0.65.hdf5",
                                     "--spectra", "--solver", solver)
            self.assertGreater(self.check(report), 10)
            nulls += sum(None in side["singular_values"] and "below_resolution" in
                         support.statuses(side) for _, side in support.unfoldings_of(report))
        self.assertGreater(nulls, 0)

    def test_the_partial_solver_has_first_and_last_ones_of_the_dense_solver(self):
        with support.temporary_directory() as directory:
            left, _ = numpy.linalg.qr(numpy.random.default_rng(1).standard_normal((200, 200)))
            right, _ = numpy.linalg.qr(numpy.random.default_rng(2).standard_normal((900, 200)))
            values = numpy.concatenate([numpy.linspace(60, 30, 5), numpy.linspace(2, 0.5, 195)])
            support.write_checkpoint(directory / "net.h5",
                                     {"fc.weight": (left * values) @ right.T})
            dense, partial = (
                next(support.unfoldings_of(support.analyze(directory / "net.h5", "--spectra",
                                                           "--solver", solver)))[1]
                for solver in ("dense", "partial"))
        self.assertNotIn("trailing_values", dense)
        trailing = partial["trailing_values"]
        self.assertGreater(trailing, 0)
        self.assertLess(partial["computed_values"], 200)
        found, every = known(partial), known(dense)
        expected = every[:len(found) - trailing] + every[200 - trailing:]
        numpy.testing.assert_allclose(found, expected, rtol=1e-9)


class Report(CommandTest):
    """Where they are kept, and where they must not be lost."""

    def report(self, *arguments, name="report.json"):
        """What is written, as bytes."""
        self.program("analyze", RUN, "--json", name, "--spectra", *arguments)
        return (self.place / name).read_bytes()

    def test_nothing_else_changes(self):
        with_values = json.loads(self.report())
        plain = support.analyze(RUN)
        self.assertEqual(with_values["options"].pop("spectra"), True)
        self.assertEqual(plain["options"].pop("spectra"), False)
        self.assertEqual(without_added(with_values), plain)
        self.assertNotIn("singular_values", json.dumps(plain))
        self.assertNotIn("threshold", json.dumps(plain))

    def test_bytes_do_not_depend_on_threads_cache_or_shards(self):
        expected = self.report("--threads", "1")
        self.program("analyze", RUN, "--cache", "c", "--json", "plain.json")
        plain = (self.place / "plain.json").read_bytes()
        for more in (("--threads", "2"), ("--cache", "c"), ("--cache", "c")):
            self.assertEqual(self.report(*more), expected, more)
        self.program("analyze", RUN, "--cache", "c", "--json", "plain.json")
        self.assertEqual((self.place / "plain.json").read_bytes(), plain)
        parts = ["1.json", "2.json"]
        for shard, part in enumerate(parts, start=1):
            self.report("--shard", f"{shard}/2", name=part)
        self.program("merge", *parts, "--json", "merged.json")
        self.assertEqual((self.place / "merged.json").read_bytes(), expected)

    def test_a_layer_that_does_not_change_keeps_them(self):
        random = numpy.random.default_rng(1)
        frozen = random.standard_normal((12, 20))
        (self.place / "run").mkdir()
        for epoch in range(3):
            numpy.savez(self.place / "run" / f"epoch_{epoch}.npz",
                        **{"fc1.weight": frozen, "fc2.weight": random.standard_normal((9, 12))})
        found = []
        for more in ((), ("--cache", "c"), ("--cache", "c")):
            self.program("analyze", "run", "--spectra", "--json", "report.json", *more)
            found.append((self.place / "report.json").read_bytes())
        for shard in (1, 2):
            self.program("analyze", "run", "--spectra", "--shard", f"{shard}/2", "--json",
                         f"{shard}.json")
        self.program("merge", "1.json", "2.json", "--json", "report.json")
        found.append((self.place / "report.json").read_bytes())
        self.assertEqual(len(set(found)), 1)
        expected = numpy.linalg.svd(frozen, compute_uv=False)
        for _, layer in support.layers_of(json.loads(found[0])):
            if layer["name"] == "fc1.weight":
                numpy.testing.assert_allclose(layer["unfoldings"]["output"]["singular_values"],
                                              expected, rtol=1e-10)

    def test_parts_with_and_without_them_are_not_of_one_report(self):
        self.report("--shard", "1/2", name="1.json")
        self.program("analyze", RUN, "--shard", "2/2", "--json", "2.json")
        self.assertIn("2.json", self.complaint("merge", "1.json", "2.json"))

    def test_a_report_that_is_written_again_keeps_them(self):
        expected = self.report("--init-lr", "0.05")
        self.report()
        self.program("schedule", "report.json", "--init-lr", "0.05", "--json", "again.json")
        self.assertEqual((self.place / "again.json").read_bytes(), expected)

    def test_every_command_reads_it(self):
        self.report()
        self.program("compare", "report.json", "report.json")
        self.program("gate", "report.json", "--rule", "min(rotation) >= 0")
        self.program("export", "report.json", "--unfoldings", "--wide-csv", "wide.csv")
        self.program("report", "report.json", "-o", "page.html")

    def test_they_are_computed_whatever_else_is_asked_for(self):
        report = json.loads(self.report("--metrics", "rotation"))
        every = json.loads(self.report())
        for (where, side), (_, expected) in zip(support.unfoldings_of(report),
                                                support.unfoldings_of(every), strict=True):
            self.assertEqual(side["singular_values"], expected["singular_values"], where)
            self.assertIsNone(side["effective_rank"])
            self.assertIsNone(side["low_rank"]["exact"]["threshold"])

    def test_without_a_place_for_them_there_is_a_warning(self):
        _, lines = self.program("analyze", RUN, "--spectra")
        self.assertIn("hindcast: warning: --spectra has no effect without --json", lines)


if __name__ == "__main__":
    unittest.main()
