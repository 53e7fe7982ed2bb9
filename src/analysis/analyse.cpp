// What is reported of a run, collected checkpoint by checkpoint as they come out of the flow.

#include "hindcast/analysis/analyse.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/report/writers.hpp"
#include "hindcast/tensor/relayout.hpp"

#include "analysis/flow.hpp"
#include "analysis/gain_history.hpp"
#include "analysis/glob_use.hpp"
#include "analysis/measured_checkpoint.hpp"
#include "analysis/schedule_report.hpp"

namespace hindcast::analysis {
namespace {

// Equal for one weight in the layouts of two frameworks.
std::vector<std::uint64_t> neutral_shape(const report::LayerReport& layer) {
  const tensor::Layout layout = tensor::Layout::parse(layer.layout);
  return tensor::permuted_shape(layer.shape, *axes_from(layout, neutral(layout)));
}

std::vector<report::LayerChange> changes_between(const report::CheckpointReport& before,
                                                 const report::CheckpointReport& after) {
  std::unordered_map<std::string_view, const report::LayerReport*> earlier;
  for (const report::LayerReport& layer : before.layers) {
    earlier.emplace(layer.name, &layer);
  }
  std::vector<report::LayerChange> out;
  const auto note = [&](const std::string& layer, const char* change) {
    out.push_back({.checkpoint = after.name, .layer = layer, .change = change});
  };
  for (const report::LayerReport& layer : after.layers) {
    const auto place = earlier.find(layer.name);
    if (place == earlier.end()) {
      note(layer.name, "appeared");
      continue;
    }
    if (neutral_shape(*place->second) != neutral_shape(layer)) {
      note(layer.name, "reshaped");
    }
    earlier.erase(place);
  }
  for (const report::LayerReport& layer : before.layers) {
    if (earlier.contains(layer.name)) {
      note(layer.name, "vanished");
    }
  }
  return out;
}

metrics::Summary summary_of(const std::vector<report::LayerReport>& layers) {
  std::vector<const metrics::LayerMeasurement*> measured;
  for (const report::LayerReport& layer : layers) {
    measured.push_back(&layer.measured);
  }
  return metrics::summarise(measured);
}

class Run {
 public:
  Run(const io::CheckpointSeries& series, const AnalysisOptions& options)
      : series_(series), options_(options), globs_(options.selection) {
    report_.name = series.name;
    report_.order = {.by = series.order.by, .reason = series.order.reason};
    report_.warnings = series.warnings;
    for (const io::FailedFile& failed : series.failed) {
      report_.unread.push_back({.path = failed.shown_path, .reason = failed.reason});
    }
  }

  report::RunReport analyse(const Progress& progress) {
    const FlowListener listener{
        .checkpoint_done = [this](CheckpointInFlight& checkpoint) { take(checkpoint); },
        .progressed =
            [&](const FlowState& state) {
              progress({.done = state.checkpoints_done,
                        .total = series_.checkpoints.size(),
                        .flops_done = state.flops_done,
                        .flops_in_all = state.flops_in_all});
            }};
    measure_series(series_, options_, listener);
    name_initial();
    warn_of_empty();
    warn_of_changes();
    report_.unmatched_globs = globs_.unmatched();
    write_schedule(history_, options_.schedule, report_);
    return std::move(report_);
  }

 private:
  void take(CheckpointInFlight& checkpoint) {
    if (!checkpoint.failure) {
      add(checkpoint);
      return;
    }
    const Error& failure = *checkpoint.failure;
    if (failure.code() == ErrorCode::usage) {
      throw Error(failure.code(),
                  fmt::format("{}: {}", printable(checkpoint.file->shown_path), failure.what()));
    }
    report_.unread.push_back({.path = checkpoint.file->shown_path, .reason = failure.what()});
  }

  void add(CheckpointInFlight& checkpoint) {
    const io::CheckpointFile& file = *checkpoint.file;
    const OpenedTable& table = *checkpoint.table;
    MeasuredCheckpoint measured = measured_checkpoint(
        checkpoint, report_.checkpoints.empty() ? nullptr : &report_.checkpoints.back(), options_);
    warn_of_problems(file, table, measured);
    warn_of_folding(checkpoint);

    report::CheckpointReport out{.name = file.name,
                                 .path = file.shown_path,
                                 .aliases = file.aliases,
                                 .format = std::string(table.format()),
                                 .step = file.step,
                                 .epoch = file.epoch,
                                 .ledger = std::move(measured.ledger),
                                 .summary = summary_of(measured.layers),
                                 .layers = std::move(measured.layers),
                                 .problems = std::ssize(table.checkpoint().problems())};
    if (!report_.checkpoints.empty()) {
      std::vector<report::LayerChange> changes = changes_between(report_.checkpoints.back(), out);
      report_.changes.insert(report_.changes.end(), changes.begin(), changes.end());
    }
    globs_.observe(table);
    history_.add(file, table, out.layers);
    report_.checkpoints.push_back(std::move(out));
  }

  void warn_of_problems(const io::CheckpointFile& file, const OpenedTable& table,
                        const MeasuredCheckpoint& measured) {
    const std::string path = printable(file.shown_path);
    for (const io::Problem& problem : table.problems()) {
      report_.warnings.push_back(
          fmt::format("{}: {}: {}", path, printable(problem.where), problem.reason));
    }
    for (const std::string& problem : measured.problems) {
      report_.warnings.push_back(fmt::format("{}: {}", path, problem));
    }
    for (const report::LayerReport& layer : measured.layers) {
      if (layer.measured.status.has(metrics::Status::non_finite)) {
        report_.warnings.push_back(
            fmt::format("{}: {}: {} of {} weights are NaN or infinite", path, printable(layer.name),
                        layer.measured.unfoldings[0].non_finite_values, layer.measured.weights));
      }
    }
  }

  void warn_of_folding(const CheckpointInFlight& checkpoint) {
    const auto warn = [&](const OpenedTable* other, std::string_view which) {
      if (other == nullptr) {
        return;
      }
      const std::vector<std::string> names = checkpoint.table->differently_folded(*other);
      if (!names.empty()) {
        report_.warnings.push_back(fmt::format(
            "{}: not compared with {}: batch normalisation is folded into '{}'{} in one of them",
            printable(checkpoint.file->shown_path), which, printable(names.front()),
            names.size() > 1 ? fmt::format(" and {} more layers", names.size() - 1) : ""));
      }
    };
    warn(checkpoint.initial.get(), "the initial checkpoint");
    if (checkpoint.previous != checkpoint.initial) {
      warn(checkpoint.previous.get(), "the checkpoint before");
    }
  }

  void name_initial() {
    report_.initial.how = io::name(series_.how);
    report_.initial.reason = series_.how_reason;
    if (report_.checkpoints.empty()) {
      return;
    }
    const std::string& first = report_.checkpoints.front().name;
    if (series_.has_initial && first == series_.checkpoints.front().name) {
      report_.initial.checkpoint = first;
      return;
    }
    report_.initial.how = "first";
    report_.initial.reason = fmt::format(
        "no initial checkpoint was found: rotation is measured from the first one, '{}', which "
        "stays the end of the first epoch in the schedule",
        printable(first));
    if (report_.checkpoints.size() > 1) {
      report_.warnings.push_back(report_.initial.reason + "; name the initial one with --init");
    }
  }

  // Where no checkpoint has a layer, that is the result, not a detail.
  void warn_of_empty() {
    const auto is_empty = [](const report::CheckpointReport& c) { return c.layers.empty(); };
    if (std::ranges::all_of(report_.checkpoints, is_empty)) {
      return;
    }
    for (const report::CheckpointReport& checkpoint : report_.checkpoints) {
      if (is_empty(checkpoint)) {
        report_.warnings.push_back(fmt::format("{}: no layer to analyse: {}",
                                               printable(checkpoint.path),
                                               report::describe(checkpoint.ledger)));
      }
    }
  }

  void warn_of_changes() {
    std::unordered_map<std::string_view, std::size_t> counts;
    for (const report::LayerChange& change : report_.changes) {
      ++counts[change.checkpoint];
    }
    for (const report::CheckpointReport& checkpoint : report_.checkpoints) {
      const auto place = counts.find(checkpoint.name);
      if (place != counts.end()) {
        report_.warnings.push_back(fmt::format(
            "{}: layers that appeared, vanished or changed shape since the checkpoint before: {}",
            printable(checkpoint.path), place->second));
      }
    }
  }

  const io::CheckpointSeries& series_;
  const AnalysisOptions& options_;
  report::RunReport report_;
  GlobUse globs_;
  GainHistory history_;
};

}  // namespace

report::RunReport analyse(const io::CheckpointSeries& series, const AnalysisOptions& options,
                          const Progress& progress) {
  return Run(series, options).analyse(progress);
}

}  // namespace hindcast::analysis
