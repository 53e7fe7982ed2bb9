#include "analysis/match_scores.hpp"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace hindcast;
using Number = std::optional<std::int64_t>;

namespace {

const io::ScoreSource& source(std::string_view id) {
  for (const io::ScoreSource* const one : io::score_sources()) {
    if (one->id == id) {
      return *one;
    }
  }
  return io::given_scores;
}

io::CheckpointFile checkpoint(Number step, Number epoch, bool initial = false) {
  io::CheckpointFile file;
  file.name = initial ? "init" : "c" + std::to_string(step.value_or(0) + epoch.value_or(0));
  file.path = file.name + ".h5";
  file.step = step;
  file.epoch = epoch;
  file.initial = initial;
  return file;
}

std::string text_of(const std::vector<report::LoggedNumber>& numbers) {
  std::string out;
  for (const report::LoggedNumber& number : numbers) {
    out += (out.empty() ? "" : " ") + number.name + "=" +
           (number.value ? shortest(*number.value) : "none");
  }
  return out;
}

// One line for each checkpoint: "scores | used | next".
std::vector<std::string> lines(const analysis::ScoreMatch& match) {
  std::vector<std::string> out;
  for (const analysis::CheckpointScores& one : match.checkpoints) {
    out.push_back(text_of(one.scores) + " | " + text_of(one.used_rates) + " | " +
                  text_of(one.next_used_rates));
  }
  return out;
}

analysis::ScoreMatch match(std::string_view id, std::string_view text,
                           const std::vector<io::CheckpointFile>& checkpoints) {
  return analysis::match_scores(source(id).read(text), source(id), checkpoints);
}

using Lines = std::vector<std::string>;

constexpr std::string_view kKeras = "epoch,loss,lr\n0,9,0.5\n1,8,0.25\n2,7,0.125\n";

}  // namespace

TEST_CASE("match_scores: Keras' names count epochs from 1, its log from 0") {
  const auto matched = match("keras", kKeras, {checkpoint({}, 1), checkpoint({}, 3)});
  CHECK(matched.by == "epoch");
  CHECK(lines(matched) == Lines{"loss=9 | lr=0.5 | lr=0.25", "loss=7 | lr=0.125 | "});
  CHECK(matched.reason == "the log counts epochs from 0, the names of the checkpoints from 1");
}

TEST_CASE("match_scores: an epoch 0 shows that names count from 0") {
  const auto matched =
      match("keras", kKeras, {checkpoint({}, -1, true), checkpoint({}, 0), checkpoint({}, 2)});
  CHECK(lines(matched) ==
        Lines{" |  | lr=0.5", "loss=9 | lr=0.5 | lr=0.25", "loss=7 | lr=0.125 | "});
  CHECK(matched.reason.ends_with("count from 0 as the log does"));
}

TEST_CASE("match_scores: timm counts from 0 everywhere") {
  const auto matched = match("timm", "epoch,train_loss,eval_top1\n0,1,50\n1,2,60\n",
                             {checkpoint({}, 1), checkpoint({}, 5)});
  CHECK(lines(matched) == Lines{"train_loss=2 eval_top1=60 |  | ", " |  | "});
}

TEST_CASE("match_scores: Hugging Face's scores are those of the very step") {
  constexpr std::string_view kHistory = R"({"log_history": [
    {"step": 10, "loss": 4, "learning_rate": 0.1}, {"step": 20, "loss": 3, "learning_rate": 0.2},
    {"step": 20, "eval_loss": NaN}, {"step": 30, "loss": 2, "learning_rate": 0.3}]})";
  const auto matched = match("hugging_face", kHistory, {checkpoint(20, {}), checkpoint(25, {})});
  CHECK(matched.by == "step");
  CHECK(lines(matched) ==
        Lines{"loss=3 eval_loss=none | learning_rate=0.2 | ", " |  | learning_rate=0.3"});
}

TEST_CASE("match_scores: Lightning's are the last up to the step, one row less than it") {
  constexpr std::string_view kLog =
      "epoch,step,loss,val_acc,test_acc,lr-SGD\n0,0,,,,0.5\n0,49,3,,,\n0,99,2,,,\n0,99,,0.7,,\n"
      "1,100,,,,0.25\n1,100,1.9,,,\n1,199,1,,,\n1,200,,,0.8,\n";
  const auto matched =
      match("lightning", kLog, {checkpoint(0, {}, true), checkpoint(100, 0), checkpoint(200, 1)});
  CHECK(lines(matched) == Lines{" |  | lr-SGD=0.5", "loss=2 val_acc=0.7 | lr-SGD=0.5 | lr-SGD=0.25",
                                "loss=1 test_acc=0.8 | lr-SGD=0.25 | "});
}

TEST_CASE("match_scores: what was logged before the checkpoint before is not this one's") {
  const auto matched = match("lightning", "epoch,step,val_acc\n0,99,0.7\n0,149,\n",
                             {checkpoint(100, {}), checkpoint(150, {})});
  CHECK(lines(matched) == Lines{"val_acc=0.7 |  | ", " |  | "});
}

TEST_CASE("match_scores: two checkpoints of one step have the same scores and rates") {
  const auto matched = match("lightning", "epoch,step,val_acc,lr\n0,99,0.7,0.5\n0,149,,0.25\n",
                             {checkpoint(100, {}), checkpoint(100, {}), checkpoint(150, {})});
  CHECK(lines(matched) ==
        Lines{"val_acc=0.7 | lr=0.5 | lr=0.25", "val_acc=0.7 | lr=0.5 | lr=0.25", " | lr=0.25 | "});
}

TEST_CASE("match_scores: Lightning's names without a step go by the epoch") {
  const auto matched = match("lightning", "epoch,step,val_acc\n0,99,0.7\n1,199,0.8\n",
                             {checkpoint({}, 0), checkpoint({}, 1)});
  CHECK(lines(matched) == Lines{"val_acc=0.7 |  | ", "val_acc=0.8 |  | "});
}

TEST_CASE("match_scores: Lightning's old names count steps from 0, as the epochs show") {
  const std::string_view log =
      "epoch,lr-Adam,step,val_acc\n0,,49,\n,0.1,99,\n0,,99,0.5\n1,,149,\n,0.2,199,\n1,,199,0.75\n";
  const Lines expected = {"val_acc=0.5 | lr-Adam=0.1 | lr-Adam=0.2",
                          "val_acc=0.75 | lr-Adam=0.2 | "};
  CHECK(lines(match("lightning", log, {checkpoint(99, 0), checkpoint(199, 1)})) == expected);
  CHECK(lines(match("lightning", log, {checkpoint(100, 0), checkpoint(200, 1)})) == expected);
  // In the middle of an epoch it is no sign of anything.
  CHECK(lines(match("lightning", log, {checkpoint(99, 0), checkpoint(150, 1)})) ==
        Lines{" |  | lr-Adam=0.1", "val_acc=0.5 | lr-Adam=0.1 | lr-Adam=0.2"});
}

TEST_CASE("match_scores: Lightning's rates without an epoch belong to that of their step") {
  const std::string_view log =
      "epoch,lr-Adam,step,loss\n,0.1,49,\n0,,49,2\n,0.1,74,\n0,,99,1\n,0.2,149,\n1,,149,0.5\n";
  const auto found = match("lightning", log, {checkpoint({}, 0), checkpoint({}, 1)});
  CHECK(lines(found) == Lines{"loss=1 | lr-Adam=0.1 | lr-Adam=0.2", "loss=0.5 | lr-Adam=0.2 | "});
  CHECK(found.warnings.empty());
  const std::string_view between = "epoch,lr-Adam,step,loss\n0,,99,1\n,0.2,100,\n1,,149,0.5\n";
  const auto unknown = match("lightning", between, {checkpoint({}, 0), checkpoint({}, 1)});
  CHECK(lines(unknown) == Lines{"loss=1 |  | ", "loss=0.5 |  | "});
  CHECK(unknown.warnings ==
        Lines{"1 of its rows state no epoch, and nothing tells it: left out, such as 'lr-Adam'"});
}

TEST_CASE("match_scores: steps that start over with every epoch are not the log's") {
  const std::vector<io::CheckpointFile> restarting = {checkpoint(50, 0), checkpoint(10, 1)};
  const auto matched = match("given", "step,epoch,acc\n10,0,1\n50,1,2\n", restarting);
  CHECK(matched.by == "epoch");
  CHECK(lines(matched) == Lines{"acc=1 |  | ", "acc=2 |  | "});
  CHECK(match("given", "step,acc\n10,1\n", restarting).by.empty());
}

TEST_CASE("match_scores: a table that names checkpoints is taken at its word") {
  const auto matched = match("given", "checkpoint,epoch,acc,lr\nc2,7,1,0.1\nc1.h5,7,2,0.2\n",
                             {checkpoint({}, 1), checkpoint({}, 2), checkpoint({}, 7)});
  CHECK(matched.by == "checkpoint");
  CHECK(lines(matched) == Lines{"acc=2 | lr=0.2 | lr=0.1", "acc=1 | lr=0.1 | ", " |  | "});
}

TEST_CASE("match_scores: of rows for one epoch the last counts, and a restart is told") {
  const auto matched =
      match("keras", "epoch,loss,val_loss\n0,3,3\n1,2,\n0,1,\n", {checkpoint({}, 1)});
  CHECK(lines(matched) == Lines{"loss=1 val_loss=3 |  | "});
  REQUIRE(matched.warnings.size() == 1);
  CHECK(matched.warnings[0].starts_with("goes back from epoch 1 to 0"));
  CHECK(match("given", "epoch,loss\n1,2\n0,1\n", {checkpoint({}, 1)}).warnings.empty());
}

TEST_CASE("match_scores: with nothing in common there is no match") {
  for (const auto& one : {checkpoint(5, {}), checkpoint({}, {})}) {
    const auto matched = match("keras", kKeras, {one});
    CHECK(matched.by.empty());
    CHECK(matched.reason == "it does not state what the checkpoints do, a step or an epoch");
  }
}

TEST_CASE("match_scores: numbers at the ends of their range are no number of an epoch") {
  const auto matched = match("given", "step,epoch,acc\n1,1,5\n",
                             {checkpoint({}, INT64_MIN), checkpoint({}, INT64_MAX)});
  CHECK(lines(matched) == Lines{" |  | ", " |  | "});
}
