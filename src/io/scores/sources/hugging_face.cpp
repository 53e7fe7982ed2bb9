// The `trainer_state.json` that Hugging Face's Trainer leaves in every checkpoint's folder:
//
//   {"log_history": [{"epoch": 0.5, "learning_rate": 4e-05, "loss": 1.2, "step": 500},
//                    {"epoch": 0.5, "eval_accuracy": 0.8, "step": 500}, ...], ...}
//
// `step` counts optimiser steps taken, as "checkpoint-500" does. The rate is that of the step just
// taken or, before transformers 4.49, of the next one.
// https://huggingface.co/docs/transformers/main_classes/callback#transformers.TrainerState

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/json_document.hpp"
#include "io/scores/csv_log.hpp"

namespace hindcast::io {
namespace {

constexpr std::size_t kMostColumns = 4096;
constexpr std::ptrdiff_t kMostValues = 1'000'000;

// Each value but the first stands after one of these.
void check_size(std::string_view text) {
  const auto opens = [](char c) { return c == ',' || c == '[' || c == '{'; };
  if (std::ranges::count_if(text, opens) >= kMostValues) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("more than {} values", kMostValues));
  }
}

// Python writes NaN and Infinity, which are no JSON; here each becomes an empty text of the same
// length, so that the places of all else stay what they are.
std::string without_constants(std::string_view text) {
  std::string out(text);
  bool in_text = false;
  for (std::size_t at = 0; at < out.size(); ++at) {
    if (in_text && out[at] == '\\') {
      ++at;
    } else if (out[at] == '"') {
      in_text = !in_text;
    } else if (!in_text && (out[at] == 'N' || out[at] == 'I' || out[at] == '-')) {
      for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
        if (std::string_view(out).substr(at).starts_with(word)) {
          out.replace(at, word.size(), "\"\"" + std::string(word.size() - 2, ' '));
          at += word.size() - 1;
          break;
        }
      }
    }
  }
  return out;
}

class HistoryReader {
 public:
  void add(const JsonValue& entry) {
    LogRow row;
    for (const std::string& key : entry.keys()) {
      const JsonValue value = entry.at(key);
      if (key == "step") {
        row.step = value.integer(0);
      } else if (key != "epoch" && value.is_number()) {
        row.values.push_back({.column = column(entry, key), .value = value.number()});
      } else if (key != "epoch" && value.is_text() && value.text().empty()) {
        row.values.push_back({.column = column(entry, key), .value = std::nullopt});
      }
    }
    log_.rows.push_back(std::move(row));
  }

  ScoreLog take() { return std::move(log_); }

 private:
  std::size_t column(const JsonValue& entry, const std::string& name) {
    const auto [place, is_new] = columns_.emplace(name, log_.columns.size());
    if (is_new) {
      if (log_.columns.size() == kMostColumns) {
        entry.fail(fmt::format("more than {} names of metrics", kMostColumns));
      }
      log_.columns.push_back({.name = name, .is_rate = is_rate_name(name)});
    }
    return place->second;
  }

  ScoreLog log_;
  std::unordered_map<std::string, std::size_t> columns_;
};

bool recognises(std::string_view /*text*/) {
  return true;
}

ScoreLog read(std::string_view text) {
  check_size(text);
  const std::string valid = without_constants(text);
  const JsonDocument document(valid);
  HistoryReader reader;
  for (const JsonValue& entry : document.root().at("log_history").items()) {
    reader.add(entry);
  }
  return reader.take();
}

}  // namespace

extern const ScoreSource hugging_face_scores;
const ScoreSource hugging_face_scores = {
    .id = "hugging_face",
    .trainer = "Hugging Face Trainer",
    .pattern = "trainer_state.json",
    .recognises = recognises,
    .read = read,
    .step_rule = StepRule::exact,
    .epoch_shift = 0,
};

}  // namespace hindcast::io
