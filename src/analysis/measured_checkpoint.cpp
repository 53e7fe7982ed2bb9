#include "analysis/measured_checkpoint.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "hindcast/tensor/part.hpp"

namespace hindcast::analysis {
namespace {

using Layers = std::vector<report::LayerReport>;
using ByName = std::unordered_map<std::string_view, const report::LayerReport*>;

// The layers that a tensor holds, without their measurements.
Layers describe_layers(const tensor::TensorInfo& info, const tensor::Classification& verdict) {
  const report::LayerReport whole{.name = info.name,
                                  .kind = std::string(tensor::name(verdict.kind)),
                                  .shape = info.shape,
                                  .layout = verdict.layout->letters(),
                                  .layout_reason = verdict.layout_reason,
                                  .dtype = std::string(tensor::name(info.dtype)),
                                  .measured = {}};
  if (!verdict.split) {
    return {whole};
  }
  const tensor::Part part = part_of(info.shape, *verdict.layout, *verdict.split);
  Layers layers;
  for (const std::size_t selected : verdict.split->selected) {
    report::LayerReport& layer = layers.emplace_back(whole);
    layer.name = part_name(info.name, *verdict.split, selected);
    layer.shape = part.shape;
    layer.layout = part.layout.letters();
  }
  return layers;
}

// The same layers at the checkpoint before; empty if one of them is not there, or is another.
std::vector<metrics::LayerMeasurement> all_carried_on(const Layers& layers, const ByName& before) {
  std::vector<metrics::LayerMeasurement> out;
  for (const report::LayerReport& layer : layers) {
    const auto place = before.find(layer.name);
    if (place == before.end() || place->second->layout != layer.layout ||
        place->second->shape != layer.shape) {
      return {};
    }
    out.push_back(carried_on(place->second->measured));
  }
  return out;
}

ByName by_name(const report::CheckpointReport* checkpoint) {
  ByName out;
  if (checkpoint != nullptr) {
    for (const report::LayerReport& layer : checkpoint->layers) {
      out.emplace(layer.name, &layer);
    }
  }
  return out;
}

// Where there is nothing to carry on, an unchanged tensor is measured after all.
void complete(Outcome& outcome, const Layers& layers, const ByName& before,
              const CheckpointInFlight& checkpoint, std::size_t index,
              const AnalysisOptions& options) {
  if (!outcome.unchanged) {
    return;
  }
  outcome.layers = all_carried_on(layers, before);
  if (outcome.layers.empty()) {
    outcome =
        measure_tensor(*checkpoint.table, index,
                       {.initial = checkpoint.initial.get(), .previous = checkpoint.previous.get()},
                       {.solver = options.solver, .cache = options.cache, .unchanged_too = true});
  }
}

}  // namespace

MeasuredCheckpoint measured_checkpoint(CheckpointInFlight& checkpoint,
                                       const report::CheckpointReport* before,
                                       const AnalysisOptions& options) {
  const OpenedTable& table = *checkpoint.table;
  MeasuredCheckpoint out;
  out.ledger.tensors = static_cast<std::int64_t>(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!table.verdict(i).analysed()) {
      ++out.ledger.skipped[table.verdict(i).skip_reason];
    }
  }
  const ByName earlier = by_name(before);
  for (std::size_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const std::size_t index = checkpoint.tensors[i];
    Outcome& outcome = checkpoint.outcomes[i];
    Layers layers = describe_layers(table.info(index), table.verdict(index));
    complete(outcome, layers, earlier, checkpoint, index, options);
    if (outcome.layers.empty()) {
      ++out.ledger.skipped["unreadable"];
      out.problems.push_back(outcome.problem);
      continue;
    }
    ++out.ledger.analysed;
    for (std::size_t part = 0; part < layers.size(); ++part) {
      layers[part].measured = std::move(outcome.layers[part]);
      out.layers.push_back(std::move(layers[part]));
    }
  }
  return out;
}

}  // namespace hindcast::analysis
