// The `metrics.csv` of PyTorch Lightning's CSVLogger, in which most fields are empty:
//
//   epoch,lr-SGD,step,train_loss,val_acc
//   0,,49,0.91,
//   0,,99,,0.83
//
// `step` is the number of optimiser steps before the one that was logged, also at the end of an
// epoch: what was measured after 100 steps stands at 99, and the rate at 100 is that of the step
// after them. The name "epoch=0-step=100.ckpt" counts steps taken. Epochs count from 0 in both.
// https://lightning.ai/docs/pytorch/stable/extensions/generated/lightning.pytorch.loggers.CSVLogger.html

#include <algorithm>

#include "io/scores/csv_log.hpp"

namespace hindcast::io {
namespace {

bool recognises(std::string_view text) {
  const std::vector<std::string> header = csv_header(text);
  return std::ranges::find(header, "step") != header.end() &&
         std::ranges::find(header, "epoch") != header.end();
}

ScoreLog read(std::string_view text) {
  ScoreLog log = read_csv_log(text);
  for (LogRow& row : log.rows) {
    if (row.step) {
      ++*row.step;
    }
  }
  return log;
}

}  // namespace

extern const ScoreSource lightning_scores;
const ScoreSource lightning_scores = {
    .id = "lightning",
    .trainer = "PyTorch Lightning CSVLogger",
    .pattern = "metrics.csv",
    .recognises = recognises,
    .read = read,
    .step_rule = StepRule::up_to,
    .epoch_shift = 0,
};

}  // namespace hindcast::io
