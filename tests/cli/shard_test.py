"""One report from several machines: the same bytes as from one, or a complaint."""

import json
import re
import shutil
import unittest

import numpy

import support
from errors_support import CommandTest, write_checkpoint

SCHEDULE = ("--init-lr", "0.05", "--linear")


class Shards(CommandTest):
    """`analyze --shard` and `merge` against `analyze`."""

    def write_part(self, shard, shards, *arguments, name="part", exit_code=0):
        """Runs one shard; the path of its part and its line on stdout."""
        path = self.place / f"{name}_{shard}.json"
        stdout, _ = self.program("analyze", *arguments, "--shard", f"{shard}/{shards}", "--json",
                                 path.name, exit_code=exit_code)
        return path, stdout

    def write_parts(self, shards, *arguments, **options):
        return [self.write_part(shard, shards, *arguments, **options)[0]
                for shard in range(1, shards + 1)]

    def outputs(self, *arguments, exit_code=0):
        """Everything that a command writes: stdout, stderr, JSON and each CSV file."""
        shutil.rmtree(self.place / "tables", ignore_errors=True)
        done = support.run(*arguments, "--json", "report.json", "--csv", "tables", cwd=self.place,
                           exit_code=exit_code)
        files = [self.place / "report.json", *sorted((self.place / "tables").iterdir())]
        return {"stdout": done.stdout, "stderr": done.stderr,
                **{path.name: path.read_bytes() for path in files}}

    def check_same(self, shards, *arguments, exit_code=0, verbosity=(), strict=()):
        """Merged parts, last first, are what one machine writes."""
        expected = self.outputs("analyze", *arguments, *verbosity, *strict, exit_code=exit_code)
        parts = self.write_parts(shards, *arguments)
        merged = self.outputs("merge", *reversed(parts), *verbosity, *strict, exit_code=exit_code)
        self.assertGreaterEqual(len(expected), 6)
        self.assertEqual(set(merged), set(expected))
        for name, content in expected.items():
            self.assertTrue(content == merged[name], f"{name} differs with {shards} shards")
        return json.loads(expected["report.json"])

    def test_the_sample_run(self):
        for shards in (1, 2, 3, 7):
            self.check_same(shards, support.SAMPLE_RUN, *SCHEDULE)
        self.check_same(2, support.SAMPLE_RUN)
        self.check_same(2, support.SAMPLE_RUN, "--solver", "partial", *SCHEDULE, "--evbmf", "exact")

    def test_several_runs_and_more_shards_than_tensors(self):
        support.write_troubled_run(self.place / "troubled")
        self.check_same(30, self.place / "troubled", *SCHEDULE)
        shutil.copytree(self.place / "troubled", self.place / "runs" / "a")
        shutil.copytree(support.SAMPLE_RUN, self.place / "runs" / "b")
        (self.place / "runs" / "c").mkdir()
        (self.place / "runs" / "c" / "epoch_1.h5").write_bytes(support.HDF5_SIGNATURE + b"no more")
        report = self.check_same(3, "runs", *SCHEDULE, verbosity=("--verbose",))
        self.assertEqual([len(run["checkpoints"]) for run in report["runs"]], [3, 11, 0])

    def test_a_troubled_run(self):
        support.write_troubled_run(self.place / "troubled")
        for shards in (1, 2, 3, 7):
            self.check_same(shards, "troubled", *SCHEDULE)
        self.check_same(2, "troubled", exit_code=3, strict=("--strict",))
        self.check_same(2, "troubled", verbosity=("--quiet",))
        self.check_same(2, "troubled", "--exclude", "nothing*", "--exclude", "broken*")

    def test_a_tensor_that_cannot_be_read(self):
        (self.place / "run").mkdir()
        for epoch in range(3):
            write_checkpoint(self.place / "run" / f"epoch_{epoch}.h5", epoch=epoch)
        whole = self.check_same(2, "run", "--memory", "3000")
        skipped = [one["ledger"]["skipped"] for one in whole["runs"][0]["checkpoints"]]
        self.assertEqual([one["unreadable"] for one in skipped], [1, 1, 1])

    def test_frozen_layers(self):
        (self.place / "run").mkdir()
        random = numpy.random.default_rng(3)
        frozen, moved = random.standard_normal((20, 30)), random.standard_normal((20, 30))
        for epoch in range(5):
            if epoch % 2 == 0:
                moved = moved + 0.1 * random.standard_normal((20, 30))
            numpy.savez(self.place / "run" / f"epoch_{epoch}.npz",
                        **{"a.weight": frozen, "b.weight": moved})
        for shards in (1, 2, 3, 7, 11):
            self.check_same(shards, "run", *SCHEDULE)
        unchanged = sum(outcome["result"] == "unchanged"
                        for path in self.place.glob("part_*.json")
                        for outcome in support.load(path)["outcomes"])
        self.assertEqual(unchanged, 4 + 2)

    def test_a_layer_that_is_frozen_but_was_left_out_before(self):
        """The measurements of an unchanged layer cannot always be taken over."""
        (self.place / "run").mkdir()
        weights = numpy.random.default_rng(4).standard_normal((6, 6))
        for epoch, name in enumerate(("x.weight", "x.weight", "y.weight", "x.weight")):
            numpy.savez(self.place / "run" / f"epoch_{epoch}.npz", **{name: weights})
        for shards in (2, 3, 5):
            self.check_same(shards, "run", "--one-run")

    def test_fused_projections(self):
        (self.place / "run").mkdir()
        random = numpy.random.default_rng(5)
        for epoch in range(3):
            write_checkpoint(self.place / "run" / f"epoch_{epoch}.h5",
                             {"attention.in_proj_weight": random.standard_normal((36, 12)),
                              "lstm.weight_ih_l0": random.standard_normal((32, 6)),
                              "lstm.weight_hh_l0": random.standard_normal((32, 8)),
                              "fc.weight": random.standard_normal((4, 12))}, epoch=epoch)
        for options in ((), ("--split-fused",)):
            report = self.check_same(3, "run", *SCHEDULE, *options)
        self.assertEqual(len(report["runs"][0]["checkpoints"][0]["layers"]), 3 + 4 + 4 + 1)

    def test_numbers_that_are_not_finite(self):
        (self.place / "run").mkdir()
        random = numpy.random.default_rng(6)
        for epoch in range(3):
            numpy.savez(self.place / "run" / f"epoch_{epoch}.npz",
                        **{"huge.weight": 1e200 * random.standard_normal((8, 9)),
                           "tiny.weight": 1e-200 * random.standard_normal((8, 9)),
                           "usual.weight": random.standard_normal((8, 9))})
        self.check_same(2, "run", *SCHEDULE)

    def test_names_that_are_not_utf_8(self):
        run = self.place / "run"
        run.mkdir()
        for epoch in range(2):
            name = f"mod\udce9l_{epoch}.h5"  # As Latin-1 writes it.
            write_checkpoint(self.place / "plain.h5", epoch=epoch)
            (self.place / "plain.h5").rename(run / name)
        self.check_same(2, "run")

    def test_scores_and_used_rates(self):
        for name in ("a", "b"):
            (self.place / "runs" / name).mkdir(parents=True)
            for epoch in range(3):
                write_checkpoint(self.place / "runs" / name / f"epoch_{epoch}.h5", epoch=epoch)
        (self.place / "runs" / "a" / "summary.csv").write_text(
            "epoch,train_loss,eval_top1,lr\n0,2.5,10,0.1\n1,1.5,20,0.05\n3,1.25,25,0.01\n")
        report = self.check_same(3, "runs", *SCHEDULE)
        self.assertEqual(report["runs"][0]["scores"]["source"], "timm")
        self.assertEqual(len(report["runs"][0]["warnings"]), 2)
        self.assertIn(0.05, report["runs"][0]["schedule"]["epochs"][0]["used"])
        self.check_same(2, "runs", "--no-scores")
        (self.place / "given.csv").write_text("run,checkpoint,accuracy\na,epoch_1,0.5\n")
        self.check_same(2, "runs", "--scores", "given.csv")
        (self.place / "given.csv").write_text("checkpoint,accuracy\nepoch_1,0.5\n")
        self.assertRegex(self.complaint("analyze", "runs", "--scores", "given.csv", "--shard",
                                        "1/2", "--json", "p"), "^given.csv: there are 2 runs")

    def test_options_that_do_not_fit_a_run(self):
        """One run fails and the others go on; where all fail, each shard says so."""
        for name in ("a", "b"):
            (self.place / "runs" / name).mkdir(parents=True)
        for epoch in range(3):
            write_checkpoint(self.place / "runs" / "a" / f"epoch_{epoch}.h5", epoch=epoch, step=epoch)
            write_checkpoint(self.place / "runs" / "b" / f"epoch_{epoch}.h5", epoch=epoch)
        self.check_same(2, "runs", *SCHEDULE, "--steps-per-epoch", "1")
        arguments = ("analyze", "runs/b", *SCHEDULE, "--steps-per-epoch", "1")
        complaint = self.complaint(*arguments)
        self.assertRegex(complaint, "--steps-per-epoch needs the step")
        self.assertEqual(self.complaint(*arguments, "--shard", "2/3", "--json", "part.json"),
                         complaint)

    def test_nothing_that_can_be_judged(self):
        (self.place / "run").mkdir()
        numpy.savez(self.place / "run" / "epoch_0.npz", **{"a.weight": numpy.full((4, 5), numpy.nan)})
        self.check_same(2, "run", exit_code=2)

    def test_threads_and_a_cache_do_not_matter(self):
        expected = [path.read_bytes() for path in self.write_parts(3, support.SAMPLE_RUN)]
        for options in (("--threads", "1"), ("--cache", "cache"), ("--cache", "cache")):
            parts = self.write_parts(3, support.SAMPLE_RUN, *options)
            self.assertEqual([path.read_bytes() for path in parts], expected)

    def test_a_shard_says_what_it_did(self):
        shares = []
        for shard in (1, 2, 3):
            _, line = self.write_part(shard, 3, support.SAMPLE_RUN)
            found = re.fullmatch(r"shard (\d) of 3: (\d+) of 66 layers, (\d+\.\d\d) % of the work\n",
                                 line)
            self.assertEqual(found[1], str(shard))
            shares.append((int(found[2]), float(found[3])))
        self.assertEqual(sum(layers for layers, _ in shares), 66)
        self.assertAlmostEqual(sum(share for _, share in shares), 100, delta=0.02)
        self.assertLess(max(share for _, share in shares), 40)

    def test_a_shard_tells_of_its_own_troubles(self):
        support.write_troubled_run(self.place / "troubled")
        for exit_code, options in ((0, ()), (3, ("--strict",))):
            _, lines = self.program("analyze", "troubled", "--shard", "1/2", "--json", "part.json",
                                    *options, exit_code=exit_code)
            self.assertRegex(lines[0], "^hindcast: warning: epoch_02.h5: ")
            self.assertEqual(len(lines), 2 if options else 1)
        (self.place / "part.json").unlink()
        complaint = self.complaint("analyze", "troubled/epoch_02.h5", "--shard", "1/2", "--json",
                                   "part.json")
        self.assertRegex(complaint, "^troubled/epoch_02.h5: ")
        self.assertFalse((self.place / "part.json").exists())


class Complaints(CommandTest):
    """What does not fit together is one line, and no report."""

    def setUp(self):
        super().setUp()
        (self.place / "run").mkdir()
        for epoch in range(3):
            write_checkpoint(self.place / "run" / f"epoch_{epoch}.h5", epoch=epoch)

    def write_part(self, name, number, *arguments):
        self.program("analyze", "run", "--shard", number, "--json", name, *arguments)

    def check(self, *parts, expected):
        self.assertEqual(self.complaint("merge", *parts, "--json", "report.json", "--csv", "tables"),
                         expected)
        self.assertFalse((self.place / "report.json").exists())
        self.assertFalse((self.place / "tables").exists())

    def test_shards_that_are_missing_or_doubled(self):
        for shard in range(1, 9):
            self.write_part(f"{shard}.json", f"{shard}/8")
        all_parts = [f"{shard}.json" for shard in range(1, 9)]
        self.check(*all_parts[:2], *all_parts[3:], expected="shard 3 of 8 is missing")
        self.check(*all_parts[1:2], *all_parts[5:7],
                   expected="shards 1, 3-5, 8 of 8 are missing")
        self.check(*all_parts, "4.json", expected="4.json: is shard 4 of 8, and so is 4.json")

    def test_parts_that_belong_to_different_reports(self):
        self.write_part("1.json", "1/2")
        self.write_part("2.json", "2/2")
        self.write_part("of_3.json", "2/3")
        self.check("1.json", "of_3.json",
                   expected="of_3.json: is shard 2 of 3, but 1.json is shard 1 of 2")
        for number, options in enumerate((("--init-lr", "0.1"), ("--min-size", "3"),
                                          ("--solver", "partial"), ("--kind", "linear"))):
            self.write_part(f"{number}_other.json", "2/2", *options)
            self.check("1.json", f"{number}_other.json",
                       expected=f"{number}_other.json: was made with other options than 1.json")
        write_checkpoint(self.place / "run" / "epoch_2.h5", epoch=2, loss=1.5)
        self.write_part("later.json", "2/2")
        self.check("1.json", "later.json",
                   expected="later.json: was made from other checkpoints than 1.json")
        text = (self.place / "2.json").read_text().replace('"version": "', '"version": "9')
        (self.place / "newer.json").write_text(text)
        self.assertRegex(self.complaint("merge", "1.json", "newer.json"),
                         r"^newer.json: was written by hindcast 9[\d.]+, but 1.json by [\d.]+$")

    def test_what_is_no_part(self):
        self.write_part("1.json", "1/2")
        self.program("analyze", "run", "--json", "report_of_all.json")
        (self.place / "empty.json").write_text("")
        whole = (self.place / "1.json").read_text()
        (self.place / "short.json").write_text(whole[:len(whole) // 2])
        for path, expected in (("run", "^run: is a directory$"),
                               ("gone.json", "^gone.json: no such file or directory$"),
                               ("empty.json", "^empty.json: .*"),
                               ("short.json", r"^short.json: line \d+, column \d+: not well-formed"),
                               ("run/epoch_0.h5", "^run/epoch_0.h5: line 1, column 1: "),
                               ("report_of_all.json", "^report_of_all.json: line 2, column .*: is no "
                                "part of a report: expected 'hindcast.part/1', not "
                                "'hindcast.report/1'")):
            with self.subTest(path=path):
                self.assertRegex(self.complaint("merge", "1.json", path), expected)

    def test_a_plan_that_was_edited(self):
        self.write_part("1.json", "1/1")
        text = (self.place / "1.json").read_text().replace('"epoch": 2', '"epoch": 3')
        (self.place / "1.json").write_text(text)
        self.check("1.json", expected="1.json: its plan is not the one it was made by")

    def test_options_that_do_not_go_with_a_shard(self):
        form = "--shard must be K/N with 1 <= K <= N <= 100000, such as 3/8, not "
        for number in ("3", "0/2", "3/2", "1/100001", "a/b", "1/2/3", "-1/2", "1/", "/2", "1 /2"):
            self.assertEqual(self.complaint("analyze", "run", f"--shard={number}", "--json", "p"),
                             f"{form}'{number}'")
        need = "--shard needs a file for its part of the report; give --json FILE"
        self.assertEqual(self.complaint("analyze", "run", "--shard", "1/2"), need)
        self.assertEqual(self.complaint("analyze", "run", "--shard", "1/2", "--json", "-"), need)
        for option in (("--csv", "tables"), ("--verbose",)):
            self.assertEqual(
                self.complaint("analyze", "run", "--shard", "1/2", "--json", "p", *option),
                f"{option[0]} is not for a shard: give it to 'hindcast merge'")
        self.assertEqual(self.files(), ["run"])

    def test_a_part_is_not_written_over(self):
        self.write_part("1.json", "1/1")
        self.assertEqual(self.complaint("merge", "1.json", "--json", "./1.json"),
                         "'./1.json' is a part and would be written over")


if __name__ == "__main__":
    unittest.main()
