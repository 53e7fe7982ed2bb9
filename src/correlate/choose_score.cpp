// Which of the logged numbers is "the score": by the words of its name, as trainers use them.

#include "correlate/choose_score.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "statistics/coefficients.hpp"

namespace hindcast::correlate {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 8> kAccuracy = {"accuracy",   "acc",  "acc1",  "top1",
                                                       "accuracies", "bacc", "prec1", "accuracy1"};
constexpr std::array<std::string_view, 19> kGood = {
    "f1",   "auc", "auroc", "map",  "map50",     "iou",    "miou", "bleu", "rouge", "rouge1",
    "dice", "r2",  "mcc",   "psnr", "precision", "recall", "top5", "acc5", "score"};
constexpr std::array<std::string_view, 16> kLoss = {
    "loss", "error", "err", "perplexity", "ppl", "mse", "mae", "rmse",
    "wer",  "cer",   "fid", "nll",        "bpc", "bpb", "ce",  "crossentropy"};
constexpr std::array<std::string_view, 6> kHeldOut = {"val",  "valid", "validation",
                                                      "eval", "dev",   "test"};
constexpr std::array<std::string_view, 3> kTraining = {"train", "training", "tr"};

// In the order of choice. A name that does not say is the last: logs also hold the time that an
// evaluation took, or the norm of a gradient.
enum class Kind { accuracy, good, loss, unknown };

// "eval/top-1" has the words "eval", "top" and "1", and together "evaltop1".
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : lowered(name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

bool has_any(const std::vector<std::string>& words, Words known) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return std::ranges::find(known, word) != known.end();
  });
}

Kind kind_of(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (has_any(words, kLoss)) {  // Before "test_score_loss" is taken for a score.
    return Kind::loss;
  }
  if (has_any(words, kAccuracy)) {
    return Kind::accuracy;
  }
  return has_any(words, kGood) ? Kind::good : Kind::unknown;
}

int distance_from_held_out(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (has_any(words, kHeldOut)) {
    return 0;
  }
  return has_any(words, kTraining) ? 2 : 1;
}

struct Found {
  std::set<std::size_t> runs = {};
  std::vector<double> values = {};
};

std::map<std::string, Found> scores_in(const report::Report& report) {
  std::map<std::string, Found> found;
  for (std::size_t r = 0; r < report.runs.size(); ++r) {
    for (const report::CheckpointReport& checkpoint : report.runs[r].checkpoints) {
      for (const report::LoggedNumber& score : checkpoint.scores) {
        if (score.value && std::isfinite(*score.value)) {
          found[score.name].runs.insert(r);
          found[score.name].values.push_back(*score.value);
        }
      }
    }
  }
  return found;
}

// In the order of choice.
std::vector<std::string> ordered(const std::map<std::string, Found>& found) {
  std::size_t most_runs = 0;
  for (const auto& [name, one] : found) {
    most_runs = std::max(most_runs, one.runs.size());
  }
  const auto place = [&](const std::string& name) {
    const Found& one = found.at(name);
    const bool is_rare = 2 * one.runs.size() < most_runs;
    const bool is_constant = statistics::is_constant(one.values);
    // More checkpoints first, so their number counts against it.
    return std::tuple(is_constant, is_rare, kind_of(name), distance_from_held_out(name),
                      -static_cast<std::int64_t>(one.values.size()));
  };
  std::vector<std::string> names;
  names.reserve(found.size());
  for (const auto& [name, one] : found) {
    names.push_back(name);
  }
  std::ranges::stable_sort(names, [&](const std::string& a, const std::string& b) {
    return place(a) != place(b) ? place(a) < place(b) : natural_less(a, b);
  });
  return names;
}

[[noreturn]] void fail_unknown(const std::string& wanted, const std::vector<std::string>& names) {
  const std::string_view near =
      nearest(wanted, std::vector<std::string_view>(names.begin(), names.end()));
  const std::string& shown = near.empty() ? names.front() : std::string(near);
  throw Error(ErrorCode::usage,
              fmt::format("--score: no checkpoint has a score '{}', {} '{}'{}", printable(wanted),
                          near.empty() ? "there is" : "did you mean", printable(shown),
                          near.empty() ? "" : "?"));
}

}  // namespace

std::optional<bool> greater_is_better(std::string_view name) {
  const Kind kind = kind_of(name);
  return kind == Kind::unknown ? std::nullopt : std::optional(kind != Kind::loss);
}

ChosenScore choose_score(const report::Report& report, const std::string& wanted) {
  std::vector<std::string> names = ordered(scores_in(report));
  if (names.empty()) {
    throw Error(ErrorCode::malformed,
                "no checkpoint has a score to correlate with; give a table of them with --scores");
  }
  ChosenScore chosen;
  chosen.given = !wanted.empty();
  chosen.name = chosen.given ? wanted : names.front();
  if (std::erase(names, chosen.name) == 0) {
    fail_unknown(wanted, names);
  }
  chosen.greater_is_better = greater_is_better(chosen.name);
  chosen.others = std::move(names);
  return chosen;
}

}  // namespace hindcast::correlate
