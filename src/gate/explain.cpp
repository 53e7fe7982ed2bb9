// A rule in words.

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/metric_names.hpp"
#include "gate/rule.hpp"

namespace hindcast::gate {
namespace {

std::string patterns(const std::vector<std::string>& globs) {
  std::string out;
  for (const std::string& glob : globs) {
    out += fmt::format("{}'{}'", out.empty() ? "" : " or ", printable(glob));
  }
  return out;
}

std::string layers(const Selection& selection) {
  const std::string kind =
      selection.kinds.empty() ? "" : fmt::format("{} ", fmt::join(selection.kinds, " or "));
  return selection.layers.empty()
             ? fmt::format("all {}layers", kind)
             : fmt::format("the {}layers named like {}", kind, patterns(selection.layers));
}

std::string subject(const Rule& rule) {
  const std::string metric = expression(rule.metric);
  const std::string over = layers(rule.selection);
  switch (rule.aggregate) {
    case Aggregate::each:
      return fmt::format("the {} of each of {}", metric, over);
    case Aggregate::min:
      return fmt::format("the smallest {} over {}", metric, over);
    case Aggregate::max:
      return fmt::format("the largest {} over {}", metric, over);
    case Aggregate::mean:
      return fmt::format("the mean {} over {}", metric, over);
    case Aggregate::weighted_mean:
      return fmt::format("the mean {} over {}, weighted by their numbers of weights,", metric,
                         over);
    case Aggregate::median:
      return fmt::format("the median {} over {}", metric, over);
    case Aggregate::quantile:
      return fmt::format("the {} quantile of {} over {}", shortest(rule.share), metric, over);
    case Aggregate::count:
      return fmt::format("the number of layers with a {} among {}", metric, over);
    case Aggregate::summary:
      break;
  }
  return metric;
}

// "the slope, per checkpoint, of ", or nothing where no trend is judged.
std::string_view trend(const Rule& rule) {
  if (!rule.trend) {
    return "";
  }
  switch (rule.trend->by) {
    case Trend::By::slope:
      return "the slope, per checkpoint, of ";
    case Trend::By::change:
      return "the change, last less first, of ";
    case Trend::By::smallest_step:
      return "the smallest change from one checkpoint to the next of ";
    case Trend::By::largest_step:
      break;
  }
  return "the largest change from one checkpoint to the next of ";
}

std::string range(const CheckpointChoice& choice, std::string_view unit) {
  if (choice.first && choice.last) {
    return fmt::format("from {} {} to {}", unit, *choice.first, *choice.last);
  }
  return choice.first ? fmt::format("from {} {} on", unit, *choice.first)
                      : fmt::format("up to {} {}", unit, choice.last.value_or(0));
}

std::string between(const CheckpointChoice& choice, std::string_view unit) {
  return choice.first && choice.first == choice.last ? fmt::format("at {} {}", unit, *choice.first)
                                                     : "at every checkpoint " + range(choice, unit);
}

std::string over_trend(const Trend& trend, const CheckpointChoice& choice) {
  const std::string_view unit = choice.kind == CheckpointChoice::Kind::steps ? "step" : "epoch";
  const std::string which =
      choice.kind == CheckpointChoice::Kind::last ? "" : range(choice, unit) + ' ';
  return fmt::format("over the last {} checkpoints {}", trend.checkpoints, which);
}

std::string place(const Rule& rule) {
  const Selection& selection = rule.selection;
  const std::string runs = selection.runs.empty()
                               ? "of every run"
                               : "of the runs named like " + patterns(selection.runs);
  const CheckpointChoice& choice = selection.checkpoints;
  if (rule.trend) {
    return over_trend(*rule.trend, choice) + runs;
  }
  switch (choice.kind) {
    case CheckpointChoice::Kind::last:
      break;
    case CheckpointChoice::Kind::every:
      return "at every checkpoint " + runs;
    case CheckpointChoice::Kind::steps:
      return between(choice, "step") + ' ' + runs;
    case CheckpointChoice::Kind::epochs:
      return between(choice, "epoch") + ' ' + runs;
  }
  return "at the last checkpoint " + runs;
}

std::string_view words(Comparison comparison) {
  switch (comparison) {
    case Comparison::at_least:
      return "at least";
    case Comparison::at_most:
      return "at most";
    case Comparison::above:
      return "greater than";
    case Comparison::below:
      return "less than";
    case Comparison::equal:
      break;
  }
  return "exactly";
}

std::string requirements(const std::vector<Condition>& conditions) {
  std::string out;
  for (const Condition& condition : conditions) {
    const std::string bound = expression(condition).substr(sign(condition.comparison).size() + 1);
    out += fmt::format("{}{} {}", out.empty() ? "" : " and ", words(condition.comparison), bound);
  }
  return out;
}

// What makes the rule impossible to judge.
std::string provisos(const Rule& rule) {
  std::string out = rule.ignore_nulls
                        ? "Layers without a value are left out; if none has one"
                        : "If a value is missing and the others do not already break the rule";
  out += ", it cannot be judged";
  bool uses_baseline = false;
  for (const Condition& condition : rule.conditions) {
    uses_baseline = uses_baseline || condition.bound.uses_baseline;
  }
  return out + (uses_baseline ? "; nor without a baseline that has the same layers, or if "
                                "a run or checkpoint of the baseline is missing."
                              : ".");
}

}  // namespace

std::string explain(const Rule& rule) {
  const std::string title = rule.title.empty() ? "" : rule.title + ": ";
  const std::string where = place(rule);
  const char first = where.front() == 'a' ? 'A' : 'O';  // "at ..." or "over ..."
  return fmt::format("{}\n  {}{}, {}{} must be {}.\n  {}", printable_line(title + expression(rule)),
                     first, where.substr(1), trend(rule), subject(rule),
                     requirements(rule.conditions), provisos(rule));
}

}  // namespace hindcast::gate
