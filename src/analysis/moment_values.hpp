#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// The values of one tensor at one of the moments at which it is looked at, read where they are
/// needed. There are none where there is no such checkpoint, it lacks the tensor, or cannot read
/// it: what was told of that checkpoint must not cost another one its layer.
class MomentValues {
 public:
  /// `table` may be null. The values come in the order of the axes that `like` has.
  MomentValues(const OpenedTable* table, const tensor::TensorInfo& like,
               const tensor::Layout& layout);

  [[nodiscard]] const std::vector<double>& values();

  /// As OpenedTable::use_blocks; false where the axes lie in another order, and where there is
  /// nothing.
  [[nodiscard]] bool use_blocks(const OpenedTable::UseBlocks& use);

  /// Is there such a checkpoint with such a tensor, as far as is known?
  [[nodiscard]] bool exists() const noexcept { return counterpart_.has_value(); }

  /// Is it the tensor at `index` of `table` itself, as of a run's first checkpoint?
  [[nodiscard]] bool is(const OpenedTable& table, std::size_t index) const noexcept {
    return table_ == &table && counterpart_ && counterpart_->index == index &&
           counterpart_->axes.empty();
  }

  /// Equal for equal values in equal order; empty where there are none. Read for it only if they
  /// never were before.
  [[nodiscard]] std::string digest();

  /// Gives back the memory.
  void forget() {
    values_ = {};
    is_read_ = false;
  }

 private:
  const OpenedTable* table_;
  std::optional<Counterpart> counterpart_;
  std::vector<double> values_;
  bool is_read_ = false;
};

}  // namespace hindcast::analysis
