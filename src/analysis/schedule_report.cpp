// RMSGD's schedule for a run, with what a reader must know before using it.

#include "analysis/schedule_report.hpp"

#include <cmath>

#include <fmt/format.h>

#include "hindcast/schedule/rmsgd.hpp"

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

// A rate that the minimiser moves by more than this share is reported.
constexpr double kSensitive = 0.1;

constexpr std::string_view kOpenLoop =
    "prescribed for these weights, in an open loop: had these rates been used, the weights would "
    "have been others from the second epoch on";
constexpr std::string_view kOrderUnsure =
    "the order of the parameters is only that of their names, and a rate is inherited from the "
    "parameter before; give the model's own order with --parameter-order";

// Why a tracked parameter has no gain, if it has none; empty if it has.
std::string without_gain(const Parameter& parameter) {
  if (parameter.split) {
    return fmt::format("it needs the knowledge gain of '{}' as one layer; leave out --split-fused",
                       printable(parameter.name));
  }
  if (parameter.skipped.empty() || parameter.skipped == "too_small") {
    return {};
  }
  return fmt::format("it needs the knowledge gain of '{}', which was skipped as {}",
                     printable(parameter.name), parameter.skipped);
}

std::vector<report::SensitiveRate> sensitive_rates(const report::ScheduleReport& schedule,
                                                   const schedule::Rates& reference,
                                                   const schedule::Rates& exact) {
  std::vector<report::SensitiveRate> out;
  for (std::size_t t = 0; t < reference.size(); ++t) {
    for (std::size_t p = 0; p < schedule.parameters.size(); ++p) {
      const double a = reference[t][p];
      const double b = exact[t][p];
      if (std::abs(b - a) > kSensitive * std::abs(a)) {
        out.push_back({.after = schedule.epochs[t].after,
                       .parameter = schedule.parameters[p],
                       .reference = a,
                       .exact = b});
      }
    }
  }
  return out;
}

// The epoch that the checkpoint before the training states, if it does.
std::optional<std::int64_t> epoch_before(const report::RunReport& run) {
  const bool has_initial = run.initial.checkpoint && !run.checkpoints.empty() &&
                           run.checkpoints.front().name == *run.initial.checkpoint;
  return has_initial ? run.checkpoints.front().epoch : std::nullopt;
}

class ScheduleWriter {
 public:
  ScheduleWriter(const GainHistory& history, const ScheduleOptions& options,
                 const report::RunReport& run)
      : history_(history),
        options_(options),
        ends_(epoch_ends(history.moments(), options.steps_per_epoch, epoch_before(run))),
        parameters_(options.parameter_order.empty()
                        ? history.parameters()
                        : reordered(history.parameters(), options.parameter_order)) {}

  void write(report::RunReport& run) {
    if (ends_.moments.empty()) {
      run.no_schedule = "no checkpoint stands at the end of an epoch";
      return;
    }
    describe();
    if (run.no_schedule = missing_gain(); !run.no_schedule.empty()) {
      return;
    }
    const auto reference = rates(report::GainSource::reference);
    const auto exact = rates(report::GainSource::exact);
    const auto& used = options_.evbmf == report::GainSource::exact ? exact : reference;
    if (!used) {
      run.no_schedule = "a knowledge gain it needs was not certified by the partial solver";
      return;
    }
    for (std::size_t t = 0; t < used->size(); ++t) {
      out_.epochs.push_back(
          {.after = history_.moments()[ends_.moments[t]].checkpoint, .rates = (*used)[t]});
    }
    out_.both_gains = reference && exact;
    if (out_.both_gains) {
      out_.sensitive = sensitive_rates(out_, *reference, *exact);
    }
    run.schedule = std::move(out_);
  }

 private:
  void describe() {
    out_.options = *options_.rmsgd;
    out_.evbmf = options_.evbmf;
    out_.order_evidence = options_.parameter_order.empty() ? history_.order_evidence() : "given";
    for (const Parameter& parameter : parameters_) {
      out_.parameters.push_back(parameter.name);
      out_.tracked.push_back(
          schedule::is_tracked(parameter.shape, parameter.kernel_axes, *options_.rmsgd));
    }
    out_.missing_epochs = ends_.missing;
    out_.notes.emplace_back(kOpenLoop);
    out_.notes.insert(out_.notes.end(), ends_.notes.begin(), ends_.notes.end());
    if (out_.order_evidence == "names") {
      out_.notes.emplace_back(kOrderUnsure);
    }
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      if (out_.tracked[p] && parameters_[p].skipped.empty() &&
          history_.carries_gain(parameters_[p].name, ends_.moments)) {
        out_.notes.push_back(fmt::format(
            "'{}' is not there or not finite at some checkpoint: its gain before is carried "
            "on, as the published optimiser does",
            printable(parameters_[p].name)));
      }
    }
  }

  [[nodiscard]] std::string missing_gain() const {
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      const std::string reason = out_.tracked[p] ? without_gain(parameters_[p]) : "";
      if (!reason.empty()) {
        return reason;
      }
    }
    return {};
  }

  [[nodiscard]] std::optional<schedule::Rates> rates(report::GainSource source) const {
    const auto gains = history_.gains(parameters_, out_.tracked, ends_.moments, source);
    return gains ? std::optional(rmsgd_rates(out_.tracked, *gains, *options_.rmsgd)) : std::nullopt;
  }

  const GainHistory& history_;
  const ScheduleOptions& options_;
  EpochEnds ends_;
  std::vector<Parameter> parameters_;
  report::ScheduleReport out_;
};

}  // namespace

void write_schedule(const GainHistory& history, const ScheduleOptions& options,
                    report::RunReport& run) {
  if (!options.rmsgd) {
    run.no_schedule = "it needs the initial learning rate; give --init-lr";
    return;
  }
  ScheduleWriter(history, options, run).write(run);
}

}  // namespace hindcast::analysis
