// One tensor from its file to its measurements. Of the three moments at which it is looked at, no
// more than two are in memory at a time.

#include "analysis/measure_tensor.hpp"

#include <cstring>
#include <span>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/tensor/part.hpp"

namespace hindcast::analysis {
namespace {

using Values = std::vector<double>;

// None where there is no such checkpoint, it lacks the tensor, or cannot read it: what was told of
// that checkpoint must not cost this one its layer.
Values values_in(const OpenedTable* table, const tensor::TensorInfo& like,
                 const tensor::Layout& layout) {
  if (table == nullptr) {
    return {};
  }
  const std::optional<Counterpart> counterpart = table->find(like, layout);
  try {
    return counterpart ? table->read(*counterpart) : Values();
  } catch (const Error&) {
    return {};
  }
}

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

// Calls `use(measured, now, other)` for each layer.
template <typename Use>
void for_each_layer(const Layers& layers, Outcome& outcome, const Values& now, const Values& other,
                    const Use& use) {
  Values room_now;
  Values room_other;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const metrics::LayerWeights weights{.shape = layers.shape(),
                                        .layout = layers.layout(),
                                        .values = layers.values(now, i, room_now)};
    use(outcome.layers[i], weights, layers.values(other, i, room_other));
  }
}

Outcome measure_values(const OpenedTable& table, std::size_t index, const Comparison& comparison,
                       metrics::SolverChoice solver, Unchanged unchanged) {
  const tensor::TensorInfo& info = table.info(index);
  const tensor::Layout& layout = *table.verdict(index).layout;
  const Layers layers(info, table.verdict(index));
  const Values now = table.read(index);
  Outcome outcome;
  outcome.layers.resize(layers.size());
  {
    const Values previous = values_in(comparison.previous, info, layout);
    outcome.unchanged = unchanged == Unchanged::left_out && are_same(now, previous);
    if (outcome.unchanged) {
      outcome.layers.clear();
      return outcome;
    }
    for_each_layer(layers, outcome, now, previous, [](auto& measured, auto& weights, auto other) {
      compare_with_previous(measured, weights, other);
    });
  }
  for_each_layer(layers, outcome, now, {}, [&](auto& measured, auto& weights, auto /*other*/) {
    measure_spectra(measured, weights, solver);
  });
  const Values initial = values_in(comparison.initial, info, layout);
  for_each_layer(layers, outcome, now, initial, [](auto& measured, auto& weights, auto other) {
    compare_with_initial(measured, weights, other);
  });
  return outcome;
}

}  // namespace

Outcome measure_tensor(const OpenedTable& table, std::size_t index, const Comparison& comparison,
                       metrics::SolverChoice solver, Unchanged unchanged) {
  try {
    return measure_values(table, index, comparison, solver, unchanged);
  } catch (const Error& error) {
    Outcome outcome;
    outcome.problem = fmt::format("{}: {}", printable(table.info(index).path), error.what());
    return outcome;
  }
}

metrics::LayerMeasurement carried_on(const metrics::LayerMeasurement& before) {
  metrics::LayerMeasurement measured = before;
  const bool has_direction =
      !before.status.has(metrics::Status::zero) && !before.status.has(metrics::Status::non_finite);
  measured.step_rotation = has_direction ? std::optional(0.0) : std::nullopt;
  return measured;
}

}  // namespace hindcast::analysis
