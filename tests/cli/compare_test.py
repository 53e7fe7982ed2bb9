"""`hindcast compare`: what changed between two reports, checkpoints or runs, and its exit codes."""

import copy
import csv
import functools
import io
import json
import shutil
import unittest

import h5py
import jsonschema
import numpy

import support
from errors_support import CommandTest, write_checkpoint
from schema_test import numbers_in, places_in, shortened, with_wrong_type, without

SEED = 20240607
EPOCH_3 = support.SAMPLE_RUN / "epoch_03.h5"
EPOCH_9 = support.SAMPLE_RUN / "epoch_09.h5"
OPPOSITE = {"worse": "better", "better": "worse", "lost": "gained", "gained": "lost",
            "changed": "changed"}


def report_of(layers, **checkpoint):
    """A report of one checkpoint: name to the values of a layer."""
    entries = [{"name": name, "kind": "conv", "shape": [2, 3], "status": "ok", **values}
               for name, values in layers.items()]
    return {"schema": "hindcast.report/1", "runs": [
        {"name": "run", "checkpoints": [
            {"name": "last", "step": None, "epoch": 1, "layers": entries, **checkpoint}]}]}


@functools.cache
def validator():
    """Of the schema that ships with the command."""
    schema = support.load(support.SOURCE_DIR / "src" / "compare" / "compare.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def cosine_distance(a, b):
    """In extended precision: 1 - cos is half the squared distance of the unit vectors."""
    a, b = (values.astype(numpy.longdouble).ravel() for values in (a, b))
    difference = a / numpy.sqrt(a @ a) - b / numpy.sqrt(b @ b)
    return float(difference @ difference / 2)


def relative_l2(a, b):
    """|b - a| / |a|, likewise."""
    a, b = (values.astype(numpy.longdouble).ravel() for values in (a, b))
    return float(numpy.sqrt(((b - a) @ (b - a)) / (a @ a)))


class CompareTest(CommandTest):
    """Runs `compare` in a directory of its own."""

    def write(self, name, content):
        """A report as JSON, or text."""
        path = self.place / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def compared(self, a, b, *options, exit_code=0):
        """The comparison as JSON, which must be valid."""
        out, _ = self.program("compare", a, b, "--json", "-", "--quiet", *options,
                              exit_code=exit_code)
        document = json.loads(out)
        errors = [f"{error.json_path}: {error.message}"
                  for error in validator().iter_errors(document)]
        self.assertEqual(errors, [])
        numbers_in(out)
        return document

    def pair(self, a, b, *options, exit_code=0):
        """The only pair of it."""
        pairs = self.compared(a, b, *options, exit_code=exit_code)["pairs"]
        self.assertEqual(len(pairs), 1)
        return pairs[0]

    def changes(self, a, b, *options):
        """Of two reports: (layer, metric) to change."""
        pair = self.pair(self.write("a.json", a), self.write("b.json", b), *options)
        return {(one["layer_a"], one["metric"]): one for one in pair["changes"]}


class Changes(CompareTest):
    """What became of each value, and what is worst."""

    def test_change_relative_change_and_which_way_is_better(self):
        a = report_of({"x": {"rotation": 0.5, "knowledge_gain": 0.25, "mapping_condition": 2.0,
                             "stable_rank": 4.0}})
        b = report_of({"x": {"rotation": 0.75, "knowledge_gain": 0.125, "mapping_condition": 3.0,
                             "stable_rank": 2.0}})
        found = self.changes(a, b)
        expected = {"rotation": (0.25, 0.5, "nearer_to_one", "better"),
                    "knowledge_gain": (-0.125, -0.5, "higher", "worse"),
                    "mapping_condition": (1.0, 0.5, "lower", "worse"),
                    "stable_rank": (-2.0, -0.5, None, "changed")}
        self.assertEqual({metric: (one["change"], one["relative_change"], one["better"],
                                   one["effect"]) for (_, metric), one in found.items()}, expected)

    def test_rotation_beyond_one_is_worse(self):
        one = self.changes(report_of({"x": {"rotation": 1.0}}),
                           report_of({"x": {"rotation": 1.5}}))["x", "rotation"]
        self.assertEqual(one["effect"], "worse")

    def test_a_condition_of_no_low_rank_part_is_neither_better_nor_worse(self):
        for a, b in ((0.0, 3.0), (3.0, 0.0)):
            one = self.changes(report_of({"x": {"mapping_condition": a}}),
                               report_of({"x": {"mapping_condition": b}}))["x", "mapping_condition"]
            self.assertEqual((one["effect"], one["better"]), ("changed", None))

    def test_from_zero_there_is_no_relative_change(self):
        one = self.changes(report_of({"x": {"stable_rank": 0.0}}),
                           report_of({"x": {"stable_rank": 2.0}}))["x", "stable_rank"]
        self.assertEqual((one["change"], one["relative_change"]), (2.0, None))

    def test_null_against_a_number_is_a_change(self):
        some, none = (report_of({"x": {"condition_number": value}}) for value in (3.0, None))
        for a, b, effect in ((some, none, "lost"), (none, some, "gained")):
            one = self.changes(a, b)["x", "condition_number"]
            self.assertEqual((one["effect"], one["a"], one["b"], one["change"]),
                             (effect, *(3.0 if side is some else None for side in (a, b)), None))
        self.assertEqual(self.changes(none, none), {})

    def test_a_value_that_nan_weights_end_is_worse_and_first(self):
        a = report_of({"x": {"knowledge_gain": 0.5}, "y": {"stable_rank": 2.0}})
        b = report_of({"x": {"knowledge_gain": 0.1},
                       "y": {"stable_rank": None, "status": "non_finite"}})
        pair = self.pair(self.write("a.json", a), self.write("b.json", b))
        first = pair["changes"][0]
        self.assertEqual((first["layer_a"], first["effect"], first["reason"]),
                         ("y", "worse", "non_finite"))
        self.assertEqual(self.changes(b, a)["y", "stable_rank"]["effect"], "better")
        out, _ = self.program("compare", "a.json", "b.json")
        self.assertIn("y: was non_finite, now ok", out)

    def test_worst_first(self):
        names = ("worst", "worse", "other", "least_better", "best")
        before = dict(zip(names, (0.8, 0.8, 0.5, 0.5, 0.1)))
        after = dict(zip(names, (0.1, 0.7, None, 0.6, 0.8)))
        a, b = (report_of({name: {"knowledge_gain": value} for name, value in side.items()})
                for side in (before, after))
        found = [layer for layer, _ in self.changes(a, b)]
        self.assertEqual(found, list(names))
        self.assertEqual([layer for layer, _ in self.changes(a, b, "--top", "2")],
                         ["worst", "worse"])
        counts = self.pair("a.json", "b.json", "--top", "2")["counts"]
        self.assertEqual(counts["better"], 2)

    def test_tolerance_is_a_share_of_the_larger_value(self):
        a, b = report_of({"x": {"stable_rank": 2.0}}), report_of({"x": {"stable_rank": 2.5}})
        self.assertEqual(len(self.changes(a, b, "--tolerance", "0.19")), 1)
        self.assertEqual(len(self.changes(a, b, "--tolerance", "0.2")), 0)

    def test_scores_are_known_by_their_words(self):
        a, b = (report_of({"x": {}}, scores={"val_loss": value, "test_accuracy": value,
                                             "seconds": value}) for value in (0.5, 0.75))
        pair = self.pair(self.write("a.json", a), self.write("b.json", b))
        self.assertEqual({one["metric"]: one["effect"] for one in pair["scores"]},
                         {"val_loss": "worse", "test_accuracy": "better", "seconds": "changed"})

    def test_layers_without_a_counterpart_are_listed(self):
        a = report_of({"x": {"rotation": 0.5}, "old": {"rotation": 0.5}})
        b = report_of({"new": {"rotation": 0.5}, "x": {"rotation": 0.5}})
        pair = self.pair(self.write("a.json", a), self.write("b.json", b), exit_code=0)
        self.assertEqual([[one["name"] for one in pair[key]]
                          for key in ("layers_only_in_a", "layers_only_in_b")], [["old"], ["new"]])
        self.assertFalse(pair["same"])
        out, _ = self.program("compare", "a.json", "b.json")
        self.assertIn("only in A: layer old (2x3)\nonly in B: layer new (2x3)\n", out)

    def test_real_runs_compared_both_ways_say_the_opposite(self):
        forth, back = (self.pair(support.SAMPLE_RUN, support.SAMPLE_RUN, "--checkpoint-a", one,
                                 "--checkpoint-b", other)
                       for one, other in (("epoch_03", "epoch_09"), ("epoch_09", "epoch_03")))
        for key in ("changes", "summary"):
            opposite = {(one.get("layer_a"), one["metric"]): one for one in back[key]}
            self.assertGreater(len(opposite), 60)
            self.assertEqual(len(forth[key]), len(opposite))
            for one in forth[key]:
                other = opposite[one.get("layer_a"), one["metric"]]
                self.assertEqual(one["effect"], OPPOSITE[other["effect"]])
                self.assertEqual((one["a"], one["b"]), (other["b"], other["a"]))
                self.assertEqual(one["change"], other["change"] and -other["change"])

    def test_it_says_what_the_report_says(self):
        report = support.analyze(support.SAMPLE_RUN)
        of_epoch = {one["name"]: {layer["name"]: layer for layer in one["layers"]}
                    for one in report["runs"][0]["checkpoints"]}
        pair = self.pair(support.SAMPLE_RUN, support.SAMPLE_RUN, "--checkpoint-a", "epoch_03.h5")
        self.assertGreater(len(pair["changes"]), 60)
        for one in pair["changes"]:
            values = [of_epoch[epoch][one["layer_a"]].get(one["metric"])
                      for epoch in ("epoch_03", "epoch_09")]
            if None not in values:
                self.assertEqual([one["a"], one["b"]], values)


class Tensors(CompareTest):
    """The distance between the weights themselves."""

    def files(self, a, b):
        """Two checkpoints; their pair is wanted."""
        write_checkpoint(self.place / "a.h5", a)
        write_checkpoint(self.place / "b.h5", b)
        return self.place / "a.h5", self.place / "b.h5"

    def weights(self, a, b, *options):
        """What is said of their tensors, and those by name."""
        weights = self.pair(*self.files(a, b), *options)["weights"]
        return weights, {one["name_a"]: one for one in weights["tensors"]}

    def test_distances_are_numpys(self):
        random = numpy.random.default_rng(SEED)
        print(f"seed {SEED}")
        a = {f"layer{i}.weight": random.standard_normal(shape).astype("f4")
             for i, shape in enumerate(((64, 32), (16, 8, 3, 3), (40, 400)))}
        a["layer0.bias"] = random.standard_normal(64)
        for scale in (1e-6, 1e-2, 1.0, 100.0):
            b = {name: (values + scale * random.standard_normal(values.shape)).astype(values.dtype)
                 for name, values in a.items()}
            weights, tensors = self.weights(a, b)
            self.assertEqual((weights["identical"], weights["different"]), (0, 4))
            for name, values in a.items():
                one = tensors[name]
                self.assertAlmostEqual(
                    one["cosine_distance"] / cosine_distance(values, b[name]), 1.0, delta=1e-8)
                self.assertAlmostEqual(
                    one["relative_l2"] / relative_l2(values, b[name]), 1.0, delta=1e-12)
            whole = [numpy.concatenate([side[name].ravel() for name in a if "weight" in name])
                     for side in (a, b)]
            self.assertAlmostEqual(weights["cosine_distance"] / cosine_distance(*whole), 1.0,
                                   delta=1e-8)
            self.assertAlmostEqual(weights["relative_l2"] / relative_l2(*whole), 1.0, delta=1e-12)

    def test_distances_by_hand(self):
        base = numpy.zeros((4, 4))
        base[0, 0] = 3.0
        other = numpy.zeros((4, 4))
        other[1, 1] = 4.0
        cases = {"orthogonal.weight": (other, 1.0, 5 / 3), "opposite.weight": (-base, 2.0, 2.0),
                 "longer.weight": (2 * base, 0.0, 1.0)}
        _, tensors = self.weights({name: base for name in cases},
                                  {name: b for name, (b, _, _) in cases.items()})
        for name, (_, cosine, l2) in cases.items():
            self.assertEqual(tensors[name]["cosine_distance"], cosine)
            self.assertAlmostEqual(tensors[name]["relative_l2"], l2, delta=1e-15)
        self.assertEqual(list(tensors), ["opposite.weight", "orthogonal.weight", "longer.weight"])

    def test_counts_and_what_has_no_distance(self):
        random = numpy.random.default_rng(SEED)
        same, grown, nan, zero = (random.standard_normal((6, 5)) for _ in range(4))
        broken = nan.copy()
        broken[1, 1] = numpy.nan
        weights, tensors = self.weights(
            {"same.weight": same, "grown.weight": grown, "nan.weight": nan, "zero.weight": zero,
             "old.weight": same, "steps": numpy.int64(5), "note": "a", "bin": numpy.void(b"a")},
            {"same.weight": same, "grown.weight": numpy.ones((6, 6)), "nan.weight": broken,
             "zero.weight": numpy.zeros((6, 5)), "new.weight": same, "steps": numpy.int64(5),
             "note": "b", "bin": numpy.void(b"b")})
        self.assertEqual([weights[key] for key in ("identical", "different", "not_compared",
                                                   "without_numbers")], [2, 3, 0, 2])
        self.assertEqual((weights["only_in_a"], weights["only_in_b"]),
                         (["old.weight"], ["new.weight"]))
        self.assertEqual({name: one["reason"] for name, one in tensors.items()},
                         {"grown.weight": "the shape was 6x5, now 6x6",
                          "nan.weight": "NaN or infinite values",
                          "zero.weight": "all values of B are 0"})
        self.assertEqual({one["cosine_distance"] for one in tensors.values()}, {None})

    def test_what_memory_is_too_little_for_is_not_compared(self):
        _, tensors = self.weights({"x.weight": numpy.eye(4), "x.bias": numpy.zeros(400)},
                                  {"x.weight": 2 * numpy.eye(4), "x.bias": numpy.ones(400)},
                                  "--memory", "6000")
        self.assertEqual({name: one["reason"] for name, one in tensors.items()},
                         {"x.weight": None, "x.bias": "needs more than --memory allows"})
        self.assertEqual([one["compared"] for one in tensors.values()], [False, True])

    def test_equal_values_of_another_type_are_identical(self):
        values = numpy.arange(30).reshape(6, 5)
        weights, _ = self.weights({"x.weight": values.astype("f4")},
                                  {"x.weight": values.astype("f2")})
        self.assertEqual((weights["identical"], weights["cosine_distance"]), (1, 0.0))

    def test_by_position_names_do_not_count(self):
        random = numpy.random.default_rng(SEED)
        one, two, three = (random.standard_normal(shape) for shape in ((6, 5), (7, 5), (6, 5)))
        a, b = self.files({"a1.weight": one, "a2.weight": two, "a3.weight": three},
                          {"c.weight": two, "d.weight": one, "e.weight": three, "f.bias": two[0]})
        self.compared(a, b, exit_code=2)
        pair = self.pair(a, b, "--match", "position")
        self.assertEqual([(layer["name_a"], layer["name_b"]) for layer in pair["layers"]],
                         [("a1.weight", "d.weight"), ("a2.weight", "c.weight"),
                          ("a3.weight", "e.weight")])
        self.assertEqual((pair["changes"], pair["weights"]["identical"]), ([], 3))
        self.assertEqual(pair["weights"]["only_in_b"], ["f.bias"])

    def test_layers_are_compared_along_logical_axes(self):
        """Keras stores a kernel as (height, width, in, out), PyTorch as (out, in, height, width)."""
        random = numpy.random.default_rng(SEED)
        conv, dense = random.standard_normal((8, 3, 5, 5)), random.standard_normal((10, 8))
        torch, keras = self.files({"conv.weight": conv, "fc.weight": dense},
                                  {"conv2d_1/conv2d_1/kernel:0": conv.transpose(2, 3, 1, 0),
                                   "dense_1/dense_1/kernel:0": dense.T})
        pair = self.pair(torch, keras, "--match", "position", "--tolerance", "1e-9")
        self.assertEqual(pair["layers"][0]["name_b"], "conv2d_1/conv2d_1/kernel:0")
        self.assertFalse(pair["layers"][0]["reshaped"])
        self.assertEqual((pair["changes"], pair["weights"]["identical"]), ([], 2))

    def test_formats_agree(self):
        onnx = support.SAMPLE_RUN.parent / "digits_cnn_onnx"
        pairs = self.compared(support.SAMPLE_RUN, onnx, "--checkpoints", "every")["pairs"]
        self.assertEqual(len(pairs), 11)
        for pair in pairs:
            self.assertEqual((pair["changes"], pair["weights"]["different"]), ([], 0))
            # A new network's running means are all 0, and stored once in its graph.
            self.assertEqual(pair["weights"]["identical"],
                             14 if pair["a"]["checkpoint"] == "init" else 20)

    def test_a_tensor_that_cannot_be_read_is_not_the_same(self):
        values = numpy.random.default_rng(SEED).standard_normal((64, 64))
        for name in ("a.h5", "b.h5"):
            path = self.place / name
            with h5py.File(path, "w") as file:
                file["good.weight"] = values
                file.create_dataset("bad.weight", data=values, chunks=(64, 64), compression="gzip")
                place = file["bad.weight"].id.get_chunk_info(0).byte_offset
            content = bytearray(path.read_bytes())
            content[place:place + 64] = bytes(64)
            path.write_bytes(content)
        pair = self.pair(self.place / "a.h5", self.place / "b.h5")
        self.assertEqual([pair["weights"][key] for key in ("identical", "not_compared")], [1, 1])
        for options, status in (((), 0), (("--exit-code",), 2), (("--strict",), 3),
                                (("--exit-code", "--strict"), 3)):
            self.program("compare", "a.h5", "b.h5", *options, exit_code=status)


class Inputs(CompareTest):
    """What can be compared with what, and what is said where it cannot."""

    def test_anything_is_the_same_as_itself(self):
        report = self.place / "report.json"
        support.run("analyze", "--quiet", support.SAMPLE_RUN, "--json", report)
        for thing in (report, EPOCH_9, support.SAMPLE_RUN):
            document = self.compared(thing, thing, "--exit-code")
            self.assertTrue(document["same"])
            pair = document["pairs"][0]
            self.assertEqual(pair["changes"] + pair["summary"] + pair["scores"], [])
            out, _ = self.program("compare", thing, thing)
            self.assertTrue(out.endswith("\ncompare: no difference\n"))

    def test_a_report_with_its_own_checkpoint(self):
        report = self.place / "report.json"
        support.run("analyze", "--quiet", support.SAMPLE_RUN, "--json", report)
        for a, b in ((report, EPOCH_9), (EPOCH_9, report)):
            pair = self.pair(a, b, "--exit-code")
            self.assertEqual(len(pair["not_comparable"]), 2)
            self.assertIn("is a report", pair["no_weights"])
            self.assertEqual(pair["counts"]["same"], 6 * 9)
        self.assertTrue(self.compared(report, support.SAMPLE_RUN, "--exit-code")["same"])

    def test_exit_codes(self):
        self.assertFalse(self.compared(EPOCH_3, EPOCH_9)["same"])
        self.compared(EPOCH_3, EPOCH_9, "--exit-code", exit_code=1)
        self.compared(EPOCH_3, EPOCH_9, "--exit-code", "--strict", exit_code=1)
        self.compared(EPOCH_3, EPOCH_3, "--exit-code", exit_code=0)

    def test_runs_by_their_last_checkpoints_or_every_one(self):
        for name, left in (("long", 11), ("short", 5)):
            shutil.copytree(support.SAMPLE_RUN, self.place / name)
            for path in sorted((self.place / name).glob("epoch_*.h5"))[left - 1:]:
                path.unlink()
        pair = self.pair("long", "short")
        self.assertEqual((pair["a"]["epoch"], pair["b"]["epoch"]), (9, 3))
        document = self.compared("long", "short", "--checkpoints", "every")
        self.assertEqual(len(document["pairs"]), 5)
        self.assertTrue(all(pair["same"] for pair in document["pairs"]))
        self.assertEqual([one["epoch"] for one in document["checkpoints_only_in_a"]],
                         list(range(4, 10)))
        self.compared("long", "short", "--checkpoints", "every", "--exit-code", exit_code=1)

    def test_a_layer_of_many_checkpoints_is_one(self):
        random = numpy.random.default_rng(SEED)
        noise = random.standard_normal((40, 60))
        low_rank = numpy.outer(random.standard_normal(40), random.standard_normal(60))
        for name, share in (("a", 1), ("b", 0)):  # B gains no knowledge.
            for epoch in range(3):
                write_checkpoint(self.place / name / f"epoch_{epoch}.h5",
                                 {"x.weight": share * (epoch + 1) * low_rank + 0.1 * noise})
        out, _ = self.program("compare", "a", "b", "--checkpoints", "every")
        self.assertRegex(out.splitlines()[-1],
                         r"different: [3-9] values worse \(in 1 of 1 layer\).*; 3 tensors differ$")

    def test_runs_by_name(self):
        for folder, names in (("a", ("one", "two")), ("b", ("two", "three"))):
            for name in names:
                write_checkpoint(self.place / folder / name / "epoch_1.h5")
        document = self.compared("a", "b")
        self.assertEqual(document["runs_only_in_a"], ["one"])
        self.assertEqual(document["runs_only_in_b"], ["three"])
        self.assertTrue(document["pairs"][0]["same"])
        self.assertFalse(document["same"])

    def test_what_differs_is_1_whatever_else(self):
        """Nothing is the matter with a comparison of tensors that no layer is judged by."""
        broken, other = numpy.full((4, 4), numpy.nan), numpy.full((4, 4), numpy.nan)
        other[1, 1] = 5.0
        huge = numpy.random.default_rng(SEED).standard_normal((8, 8)) * 1e300
        for name, one, two in (("x.weight", broken, other), ("x.weight", huge, 1.1 * huge),
                               ("x.bias", numpy.ones(4), numpy.zeros(4))):
            write_checkpoint(self.place / "a.h5", {name: one})
            write_checkpoint(self.place / "b.h5", {name: two})
            write_checkpoint(self.place / "copy.h5", {name: one})
            with self.subTest(name=name, one=one[0]):
                self.assertFalse(self.compared("a.h5", "b.h5", "--exit-code", exit_code=1)["same"])
                self.assertTrue(self.compared("a.h5", "copy.h5", "--exit-code")["same"])
                out, _ = self.program("compare", "a.h5", "b.h5")
                self.assertIn("compare: different", out.splitlines()[-1])
                self.assertTrue(out.endswith("1 tensor differs\n"))

    def test_without_a_layer_in_common_other_tensors_are_compared(self):
        for name, layer in (("a", "one.weight"), ("b", "two.weight")):
            write_checkpoint(self.place / f"{name}.h5", {layer: numpy.eye(4),
                                                         "step": numpy.int64(3)})
        _, errors = self.program("compare", "a.h5", "b.h5", "--exit-code", exit_code=1)
        self.assertEqual(len(errors), 1)
        self.assertIn("no layer of A has the name of one of B; --match position", errors[0])
        self.program("compare", "a.h5", "b.h5", "--exit-code", "--match", "position")

    def test_what_cannot_be_compared(self):
        self.write("broken.json", '{"schema": "hindcast.report/1", "runs": [')
        self.write("text.txt", "no checkpoint")
        self.write("x.json", report_of({"x": {}}))
        self.write("y.json", report_of({"y": {}}))
        self.write("none.json", {"schema": "hindcast.report/1", "runs": []})
        cases = (
            (("nowhere", EPOCH_9), "nowhere: no such file"),
            ((EPOCH_9, "nowhere"), "nowhere: no such file"),
            ((EPOCH_9, "text.txt"), "text.txt: a text file, not a checkpoint"),
            (("broken.json", EPOCH_9), "broken.json: line 1"),
            (("x.json", "y.json"), "nothing to compare: no layer of A has the name of one of B"),
            (("x.json", "none.json"), "nothing to compare: A and B have no run and checkpoint"),
            ((EPOCH_9,), "B is required"),
            (("x.json", "x.json", "--checkpoint-a", "lost"),
             "A has no checkpoint 'lost', did you mean 'last'?"),
            (("x.json", "x.json", "--checkpoints", "every", "--checkpoint-b", "last"),
             "contradict each other"),
            (("x.json", "x.json", "--tolerance", "-1"), "--tolerance: must be at least 0"),
            (("x.json", "x.json", "--top", "0"), "--top: must be from 1 to"),
            (("x.json", "x.json", "--top", "-1"), "--top: must be from 1 to"),
            (("x.json", "x.json", "--top", "99999999999999999999"), "--top: must be"),
            (("x.json", "x.json", "--top", "1.5"), "--top: must be a whole number"),
            (("x.json", "x.json", "--match", "shape"), "must be one of name, position"),
            (("x.json", "x.json", "--json", "x.json"), "A and --json are the same file"),
            (("x.json", "x.json", "--json", "o", "--csv", "o"), "--json and --csv are the same"),
            (("x.json", "x.json", "--json", "-", "--csv", "-"), "only one output can go to stdout"),
            (("x.json", "x.json", "--json", "no/o"), "no/o"),
        )
        for arguments, message in cases:
            with self.subTest(arguments=arguments):
                self.assertIn(message, self.complaint("compare", *arguments))

    def test_one_run_that_became_all_nan_is_a_result(self):
        write_checkpoint(self.place / "good.h5", {"x.weight": numpy.eye(4)})
        write_checkpoint(self.place / "nan.h5", {"x.weight": numpy.full((4, 4), numpy.nan)})
        out, _ = self.program("compare", "good.h5", "nan.h5", "--exit-code", exit_code=1)
        self.assertIn("x.weight: was ok, now non_finite", out)
        self.assertRegex(out, r"worse +x\.weight +\d+ metrics +measured +- +non_finite\n")
        self.program("compare", "good.h5", "nan.h5", "--strict", exit_code=3)
        self.assertIn("no layer could be judged",
                      self.complaint("compare", "-q", "--no-weights", "nan.h5", "nan.h5"))


class Outputs(CompareTest):
    """The table, CSV and Markdown; nothing from a file can break them."""

    def test_the_same_bytes_for_any_number_of_threads(self):
        outs = {self.program("compare", EPOCH_3, EPOCH_9, "--threads", str(count))[0]
                for count in (1, 2, 3)}
        self.assertEqual(len(outs), 1)

    def test_csv_has_every_change_once(self):
        pair = self.pair(EPOCH_3, EPOCH_9, "--csv", "changes.csv")
        text = (self.place / "changes.csv").read_text()
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len({len(row) for row in csv.reader(io.StringIO(text))}), 1)
        for scope, key in (("layer", "changes"), ("summary", "summary")):
            of_scope = [row for row in rows if row["scope"] == scope]
            self.assertEqual([(row["name_a"], row["metric"], row["effect"]) for row in of_scope],
                             [(one.get("layer_a", ""), one["metric"], one["effect"])
                              for one in pair[key]])
            self.assertEqual([float(row["change"]) for row in of_scope],
                             [one["change"] for one in pair[key]])
        distances = [float(row["change"]) for row in rows
                     if row["scope"] == "tensor" and row["metric"] == "cosine_distance"
                     and row["change"]]
        self.assertEqual(distances, [one["cosine_distance"] for one in pair["weights"]["tensors"]
                                     if one["cosine_distance"] is not None])

    def test_hostile_names_stay_names(self):
        name = "x|</code>\x1b[31m\n::error::,\"@all*"
        a, b = (report_of({name: {"rotation": value}}) for value in (0.5, 0.25))
        a, b = self.write("a.json", a), self.write("b.json", b)
        table, _ = self.program("compare", a, b)
        self.assertNotRegex(table, "\x1b|\n::error")
        markdown, _ = self.program("compare", a, b, "--markdown", "-")
        self.assertNotRegex(markdown, r"\x1b|\n::error|@all|\|</code>\S")
        for line in markdown.splitlines():
            if line.startswith("| **worse**"):
                self.assertEqual(line.count("|"), 9)
        out, _ = self.program("compare", a, b, "--csv", "-")
        self.assertIn(name, [row["name_a"] for row in csv.DictReader(io.StringIO(out))])

    def test_long_names_do_not_make_long_lines(self):
        names = [f"encoder.layers.{i}.self_attention.projection_{'y' * most}.weight"
                 for i, most in enumerate((1, 30, 3000))]
        for name, shift in (("a", 0.0), ("b", 1.0)):
            tensors = {one: numpy.eye(6) + shift for one in names}
            tensors["nan.weight"] = numpy.full((4, 4), numpy.nan) if shift else numpy.eye(4)
            write_checkpoint(self.place / f"{name}.h5", tensors)
        out, _ = self.program("compare", "a.h5", "b.h5", "-q")
        table = [line for line in out.splitlines() if "encoder.la" in line or "metrics" in line]
        self.assertGreater(len(table), 10)
        self.assertLess(max(map(len, table)), 120)
        for i in range(3):
            self.assertIn(f"encoder.layers.{i}...", out)

    def test_words_for_one_and_none(self):
        a, b = report_of({"x": {}}), report_of({"x": {}})
        out, _ = self.program("compare", self.write("a.json", a), self.write("b.json", b))
        self.assertIn("1 layer compared: no value on both sides\n", out)
        for name, value in (("a", 1.0), ("b", 2.0)):
            write_checkpoint(self.place / f"{name}.h5",
                             {"x.weight": numpy.eye(4), "x.bias": numpy.full(4, value)})
        out, _ = self.program("compare", "a.h5", "b.h5")
        self.assertTrue(out.endswith("; 1 tensor differs\n"), out)

    def test_a_number_of_fewer_layers_has_no_verdict(self):
        write_checkpoint(self.place / "a.h5", {"x.weight": numpy.eye(4), "y.weight": numpy.eye(5)})
        write_checkpoint(self.place / "b.h5", {"x.weight": numpy.eye(4)})
        pair = self.pair("a.h5", "b.h5")
        self.assertEqual({one["effect"] for one in pair["summary"]} & {"better", "worse"}, set())
        self.assertEqual({(one["layers_in_a"], one["layers_in_b"], one["reason"])
                          for one in pair["summary"]}, {(2, 1, "over 2 layers in A, 1 in B")})
        out, _ = self.program("compare", "a.h5", "b.h5")
        self.assertRegex(out, r"changed +\S+.mean .* over 2 layers in A, 1 in B\n")

    def test_top_limits_what_a_person_is_shown(self):
        out, _ = self.program("compare", EPOCH_3, EPOCH_9, "--top", "1")
        self.assertEqual(out.count("\nworse "), 2)
        self.assertIn("and 47 more\n", out)
        self.assertIn("no known better way", out.splitlines()[-1])

    def test_markdown_is_led_by_what_got_worse(self):
        out, _ = self.program("compare", EPOCH_3, EPOCH_9, "--markdown", "-")
        self.assertTrue(out.startswith("### hindcast compare: different: 6 values worse"))
        self.assertIn("\n| **worse** | <code>depthwise&#46;weight</code>", out)


class Schema(CompareTest):
    """What the program does not write is not valid."""

    def test_every_field_is_required_and_typed(self):
        a = report_of({"x": {"rotation": 0.5}, "old": {}}, scores={"loss": 1.0})
        b = report_of({"x": {"rotation": 0.25}, "new": {}}, scores={"loss": 2.0})
        reports = self.compared(self.write("a.json", a), self.write("b.json", b))
        files = self.compared(EPOCH_3, EPOCH_9)
        refused = 0
        for document in (shortened(reports), shortened(files)):
            self.assertTrue(validator().is_valid(document))
            for path in places_in(document):
                self.assertFalse(validator().is_valid(with_wrong_type(document, path)), path)
                refused += 1
                if isinstance(path[-1], str):
                    self.assertFalse(validator().is_valid(without(document, path)), path)
                    refused += 1
        self.assertGreater(refused, 150)

    def test_values_out_of_range_are_refused(self):
        document = shortened(self.compared(EPOCH_3, EPOCH_9))
        pair = document["pairs"][0]
        for thing, key, value in ((document, "schema", "hindcast.compare/2"),
                                  (pair["changes"][0], "effect", "same"),
                                  (pair["changes"][0], "better", "sideways"),
                                  (pair["weights"], "cosine_distance", 2.5),
                                  (pair["weights"], "identical", -1),
                                  (document["a"], "kind", "run")):
            old, thing[key] = thing[key], value
            self.assertFalse(validator().is_valid(document), key)
            thing[key] = old
        self.assertTrue(validator().is_valid(copy.deepcopy(document)))


if __name__ == "__main__":
    unittest.main()
