// A rule back in its short form.

#include "gate/rule.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/metric_names.hpp"

namespace hindcast::gate {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? "\\" : "";
    out += c;
  }
  return out + '"';
}

std::string list(const std::vector<std::string>& texts) {
  if (texts.size() == 1) {
    return quoted(texts.front());
  }
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "[" : ", ") + quoted(text);
  }
  return out + "]";
}

std::string range(const CheckpointChoice& choice) {
  const auto end = [](const std::optional<std::int64_t>& one) {
    return one ? fmt::format("{}", *one) : "";
  };
  return choice.first && choice.first == choice.last
             ? end(choice.first)
             : fmt::format("{}..{}", end(choice.first), end(choice.last));
}

std::string options(const Rule& rule) {
  std::string out;
  const auto add = [&out](std::string_view key, const std::string& value) {
    out += fmt::format(", {}={}", key, value);
  };
  if (rule.aggregate == Aggregate::quantile) {
    out += ", " + shortest(rule.share);
  }
  if (!rule.selection.layers.empty()) {
    add("layers", list(rule.selection.layers));
  }
  if (!rule.selection.kinds.empty()) {
    const std::string kinds = join(rule.selection.kinds, ", ");
    add("kind", rule.selection.kinds.size() == 1 ? kinds : '[' + kinds + ']');
  }
  if (!rule.selection.runs.empty()) {
    add("runs", list(rule.selection.runs));
  }
  switch (rule.selection.checkpoints.kind) {
    case CheckpointChoice::Kind::last:
      break;
    case CheckpointChoice::Kind::every:
      add("checkpoints", "every");
      break;
    case CheckpointChoice::Kind::steps:
      add("steps", range(rule.selection.checkpoints));
      break;
    case CheckpointChoice::Kind::epochs:
      add("epochs", range(rule.selection.checkpoints));
      break;
  }
  if (rule.trend) {
    add("trend", fmt::format("{}", rule.trend->checkpoints));
    if (rule.trend->by != Trend::By::slope) {
      add("trend_by", std::string(name(rule.trend->by)));
    }
  }
  if (rule.ignore_nulls) {
    add("nulls", "ignore");
  }
  return out;
}

// "0.95 * baseline" after nothing, " - 0.1" after that.
std::string term(bool is_first, double factor, std::string_view reference) {
  std::string out = is_first ? "" : " + ";
  if (factor < 0.0) {
    out = is_first ? "-" : " - ";
  }
  const double size = std::abs(factor);
  if (reference.empty()) {
    return out + shortest(size);
  }
  return out + (size == 1.0 ? "" : shortest(size) + " * ") + std::string(reference);
}

std::string expression(const Bound& bound) {
  std::string out;
  // With a factor of 0 it still asks for a baseline to exist.
  if (bound.of_baseline != 0.0 || (bound.uses_baseline && bound.of_magnitude == 0.0)) {
    out += term(out.empty(), bound.of_baseline, "baseline");
  }
  if (bound.of_magnitude != 0.0) {
    out += term(out.empty(), bound.of_magnitude, "|baseline|");
  }
  if (bound.constant != 0.0 || !bound.uses_baseline) {
    out += term(out.empty(), bound.constant, "");
  }
  return out;
}

}  // namespace

std::string_view name(Aggregate aggregate) noexcept {
  switch (aggregate) {
    case Aggregate::each:
      return "each";
    case Aggregate::min:
      return "min";
    case Aggregate::max:
      return "max";
    case Aggregate::mean:
      return "mean";
    case Aggregate::weighted_mean:
      return "weighted_mean";
    case Aggregate::median:
      return "median";
    case Aggregate::quantile:
      return "quantile";
    case Aggregate::count:
      return "count";
    case Aggregate::summary:
      break;
  }
  return "value";
}

std::string_view name(Trend::By by) noexcept {
  switch (by) {
    case Trend::By::slope:
      return "slope";
    case Trend::By::change:
      return "change";
    case Trend::By::smallest_step:
      return "smallest_step";
    case Trend::By::largest_step:
      break;
  }
  return "largest_step";
}

std::string_view sign(Comparison comparison) noexcept {
  switch (comparison) {
    case Comparison::at_least:
      return ">=";
    case Comparison::at_most:
      return "<=";
    case Comparison::above:
      return ">";
    case Comparison::below:
      return "<";
    case Comparison::equal:
      break;
  }
  return "==";
}

std::string expression(const Condition& condition) {
  return fmt::format("{} {}", sign(condition.comparison), expression(condition.bound));
}

std::string expression(const Rule& rule) {
  const std::string given = options(rule);
  std::string out = expression(rule.metric);
  if (rule.aggregate != Aggregate::summary || !given.empty()) {
    out = fmt::format("{}({}{})", name(rule.aggregate), out, given);
  }
  for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
    out += (i == 0 ? " " : " and ") + expression(rule.conditions[i]);
  }
  return out;
}

}  // namespace hindcast::gate
