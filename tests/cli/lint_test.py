"""`hindcast lint`: every planted fault is found where it is, and nothing in clean series."""

import json
import shutil
import unittest

import jsonschema
import numpy

import lint_series
import support
from errors_support import CommandTest, write_checkpoint, write_truncated

SEEDS = 20
CLEAN_SERIES = 200


def weights(seed, *shape):
    """Reproducible single-precision weights."""
    return numpy.random.default_rng(seed).standard_normal(shape).astype("<f4")


def walk(count, seed=0):
    """A small network of a layer and a bias at so many checkpoints of a random walk."""
    steps = [{"fc.weight": weights(100 * seed + k, 12, 16), "fc.bias": weights(100 * seed + k, 12)}
             for k in range(count)]
    scaled = [{name: (1.0 if k == 0 else 0.1) * values for name, values in step.items()}
              for k, step in enumerate(steps)]
    return [{name: sum(step[name] for step in scaled[:k + 1]) for name in scaled[0]}
            for k in range(count)]


class LintTest(CommandTest):
    def lint(self, *arguments, exit_code=0):
        """The findings as JSON."""
        text, _ = self.program("lint", "--quiet", "--json", "-", *arguments, exit_code=exit_code)
        return json.loads(text)

    def findings(self, *arguments, exit_code=1):
        """Those of the only run."""
        (run,) = self.lint(*arguments, exit_code=exit_code)["runs"]
        return run["findings"]

    def write_walk(self, directory, names, **attributes):
        """A clean run, one checkpoint for each name."""
        for k, (name, tensors) in enumerate(zip(names, walk(len(names)))):
            numbers = {key: values[k] for key, values in attributes.items()}
            write_checkpoint(self.place / directory / name, tensors, **numbers)


class MadeSeries(LintTest):
    def test_no_finding_in_clean_series(self):
        for seed in range(CLEAN_SERIES):
            lint_series.write_series(self.place / "runs" / f"run_{seed}",
                                     *lint_series.clean_series(seed))
        report = self.lint("runs")
        self.assertEqual(len(report["runs"]), CLEAN_SERIES)
        self.assertEqual([run for run in report["runs"] if run["findings"]], [])
        self.assertTrue(all(run["layers"] == 3 and run["checkpoints"] >= 8
                            for run in report["runs"]))

    def test_every_planted_fault_is_found_and_nothing_else(self):
        planted = {}
        for fault in lint_series.FAULTS:
            for seed in range(SEEDS):
                name = f"{fault}_{seed}"
                steps, series, planted[name] = lint_series.faulty_series(fault, seed)
                lint_series.write_series(self.place / "runs" / name, steps, series)
        report = self.lint("runs", exit_code=1)
        self.assertEqual({run["name"] for run in report["runs"]}, set(planted))
        wrong = []
        for run in report["runs"]:
            found = [{"kind": finding["kind"], "step": finding["step"],
                      "layers": sorted(finding["layers"]), "other_step": finding["other_step"]}
                     for finding in run["findings"]]
            if sorted(map(str, found)) != sorted(map(str, planted[run["name"]])):
                wrong.append((run["name"], found, planted[run["name"]]))
        self.assertEqual(wrong, [])
        kinds = {one["kind"] for faults in planted.values() for one in faults}
        self.assertGreaterEqual(len(kinds), 13)

    def test_where_the_speed_changes_it_may_be_the_other_way_round(self):
        wrong = 0
        for seed in range(SEEDS):
            random = numpy.random.default_rng(seed)
            steps = lint_series.SPACINGS[("even", "doubling")[seed % 2]](12)
            series = lint_series.trained(random, lint_series.initial(random), steps, "cosine")
            target = int(random.integers(2, 9))
            series[target] = series[target + 1]
            lint_series.write_series(self.place / f"run_{seed}", steps, series)
            (finding,) = self.findings(f"run_{seed}")
            if finding["step"] != steps[target]:
                wrong += 1
                self.assertEqual((finding["step"], finding["other_step"]),
                                 (steps[target + 1], steps[target]))
                self.assertTrue(finding["evidence"].endswith(", or the other way round"), finding)
        self.assertLess(0, wrong)

    def test_a_jump_comes_with_exact_rotations(self):
        steps, series, _ = lint_series.faulty_series("intruder", 1)
        lint_series.write_series(self.place / "run", steps, series)
        (finding,) = self.findings("run")
        at = steps.index(finding["step"])

        def rotation(k):
            return numpy.mean([1.0 - numpy.sum(series[k][name] * series[0][name], dtype="f8")
                               / numpy.linalg.norm(series[k][name].astype("f8"))
                               / numpy.linalg.norm(series[0][name].astype("f8"))
                               for name in lint_series.LAYERS])
        for got, k in zip(finding["rotation"], (at - 1, at, at + 1)):
            self.assertAlmostEqual(got, rotation(k), delta=1e-6)
        self.assertIn(f"here {rotation(at):.4g}", finding["evidence"])

    def test_the_number_of_threads_changes_nothing(self):
        for fault in ("swap", "foreign_shard"):
            steps, series, _ = lint_series.faulty_series(fault, 3)
            lint_series.write_series(self.place / "runs" / fault, steps, series)
        outputs = {self.program("lint", "runs", "--json", "-", "--threads", threads,
                                exit_code=1)[0] for threads in (1, 2)}
        self.assertEqual(len(outputs), 1)


class RealRuns(LintTest):
    def test_real_runs_are_clean(self):
        runs = [support.SAMPLE_RUN, support.SAMPLE_RUN.with_name("digits_cnn_onnx")]
        for run in runs:
            self.assertEqual(self.findings(run, exit_code=0), [])

    def test_oracle_runs_are_clean(self):
        for run in support.ORACLE_RUNS:
            self.assertEqual(self.findings(support.shared(f"oracle/{run}"), exit_code=0), [])

    def test_real_sequences(self):
        """Two filters of this network do die, and its last file is of another run."""
        report = self.lint(support.shared("corpus/sequences"), exit_code=1)
        faces, words = report["runs"]
        found = [(finding["kind"], finding["epoch"]) for finding in faces["findings"]]
        self.assertEqual(found, [("two_runs", 119), ("dead_filter", 51), ("dead_filter", 97),
                                 ("vanished_layer", 119)])
        self.assertEqual(words["findings"], [])

    def test_faults_in_the_sample_run(self):
        run = self.place / "run"
        shutil.copytree(support.SAMPLE_RUN, run)
        shutil.copyfile(run / "epoch_09.h5", run / "epoch_04.h5")
        (finding,) = self.findings(run)
        self.assertEqual((finding["kind"], finding["epoch"], finding["path"],
                          finding["other_checkpoint"]),
                         ("identical_checkpoints", 4, "epoch_04.h5", "epoch_09"))
        self.assertIn("'epoch_09.h5'", finding["evidence"])


class Claims(LintTest):
    """What files, names and copies say."""

    NAMES = [f"step_{100 * k}.h5" for k in range(8)]
    STEPS = [100 * k for k in range(8)]

    def test_files_and_names_that_agree(self):
        self.write_walk("run", self.NAMES, step=self.STEPS)
        self.assertEqual(self.findings("run", exit_code=0), [])

    def test_a_file_that_states_another_step(self):
        self.write_walk("run", self.NAMES, step=[0, 100, 200, 300, 450, 500, 600, 700])
        (finding,) = self.findings("run")
        self.assertEqual((finding["kind"], finding["step"], finding["path"]),
                         ("step_contradiction", 450, "step_400.h5"))

    def test_names_may_count_from_one(self):
        names = [f"epoch_{k + 1}.h5" for k in range(8)]
        self.write_walk("run", names, epoch=list(range(8)))
        self.assertEqual(self.findings("run", exit_code=0), [])

    def test_a_step_claimed_twice(self):
        self.write_walk("run", ["a.h5", "b.h5", "c.h5", "d.h5"], step=[1, 2, 2, 3])
        (finding,) = self.findings("run")
        self.assertEqual((finding["kind"], finding["step"], finding["other_checkpoint"]),
                         ("repeated_step", 2, "b"))

    def test_the_first_step_of_a_warm_up_is_a_note(self):
        for first, exit_code, severity in ((1, 0, "note"), (10, 1, "warning")):
            place = self.place / f"from_{first}"
            self.write_walk(place, ["step_0.h5", f"step_{first}.h5", "step_20.h5", "step_30.h5"])
            shutil.copyfile(place / "step_0.h5", place / f"step_{first}.h5")
            (finding,) = self.findings(place, exit_code=exit_code)
            self.assertEqual((finding["kind"], finding["severity"], finding["step"]),
                             ("identical_checkpoints", severity, first))

    def test_a_copy_called_last_is_no_finding(self):
        self.write_walk("run", self.NAMES)
        shutil.copyfile(self.place / "run" / "step_700.h5", self.place / "run" / "last.h5")
        self.assertEqual(self.findings("run", exit_code=0), [])

    def test_a_trained_network_that_is_the_given_initial_one(self):
        write_checkpoint(self.place / "start.h5", walk(1)[0])
        shutil.copyfile(self.place / "start.h5", self.place / "trained.h5")
        (finding,) = self.findings("trained.h5", "--init", "start.h5")
        self.assertEqual((finding["kind"], finding["path"]), ("still_initial", "trained.h5"))


    def test_a_network_given_as_its_own_initial_one_is_compared_with_nothing(self):
        write_checkpoint(self.place / "one.h5", walk(1)[0])
        for arguments in (("one.h5",), ("one.h5", "--init", "one.h5")):
            _, lines = self.program("lint", *arguments)
            self.assertEqual(lines, ["hindcast: warning: one checkpoint, which is compared with "
                                     "no other"])


class Severities(LintTest):
    def test_fail_on(self):
        series = walk(6)
        for k, tensors in enumerate(series):
            write_checkpoint(self.place / "run" / f"step_{k}.h5",
                             {**tensors, "head.weight": series[0]["fc.weight"]})
        self.assertEqual([(finding["kind"], finding["severity"], finding["layer"])
                          for finding in self.findings("run")],
                         [("frozen_layer", "warning", "head.weight")])
        self.findings("run", "--fail-on", "note")
        self.findings("run", "--fail-on", "error", exit_code=0)
        self.assertEqual(self.findings("run", "--exclude", "head.*", exit_code=0), [])

    def test_a_frozen_embedding_is_a_note(self):
        series = walk(6)
        for k, tensors in enumerate(series):
            write_checkpoint(self.place / "run" / f"step_{k}.h5",
                             {**tensors, "embed_tokens.weight": weights(9, 40, 8)})
        (finding,) = self.findings("run", exit_code=0)
        self.assertEqual((finding["kind"], finding["severity"]), ("frozen_layer", "note"))
        self.findings("run", "--fail-on", "note")


class Incomplete(LintTest):
    """What cannot be read was not judged."""

    def setUp(self):
        super().setUp()
        for k, tensors in enumerate(walk(5)):
            write_checkpoint(self.place / "run" / f"step_{k}.h5", tensors)
        write_truncated(self.place / "run" / "step_5.h5")

    def test_an_unread_checkpoint(self):
        text, lines = self.program("lint", "run")
        self.assertIn("unread_checkpoint", text)
        self.assertEqual(len(lines), 1)
        self.assertIn("warning: step_5.h5: ", lines[0])
        _, lines = self.program("lint", "run", "--strict", exit_code=3)
        self.assertIn("incomplete", lines[-1])

    def test_a_finding_outranks_it(self):
        shutil.copyfile(self.place / "run" / "step_1.h5", self.place / "run" / "step_3.h5")
        self.program("lint", "run", "--strict", exit_code=1)

    def test_nothing_read(self):
        self.assertIn("step_5.h5", self.complaint("lint", "run/step_5.h5"))
        self.assertIn("no such file", self.complaint("lint", "nowhere").lower())
        self.assertEqual(self.complaint("lint"), "PATH is required; see 'hindcast lint --help'")


class Outputs(LintTest):
    def write_faults(self):
        for fault in ("intruder", "dead_filter", "repeated_final", "non_finite", "vanished_layer"):
            steps, series, _ = lint_series.faulty_series(fault, 0)
            lint_series.write_series(self.place / "runs" / fault, steps, series)
        lint_series.write_series(self.place / "runs" / "clean", *lint_series.clean_series(0))
        broken = self.place / "runs" / "clean" / "broken.safetensors"
        broken.write_bytes(b"\x08" + b"\0" * 7 + b"{}")

    def test_json_is_valid(self):
        self.write_faults()
        schema = support.load(support.SOURCE_DIR / "src" / "lint" / "lint.schema.json")
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        report = self.lint("runs", exit_code=1)
        self.assertEqual([error.message for error in validator.iter_errors(report)], [])
        explained, _ = self.program("lint", "--explain")
        self.assertEqual([line.split()[0] for line in explained.splitlines()],
                         schema["definitions"]["finding"]["properties"]["kind"]["enum"])
        counts = [finding["severity"] for run in report["runs"] for finding in run["findings"]]
        self.assertEqual(report["counts"], {severity: counts.count(severity)
                                            for severity in ("error", "warning", "note")})
        for path in (("runs", 0, "findings"), ("counts",), ("tool", "version")):
            broken = json.loads(json.dumps(report))
            parent = broken
            for key in path[:-1]:
                parent = parent[key]
            del parent[path[-1]]
            self.assertFalse(validator.is_valid(broken), path)

    def test_a_file_gets_what_stdout_gets(self):
        self.write_faults()
        text, _ = self.program("lint", "runs", "-q", "--json", "-", exit_code=1)
        table, _ = self.program("lint", "runs", "-q", "--json", "lint.json", exit_code=1)
        self.assertEqual((self.place / "lint.json").read_text(), text)
        self.assertIn("run 'clean', ", table)
        self.assertRegex(table, r"\nlint: \d+ errors, \d+ warnings?, \d+ notes? "
                                r"in \d+ checkpoints of 6 runs\n$")

    def test_a_clean_run_says_what_was_looked_at(self):
        text, lines = self.program("lint", support.SAMPLE_RUN)
        self.assertEqual(lines, [])
        self.assertEqual(text, "run 'digits_cnn', 11 checkpoints, 6 layers, 14 other tensors: "
                               "no findings\n\nlint: no findings in 11 checkpoints of 1 run\n")


if __name__ == "__main__":
    unittest.main()
