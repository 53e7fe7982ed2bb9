// The table that Keras' CSVLogger writes at the end of every epoch, under a name the user chose:
//
//   epoch,accuracy,loss,val_accuracy,val_loss[,learning_rate]
//
// Its epochs count from 0. `{epoch}` in ModelCheckpoint's names counts from 1, so the checkpoint of
// epoch 5 belongs to row 4. The learning rate, `lr` of Keras 2, is the one used in that epoch.
// https://keras.io/api/callbacks/csv_logger, https://keras.io/api/callbacks/model_checkpoint
//
// Or the history that fit() returns, as pandas writes it: the same without `epoch`, and with a
// first column without a name that counts the rows, unless index=False left it out.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "io/scores/csv_log.hpp"

namespace hindcast::io {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& header, std::string_view name) {
  return std::ranges::find(header, name) != header.end();
}

bool has_epoch_first(const Names& header) {
  return !header.empty() && lowered(header.front()) == "epoch";
}

// What stands beside a loss in a table that needs no other evidence.
bool is_name_of_keras(const std::string& name) {
  static constexpr std::array<std::string_view, 4> kNames = {"accuracy", "acc", "lr",
                                                             "learning_rate"};
  return name.starts_with("val_") || std::ranges::find(kNames, name) != kNames.end();
}

bool is_history(const Names& header) {
  const bool is_placed = std::ranges::any_of(header, [](const std::string& name) {
    return lowered(name) == "epoch" || lowered(name) == "step";
  });
  return !is_placed && has(header, "loss") &&
         (header.front().empty() || std::ranges::any_of(header, is_name_of_keras));
}

bool recognises(std::string_view text) {
  const Names header = csv_header(text);
  return (has_epoch_first(header) && has(header, "loss") && !has(header, "step")) ||
         is_history(header);
}

ScoreLog read(std::string_view text) {
  return has_epoch_first(csv_header(text)) ? read_csv_log(text) : read_csv_log_by_rows(text);
}

}  // namespace

extern const ScoreSource keras_scores;
const ScoreSource keras_scores = {
    .id = "keras",
    .trainer = "Keras CSVLogger",
    .pattern = "*.csv",
    .recognises = recognises,
    .read = read,
    .step_rule = StepRule::exact,
    .epoch_shift = 1,
};

}  // namespace hindcast::io
