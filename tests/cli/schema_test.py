"""Reports and `inspect --json` against the JSON Schemas that ship with the program."""

import copy
import functools
import json
import os
import pathlib
import unittest

import jsonschema

import support

TEST_DATA_DIR = pathlib.Path(os.environ["HINDCAST_TEST_DATA_DIR"])
SCHEDULE = ("--init-lr", "0.05", "--linear")
# Not in every report: they are left out where there is nothing to say.
OPTIONAL = {"detail", "non_finite_values", "aliases", "singular_values", "trailing_values"}


@functools.cache
def validator(name):
    schema = support.load(support.SOURCE_DIR / "src" / "report" / f"{name}.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def significant_digits(text):
    """Of a decimal number; zeros at its end do not count."""
    mantissa = text.lower().split("e")[0].lstrip("+-").replace(".", "")
    return len(mantissa.strip("0"))


def numbers_in(text):
    """Every number of a document, as it is written; NaN and Infinity are errors."""
    numbers = []

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    def keep(number):
        numbers.append(number)
        return 0

    json.loads(text, parse_constant=refuse, parse_float=keep, parse_int=keep)
    return numbers


def places_in(thing, path=()):
    """The paths to every member of every object and to the first element of every array."""
    if isinstance(thing, dict):
        members = thing.items()
    else:
        members = list(enumerate(thing))[:1] if isinstance(thing, list) else ()
    for key, value in members:
        yield (*path, key)
        yield from places_in(value, (*path, key))


def is_map(path):
    """Are the members of the object at this path named by what was analysed, not by the schema?"""
    return path[-1:] in {("skipped",), ("used_rates",), ("next_used_rates",)} or (
        path[-1:] == ("scores",) and "checkpoints" in path)


def parent_of(document, path):
    return functools.reduce(lambda thing, key: thing[key], path[:-1], document)


def without(document, path):
    broken = copy.deepcopy(document)
    del parent_of(broken, path)[path[-1]]
    return broken


def with_wrong_type(document, path):
    broken = copy.deepcopy(document)
    parent = parent_of(broken, path)
    parent[path[-1]] = ["wrong"] if isinstance(parent[path[-1]], dict) else {"wrong": 1}
    return broken


def shortened(thing):
    """The document with one or two elements in every array, so that it is quick to judge."""
    if isinstance(thing, dict):
        return {key: shortened(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [shortened(value) for value in thing[:2]]
    return thing


class Conformance(unittest.TestCase):
    """What the program writes is valid."""

    def check(self, name, text):
        """Validates a document and returns it."""
        document = json.loads(text)
        errors = [f"{error.json_path}: {error.message}"
                  for error in validator(name).iter_errors(document)]
        self.assertEqual(errors[:5], [])
        self.assertTrue(text.endswith(b"}\n"))
        for number in numbers_in(text):
            shortest = significant_digits(repr(float(number)))
            self.assertLessEqual(significant_digits(number), shortest, number)
        return document

    def check_report(self, *arguments):
        done = support.run("analyze", "--quiet", "--json", "-", *arguments)
        return self.check("report", done.stdout)

    def test_sample_run(self):
        report = self.check_report(support.SAMPLE_RUN)
        self.assertIsNone(report["runs"][0]["schedule"])
        self.assertIn("--init-lr", report["runs"][0]["no_schedule"])

    def test_sample_run_with_a_schedule(self):
        for options in (SCHEDULE, (*SCHEDULE, "--step-size", "3", "--gamma", "0.5"),
                        (*SCHEDULE, "--rmsgd", "paper", "--evbmf", "exact")):
            run = self.check_report(support.SAMPLE_RUN, *options)["runs"][0]
            self.assertNotIn("no_schedule", run)
            self.assertEqual(len(run["schedule"]["epochs"]), 10)

    def test_sample_run_by_the_partial_solver(self):
        report = self.check_report(support.SAMPLE_RUN, "--solver", "partial", *SCHEDULE)
        partial = [one for _, one in support.unfoldings_of(report) if one["effective_rank"] is None]
        self.assertGreater(len(partial), 0)

    def test_singular_values(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            for run in (support.SAMPLE_RUN, directory / "troubled"):
                for solver in ("dense", "partial"):
                    report = self.check_report(run, "--spectra", "--solver", solver)
                    self.assertTrue(report["options"]["spectra"])
                    for where, side in support.unfoldings_of(report):
                        self.assertEqual(len(side["singular_values"]), side["computed_values"],
                                         where)

    def test_options_are_told(self):
        report = self.check_report(support.SAMPLE_RUN, "--include", "*", "--exclude", "nothing*",
                                   "--layout", "no such*=OIHW", "--solver", "dense",
                                   "--metrics", "stable_rank,rotation")
        self.assertEqual(report["options"], {
            "solver": "dense", "metrics": ["rotation", "stable_rank"], "include": ["*"], "exclude": ["nothing*"],
            "layout": ["no such*=OIHW"], "kind": [], "min_size": 0, "split_fused": False,
            "steps_per_epoch": None, "step_from": None, "one_run": False, "spectra": False})

    def test_a_run_with_missing_numbers(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            for solver in ("dense", "partial"):
                report = self.check_report(directory / "troubled", *SCHEDULE, "--solver", solver)
                run = report["runs"][0]
                self.assertEqual([one["path"] for one in run["unread"]], ["epoch_02.h5"])
                self.assertEqual({one["change"] for one in run["layer_changes"]},
                                 {"appeared", "vanished"})
                statuses = {layer["name"]: layer["status"]
                            for layer in run["checkpoints"][-1]["layers"]}
                self.assertEqual(statuses["broken.weight"], "non_finite")
                self.assertEqual(statuses["zero.weight"], "zero")

    def test_a_single_file(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            report = self.check_report(directory / "troubled" / "epoch_01.h5")
            self.assertIsNone(report["runs"][0]["initial"]["checkpoint"])

    def test_several_runs(self):
        with support.temporary_directory() as directory:
            for name in ("a", "b"):
                support.write_troubled_run(directory / name)
            report = self.check_report(directory)
            self.assertEqual([run["name"] for run in report["runs"]], ["a", "b"])

    def test_runs_with_an_oracle(self):
        for name in support.ORACLE_RUNS:
            for solver in ("dense", "partial"):
                self.check_report(support.shared(f"oracle/{name}"), *SCHEDULE, "--solver", solver)

    def test_keras_files_with_every_other_status(self):
        folder = support.shared("corpus/sequences/keras2_fer2013_mini_xception")
        seen = set()
        for epoch in ("97-0.65", "119-0.65"):
            for solver in ("dense", "partial"):
                report = self.check_report(folder / f"fer2013_mini_XCEPTION.{epoch}.hdf5",
                                           "--solver", solver)
                for _, unfolding in support.unfoldings_of(report):
                    seen |= support.statuses(unfolding)
        self.assertEqual(seen, {"ok", "below_resolution", "near_resolution", "dead_filter",
                                "not_certified", "partial"})

    def test_parts_of_a_report(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            for run in (support.SAMPLE_RUN, directory / "troubled"):
                for shard in (1, 2):
                    support.run("analyze", "--quiet", run, *SCHEDULE, "--spectra", "--shard", f"{shard}/2",
                                "--json", directory / "part.json")
                    part = self.check("part", (directory / "part.json").read_bytes())
                    self.assertGreater(len(part["outcomes"]), 0)
                    self.assertEqual(part["plan"] is None, shard == 2)

    def test_inspect(self):
        names = ("types", "storage", "filters", "links", "keras2_model", "created", "natural")
        done = support.run("inspect", "--quiet", "--json", support.SAMPLE_RUN / "init.h5",
                           *(TEST_DATA_DIR / f"{name}.h5" for name in names))
        document = self.check("inspect", done.stdout)
        self.assertEqual(len(document["files"]), 1 + len(names))
        problems = [problem for file in document["files"] for problem in file["problems"]]
        self.assertGreater(len(problems), 0)

    def test_inspect_the_corpus(self):
        folder = support.shared("corpus/keras")
        files = sorted(path for path in folder.rglob("*.h*5"))
        done = support.run("inspect", "--quiet", "--json", *files)
        self.assertEqual(len(self.check("inspect", done.stdout)["files"]), len(files))


class Strictness(unittest.TestCase):
    """What the program does not write is not valid."""

    def check_every_field(self, name, document):
        """Without any field, or with another type in its place, the document is refused."""
        judge = validator(name)
        self.assertTrue(judge.is_valid(document))
        refused = 0
        for path in places_in(document):
            self.assertFalse(judge.is_valid(with_wrong_type(document, path)), f"wrong {path}")
            refused += 1
            is_member = isinstance(path[-1], str) and not is_map(path[:-1])
            # A 2-D layer has no input unfolding, so no schema can ask for one.
            if is_member and path[-1] not in OPTIONAL | {"input"}:
                self.assertFalse(judge.is_valid(without(document, path)), f"without {path}")
                refused += 1
        return refused

    def test_every_field_of_a_report_is_required_and_typed(self):
        with support.temporary_directory() as directory:
            support.write_troubled_run(directory / "troubled")
            (directory / "troubled" / "history.csv").write_text(
                "epoch,loss,lr\n0,1.5,0.05\n1,nan,0.09\n")
            report = shortened(support.analyze(directory / "troubled", *SCHEDULE, "--spectra"))
        self.assertEqual(report["runs"][0]["checkpoints"][1]["scores"], {"loss": 1.5})
        self.assertEqual(report["runs"][0]["schedule"]["epochs"][0]["used"], [0.09, 0.09])
        self.assertGreater(self.check_every_field("report", report), 300)

    def test_the_reason_for_no_schedule_is_required_where_there_is_none(self):
        report = shortened(support.analyze(support.SAMPLE_RUN))
        self.assertTrue(validator("report").is_valid(report))
        self.assertFalse(validator("report").is_valid(
            without(report, ("runs", 0, "no_schedule"))))

    def test_every_field_of_inspect_is_required_and_typed(self):
        document = shortened(support.inspect(TEST_DATA_DIR / "links.h5"))
        self.assertGreater(self.check_every_field("inspect", document), 40)

    def test_values_out_of_range_are_refused(self):
        report = shortened(support.analyze(support.SAMPLE_RUN, *SCHEDULE))
        run = ("runs", 0)
        layer = (*run, "checkpoints", 0, "layers", 0)
        wrong = {
            ("schema",): "hindcast.report/2",
            (*run, "checkpoints", 0, "path"): "/an/absolute/path",
            (*run, "initial", "how"): "guessed",
            (*layer, "status"): "over-trained",
            (*layer, "rotation"): 2.5,
            (*layer, "rank_ratio"): 1.5,
            (*layer, "layout"): "NCHW",
            (*layer, "unfoldings", "output", "rows"): 0,
            (*layer, "unfoldings", "output", "solver"): "auto",
            (*layer, "unfoldings", "output", "low_rank", "exact", "rank"): None,
            (*layer, "unfoldings", "output", "low_rank", "exact", "noise_variance"): -1.0,
            (*run, "schedule", "epochs", 0, "rates", 0): -0.1,
            (*run, "schedule", "beta"): 1,
        }
        for path, value in wrong.items():
            broken = copy.deepcopy(report)
            parent_of(broken, path)[path[-1]] = value
            self.assertFalse(validator("report").is_valid(broken), path)

    def test_more_fields_are_allowed(self):
        report = shortened(support.analyze(support.SAMPLE_RUN, *SCHEDULE))
        for path in [(), *places_in(report)]:
            wider = copy.deepcopy(report)
            thing = functools.reduce(lambda part, key: part[key], path, wider)
            if isinstance(thing, dict) and not is_map(path):
                thing["one_more"] = "field"
                self.assertTrue(validator("report").is_valid(wider), path)


class Numbers(unittest.TestCase):
    """The checks of numbers above can fail."""

    def test_constants_are_refused(self):
        for text in ("[NaN]", "[Infinity]", "[-Infinity]"):
            with self.assertRaises(AssertionError):
                numbers_in(text)

    def test_digits_beyond_the_shortest_are_counted(self):
        for text in ("0.10000000000000001", "2.5000000000000001", "1.00000000000000005e-7"):
            self.assertGreater(significant_digits(text), significant_digits(repr(float(text))))
        for text in ("0.1", "25", "1e-07", "5e-324", "0.30000000000000004", "1200"):
            self.assertEqual(significant_digits(text), significant_digits(repr(float(text))))


if __name__ == "__main__":
    unittest.main()
