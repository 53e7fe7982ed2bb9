"""What the tests of the gate share: reports, and running it."""

import copy
import functools
import json
import os
import subprocess
import unittest

import jsonschema

import support

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
XSD = support.SOURCE_DIR / "tests" / "support" / "junit.xsd"


def report_of(layers, run="run", checkpoint="last"):
    """A report of one checkpoint: name to rotation, or to several values."""
    entries = []
    for name, values in layers.items():
        values = values if isinstance(values, dict) else {"rotation": values}
        entries.append({"name": name, "kind": "conv", "shape": [2, 3], "status": "ok", **values})
    return {"schema": "hindcast.report/1", "runs": [
        {"name": run, "checkpoints": [
            {"name": checkpoint, "step": None, "epoch": 1, "layers": entries}]}]}


GOOD = report_of({"a": 0.5, "b": 0.25})
NULL = report_of({"a": 0.5, "b": None})
ALL_NULL = report_of({"a": None, "b": None})
WORSE = report_of({"a": 0.6, "b": 0.5})
UNREAD = copy.deepcopy(GOOD)
UNREAD["runs"][0]["unread"] = [{"path": "broken.h5", "reason": "is cut short"}]
TWO_RUNS = {**GOOD, "runs": GOOD["runs"] + report_of({"a": 0.5, "b": 0.25}, run="two")["runs"]}
LONGER = copy.deepcopy(GOOD)
LONGER["runs"][0]["checkpoints"].append({**GOOD["runs"][0]["checkpoints"][0], "name": "more",
                                         "epoch": 2})


@functools.cache
def validator(name):
    """Of one of the schemas that ship with the gate."""
    schema = support.load(support.SOURCE_DIR / "src" / "gate" / f"{name}.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


class GateTest(unittest.TestCase):
    """Runs the gate in a directory of its own, outside of any workflow."""

    def setUp(self):
        self.place = self.enterContext(support.temporary_directory())

    def write(self, name, content):
        """A file: text or bytes as they are, all else as JSON."""
        path = self.place / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content),
                            encoding="utf-8")
        return path

    def gate(self, *arguments, exit_code=0, environment=None):
        """What it wrote to stdout and to stderr."""
        done = support.run("gate", *arguments, exit_code=exit_code, cwd=self.place,
                           env={**CLEAN, **(environment or {})})
        return done.stdout.decode(), done.stderr.decode()

    def judged(self, report, *rules, exit_code=0, more=()):
        """The verdicts as JSON, which must be valid."""
        path = self.write("report.json", report)
        arguments = [part for rule in rules for part in ("--rule", rule)]
        out, _ = self.gate(path, *arguments, "--json", "-", *more, exit_code=exit_code)
        document = json.loads(out)
        errors = [f"{error.json_path}: {error.message}"
                  for error in validator("gate").iter_errors(document)]
        self.assertEqual(errors, [])
        return document

    def check_junit(self, name):
        """Against the schema that it keeps to."""
        subprocess.run(["xmllint", "--noout", "--nonet", "--schema", XSD, name], cwd=self.place,
                       check=True, capture_output=True)

    def reports(self, *contents):
        """Files seed_0.json and so on."""
        return [self.write(f"seed_{i}.json", content) for i, content in enumerate(contents)]


def baselines(paths):
    """The options that name them."""
    return [part for path in paths for part in ("--baseline", path)]


PASS = "min(rotation) >= 0.2"
FAIL = "min(rotation) >= 0.4"
NOTHING = "min(rotation, layers='x*') >= 0"
BASELINE = "mean(rotation) >= 0.95 * baseline"
