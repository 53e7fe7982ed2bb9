// Every condition of a rule is judged by itself, at every checkpoint the rule selects, for every
// layer or for all together. What is missing makes a finding, too, so that nothing passes unseen.

#include "gate/judge.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "gate/baseline.hpp"
#include "gate/judge_value.hpp"
#include "gate/noise.hpp"
#include "gate/not_read.hpp"
#include "gate/select_checkpoints.hpp"
#include "gate/window.hpp"

namespace hindcast::gate {
namespace {

using report::CheckpointReport;
using report::LayerReport;
using report::RunReport;
using Reports = std::span<const report::Report* const>;

// A layer that one of two selections has and the other lacks, in words; empty if there is none.
std::string difference(const std::vector<const LayerReport*>& here,
                       const std::vector<const LayerReport*>& there) {
  std::set<std::string_view> names;
  for (const LayerReport* const layer : there) {
    names.insert(layer->name);
  }
  for (const LayerReport* const layer : here) {
    if (names.erase(layer->name) == 0) {
      return fmt::format("the baseline has no layer '{}'", layer->name);
    }
  }
  return names.empty() ? "" : fmt::format("the baseline's layer '{}' is missing", *names.begin());
}

bool uses_baseline(const Rule& rule) {
  return std::ranges::any_of(rule.conditions,
                             [](const Condition& one) { return one.bound.uses_baseline; });
}

// Judges one rule on one report.
class RuleJudge {
 public:
  RuleJudge(const Rule& rule, const report::Report& report, Reports baselines, Allowance& allowance)
      : rule_(rule), report_(report), baselines_(baselines), allowance_(allowance) {}

  std::vector<Finding> findings() {
    bool any = false;
    for (const RunReport& run : report_.runs) {
      if (selects(rule_, run)) {
        any = true;
        judge_run(run);
      }
    }
    if (!any) {
      found_.push_back(unjudged(
          {}, Cause::nothing_matched,
          report_.runs.empty() ? "the report has no run" : "no run has a name that matches"));
    }
    if (uses_baseline(rule_)) {
      note_missing_runs();
    }
    return std::move(found_);
  }

 private:
  void judge_run(const RunReport& run) {
    const std::size_t before = found_.size();
    const std::vector<Window> windows = windows_of(rule_, run);
    std::vector<Counterpart<RunReport>> others;
    for (const report::Report* const baseline : baselines_) {
      others.push_back(matching_run(baseline, report_, run));
    }
    if (others.empty()) {
      others.push_back(matching_run(nullptr, report_, run));
    }
    for (const Window& window : windows) {
      judge_window(run, window, others);
    }
    if (windows.empty()) {
      found_.push_back(
          unjudged({.run = run.name}, Cause::nothing_matched, why_no_window(rule_, run)));
    } else if (found_.size() == before) {
      found_.push_back(unjudged({.run = run.name}, Cause::not_measured,
                                "none of the selected layers has a value"));
    }
    for (const Counterpart<RunReport>& other : others) {
      if (other.part != nullptr && uses_baseline(rule_)) {
        note_missing_checkpoints(run, *other.part);
      }
    }
  }

  // A run that vanished must not make the rest look as good as the baseline.
  void note_missing_runs() {
    for (const report::Report* const baseline : baselines_) {
      for (const RunReport* const run : missing_runs(*baseline, report_)) {
        if (selects(rule_, *run) && noted_.emplace(run->name, "").second) {
          found_.push_back(unjudged({.run = run->name}, Cause::not_measured,
                                    "this run of the baseline is missing"));
        }
      }
    }
  }

  // The last checkpoint is compared with the last, whichever these are; and so are trends.
  void note_missing_checkpoints(const RunReport& run, const RunReport& other) {
    if (rule_.selection.checkpoints.kind == CheckpointChoice::Kind::last || rule_.trend) {
      return;
    }
    const std::vector<const CheckpointReport*> checkpoints = selected_checkpoints(rule_, run);
    for (const CheckpointReport* const expected : selected_checkpoints(rule_, other)) {
      if (!has_moment_of(*expected, checkpoints) &&
          noted_.emplace(run.name, expected->name).second) {
        found_.push_back(unjudged({.run = run.name,
                                   .checkpoint = expected->name,
                                   .step = expected->step,
                                   .epoch = expected->epoch},
                                  Cause::not_measured,
                                  "this checkpoint of the baseline is missing"));
      }
    }
  }

  void judge_window(const RunReport& run, const Window& window,
                    const std::vector<Counterpart<RunReport>>& other_runs) {
    const CheckpointReport& checkpoint = *window.back();
    here_ = {.run = run.name,
             .checkpoint = checkpoint.name,
             .step = checkpoint.step,
             .epoch = checkpoint.epoch};
    std::vector<BaselineWindow> others;
    for (const Counterpart<RunReport>& other_run : other_runs) {
      others.push_back(matching_window(rule_, other_run, window));
    }
    if (!rule_.metric.of_summary && selected_layers(rule_, checkpoint).empty()) {
      found_.push_back(
          unjudged(here_, Cause::nothing_matched,
                   checkpoint.layers.empty() ? "the checkpoint has no layer" : "no layer matches"));
    } else if (rule_.aggregate == Aggregate::each) {
      judge_each(window, others);
    } else {
      std::vector<BaselineValue> values;
      for (const BaselineWindow& other : others) {
        values.push_back(baseline_value(checkpoint, other));
      }
      judge_all(measure(rule_, window), values);
    }
  }

  void judge_each(const Window& window, const std::vector<BaselineWindow>& others) {
    const std::vector<const LayerReport*> layers = selected_layers(rule_, *window.back());
    const LayersByName ours(rule_, window);
    std::vector<std::optional<LayersByName>> theirs;
    for (const BaselineWindow& other : others) {
      theirs.push_back(other.window.empty()
                           ? std::nullopt
                           : std::optional<LayersByName>(std::in_place, rule_, other.window));
    }
    for (const LayerReport* const layer : layers) {
      std::vector<BaselineValue> values;
      for (std::size_t i = 0; i < others.size(); ++i) {
        values.push_back(layer_value(layer->name, others[i], theirs[i]));
      }
      judge_all(rule_.trend ? ours.measure(layer->name) : measure_layer(rule_, *layer), values);
    }
    if (uses_baseline(rule_)) {
      note_missing_layers(ours, others);
    }
  }

  [[nodiscard]] static BaselineValue layer_value(const std::string& layer,
                                                 const BaselineWindow& other,
                                                 const std::optional<LayersByName>& theirs) {
    if (!theirs) {
      return {.cause = other.cause, .reason = other.reason};
    }
    return theirs->has(layer) ? BaselineValue{.measured = theirs->measure(layer)}
                              : BaselineValue{.cause = Cause::not_measured,
                                              .reason = "the baseline has no such layer"};
  }

  void note_missing_layers(const LayersByName& ours, const std::vector<BaselineWindow>& others) {
    std::set<std::string_view> missing;
    for (const BaselineWindow& other : others) {
      if (other.window.empty()) {
        continue;
      }
      for (const LayerReport* const layer : selected_layers(rule_, *other.window.back())) {
        if (!ours.has(layer->name)) {
          missing.insert(layer->name);
        }
      }
    }
    for (const std::string_view layer : missing) {
      Finding finding = here_;
      finding.layer = layer;
      found_.push_back(
          unjudged(finding, Cause::not_measured, "this layer of the baseline is missing"));
    }
  }

  [[nodiscard]] BaselineValue baseline_value(const CheckpointReport& checkpoint,
                                             const BaselineWindow& other) const {
    if (other.window.empty()) {
      return {.cause = other.cause, .reason = other.reason};
    }
    if (std::string reason = difference(selected_layers(rule_, checkpoint),
                                        selected_layers(rule_, *other.window.back()));
        !reason.empty()) {
      return {.cause = Cause::not_measured, .reason = std::move(reason)};
    }
    return {.measured = measure(rule_, other.window)};
  }

  void judge_all(const Measured& measured, const std::vector<BaselineValue>& baselines) {
    if (!measured.value && rule_.ignore_nulls && rule_.aggregate != Aggregate::summary) {
      return;  // The run gets a finding of its own where nothing is left.
    }
    for (const Condition& condition : rule_.conditions) {
      found_.push_back(judge_value(rule_, condition, here_, measured, baselines, allowance_));
    }
  }

  const Rule& rule_;
  const report::Report& report_;
  Reports baselines_;
  Allowance& allowance_;
  std::vector<Finding> found_;
  std::set<std::pair<std::string, std::string>> noted_;  // Runs and checkpoints that are missing.
  Finding here_;
};

Verdict verdict_of(const std::vector<Finding>& findings) {
  const auto has = [&](Verdict verdict) {
    return std::ranges::find(findings, verdict, &Finding::verdict) != findings.end();
  };
  return has(Verdict::fail)              ? Verdict::fail
         : has(Verdict::could_not_judge) ? Verdict::could_not_judge
                                         : Verdict::pass;
}

std::vector<RuleResult> judge_rules(const std::vector<Rule>& rules, const report::Report& report,
                                    Reports baselines, Allowance allowance) {
  std::vector<RuleResult> results;
  for (const Rule& rule : rules) {
    RuleResult judged{.rule = rule,
                      .findings = RuleJudge(rule, report, baselines, allowance).findings()};
    judged.verdict = verdict_of(judged.findings);
    results.push_back(std::move(judged));
  }
  return results;
}

}  // namespace

GateResult judge(const std::vector<Rule>& rules, const report::Report& report,
                 const report::Report* baseline) {
  const Reports baselines(&baseline, baseline == nullptr ? 0 : 1);
  return judge(rules, report, baselines, NoiseOptions{});
}

GateResult judge(const std::vector<Rule>& rules, const report::Report& report, Reports baselines,
                 const NoiseOptions& options) {
  GateResult result;
  result.rules = judge_rules(rules, report, baselines, Allowance(options, 1));
  if (baselines.size() > 1) {
    // Only now is it known among how many comparisons the false alarms are to be divided.
    const std::int64_t comparisons = count_comparisons(result.rules);
    result.rules = judge_rules(rules, report, baselines, Allowance(options, comparisons));
    result.calibration =
        calibration_of(result.rules, static_cast<std::int64_t>(baselines.size()), options);
  }
  result.not_read = not_read_in(report, baselines);
  return result;
}

}  // namespace hindcast::gate
