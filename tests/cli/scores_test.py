"""What a training logged beside its checkpoints, as each trainer writes it, in the report."""

import csv
import json
import shutil
import unittest

import numpy

import support

SCHEDULE = ("--init-lr", "0.1", "--linear")
# As prescribed and as recorded: the published code computes in single precision.
RATE = 5e-5


def write_weights(path, seed, **attributes):
    """A checkpoint of one small layer; every seed has other weights."""
    random = numpy.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    support.write_checkpoint(path, {"fc.weight": random.standard_normal((6, 5)).astype("float32"),
                                    "fc.bias": random.standard_normal(6).astype("float32")},
                             **attributes)


def write_table(path, header, *rows):
    """A CSV file; None is an empty field."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def scores_of(run):
    """Checkpoint name to scores."""
    return {one["name"]: one["scores"] for one in run["checkpoints"]}


def used_after(run):
    """Checkpoint name to the rate of the first parameter that was used after it."""
    return {one["after"]: one["used"] and one["used"][0] for one in run["schedule"]["epochs"]}


def only_run(*arguments):
    """The only run of a report."""
    [run] = support.analyze("--one-run", *SCHEDULE, *arguments)["runs"]
    return run


class ScoresTest(unittest.TestCase):
    def setUp(self):
        place = support.temporary_directory()
        self.place = place.__enter__()
        self.addCleanup(place.__exit__, None, None, None)

    def check_source(self, run, **expected):
        self.assertIsNotNone(run["scores"], run["warnings"])
        self.assertEqual({key: run["scores"][key] for key in expected}, expected)

    def warnings(self, *arguments, exit_code=0):
        done = support.run("analyze", "--one-run", *arguments, exit_code=exit_code)
        return done.stderr.decode()


class Trainers(ScoresTest):
    """Each trainer's own files, with its own way of counting."""

    def test_keras(self):
        for epoch in (1, 2, 3):
            write_weights(self.place / f"weights.{epoch:02d}-0.{epoch}7.h5", epoch)
        write_table(self.place / "training.csv",
                    ("epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"),
                    (0, 0.5, 0.1, 1.5, 0.17, 2.0), (1, 0.6, 0.05, 1.25, 0.27, "nan"),
                    (2, 0.7, 0.025, 1.0, 0.37, "NA"), (3, 0.8, 0.0125, 0.75, 0.47, 1.0))
        run = only_run(self.place)
        self.check_source(run, source="keras", file="training.csv", matched_by="epoch", rows=4,
                          matched=3)
        self.assertEqual(scores_of(run), {
            "weights.01-0.17": {"accuracy": 0.5, "loss": 1.5, "val_accuracy": 0.17,
                                "val_loss": 2.0},
            "weights.02-0.27": {"accuracy": 0.6, "loss": 1.25, "val_accuracy": 0.27,
                                "val_loss": None},
            "weights.03-0.37": {"accuracy": 0.7, "loss": 1.0, "val_accuracy": 0.37}})
        self.assertEqual([one["used_rates"] for one in run["checkpoints"]],
                         [{"learning_rate": 0.1}, {"learning_rate": 0.05},
                          {"learning_rate": 0.025}])
        self.assertEqual(list(used_after(run).values()), [0.05, 0.025, 0.0125])
        self.assertEqual(run["schedule"]["epochs"][0]["used"], [0.05, 0.05])

    def test_history_of_keras_by_pandas(self):
        for epoch in (1, 2):
            write_weights(self.place / f"weights.{epoch:02d}.h5", epoch)
        rows = [(1.5, 0.5), (1.25, 0.75)]
        indexed = [(index, *row) for index, row in enumerate(rows)]
        for header, table in ((("", "loss", "val_accuracy"), indexed),
                              (("loss", "val_accuracy"), rows)):
            write_table(self.place / "history.csv", header, *table)
            run = only_run(self.place)
            self.check_source(run, source="keras", matched_by="epoch", matched=2)
            self.assertEqual(scores_of(run), {
                "weights.01": {"loss": 1.5, "val_accuracy": 0.5},
                "weights.02": {"loss": 1.25, "val_accuracy": 0.75}})

    def test_metrics_in_the_names_of_keras(self):
        for epoch in (1, 2):
            write_weights(self.place / f"weights.{epoch:02d}-0.{epoch}7.h5", epoch)
        run = only_run(self.place)
        self.check_source(run, source="names", file="", matched_by="name", matched=2)
        self.assertEqual(scores_of(run), {"weights.01-0.17": {"name_metric": 0.17},
                                          "weights.02-0.27": {"name_metric": 0.27}})
        self.assertIsNone(run["schedule"]["epochs"][0]["used"])

    def test_a_number_that_all_names_share_is_no_metric(self):
        for epoch in (1, 2):
            write_weights(self.place / f"mobilenet-{epoch:02d}-0.25.h5", epoch)
        self.assertIsNone(only_run(self.place)["scores"])

    def test_timm(self):
        for epoch in (0, 1, 2):
            write_weights(self.place / f"checkpoint-{epoch}.pth.tar", epoch)
        write_table(self.place / "summary.csv",
                    ("epoch", "train_loss", "eval_loss", "eval_top1", "eval_top5", "lr"),
                    (0, 3.5, 3.0, 50.5, 75.0, 0.1), (1, 2.5, 2.0, 60.5, 85.0, 0.2),
                    (2, 1.5, 1.0, 70.5, 95.0, 0.3))
        run = only_run(self.place)
        self.check_source(run, source="timm", file="summary.csv", matched_by="epoch", matched=3)
        self.assertEqual([one["scores"]["eval_top1"] for one in run["checkpoints"]],
                         [50.5, 60.5, 70.5])
        self.assertEqual(list(used_after(run).values()), [0.2, 0.3, None])

    def test_lightning(self):
        folder = self.place / "version_0"
        for epoch in (0, 1):
            step = 100 * (epoch + 1)
            write_weights(folder / "checkpoints" / f"epoch={epoch}-step={step}.ckpt", epoch)
        write_table(folder / "metrics.csv",
                    ("epoch", "lr-SGD", "step", "train_loss", "val_acc", "test_acc"),
                    (0, 0.1, 0, None, None, None), (0, None, 49, 3.5, None, None),
                    (0, None, 99, 2.5, None, None), (0, None, 99, None, 0.5, None),
                    (1, 0.05, 100, None, None, None), (1, None, 149, 1.5, None, None),
                    (1, None, 199, None, 0.75, None), (2, None, 200, None, None, 0.7))
        for path in (folder, folder / "checkpoints"):
            run = only_run(path)
            self.check_source(run, source="lightning", file="../metrics.csv", matched_by="step",
                              rows=8, matched=2)
            self.assertEqual(scores_of(run), {
                "epoch=0-step=100": {"train_loss": 2.5, "val_acc": 0.5},
                "epoch=1-step=200": {"train_loss": 1.5, "val_acc": 0.75, "test_acc": 0.7}})
            self.assertEqual([one["used_rates"] for one in run["checkpoints"]],
                             [{"lr-SGD": 0.1}, {"lr-SGD": 0.05}])
            self.assertEqual(list(used_after(run).values()), [0.05, None])

    def write_hugging_face(self, steps, history):
        for step in steps:
            folder = self.place / "run" / f"checkpoint-{step}"
            write_weights(folder / "weights.h5", step)
            shutil.move(folder / "weights.h5", folder / "pytorch_model.bin")
            until = [row for row in history if row["step"] <= step]
            (folder / "trainer_state.json").write_text(json.dumps({"log_history": until}))

    def test_hugging_face(self):
        history = [{"epoch": 0.5, "grad_norm": float("nan"), "learning_rate": 4e-05, "loss": 2.5,
                    "step": 500},
                   {"epoch": 0.5, "eval_accuracy": 0.5, "step": 500},
                   {"epoch": 1.0, "learning_rate": 2e-05, "loss": 1.5, "step": 1000},
                   {"epoch": 1.0, "eval_accuracy": 0.75, "step": 1000},
                   {"epoch": 1.5, "learning_rate": 1e-05, "loss": 0.5, "step": 1500}]
        self.write_hugging_face((500, 1000), history)
        run = only_run(self.place / "run")
        self.check_source(run, source="hugging_face", file="checkpoint-1000/trainer_state.json",
                          matched_by="step", rows=4, matched=2)
        self.assertEqual(scores_of(run), {
            "checkpoint-500": {"grad_norm": None, "loss": 2.5, "eval_accuracy": 0.5},
            "checkpoint-1000": {"loss": 1.5, "eval_accuracy": 0.75}})
        self.assertEqual(list(used_after(run).values()), [2e-05, None])
        # The run's own state goes on after the last checkpoint.
        (self.place / "run" / "trainer_state.json").write_text(json.dumps({"log_history": history}))
        run = only_run(self.place / "run")
        self.check_source(run, file="trainer_state.json", rows=5)
        self.assertEqual(list(used_after(run).values()), [2e-05, 1e-05])

    def test_hugging_face_that_logs_at_other_steps(self):
        history = [{"learning_rate": 5e-05, "loss": 2.5, "step": step}
                   for step in range(30, 1001, 30)]
        self.write_hugging_face((500, 990), history)
        run = only_run(self.place / "run")
        self.check_source(run, matched=2)
        self.assertEqual(scores_of(run), {"checkpoint-500": {}, "checkpoint-990": {"loss": 2.5}})
        self.assertIn("checkpoint-990/trainer_state.json: has no loss or metric for the step of "
                      "'checkpoint-500': rates only", run["warnings"])

    def test_a_damaged_state_gives_way_to_the_one_before(self):
        self.write_hugging_face((500, 1000), [{"loss": 2.5, "step": 500}])
        (self.place / "run" / "checkpoint-1000" / "trainer_state.json").write_text('{"log_history"')
        run = only_run(self.place / "run")
        self.check_source(run, file="checkpoint-500/trainer_state.json", matched=1)
        damaged = [one for one in run["warnings"] if "checkpoint-1000/trainer_state.json" in one]
        self.assertEqual(len(damaged), 1)
        self.assertIn("line 1, column", damaged[0])


class Given(ScoresTest):
    """--scores FILE."""

    def setUp(self):
        super().setUp()
        for epoch in (0, 1):
            write_weights(self.place / "run" / f"epoch_{epoch}.h5", epoch)
        self.table = self.place / "scores.csv"

    def test_by_checkpoint_and_in_place_of_what_lies_there(self):
        write_table(self.place / "run" / "history.csv", ("epoch", "loss"), (0, 5.0), (1, 6.0))
        write_table(self.table, ("checkpoint", "test_accuracy"), ("epoch_1", 0.75),
                    ("epoch_0.h5", 0.5))
        run = only_run(self.place / "run", "--scores", self.table)
        self.check_source(run, source="given", file="scores.csv", matched_by="checkpoint")
        self.assertEqual(scores_of(run), {"epoch_0": {"test_accuracy": 0.5},
                                          "epoch_1": {"test_accuracy": 0.75}})

    def test_several_runs_need_a_column(self):
        write_weights(self.place / "two" / "epoch_0.h5", 7)
        write_table(self.table, ("epoch", "acc"), (0, 0.5))
        done = support.run("analyze", self.place, "--scores", self.table, exit_code=2)
        self.assertIn(b"there are 2 runs, and no column 'run' says whose a row is", done.stderr)
        write_table(self.table, ("run", "epoch", "acc"), ("two", 0, 0.25), ("run", 0, 0.5),
                    ("run", 1, 0.75))
        one, two = support.analyze(self.place, "--scores", self.table)["runs"]
        self.assertEqual(scores_of(one), {"epoch_0": {"acc": 0.5}, "epoch_1": {"acc": 0.75}})
        self.assertEqual(scores_of(two), {"epoch_0": {"acc": 0.25}})

    def test_a_damaged_table_is_an_error(self):
        self.table.write_text("epoch,acc\n0,0.5\n1\n")
        for command in (["analyze", self.place / "run"],
                        ["gate", self.place / "run", "--rule", "min(rotation) >= 0"]):
            done = support.run(*command, "--scores", self.table, exit_code=2)
            self.assertEqual(done.stderr.decode(),
                             "hindcast: scores.csv: line 3: 1 fields, but the header has 2\n")

    def test_a_missing_table_is_an_error(self):
        done = support.run("analyze", self.place / "run", "--scores", "none.csv", exit_code=2)
        self.assertEqual(done.stderr.decode(), "hindcast: none.csv: no such file or directory\n")

    def test_what_has_no_row_is_told(self):
        write_table(self.table, ("epoch", "acc"), (1, 0.5))
        self.assertIn("scores.csv: has no row for 'epoch_0'",
                      self.warnings(self.place / "run", "--scores", self.table))
        write_table(self.table, ("epoch", "acc"), (8, 0.5))
        self.assertIn("none of its 1 rows has the epoch of a checkpoint",
                      self.warnings(self.place / "run", "--scores", self.table))

    def test_it_is_not_written_over(self):
        write_table(self.table, ("epoch", "acc"), (0, 0.5), (1, 0.75))
        before = self.table.read_bytes()
        for option, target in (("--csv", self.place), ("--json", self.table)):
            self.assertIn("is read with --scores and would be written over",
                          self.warnings(self.place / "run", "--scores", self.table, option, target,
                                        exit_code=2))
        support.run("gate", self.place / "run", "--scores", self.table, "--json", self.table,
                    "--rule", "min(rotation) >= 0", exit_code=2)
        self.assertEqual(self.table.read_bytes(), before)
        self.assertEqual(sorted(path.name for path in self.place.iterdir()), ["run", "scores.csv"])

    def test_both_options_contradict_each_other(self):
        self.assertIn("contradict", self.warnings(self.place / "run", "--no-scores", "--scores",
                                                  self.table, exit_code=2))


class Found(ScoresTest):
    """Logs that strangers, or chance, left beside checkpoints."""

    def setUp(self):
        super().setUp()
        self.run = self.place / "run"
        for epoch in (1, 2):
            write_weights(self.run / f"epoch_{epoch}.h5", epoch)

    def test_a_damaged_log_is_one_warning(self):
        (self.run / "history.csv").write_text('epoch,loss\n0,"1\n')
        lines = [line for line in self.warnings(self.run).splitlines() if "history.csv" in line]
        self.assertEqual(lines, ["hindcast: warning: history.csv: no scores from it: line 2: "
                                 "a quote is opened and never closed"])

    def test_an_empty_log_is_one_warning(self):
        (self.run / "history.csv").write_text("")
        self.assertIn("hindcast: warning: history.csv: no scores from it: it is empty\n",
                      self.warnings(self.run))

    def test_several_logs_are_not_chosen_from(self):
        for name in ("a.csv", "b.csv"):
            write_table(self.run / name, ("epoch", "loss"), (0, 1.0), (1, 2.0))
        self.assertIn("several logs lie beside the checkpoints, 'a.csv', 'b.csv': none is used",
                      self.warnings(self.run))
        self.assertIsNone(only_run(self.run)["scores"])

    def test_a_log_of_two_runs_is_nobodys(self):
        for epoch in (1, 2):
            write_weights(self.run / f"other-epoch_{epoch}.h5", 10 + epoch)
        write_table(self.run / "history.csv", ("epoch", "loss"), (0, 1.0), (1, 2.0))
        runs = support.analyze(self.run)["runs"]
        self.assertEqual(len(runs), 2)
        for run in runs:
            self.assertIsNone(run["scores"])
            self.assertIn("it lies beside several runs", " ".join(run["warnings"]))

    def test_no_scores(self):
        write_table(self.run / "history.csv", ("epoch", "loss"), (0, 1.0), (1, 2.0))
        self.check_source(only_run(self.run), source="keras", matched=2)
        self.assertIsNone(only_run(self.run, "--no-scores")["scores"])

    def test_a_link_that_leads_out_is_followed_on_request_only(self):
        write_table(self.place / "secret.csv", ("epoch", "loss"), (0, 1.0), (1, 2.0))
        (self.run / "history.csv").symlink_to(self.place / "secret.csv")
        self.assertIn("no scores from history.csv, which is a link that leads out",
                      self.warnings(self.run))
        self.assertIsNone(only_run(self.run)["scores"])
        self.check_source(only_run(self.run, "--follow-links"), source="keras")

    def test_names_cannot_steer_a_terminal(self):
        write_table(self.run / "history.csv", ("epoch", "loss", "\x1b[2Jé\n"), (0, "nan", 1.0),
                    (1, "", 2.0))
        done = support.run("analyze", "--one-run", "-v", self.run)
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        self.assertEqual(only_run(self.run)["checkpoints"][0]["scores"],
                         {"loss": None, "\x1b[2Jé\n": 1.0})


class Outputs(ScoresTest):
    """Where scores and rates go."""

    def setUp(self):
        super().setUp()
        for epoch in (1, 2):
            write_weights(self.place / "run" / f"epoch_{epoch}.h5", epoch)
        write_table(self.place / "run" / "history.csv", ("epoch", "loss", "val_accuracy", "lr"),
                    (0, 1.5, 0.5, 0.1), (1, "nan", 0.75, 0.18))

    def test_tables(self):
        support.run("analyze", "--quiet", self.place / "run", *SCHEDULE, "--csv",
                    self.place / "tables")
        self.assertEqual((self.place / "tables" / "scores.csv").read_text(),
                         "run,checkpoint,step,epoch,kind,name,value\n"
                         "run,epoch_1,,1,score,loss,1.5\n"
                         "run,epoch_1,,1,score,val_accuracy,0.5\n"
                         "run,epoch_1,,1,used_rate,lr,0.1\n"
                         "run,epoch_1,,1,next_used_rate,lr,0.18\n"
                         "run,epoch_2,,2,score,loss,\n"
                         "run,epoch_2,,2,score,val_accuracy,0.75\n"
                         "run,epoch_2,,2,used_rate,lr,0.18\n")
        rows = list(csv.DictReader((self.place / "tables" / "schedule.csv").open()))
        self.assertEqual([(row["after"], row["used_rate"]) for row in rows],
                         [("epoch_1", "0.18")] * 2 + [("epoch_2", "")] * 2)

    def test_terminal(self):
        text = support.run("analyze", "--quiet", self.place / "run", *SCHEDULE, "-v").stdout.decode()
        self.assertIn("scores: from 'history.csv' by epoch, 2 of 2 checkpoints; "
                      "val_accuracy 0.75 at 'epoch_2'\n", text)
        # (1 + beta) init_lr, as is prescribed after the first epoch.
        self.assertRegex(text, r"rates after +prescribed +used\nepoch_1 +0\.18 +0\.18\n"
                               r"epoch_2 +\S+( to \S+)? +-\n")
        self.assertIn("used rates are known after 1 of 2 epochs; 2 of 2 are within 1 %", text)
        self.assertRegex(text, r"checkpoint .* val_accuracy +path\n")

    def test_gates(self):
        folder = self.place / "run"
        for rule, exit_code in (("scores.val_accuracy >= 0.75", 0),
                                ("scores.val_accuracy > 0.75", 1),
                                ("value(scores.val_accuracy, checkpoints=every) >= 0.6", 1),
                                ("scores.loss < 2", 2),       # NaN passes nothing,
                                ("scores.val_acc > 0", 2)):   # nor does what is not there.
            support.run("gate", folder, "--rule", rule, exit_code=exit_code)
        self.assertIn(b"the report has no value", support.run(
            "gate", folder, "--no-scores", "--rule", "scores.val_accuracy > 0",
            exit_code=2).stdout)

    def test_a_report_that_is_read_keeps_them(self):
        report = self.place / "report.json"
        support.run("analyze", "--quiet", self.place / "run", *SCHEDULE, "--json", report)
        support.run("gate", report, "--rule", "scores.val_accuracy == 0.75")
        warned = support.run("gate", report, "--no-scores", "--rule", "min(knowledge_gain) >= 0")
        self.assertIn(b"is a report; --no-scores has no effect on it", warned.stderr)


class Oracle(unittest.TestCase):
    """A run trained with RMSGD: the rates it recorded, beside the ones prescribed for it."""

    def test_prescribed_rates_are_the_ones_used(self):
        folder = support.shared("oracle/rmsgd_run")
        oracle = support.load(folder / "oracle.json")
        parameters = oracle["params_in_order"]
        recorded = oracle["recorded_lr_in_training"]
        accuracy = oracle["test_accuracy_after_epoch"]
        with support.temporary_directory() as directory:
            # Recorded after an epoch, and so used in the next one; 0.05 in the first.
            rates = [[0.05] * len(parameters), *recorded]
            header = ("epoch", "test_accuracy", *(f"lr-{name}" for name in parameters))
            rows = [(epoch, score, *row) for epoch, (score, row)
                    in enumerate(zip([*accuracy, None], rates, strict=True))]
            write_table(directory / "scores.csv", header, *rows)
            [run] = support.analyze(folder, "--scores", directory / "scores.csv", "--init-lr",
                                    "0.05", "--beta", "0.9", "--linear")["runs"]
        self.assertEqual([one["scores"].get("test_accuracy") for one in run["checkpoints"]],
                         [None, *accuracy])
        self.assertEqual(run["schedule"]["parameters"], parameters)
        self.assertEqual([one["used"] for one in run["schedule"]["epochs"]], recorded)
        compared = 0
        for epoch in run["schedule"]["epochs"]:
            for prescribed, used in zip(epoch["rates"], epoch["used"], strict=True):
                self.assertAlmostEqual(prescribed, used, delta=RATE)
                compared += 1
        self.assertEqual(compared, 12 * 16)

    def test_other_runs_have_their_accuracy(self):
        for name in ("sgd_run", "adamw_run"):
            folder = support.shared(f"oracle/{name}")
            accuracy = support.load(folder / "oracle.json")["test_accuracy_after_epoch"]
            with support.temporary_directory() as directory:
                write_table(directory / "scores.csv", ("epoch", "test_accuracy"),
                            *enumerate(accuracy))
                [run] = support.analyze(folder, "--scores", directory / "scores.csv")["runs"]
            self.assertEqual([one["scores"].get("test_accuracy") for one in run["checkpoints"]],
                             [None, *accuracy])


if __name__ == "__main__":
    unittest.main()
