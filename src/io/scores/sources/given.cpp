// The table given with --scores. A checkpoint belongs to the rows that name it, else to those of
// its own step, else to those of its own epoch; nothing is added to either number.

#include "hindcast/base/error.hpp"

#include "io/scores/csv_log.hpp"

namespace hindcast::io {
namespace {

bool recognises(std::string_view /*text*/) {
  return true;
}

ScoreLog read(std::string_view text) {
  ScoreLog log = read_csv_log_with_names(text);
  if (log.columns.empty()) {
    throw Error(ErrorCode::malformed, "no column holds numbers of a metric or a rate");
  }
  return log;
}

}  // namespace

const ScoreSource given_scores = {
    .id = "given",
    .trainer = "--scores",
    .pattern = "*.csv",
    .recognises = recognises,
    .read = read,
    .step_rule = StepRule::exact,
    .epoch_shift = 0,
};

}  // namespace hindcast::io
