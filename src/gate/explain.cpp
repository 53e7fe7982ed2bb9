// A rule in words.

#include <fmt/format.h>

#include "hindcast/base/text.hpp"
#include "hindcast/gate/metric_names.hpp"
#include "hindcast/gate/rule.hpp"

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

std::string between(const CheckpointChoice& choice, std::string_view unit) {
  if (choice.first && choice.last) {
    return *choice.first == *choice.last ? fmt::format("at {} {}", unit, *choice.first)
                                         : fmt::format("at every checkpoint from {} {} to {}", unit,
                                                       *choice.first, *choice.last);
  }
  return choice.first
             ? fmt::format("at every checkpoint from {} {} on", unit, *choice.first)
             : fmt::format("at every checkpoint up to {} {}", unit, choice.last.value_or(0));
}

std::string place(const Selection& selection) {
  const std::string runs = selection.runs.empty()
                               ? "of every run"
                               : "of the runs named like " + patterns(selection.runs);
  const CheckpointChoice& choice = selection.checkpoints;
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
  const std::string where = place(rule.selection);
  return fmt::format("{}\n  A{}, {} must be {}.\n  {}", printable_line(title + expression(rule)),
                     where.substr(1), subject(rule), requirements(rule.conditions), provisos(rule));
}

}  // namespace hindcast::gate
