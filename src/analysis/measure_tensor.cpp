// One tensor from its file to its measurements. Of the three moments at which it is looked at, no
// more than two are in memory at a time.

#include "analysis/measure_tensor.hpp"

#include <cstring>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/tensor/part.hpp"

#include "analysis/moment_values.hpp"
#include "base/memory_errors.hpp"
#include "base/text.hpp"

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
        table_(table),
        index_(index),
        layers_(table.info(index), table.verdict(index)),
        digest_(measuring.cache != nullptr ? table.digest(index) : std::string()),
        initial_(comparison.initial, table.info(index), *table.verdict(index).layout),
        previous_(comparison.previous, table.info(index), *table.verdict(index).layout) {}

  // In the order that MeasurementCache asks for.
  Outcome measure() {
    Outcome outcome;
    outcome.unchanged = !measuring_.unchanged_too && is_unchanged();
    if (outcome.unchanged) {
      return outcome;
    }
    outcome.layers.resize(layers_.size());
    compare(Piece::previous, outcome, previous_);
    previous_.forget();
    compare(Piece::initial, outcome, initial_);
    initial_.forget();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      find_or_make(Piece::spectra, outcome.layers[i], i, metrics::name(measuring_.solver),
                   [&] { measure_spectra(outcome.layers[i], i); });
    }
    return outcome;
  }

 private:
  bool in_blocks() {
    if (!in_blocks_) {
      in_blocks_ = are_blocked();
    }
    return *in_blocks_;
  }

  // All moments at which it is looked at, so that none has to be in memory as a whole.
  bool are_blocked() {
    if (!table_.is_blocked(index_, measuring_.most_whole_values)) {
      return false;
    }
    bool moderate = true;
    const auto judge = [&](const metrics::BlockedMatrix& matrix) {
      moderate = moderate && metrics::is_moderate(matrix, {});
    };
    const auto is_like_it = [&](MomentValues& moment) {
      return !moment.exists() || moment.use_blocks(judge);
    };
    return table_.use_blocks(index_, judge) && is_like_it(initial_) && is_like_it(previous_) &&
           moderate;
  }

  void measure_spectra(metrics::LayerMeasurement& measured, std::size_t layer) {
    if (!in_blocks()) {
      Values room;
      metrics::measure_spectra(measured, weights(layer, room), measuring_.solver,
                               measuring_.metrics);
      return;
    }
    use_blocks([&](const metrics::BlockedMatrix& now) {
      metrics::measure_spectra(measured, now, layers_.layout(), measuring_.solver,
                               measuring_.metrics, {});
    });
  }

  void use_blocks(const OpenedTable::UseBlocks& use) {
    if (!table_.use_blocks(index_, use)) {
      throw Error(ErrorCode::io, "cannot be read any more");
    }
  }

  bool is_unchanged() {
    if (measuring_.cache != nullptr || in_blocks()) {
      return previous_.exists() && table_.digest(index_) == previous_.digest();
    }
    return are_same(now(), previous_.values());
  }

  void compare(Piece piece, Outcome& outcome, MomentValues& others) {
    const std::string with = measuring_.cache != nullptr ? others.digest() : std::string();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      find_or_make(piece, outcome.layers[i], i, with, [&] {
        if (in_blocks()) {
          compare_in_blocks(piece, outcome.layers[i], others);
        } else {
          compare_whole(piece, outcome.layers[i], i, others);
        }
      });
    }
  }

  void compare_whole(Piece piece, metrics::LayerMeasurement& measured, std::size_t layer,
                     MomentValues& others) {
    const Values& whole_other = others.is(table_, index_) ? now() : others.values();
    if (whole_other.empty()) {
      return;
    }
    Values room;
    Values other_room;
    const std::span<const double> other = layers_.values(whole_other, layer, other_room);
    if (piece == Piece::initial) {
      metrics::compare_with_initial(measured, weights(layer, room), other, measuring_.metrics);
    } else {
      metrics::compare_with_previous(measured, weights(layer, room), other, measuring_.metrics);
    }
  }

  // Nothing where the other can be read no more: a comparison must not cost the layer.
  void compare_in_blocks(Piece piece, metrics::LayerMeasurement& measured, MomentValues& others) {
    (void)others.use_blocks([&](const metrics::BlockedMatrix& other) {
      use_blocks([&](const metrics::BlockedMatrix& now) {
        if (piece == Piece::initial) {
          metrics::compare_with_initial(measured, now, other, measuring_.metrics, {});
        } else {
          metrics::compare_with_previous(measured, now, other, measuring_.metrics, {});
        }
      });
    });
  }

  // Where there is no cache, or nothing to compare `with`, it is made.
  template <typename Make>
  void find_or_make(Piece piece, metrics::LayerMeasurement& measured, std::size_t layer,
                    std::string_view with, const Make& make) {
    if (measuring_.cache == nullptr || with.empty()) {
      make();
      return;
    }
    const std::string part = layers_.part(layer);
    const MeasuredFrom from{.shape = layers_.shape(),
                            .layout = layers_.layout(),
                            .tensor = digest_,
                            .part = part,
                            .with = with,
                            .metrics = measuring_.metrics};
    if (!measuring_.cache->find(piece, measured, from)) {
      make();
      measuring_.cache->keep(piece, measured, from);
    }
  }

  const Values& now() {
    if (!now_) {
      now_ = table_.read(index_);
    }
    return *now_;
  }

  metrics::LayerWeights weights(std::size_t layer, Values& room) {
    return {.shape = layers_.shape(),
            .layout = layers_.layout(),
            .values = layers_.values(now(), layer, room)};
  }

  const Measuring& measuring_;
  const OpenedTable& table_;
  std::size_t index_;
  Layers layers_;
  std::string digest_;
  std::optional<Values> now_;
  MomentValues initial_;
  MomentValues previous_;
  std::optional<bool> in_blocks_;
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
