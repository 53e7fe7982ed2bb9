#include "analysis/conclusion.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/report/writers.hpp"

#include "analysis/carry_on.hpp"
#include "analysis/schedule_report.hpp"
#include "base/text.hpp"
#include "tensor/relayout.hpp"

namespace hindcast::analysis {
namespace {

using Layers = std::vector<report::LayerReport>;

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

metrics::Summary summary_of(const Layers& layers) {
  std::vector<const metrics::LayerMeasurement*> measured;
  for (const report::LayerReport& layer : layers) {
    measured.push_back(&layer.measured);
  }
  return metrics::summarise(measured);
}

// The measurements of a tensor's layers; none where it could not be read.
std::vector<metrics::LayerMeasurement> measurements(report::TensorRecord& tensor,
                                                    const EarlierLayers& before,
                                                    const std::string& path) {
  if (!tensor.outcome->unchanged) {
    return std::move(tensor.outcome->layers);
  }
  std::vector<metrics::LayerMeasurement> out;
  for (const report::LayerReport* const layer : before.all_of(tensor.layers)) {
    out.push_back(carried_on(layer->measured));
  }
  if (out.empty()) {
    throw Error(ErrorCode::malformed,
                fmt::format("{}: '{}' is unchanged{}, but was not measured before", printable(path),
                            printable(tensor.layers.front().name),
                            tensor.shard ? fmt::format(" as shard {} says", *tensor.shard) : ""));
  }
  return out;
}

void add_layers(report::CheckpointRecord& record, const report::CheckpointReport* before,
                report::CheckpointReport& out, std::vector<std::string>& warnings) {
  const EarlierLayers earlier = layers_of(before);
  for (report::TensorRecord& tensor : record.tensors) {
    std::vector<metrics::LayerMeasurement> measured = measurements(tensor, earlier, record.path);
    if (measured.empty()) {
      ++out.ledger.skipped["unreadable"];
      warnings.push_back(fmt::format("{}: {}", printable(record.path), tensor.outcome->problem));
      continue;
    }
    ++out.ledger.analysed;
    for (std::size_t i = 0; i < tensor.layers.size(); ++i) {
      out.layers.push_back(std::move(tensor.layers[i]));
      out.layers.back().measured = std::move(measured[i]);
    }
  }
}

void append(std::vector<std::string>& target, std::vector<std::string>&& more) {
  std::ranges::move(more, std::back_inserter(target));
}

void warn_of_non_finite(const report::CheckpointReport& checkpoint,
                        std::vector<std::string>& warnings) {
  for (const report::LayerReport& layer : checkpoint.layers) {
    if (!layer.measured.status.has(metrics::Status::non_finite)) {
      continue;
    }
    const std::int64_t count = layer.measured.unfoldings[0].non_finite_values;
    warnings.push_back(fmt::format(
        "{}: {}: {}", printable(checkpoint.path), printable(layer.name),
        count > 0
            ? fmt::format("{} of {} weights are NaN or infinite", count, layer.measured.weights)
            : "its weights are so large that metrics of them exceed double precision"));
  }
}

void name_initial(report::RunReport& run, const report::InitialCheckpoint& found) {
  run.initial = {.checkpoint = {}, .how = found.how, .reason = found.reason};
  if (run.checkpoints.empty()) {
    return;
  }
  const std::string& first = run.checkpoints.front().name;
  if (found.checkpoint == first) {
    run.initial.checkpoint = first;
    return;
  }
  run.initial.how = "first";
  run.initial.reason = fmt::format(
      "no initial checkpoint was found: rotation is measured from the first one, '{}', which "
      "stays the end of the first epoch in the schedule",
      printable(first));
  if (run.checkpoints.size() > 1) {
    run.warnings.push_back(run.initial.reason + "; name the initial one with --init");
  }
}

// Where no checkpoint has a layer, that is the result, not a detail.
void warn_of_empty(report::RunReport& run) {
  const auto is_empty = [](const report::CheckpointReport& c) { return c.layers.empty(); };
  if (std::ranges::all_of(run.checkpoints, is_empty)) {
    return;
  }
  for (const report::CheckpointReport& checkpoint : run.checkpoints) {
    if (is_empty(checkpoint)) {
      run.warnings.push_back(fmt::format("{}: no layer to analyse: {}", printable(checkpoint.path),
                                         report::describe(checkpoint.ledger)));
    }
  }
}

void warn_of_changes(report::RunReport& run) {
  std::unordered_map<std::string_view, std::size_t> counts;
  for (const report::LayerChange& change : run.changes) {
    ++counts[change.checkpoint];
  }
  for (const report::CheckpointReport& checkpoint : run.checkpoints) {
    const auto place = counts.find(checkpoint.name);
    if (place != counts.end()) {
      run.warnings.push_back(fmt::format(
          "{}: layers that appeared, vanished or changed shape since the checkpoint before: {}",
          printable(checkpoint.path), place->second));
    }
  }
}

}  // namespace

Conclusion::Conclusion(const report::RunHeader& header) : initial_(header.initial) {
  report_.name = header.name;
  report_.order = header.order;
  report_.warnings = header.warnings;
  report_.unread = header.failed;
}

const report::CheckpointReport* Conclusion::last() const {
  return report_.checkpoints.empty() ? nullptr : &report_.checkpoints.back();
}

void Conclusion::add(report::CheckpointRecord record) {
  if (record.failure) {
    report_.unread.push_back({.path = record.path, .reason = *record.failure});
    return;
  }
  report::CheckpointReport out{.name = record.name,
                               .path = record.path,
                               .aliases = std::move(record.aliases),
                               .format = std::move(record.format),
                               .step = record.step,
                               .epoch = record.epoch,
                               .ledger = std::move(record.ledger),
                               .summary = {},
                               .layers = {},
                               .problems = record.problems};
  append(report_.warnings, std::move(record.warnings));
  add_layers(record, last(), out, report_.warnings);
  warn_of_non_finite(out, report_.warnings);
  append(report_.warnings, std::move(record.folding_warnings));
  out.summary = summary_of(out.layers);
  if (last() != nullptr) {
    std::ranges::move(changes_between(*last(), out), std::back_inserter(report_.changes));
  }
  if (record.order) {
    report_.model_order = record.order;
    history_.set_order(*std::move(record.order));
  }
  if (!record.initial) {
    history_.add({.checkpoint = record.name, .step = record.step, .epoch = record.epoch},
                 out.layers);
  }
  report_.checkpoints.push_back(std::move(out));
}

report::RunReport Conclusion::finish(std::vector<std::string> unmatched_globs,
                                     const ScheduleOptions& schedule) {
  name_initial(report_, initial_);
  warn_of_empty(report_);
  warn_of_changes(report_);
  report_.unmatched_globs = std::move(unmatched_globs);
  write_schedule(history_, schedule, report_);
  return std::move(report_);
}

report::RunReport failed_run(const std::string& name, const std::string& reason) {
  report::RunReport run;
  run.name = name;
  run.initial.how = "first";
  run.initial.reason = "no initial checkpoint found";
  run.unread.push_back({.path = name, .reason = reason});
  run.no_schedule = "the run could not be analysed";
  return run;
}

}  // namespace hindcast::analysis
