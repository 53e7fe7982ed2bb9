#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "io/scores/csv_log.hpp"
#include "io/scores/score_log.hpp"

using namespace hindcast;
using io::ScoreLog;
using io::ScoreSource;

namespace {

const ScoreSource& source(std::string_view id) {
  for (const ScoreSource* const one : io::score_sources()) {
    if (one->id == id) {
      return *one;
    }
  }
  throw Error(ErrorCode::usage, "no such source");
}

// The source that takes a file with this content for its own by the header.
std::string recognised(std::string_view text) {
  for (const ScoreSource* const one : io::score_sources()) {
    if (one->id != "hugging_face" && one->recognises(text)) {
      return std::string(one->id);
    }
  }
  return "";
}

// "step 100, epoch 2: loss 0.5, lr! 0.1", rates marked.
std::string text_of(const ScoreLog& log, std::size_t row) {
  const io::LogRow& one = log.rows.at(row);
  std::string out = "step " + (one.step ? std::to_string(*one.step) : "-") + ", epoch " +
                    (one.epoch ? std::to_string(*one.epoch) : "-") + ":";
  for (const io::LoggedValue& value : one.values) {
    const io::LogColumn& column = log.columns.at(value.column);
    out += " " + column.name + (column.is_rate ? "! " : " ") +
           (value.value ? std::to_string(*value.value).substr(0, 5) : "none");
  }
  return out;
}

std::string complaint(const ScoreSource& reader, std::string_view text) {
  try {
    static_cast<void>(reader.read(text));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("score_sources: Keras writes one row an epoch, counted from 0") {
  const std::string text =
      "epoch,accuracy,loss,lr,val_loss\n0,0.5,1.25,0.01,NA\n1,0.75,nan,0.005,2\n";
  CHECK(recognised(text) == "keras");
  const ScoreLog log = source("keras").read(text);
  CHECK(text_of(log, 0) == "step -, epoch 0: accuracy 0.500 loss 1.250 lr! 0.010");
  CHECK(text_of(log, 1) == "step -, epoch 1: accuracy 0.750 loss none lr! 0.005 val_loss 2.000");
  CHECK(source("keras").epoch_shift == 1);
}

TEST_CASE("score_sources: Keras' table with another separator") {
  for (const std::string separator : {";", "\t"}) {
    const std::string text = "epoch" + separator + "loss\n0" + separator + "1.25\n";
    CHECK(recognised(text) == "keras");
    CHECK(text_of(source("keras").read(text), 0) == "step -, epoch 0: loss 1.250");
  }
}

TEST_CASE("score_sources: Keras' history as pandas writes it counts its rows") {
  for (const std::string_view text :
       {",loss,val_loss\n0,1.5,2\n1,1.25,1.75\n", "loss,val_loss\n1.5,2\n1.25,1.75\n"}) {
    CAPTURE(text);
    CHECK(recognised(text) == "keras");
    const ScoreLog log = source("keras").read(text);
    CHECK(text_of(log, 0) == "step -, epoch 0: loss 1.500 val_loss 2.000");
    CHECK(text_of(log, 1) == "step -, epoch 1: loss 1.250 val_loss 1.750");
  }
  CHECK(recognised(",loss\n0,1.5\n") == "keras");
  CHECK(complaint(source("keras"), ",loss\n0.5,1\n") ==
        "line 2: the column without a name: '0.5' is not a whole number");
}

TEST_CASE("score_sources: Lightning leaves fields empty and counts steps from 0") {
  const std::string text = "epoch,lr-SGD,lr-SGD-momentum,step,val_acc\n0,0.1,0.9,0,\n0,,,99,0.5\n";
  CHECK(recognised(text) == "lightning");
  const ScoreLog log = source("lightning").read(text);
  CHECK(text_of(log, 0) == "step 1, epoch 0: lr-SGD! 0.100 lr-SGD-momentum 0.900");
  CHECK(text_of(log, 1) == "step 100, epoch 0: val_acc 0.500");
}

TEST_CASE("score_sources: timm writes a summary") {
  const std::string text = "epoch,train_loss,eval_loss,eval_top1,lr\n3,1,2,75.5,0.25\n";
  CHECK(recognised(text) == "timm");
  CHECK(text_of(source("timm").read(text), 0) ==
        "step -, epoch 3: train_loss 1.000 eval_loss 2.000 eval_top1 75.50 lr! 0.250");
}

TEST_CASE("score_sources: other tables are nobody's") {
  for (const std::string_view text :
       {"", "epoch\n", "loss\n", "name,loss\n", ",x\n", "step,loss,val_loss\n", "loss,epoch\n",
        "epoch,accuracy\n", "\"epoch,loss\n", "\xFF,epoch,loss\n", "step,loss\n"}) {
    CAPTURE(text);
    CHECK(recognised(text).empty());
  }
}

TEST_CASE("score_sources: Hugging Face's history has losses, metrics and rates by step") {
  const ScoreLog log = source("hugging_face").read(R"({
  "best_metric": null, "log_history": [
    {"epoch": 0.5, "grad_norm": NaN, "learning_rate": 4e-2, "loss": 1.5, "step": 50},
    {"epoch": 1.0, "eval_accuracy": 0.75, "eval_loss": -Infinity, "note": "NaN \" -Infinity",
     "step": 50},
    {"eval_list": [1], "eval_loss": Infinity, "step": 100}], "total_flos": 1.0e+99})");
  REQUIRE(log.rows.size() == 3);
  CHECK(text_of(log, 0) == "step 50, epoch -: grad_norm none learning_rate! 0.040 loss 1.500");
  CHECK(text_of(log, 1) == "step 50, epoch -: eval_accuracy 0.750 eval_loss none");
  CHECK(text_of(log, 2) == "step 100, epoch -: eval_loss none");
}

TEST_CASE("score_sources: a damaged history is refused with its place") {
  const ScoreSource& hugging_face = source("hugging_face");
  CHECK(complaint(hugging_face, "{}") == "line 1, column 1: has no 'log_history'");
  CHECK(complaint(hugging_face, R"({"log_history": [{"loss": NaN,)").starts_with("line 1, "));
  CHECK(complaint(hugging_face, R"({"log_history": [1]})") ==
        "line 1, column 18: /log_history/0: expected an object, not a whole number");
  CHECK(complaint(hugging_face, R"({"log_history": [{"step": -1}]})") ==
        "line 1, column 27: /log_history/0/step: must be at least 0, not -1");
  CHECK(complaint(hugging_face, R"({"log_history": [{"a": NaN, "step": "x"}]})") ==
        "line 1, column 37: /log_history/0/step: expected a whole number, not a text");
  CHECK(complaint(hugging_face, "[" + std::string(1'000'000, ',')) == "more than 1000000 values");
  std::string names;
  for (int i = 0; i < 4097; ++i) {
    names += (i == 0 ? "\"" : ", \"") + std::to_string(i) + "\": 0";
  }
  CHECK(complaint(hugging_face, R"({"log_history": [{)" + names + "}]}") ==
        "line 1, column 18: /log_history/0: more than 4096 names of metrics");
}

TEST_CASE("score_sources: a table of the user's may name runs and checkpoints") {
  const ScoreLog log = io::given_scores.read(
      "run,checkpoint,step,epoch,acc,remark,lr\na,best,10.0,1.5,+0.5,good,1e-1\n,,,,,,\n");
  CHECK(log.names_runs);
  CHECK(log.names_checkpoints);
  CHECK(log.rows.at(0).run == "a");
  CHECK(log.rows.at(0).checkpoint == "best");
  CHECK(text_of(log, 0) == "step 10, epoch -: acc 0.500 lr! 0.100");
  CHECK(text_of(log, 1) == "step -, epoch -:");
}

TEST_CASE("score_sources: names of columns may have spaces around them, and capitals") {
  CHECK(text_of(io::given_scores.read("Epoch, acc \n3, 0.5\n"), 0) == "step -, epoch 3: acc 0.500");
  CHECK(text_of(io::given_scores.read(" STEP ,Acc\n3,0.5\n"), 0) == "step 3, epoch -: Acc 0.500");
}

TEST_CASE("score_sources: a table of the user's is refused where it would mean nothing") {
  const auto given = [](std::string_view text) { return complaint(io::given_scores, text); };
  CHECK(given("epoch,acc\n1,0.5\n2,0.5x\n") == "line 3: acc: '0.5x' is not a number");
  CHECK(given("step,acc\n1.5,0.5\n") == "line 2: step: '1.5' is not a whole number");
  CHECK(given("step,acc\n1e300,0.5\n") == "line 2: step: '1e300' is not a whole number");
  CHECK(given("epoch,acc\nfirst,0.5\n") == "line 2: epoch: 'first' is not a number");
  CHECK(given("acc\n0.5\n") ==
        "no row states a 'step', an 'epoch' or a 'checkpoint': expected such a column");
  CHECK(given("epoch,acc\n") == "has a header and no rows");
  CHECK(given("epoch,acc\n0.5,0.5\n1.5,0.6\n") == "line 2: epoch: '0.5' is not a whole number");
  CHECK(given("epoch,acc\n,0.5\n") == "no row has a number in the column 'epoch'");
  CHECK(given("epoch,acc, acc\n1,2,3\n") == "two columns are named 'acc'");
  CHECK(given("epoch,acc\n1,good\n") == "no column holds numbers of a metric or a rate");
}

TEST_CASE("score_sources: rates are known by their names") {
  for (const std::string_view name :
       {"lr", "learning_rate", "lr-Adam", "lr-Adam/pg1", "lr/pg0", "learning_rate/head"}) {
    CAPTURE(name);
    CHECK(io::is_rate_name(name));
  }
  for (const std::string_view name :
       {"", "lrx", "lr_schedule", "loss", "lr-SGD-momentum", "lr-SGD/pg1-momentum",
        "lr-SGD-weight_decay", "learning_rates"}) {
    CAPTURE(name);
    CHECK_FALSE(io::is_rate_name(name));
  }
}
