// The table that Keras' CSVLogger writes at the end of every epoch, under a name the user chose:
//
//   epoch,accuracy,loss,val_accuracy,val_loss[,learning_rate]
//
// Its epochs count from 0. `{epoch}` in ModelCheckpoint's names counts from 1, so the checkpoint of
// epoch 5 belongs to row 4. The learning rate, `lr` of Keras 2, is the one used in that epoch.
// https://keras.io/api/callbacks/csv_logger, https://keras.io/api/callbacks/model_checkpoint

#include <algorithm>

#include "io/scores/csv_log.hpp"

namespace hindcast::io {
namespace {

bool recognises(std::string_view text) {
  const std::vector<std::string> header = csv_header(text);
  const auto has = [&](const char* name) {
    return std::ranges::find(header, name) != header.end();
  };
  return !header.empty() && header.front() == "epoch" && has("loss") && !has("step");
}

}  // namespace

extern const ScoreSource keras_scores;
const ScoreSource keras_scores = {
    .id = "keras",
    .trainer = "Keras CSVLogger",
    .pattern = "*.csv",
    .recognises = recognises,
    .read = read_csv_log,
    .step_rule = StepRule::exact,
    .epoch_shift = 1,
};

}  // namespace hindcast::io
