// The `summary.csv` that timm's training script writes after every epoch:
//
//   epoch,train_loss,eval_loss,eval_top1,eval_top5[,lr]
//
// Its epochs count from 0, and so do those in its names ("checkpoint-5.pth.tar"). `lr` is the mean
// over the groups of parameters of the rates used in that epoch.
// https://github.com/huggingface/pytorch-image-models, timm/utils/summary.py and train.py

#include <algorithm>

#include "io/scores/csv_log.hpp"

namespace hindcast::io {
namespace {

bool recognises(std::string_view text) {
  const std::vector<std::string> header = csv_header(text);
  const auto any = [&](std::string_view prefix) {
    return std::ranges::any_of(header, [&](const auto& name) { return name.starts_with(prefix); });
  };
  return !header.empty() && header.front() == "epoch" && any("train_") && any("eval_");
}

}  // namespace

extern const ScoreSource timm_scores;
const ScoreSource timm_scores = {
    .id = "timm",
    .trainer = "timm",
    .pattern = "summary.csv",
    .recognises = recognises,
    .read = read_csv_log,
    .step_rule = StepRule::exact,
    .epoch_shift = 0,
};

}  // namespace hindcast::io
