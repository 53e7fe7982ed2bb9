"""18 real Keras files against numbers from independent programs."""

import unittest

import support

SPECTRAL = ("spectral_norm", "frobenius_norm", "stable_rank", "effective_rank")
LOW_RANK = ("rank_ratio", "knowledge_gain", "mapping_condition", "noise_variance")
CLOSE = 1e-6
# The reference minimiser stops early, so rounding can end it elsewhere. (Here it agrees to 4e-5.)
REFERENCE = 1e-3
NEAR_RESOLUTION = 1000.0


def checkpoints():
    """(file, its checkpoint in the report)."""
    for file, report in support.keras_reports("dense").items():
        (checkpoint,) = report["runs"][0]["checkpoints"]
        yield file, checkpoint


def by_oracle_name(file, checkpoint):
    """The oracle's name of a layer to the layer.

    A .keras archive's layers are called what their author called them, the oracle has their paths.
    """
    names = [layer["name"] for layer in checkpoint["layers"]]
    if file.endswith(".keras"):
        tensors = support.inspect(support.shared("corpus") / file)["files"][0]["tensors"]
        names = [tensor["name"] for tensor in tensors if tensor["analysed"]]
    return dict(zip(names, checkpoint["layers"], strict=True))


def layers():
    """(where, layer of the report, entry of the oracle)."""
    for file, checkpoint in checkpoints():
        by_name = by_oracle_name(file, checkpoint)
        for name, entry in support.keras_oracle()[file].items():
            yield f"{file}: {name}", by_name[name], entry


def matrices():
    """(where, unfolding of the report, matrix of the oracle)."""
    for where, layer, entry in layers():
        for side, matrix in support.matrices_of(entry).items():
            yield f"{where}: {side}", layer["unfoldings"][side], matrix


class CorpusLayers(unittest.TestCase):
    """Every metric of every layer."""

    def test_layers_are_those_of_the_oracle_and_no_others(self):
        self.assertEqual(len(support.keras_oracle()), 18)
        for file, checkpoint in checkpoints():
            names = [layer["name"] for layer in checkpoint["layers"]]
            self.assertEqual(len(names), len(set(names)), file)
            self.assertEqual(set(by_oracle_name(file, checkpoint)),
                             set(support.keras_oracle()[file]), file)
            self.assertEqual(checkpoint["ledger"]["analysed"], len(names), file)

    def test_shapes_layouts_and_unfoldings(self):
        for where, layer, entry in layers():
            self.assertEqual(layer["shape"], entry["shape"], where)
            self.assertEqual(layer["layout"], entry["layout"], where)
            sides = {side: (matrix["rows"], matrix["cols"])
                     for side, matrix in support.matrices_of(entry).items()}
            got = {side: (unfolding["rows"], unfolding["cols"])
                   for side, unfolding in layer["unfoldings"].items()}
            self.assertEqual(got, sides, where)

    def test_spectral_metrics(self):
        found = support.Deviations()
        for where, mine, theirs in matrices():
            for key in SPECTRAL:
                found.check(key, where, mine[key], theirs[key], CLOSE)
        found.settle(self, at_least=600 * len(SPECTRAL))

    def test_smallest_singular_value_as_far_as_it_is_resolved(self):
        found = support.Deviations()
        seen = {"below_resolution": 0, "near_resolution": 0, "resolved": 0}
        for where, mine, theirs in matrices():
            rho, smallest = support.resolution(theirs), theirs["smallest_singular_value"]
            self.assertAlmostEqual(rho / theirs["resolution"], 1.0, msg=where)
            expected = ("below_resolution" if smallest < rho else
                        "near_resolution" if smallest < NEAR_RESOLUTION * rho else "resolved")
            seen[expected] += 1
            flags = support.statuses(mine) & {"below_resolution", "near_resolution"}
            self.assertEqual(flags, {expected} - {"resolved"}, where)
            if expected == "below_resolution":
                self.assertIsNone(mine["smallest_singular_value"], where)
                self.assertIsNone(mine["condition_number"], where)
                continue
            close = CLOSE + support.lost_digits(theirs)
            condition = theirs["spectral_norm"] / smallest
            found.check("smallest", where, mine["smallest_singular_value"], smallest, close)
            found.check("condition", where, mine["condition_number"], condition, close)
        self.assertGreater(min(seen.values()), 0, seen)
        found.settle(self, at_least=600)

    def test_exact_low_rank(self):
        found = support.Deviations()
        for where, mine, theirs in matrices():
            got, expected = mine["low_rank"]["exact"], theirs["evbmf_exact"]
            self.assertEqual(got["rank"], expected["rank"], where)
            for key in LOW_RANK:
                if key != "noise_variance" or not theirs["dead_filter"]:
                    found.check(key, where, got[key], expected[key], CLOSE)
        found.settle(self, at_least=600 * 3)

    def test_reference_low_rank(self):
        found = support.Deviations()
        for where, mine, theirs in matrices():
            if theirs["dead_filter"]:
                continue
            got, expected = mine["low_rank"]["reference"], theirs["evbmf_reference"]
            self.assertEqual(got["rank"], expected["rank"], where)
            for key in LOW_RANK:
                found.check(key, where, got[key], expected[key], REFERENCE)
        found.settle(self, at_least=600 * len(LOW_RANK))

    def test_dead_filters_are_marked_and_nothing_else_is(self):
        marked = 0
        for where, mine, theirs in matrices():
            reference = mine["low_rank"]["reference"]
            self.assertEqual("dead_filter" in support.statuses(reference), theirs["dead_filter"],
                             where)
            if theirs["dead_filter"]:
                marked += 1
                self.assertIsNotNone(reference["knowledge_gain"], where)
                self.assertIn("dead_filter", support.statuses(mine), where)
        self.assertEqual(marked, 8)


if __name__ == "__main__":
    unittest.main()
