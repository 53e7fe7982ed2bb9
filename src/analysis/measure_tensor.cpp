// One tensor from its file to its measurements. Of the three moments at which it is looked at, no
// more than two are in memory at a time.

#include "analysis/measure_tensor.hpp"

#include <cstring>
#include <span>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/tensor/part.hpp"

#include "analysis/moment_values.hpp"
#include "base/memory_errors.hpp"

namespace hindcast::analysis {
namespace {

using report::Outcome;
using Values = std::vector<double>;

// Bit by bit: a NaN is like itself, and 0 is not like -0.
bool are_same(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// The layers that a tensor holds: itself, or the selected parts of it.
class Layers {
 public:
  Layers(const tensor::TensorInfo& info, const tensor::Classification& verdict)
      : info_(info), verdict_(verdict) {
    if (verdict.split) {
      part_ = part_of(info.shape, *verdict.layout, *verdict.split);
    }
  }

  [[nodiscard]] std::size_t size() const {
    return verdict_.split ? verdict_.split->selected.size() : 1;
  }
  [[nodiscard]] std::span<const std::uint64_t> shape() const {
    return part_ ? part_->shape : info_.shape;
  }
  [[nodiscard]] const tensor::Layout& layout() const {
    return part_ ? part_->layout : *verdict_.layout;
  }

  /// Which part of the tensor the layer at `index` is; empty for all of it.
  [[nodiscard]] std::string part(std::size_t index) const {
    const std::optional<tensor::Split>& split = verdict_.split;
    return split ? fmt::format("{} of {} along axis {}", split->selected[index],
                               split->parts.size(), split->axis)
                 : "";
  }

  /// Those of the layer at `index`; `room` is where they are put together where that is needed.
  [[nodiscard]] std::span<const double> values(const Values& whole, std::size_t index,
                                               Values& room) const {
    if (!verdict_.split || whole.empty()) {
      return whole;
    }
    room = part_values(whole, info_.shape, *verdict_.split, verdict_.split->selected[index]);
    return room;
  }

 private:
  const tensor::TensorInfo& info_;
  const tensor::Classification& verdict_;
  std::optional<tensor::Part> part_;
};

// One tensor at its three moments. With a cache, what is compared are digests, and values are read
// only for what is not found there.
class TensorMeasurer {
 public:
  TensorMeasurer(const OpenedTable& table, std::size_t index, const Comparison& comparison,
                 const Measuring& measuring)
      : measuring_(measuring),
        layers_(table.info(index), table.verdict(index)),
        now_(table.read(index)),
        digest_(measuring.cache != nullptr ? table.digest(index, now_) : std::string()),
        initial_(comparison.initial, table.info(index), *table.verdict(index).layout),
        previous_(comparison.previous, table.info(index), *table.verdict(index).layout) {}

  Outcome measure() {
    Outcome outcome;
    outcome.unchanged = !measuring_.unchanged_too && is_unchanged();
    if (outcome.unchanged) {
      return outcome;
    }
    outcome.layers.resize(layers_.size());
    for_each_layer(outcome, [&](auto& measured, const Layer& layer) {
      compare_with_previous(measured, layer);
    });
    previous_.forget();
    for_each_layer(outcome,
                   [&](auto& measured, const Layer& layer) { measure_spectra(measured, layer); });
    for_each_layer(outcome, [&](auto& measured, const Layer& layer) {
      compare_with_initial(measured, layer);
    });
    return outcome;
  }

 private:
  struct Layer {
    std::size_t index;
    metrics::LayerWeights weights;
    MeasuredFrom from;
  };

  bool is_unchanged() {
    return measuring_.cache != nullptr ? digest_ == previous_.digest()
                                       : are_same(now_, previous_.values());
  }

  template <typename Use>
  void for_each_layer(Outcome& outcome, const Use& use) {
    Values room;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const std::string part = layers_.part(i);
      use(outcome.layers[i], Layer{.index = i,
                                   .weights = {.shape = layers_.shape(),
                                               .layout = layers_.layout(),
                                               .values = layers_.values(now_, i, room)},
                                   .from = {.shape = layers_.shape(),
                                            .layout = layers_.layout(),
                                            .tensor = digest_,
                                            .part = part}});
    }
  }

  void measure_spectra(metrics::LayerMeasurement& measured, const Layer& layer) {
    MeasurementCache* const cache = measuring_.cache;
    if (cache != nullptr && cache->find_spectra(measured, layer.from, measuring_.solver)) {
      return;
    }
    metrics::measure_spectra(measured, layer.weights, measuring_.solver);
    if (cache != nullptr) {
      cache->keep_spectra(measured, layer.from, measuring_.solver);
    }
  }

  void compare_with_initial(metrics::LayerMeasurement& measured, const Layer& layer) {
    MeasurementCache* const cache = measuring_.cache;
    const std::string other = cache != nullptr ? initial_.digest() : std::string();
    if (!other.empty() && cache->find_initial(measured, layer.from, other)) {
      return;
    }
    Values room;
    metrics::compare_with_initial(measured, layer.weights,
                                  layers_.values(initial_.values(), layer.index, room));
    if (!other.empty()) {
      cache->keep_initial(measured, layer.from, other);
    }
  }

  void compare_with_previous(metrics::LayerMeasurement& measured, const Layer& layer) {
    MeasurementCache* const cache = measuring_.cache;
    const std::string other = cache != nullptr ? previous_.digest() : std::string();
    if (!other.empty() && cache->find_previous(measured, layer.from, other)) {
      return;
    }
    Values room;
    metrics::compare_with_previous(measured, layer.weights,
                                   layers_.values(previous_.values(), layer.index, room));
    if (!other.empty()) {
      cache->keep_previous(measured, layer.from, other);
    }
  }

  const Measuring& measuring_;
  Layers layers_;
  Values now_;
  std::string digest_;
  MomentValues initial_;
  MomentValues previous_;
};

}  // namespace

Outcome measure_tensor(const OpenedTable& table, std::size_t index, const Comparison& comparison,
                       const Measuring& measuring) {
  try {
    return with_memory_errors(
        [&] { return TensorMeasurer(table, index, comparison, measuring).measure(); });
  } catch (const Error& error) {
    Outcome outcome;
    outcome.problem = fmt::format("{}: {}", printable(table.info(index).path), error.what());
    return outcome;
  }
}

}  // namespace hindcast::analysis
