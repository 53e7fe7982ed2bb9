"""`analyze --metrics`: what was asked for, with the values it has among all, and nothing else."""

import json
import unittest

import support
from errors_support import CommandTest

RUN = support.SAMPLE_RUN
CHOSEN = ("rotation", "stable_rank", "spectral_norm")


class Metrics(CommandTest):
    """On the sample run."""

    def report(self, *arguments):
        """The report, and stdout."""
        path = self.place / "report.json"
        stdout, _ = self.program("analyze", RUN, "--json", path.name, *arguments)
        return json.loads(path.read_text(encoding="utf-8")), stdout

    @staticmethod
    def layers(report):
        return [layer for one in report["runs"][0]["checkpoints"] for layer in one["layers"]]

    def test_values_are_those_among_all(self):
        everything, _ = self.report()
        chosen, stdout = self.report("--metrics", ",".join(reversed(CHOSEN)))
        self.assertEqual(everything["options"]["metrics"], [])
        self.assertEqual(chosen["options"]["metrics"], list(CHOSEN))
        for expected, found in zip(self.layers(everything), self.layers(chosen), strict=True):
            for key in CHOSEN:
                if expected[key] is None:
                    self.assertIsNone(found[key])
                else:
                    self.assertAlmostEqual(found[key], expected[key],
                                           delta=1e-12 * abs(expected[key]))
            for key in ("knowledge_gain", "effective_rank", "condition_number", "step_rotation"):
                self.assertIsNone(found[key], key)
        for key in CHOSEN:
            self.assertIn(key, stdout)
        self.assertNotIn("knowledge gain", stdout)

    def test_bytes_do_not_depend_on_threads_cache_or_shards(self):
        options = ("--metrics", "spectral_norm,rotation")
        expected, _ = self.report(*options, "--threads", "1")
        for more in (("--threads", "2"), ("--cache", "c"), ("--cache", "c"), ()):
            found, _ = self.report(*options, *more)
            self.assertEqual(found, expected)
        parts = []
        for shard in (1, 2):
            parts.append(f"part_{shard}.json")
            self.program("analyze", RUN, *options, "--shard", f"{shard}/2", "--json", parts[-1])
        self.program("merge", *parts, "--json", "merged.json")
        self.assertEqual(json.loads((self.place / "merged.json").read_text("utf-8")), expected)

    def test_a_cache_keeps_chosen_metrics_apart_from_all(self):
        self.report("--cache", "c", "--metrics", "spectral_norm")
        found, _ = self.report("--cache", "c")
        expected, _ = self.report()
        self.assertEqual(found, expected)

    def test_a_schedule_needs_its_metric(self):
        _, stderr = self.program("analyze", RUN, "--metrics", "rotation", "--init-lr", "0.1",
                                 exit_code=2)
        self.assertIn("--init-lr needs knowledge_gain_reference", stderr[0])
        report, _ = self.report("--metrics", "knowledge_gain_reference", "--init-lr", "0.1")
        expected, _ = self.report("--init-lr", "0.1")
        self.assertEqual([one["rates"] for one in report["runs"][0]["schedule"]["epochs"]],
                         [one["rates"] for one in expected["runs"][0]["schedule"]["epochs"]])

    def test_unknown_metrics_are_refused(self):
        for typed, said in (("rotatoin", "did you mean 'rotation'?"), ("", "must not be empty")):
            _, stderr = self.program("analyze", RUN, "--metrics", typed, exit_code=2)
            self.assertEqual(len(stderr), 1)
            self.assertIn(said, stderr[0])


if __name__ == "__main__":
    unittest.main()
