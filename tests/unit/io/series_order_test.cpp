#include "io/series_order.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "io/checkpoint_names.hpp"

using namespace hindcast::io;

namespace {

using Names = std::vector<std::string>;

CheckpointFile file(std::string_view name) {
  CheckpointFile found;
  found.path = std::filesystem::path("runs") / name;
  found.named_by = found.path;
  found.shown_path = name;
  found.format = "hdf5";
  return found;
}

CheckpointFile stating_epoch(std::string_view name, std::int64_t epoch) {
  CheckpointFile found = file(name);
  found.epoch = epoch;
  return found;
}

CheckpointFile stating_step(std::string_view name, std::int64_t step) {
  CheckpointFile found = file(name);
  found.step = step;
  return found;
}

CheckpointFile in_format(std::string_view format, std::string_view name) {
  CheckpointFile found = file(name);
  found.format = format;
  return found;
}

CheckpointFile holding(std::uint64_t content, std::string_view name) {
  CheckpointFile found = file(name);
  found.content = content;
  return found;
}

CheckpointFile with_content(std::uint64_t content, CheckpointFile found) {
  found.content = content;
  return found;
}

CheckpointFile given(CheckpointFile found) {
  found.initial = true;
  return found;
}

std::vector<CheckpointFile> files(const Names& names) {
  std::vector<CheckpointFile> all;
  for (const std::string& name : names) {
    all.push_back(file(name));
  }
  return all;
}

Names order(const CheckpointSeries& series) {
  Names names;
  for (const CheckpointFile& checkpoint : series.checkpoints) {
    names.push_back(checkpoint.shown_path);
  }
  return names;
}

std::string only_warning(const CheckpointSeries& series) {
  return series.warnings.size() == 1 ? series.warnings[0] : std::to_string(series.warnings.size());
}

}  // namespace

TEST_CASE("series_order: labelled epochs in numeric order") {
  const auto series = arrange(files({"epoch_10.h5", "epoch_2.h5", "epoch_1.h5"}));
  CHECK(order(series) == Names{"epoch_1.h5", "epoch_2.h5", "epoch_10.h5"});
  CHECK(series.checkpoints[2].epoch == 10);
  CHECK_FALSE(series.checkpoints[2].step.has_value());
  CHECK(series.checkpoints[2].name == "epoch_10");
  CHECK(series.warnings.empty());
}

TEST_CASE("series_order: an unlabelled number that varies is the epoch") {
  const auto series = arrange(files({"net2013_mini.100-0.65.hdf5", "net2013_mini.04-0.55.hdf5"}));
  CHECK(order(series) == Names{"net2013_mini.04-0.55.hdf5", "net2013_mini.100-0.65.hdf5"});
  CHECK(series.checkpoints[0].epoch == 4);
  CHECK(series.warnings.empty());
}

TEST_CASE("series_order: run-10 after run-2, and the 5 of .h5 is no epoch") {
  const auto series = arrange(files({"run-10.h5", "run-2.h5"}));
  CHECK(order(series) == Names{"run-2.h5", "run-10.h5"});
  CHECK_FALSE(arrange(files({"only.h5"})).checkpoints[0].epoch.has_value());
}

TEST_CASE("series_order: a suffix that is a step stays a step") {
  const auto series = arrange(files({"model.ckpt-1000", "model.ckpt-200"}));
  CHECK(order(series) == Names{"model.ckpt-200", "model.ckpt-1000"});
  CHECK(series.checkpoints[0].step == 200);
}

TEST_CASE("series_order: what a file states outranks its name") {
  const auto series = arrange({stating_epoch("epoch_1.h5", 7), stating_epoch("epoch_2.h5", 3)});
  CHECK(order(series) == Names{"epoch_2.h5", "epoch_1.h5"});
}

TEST_CASE("series_order: a step orders before an epoch does, unless the step never moves") {
  auto a = stating_epoch("a.h5", 1);
  auto b = stating_epoch("b.h5", 1);
  a.step = 20;
  b.step = 10;
  CHECK(order(arrange({a, b})) == Names{"b.h5", "a.h5"});
  CHECK(arrange({a, b}).order.by == "step");
  a.epoch = 2;
  a.step = 10;
  CHECK(order(arrange({a, b})) == Names{"b.h5", "a.h5"});
  CHECK(arrange({a, b}).order.by == "epoch");
  CHECK(arrange({a, b}).warnings.empty());
}

TEST_CASE("series_order: a step that starts over with every epoch counts within it") {
  const auto series = arrange(files({"epoch=1-step=50.ckpt", "epoch=0-step=90.ckpt",
                                     "epoch=1-step=90.ckpt", "epoch=0-step=50.ckpt"}));
  CHECK(order(series) == Names{"epoch=0-step=50.ckpt", "epoch=0-step=90.ckpt",
                               "epoch=1-step=50.ckpt", "epoch=1-step=90.ckpt"});
  CHECK(series.order.by == "epoch_and_step");
  CHECK(series.order.reason ==
        "epoch and, as steps start over with each, step: named as by PyTorch Lightning");
  CHECK(series.warnings.empty());
  CHECK(arrange(files({"epoch=0-step=90.ckpt", "epoch=1-step=180.ckpt"})).order.by == "step");
}

TEST_CASE("series_order: the order says what it rests on") {
  CHECK(arrange(files({"net.04-0.5.h5", "net.05-0.6.h5"})).order.reason ==
        "epoch: named as by Keras ModelCheckpoint");
  CHECK(arrange(files({"my_net_epoch_4.h5", "my_net_epoch_5.h5"})).order.reason ==
        "epoch: labelled in the names");
  CHECK(arrange(files({"run-2.h5", "run-3.h5"})).order.reason ==
        "epoch: the number by which the names differ");
  CHECK(arrange({stating_step("a.h5", 3), file("step_4.h5")}).order.reason ==
        "step: stated in the files; labelled in the names");
  CHECK(arrange(files({"a.h5", "b.h5"})).order.by == "name");
  CHECK(arrange(files({"a.h5"})).order.by == "none");
}

TEST_CASE("series_order: without any number the order is that of the names, and says so") {
  const auto series = arrange(files({"beta.h5", "alpha.h5"}));
  CHECK(order(series) == Names{"alpha.h5", "beta.h5"});
  CHECK(only_warning(series) == "no step or epoch in the files or their names: ordered by name");
}

TEST_CASE("series_order: steps for some and epochs for others cannot be compared") {
  const auto series = arrange(files({"epoch_9.h5", "step_1.h5"}));
  CHECK(order(series) == Names{"epoch_9.h5", "step_1.h5"});
  CHECK(only_warning(series) ==
        "some checkpoints state a step and others an epoch: ordered by name");
}

TEST_CASE("series_order: an unnumbered file goes after the numbered ones") {
  const auto series = arrange(files({"epoch_1.h5", "a.h5", "epoch_2.h5"}));
  CHECK(order(series) == Names{"epoch_1.h5", "epoch_2.h5", "a.h5"});
  CHECK(only_warning(series) ==
        "no step or epoch for 'a.h5': placed after the numbered checkpoints");
}

TEST_CASE("series_order: files with equal weights are one checkpoint under its best name") {
  const auto series = arrange({holding(1, "epoch_1.h5"), holding(2, "epoch_2.h5"),
                               holding(2, "last.h5"), holding(1, "best.h5"), holding(1, "a.h5")});
  CHECK(order(series) == Names{"epoch_1.h5", "epoch_2.h5"});
  CHECK(series.checkpoints[0].aliases == Names{"a.h5", "best.h5"});
  CHECK(series.checkpoints[1].aliases == Names{"last.h5"});
  CHECK(series.warnings.empty());
}

TEST_CASE("series_order: equal weights at two steps are both kept, with a warning") {
  const auto series = arrange({holding(1, "epoch_1.h5"), holding(1, "epoch_2.h5")});
  CHECK(order(series) == Names{"epoch_1.h5", "epoch_2.h5"});
  CHECK(only_warning(series) ==
        "'epoch_1.h5' and 'epoch_2.h5' hold the same weights: both are kept");
  // An initial checkpoint that equals the end of an epoch is a finding, not an alias.
  CHECK(order(arrange({holding(1, "init.h5"), holding(1, "epoch_0.h5")})) ==
        Names{"init.h5", "epoch_0.h5"});
}

TEST_CASE("series_order: a best one with weights of its own has no place, a last one is last") {
  const auto series = arrange({holding(1, "epoch_1.h5"), holding(2, "epoch_2.h5"),
                               holding(3, "last.h5"), holding(4, "best.h5")});
  CHECK(order(series) == Names{"epoch_1.h5", "epoch_2.h5", "last.h5"});
  CHECK(only_warning(series) ==
        "'best.h5' left out: no other checkpoint holds its weights, and nothing says when it was "
        "saved");
  CHECK(only_warning(arrange({holding(1, "epoch_12.pt"), holding(2, "best_012.pt")})) ==
        "'best_012.pt' left out: another checkpoint with other weights has its number");
}

TEST_CASE("series_order: a word that all names share says nothing") {
  const auto series = arrange(files({"init_a.h5", "init_b.h5"}));
  CHECK_FALSE(series.has_initial);
  CHECK(arrange(files({"init_a.h5", "b.h5"})).has_initial);
}

TEST_CASE("series_order: one odd name does not hide the numbers of the others") {
  const auto series = arrange(files({"net.1.h5", "net.2.h5", "net.10.h5", "model.h5"}));
  CHECK(order(series) == Names{"net.1.h5", "net.2.h5", "net.10.h5", "model.h5"});
  CHECK(series.checkpoints[2].epoch == 10);
}

TEST_CASE("series_order: a second version of a name comes after the first") {
  CHECK(order(arrange(files({"last-v1.ckpt", "last.ckpt", "last-v2.ckpt"}))) ==
        Names{"last.ckpt", "last-v1.ckpt", "last-v2.ckpt"});
}

TEST_CASE("series_order: a last one that no numbered file repeats stays") {
  const auto series = arrange(files({"epoch_1.h5", "epoch_2.h5", "last_epoch_3.h5"}));
  CHECK(order(series) == Names{"epoch_1.h5", "epoch_2.h5", "last_epoch_3.h5"});
  CHECK(series.warnings.empty());
}

TEST_CASE("series_order: best ones among themselves are a series") {
  CHECK(order(arrange(files({"best.10-0.6.h5", "best.04-0.5.h5"}))) ==
        Names{"best.04-0.5.h5", "best.10-0.6.h5"});
  CHECK(order(arrange(files({"best.h5", "last.h5"}))) == Names{"best.h5", "last.h5"});
}

TEST_CASE("series_order: a final one without a number goes last") {
  CHECK(order(arrange(files({"final.h5", "epoch_1.h5", "unnumbered.h5"}))) ==
        Names{"epoch_1.h5", "unnumbered.h5", "final.h5"});
}

TEST_CASE("series_order: one checkpoint in two formats keeps the format of the most") {
  const auto series = arrange({in_format("npz", "epoch_1.npz"), in_format("npz", "epoch_2.npz"),
                               in_format("hdf5", "epoch_1.h5")});
  CHECK(order(series) == Names{"epoch_1.npz", "epoch_2.npz"});
  CHECK(only_warning(series) ==
        "'epoch_1.h5' left out: it has the name of 'epoch_1.npz', in another format");
}

TEST_CASE("series_order: two files of one epoch are both kept, with a warning") {
  const auto series = arrange(files({"b_epoch_1.h5", "a_epoch_1.h5", "a_epoch_2.h5"}));
  CHECK(order(series) == Names{"a_epoch_1.h5", "b_epoch_1.h5", "a_epoch_2.h5"});
  CHECK(only_warning(series) ==
        "'a_epoch_1.h5' and 'b_epoch_1.h5' are both epoch 1: such checkpoints are kept in the "
        "order of their names");
}

TEST_CASE("series_order: the initial checkpoint is found by its name") {
  const auto series = arrange(files({"epoch_0.h5", "epoch_1.h5", "init.h5"}));
  CHECK(order(series) == Names{"init.h5", "epoch_0.h5", "epoch_1.h5"});
  CHECK(series.how == InitialEvidence::named);
  CHECK(series.how_reason == "named 'init'");
  CHECK(series.has_initial);
  CHECK(series.checkpoints[0].initial);
  CHECK_FALSE(series.checkpoints[1].initial);
  CHECK(series.warnings.empty());
}

TEST_CASE("series_order: the initial checkpoint is found by a negative epoch in the file") {
  const auto series = arrange({stating_epoch("a.h5", 0), stating_epoch("z.h5", -1)});
  CHECK(order(series) == Names{"z.h5", "a.h5"});
  CHECK(series.how_reason == "attribute epoch = -1");
}

TEST_CASE("series_order: step 0 is initial, in the name or in the file") {
  CHECK(arrange(files({"step_0.h5", "step_10.h5"})).how_reason == "step 0");
  CHECK(arrange(files({"iter_0.h5", "iter_10.h5"})).has_initial);
  CHECK(arrange({stating_step("a.h5", 0), stating_step("b.h5", 5)}).how_reason ==
        "attribute step = 0");
}

TEST_CASE("series_order: epoch 0 is never initial, and neither is checkpoint 0") {
  for (const Names& names : {Names{"epoch_0.h5", "epoch_1.h5"}, Names{"ckpt-0.h5", "ckpt-1.h5"},
                             Names{"run-0.h5", "run-1.h5"}}) {
    CAPTURE(names[0]);
    const auto series = arrange(files(names));
    CHECK_FALSE(series.has_initial);
    CHECK(series.how == InitialEvidence::first);
    CHECK(series.how_reason == "no initial checkpoint found");
    CHECK_FALSE(series.checkpoints[0].initial);
  }
}

TEST_CASE("series_order: a trained file whose name says init is not initial") {
  CHECK_FALSE(arrange(files({"init_epoch_5.h5", "init_epoch_6.h5"})).has_initial);
  CHECK_FALSE(arrange({stating_epoch("init.h5", 5)}).has_initial);
  CHECK_FALSE(arrange(files({"epoch_3-step_0.h5", "epoch_4-step_0.h5"})).has_initial);
}

TEST_CASE("series_order: of several candidates the best evidence wins, with a warning") {
  const auto series =
      arrange({file("init.h5"), file("step_0.h5"), stating_epoch("x.h5", -1), file("step_5.h5")});
  CHECK(series.checkpoints[0].shown_path == "x.h5");
  CHECK(series.warnings[0] ==
        "'init.h5' and 'step_0.h5' could be the initial checkpoint too; 'x.h5' is taken "
        "(attribute epoch = -1)");
  CHECK(order(arrange(files({"init.h5", "step_0.h5", "step_5.h5"}))) ==
        Names{"step_0.h5", "init.h5", "step_5.h5"});
}

TEST_CASE("series_order: the one the user gives is initial whatever it is called") {
  const auto series = arrange({file("epoch_1.h5"), given(file("epoch_3.h5")), file("epoch_2.h5")});
  CHECK(order(series) == Names{"epoch_3.h5", "epoch_1.h5", "epoch_2.h5"});
  CHECK(series.how == InitialEvidence::given);
  CHECK(series.how_reason == "--init");
  CHECK(series.has_initial);
}

TEST_CASE("series_order: an initial checkpoint that is given is never left out") {
  CHECK(order(arrange({given(file("best.h5")), file("epoch_1.h5")})) ==
        Names{"best.h5", "epoch_1.h5"});
  CHECK(order(arrange({given(in_format("npz", "a.npz")), in_format("hdf5", "a.h5"),
                       in_format("hdf5", "b_epoch_1.h5")})) == Names{"a.npz", "b_epoch_1.h5"});
}

TEST_CASE("series_order: the input's order does not matter") {
  const Names names = {"init.h5",  "epoch_1.h5", "epoch_2.h5", "epoch_10.h5", "best.h5",
                       "final.h5", "a.h5",       "b.h5",       "epoch_2.hdf5"};
  const auto expected = arrange(files(names));
  constexpr unsigned kSeed = 7;
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): a fixed seed makes a failure repeatable.
  std::mt19937 random(kSeed);
  Names shuffled = names;
  for (int i = 0; i < 50; ++i) {
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto series = arrange(files(shuffled));
    CHECK(order(series) == order(expected));
    CHECK(series.warnings == expected.warnings);
  }
}

TEST_CASE("series_order: names are stems, and file names where stems collide") {
  const auto series = arrange(files({"epoch_1.h5", "epoch_1.hdf5", "epoch_2.weights.h5"}));
  CHECK(series.checkpoints[0].name == "epoch_1.h5");
  CHECK(series.checkpoints[1].name == "epoch_1.hdf5");
  CHECK(series.checkpoints[2].name == "epoch_2");
}

TEST_CASE("series_order: nothing is a series of nothing") {
  const auto series = arrange({});
  CHECK(series.checkpoints.empty());
  CHECK_FALSE(series.has_initial);
  CHECK(series.warnings.empty());
}

TEST_CASE("checkpoint_names: only suffixes of checkpoints are taken off") {
  CHECK(checkpoint_stem("d/a.weights.h5") == "a");
  CHECK(checkpoint_stem("a.H5") == "a");
  CHECK(checkpoint_stem("model.ckpt-1000") == "model.ckpt-1000");
  CHECK(checkpoint_stem("v1.2") == "v1.2");
  CHECK(checkpoint_stem(".h5") == ".h5");
  CHECK(has_checkpoint_suffix("a.safetensors"));
  CHECK_FALSE(has_checkpoint_suffix("readme.md"));
  CHECK_FALSE(has_checkpoint_suffix("h5"));
}

TEST_CASE("checkpoint_names: ends of paths grow until they differ and never reach the root") {
  CHECK(distinct_names({"/data/a/run", "/data/b/run", "/data/c"}) == Names{"a/run", "b/run", "c"});
  CHECK(distinct_names({"/x/a/m", "/y/a/m"}) == Names{"x/a/m", "y/a/m"});
  CHECK(distinct_names({"/run", "/a/run"}) == Names{"run", "a/run"});
  CHECK(distinct_names({"run"}) == Names{"run"});
  CHECK(distinct_names({}).empty());
}

TEST_CASE("series_order: of two equal files the one called what it states is the checkpoint") {
  for (const std::int64_t counted_from : {0, 1}) {
    std::vector<CheckpointFile> all;
    for (std::int64_t epoch = 1; epoch < 8; ++epoch) {
      const std::string name = "epoch_0" + std::to_string(epoch + counted_from) + ".h5";
      const std::int64_t stated = epoch == 3 ? 6 : epoch;  // A copy of the sixth over the third.
      all.push_back(with_content(static_cast<std::uint64_t>(stated), stating_epoch(name, stated)));
    }
    const auto series = arrange(std::move(all));
    REQUIRE(series.checkpoints.size() == 6);
    const CheckpointFile& sixth = series.checkpoints[4];
    CHECK(sixth.epoch == 6);
    CHECK(sixth.shown_path == "epoch_0" + std::to_string(6 + counted_from) + ".h5");
    CHECK(sixth.aliases == Names{"epoch_0" + std::to_string(3 + counted_from) + ".h5"});
  }
}
