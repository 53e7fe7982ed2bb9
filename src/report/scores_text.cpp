// What the training logged, in words and tables for a terminal.

#include "report/scores_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/number_text.hpp"
#include "report/text_table.hpp"

namespace hindcast::report {
namespace {

// As Keras, Hugging Face, Lightning and timm call accuracy on data that was held out; then on that
// of the training; then losses.
constexpr std::array<std::string_view, 17> kKnown = {
    "val_accuracy", "val_acc",   "eval_accuracy", "eval_acc",         "eval_top1", "test_accuracy",
    "test_acc",     "accuracy",  "acc",           "eval_f1",          "val_f1",    "eval_loss",
    "val_loss",     "test_loss", "train_loss",    "train_loss_epoch", "loss"};

// Rates this near each other, relatively, count as the same.
constexpr double kSameRate = 0.01;

bool has_used(const EpochRates& epoch) {
  return std::ranges::any_of(epoch.used, [](const auto& rate) { return rate.has_value(); });
}

bool is_same(double prescribed, double used) {
  return std::abs(used - prescribed) <= kSameRate * std::abs(prescribed);
}

// "0.01" or "0.01 to 0.05"; "-" where there is none.
std::string range(const std::vector<double>& rates) {
  if (rates.empty()) {
    return "-";
  }
  const auto [least, most] = std::ranges::minmax(rates);
  return number(least) == number(most) ? number(least)
                                       : fmt::format("{} to {}", number(least), number(most));
}

std::vector<double> known(const std::vector<std::optional<double>>& rates) {
  std::vector<double> out;
  for (const std::optional<double>& rate : rates) {
    if (rate) {
      out.push_back(*rate);
    }
  }
  return out;
}

}  // namespace

std::string leading_score(const RunReport& run) {
  std::string first;
  std::size_t best = kKnown.size();
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    for (const LoggedNumber& score : checkpoint.scores) {
      first = first.empty() ? score.name : first;
      const auto place = std::ranges::find(kKnown, score.name);
      best = std::min(best, static_cast<std::size_t>(place - kKnown.begin()));
    }
  }
  return best < kKnown.size() ? std::string(kKnown[best]) : first;
}

std::optional<double> score_of(const CheckpointReport& checkpoint, std::string_view name) {
  const auto place = std::ranges::find(checkpoint.scores, name, &LoggedNumber::name);
  return place == checkpoint.scores.end() ? std::nullopt : place->value;
}

std::string scores_line(const RunReport& run) {
  if (!run.scores) {
    return "";
  }
  const std::string from =
      run.scores->file.empty()
          ? "in the names"
          : fmt::format("from '{}' by {}", printable(run.scores->file), run.scores->matched_by);
  std::string out = fmt::format("scores: {}, {} of {} checkpoints", from, run.scores->matched,
                                run.checkpoints.size());
  const std::string name = leading_score(run);
  for (auto one = run.checkpoints.rbegin(); !name.empty() && one != run.checkpoints.rend(); ++one) {
    if (const std::optional<double> score = score_of(*one, name)) {
      out += fmt::format("; {} {} at '{}'", printable(name), number(score), printable(one->name));
      break;
    }
  }
  return out + "\n";
}

std::string used_rates_line(const ScheduleReport& schedule) {
  std::size_t epochs = 0;
  std::size_t rates = 0;
  std::size_t same = 0;
  for (const EpochRates& epoch : schedule.epochs) {
    epochs += has_used(epoch) ? 1U : 0U;
    for (std::size_t p = 0; p < epoch.used.size(); ++p) {
      rates += epoch.used[p] ? 1U : 0U;
      same += epoch.used[p] && is_same(epoch.rates[p], *epoch.used[p]) ? 1U : 0U;
    }
  }
  if (epochs == 0) {
    return "";
  }
  return fmt::format(
      "  used rates are known after {} of {} epochs; {} of {} are within 1 % of the prescribed\n",
      epochs, schedule.epochs.size(), same, rates);
}

std::string rates_table(const RunReport& run, const TextStyle& style) {
  if (!run.schedule || std::ranges::none_of(run.schedule->epochs, has_used)) {
    return "";
  }
  using Align = TextTable::Align;
  TextTable table({{.title = "rates after", .align = Align::left, .least = kLeastName},
                   {"prescribed", Align::right},
                   {"used", Align::right}});
  for (const EpochRates& epoch : run.schedule->epochs) {
    table.row({shown_name(epoch.after, style), range(epoch.rates), range(known(epoch.used))});
  }
  return table.text(style) + "\n";
}

}  // namespace hindcast::report
