#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hindcast/io/format.hpp"
#include "hindcast/tensor/classification.hpp"

#include "analysis/measurement_cache.hpp"
#include "metrics/blocked_layer.hpp"

namespace hindcast::analysis {

/// The tensor of another checkpoint that a layer is compared with.
struct Counterpart {
  std::size_t index = 0;
  std::vector<std::size_t> axes;  ///< Where its axes lie in another order: tensor/relayout.hpp.
};

/// A checkpoint with the verdict on each of its tensors, searchable by name.
class OpenedTable {
 public:
  OpenedTable(io::OpenedCheckpoint opened, const tensor::Selection& selection);

  [[nodiscard]] const io::Checkpoint& checkpoint() const { return *opened_.checkpoint; }
  [[nodiscard]] std::string_view format() const { return opened_.format->id; }
  [[nodiscard]] const tensor::TensorInfo& info(std::size_t index) const {
    return checkpoint().tensors()[index];
  }
  [[nodiscard]] const tensor::Classification& verdict(std::size_t index) const {
    return verdicts_[index];
  }
  [[nodiscard]] std::size_t size() const { return verdicts_.size(); }

  /// What in the file was refused or cannot be read, each once.
  [[nodiscard]] std::vector<io::Problem> problems() const;

  /// The tensor of this name, with the same extents along the same logical axes, if there is one
  /// and batch normalisation is folded into both or neither.
  [[nodiscard]] std::optional<Counterpart> find(const tensor::TensorInfo& like,
                                                const tensor::Layout& layout) const;

  /// The analysed tensors that `find` does not give for those of `other` because batch
  /// normalisation is folded into one of each two, by name.
  [[nodiscard]] std::vector<std::string> differently_folded(const OpenedTable& other) const;

  /// The values of one tensor. Throws Error.
  [[nodiscard]] std::vector<double> read(std::size_t index) const;

  /// The same with the axes in the order that `find` was asked for. Throws Error.
  [[nodiscard]] std::vector<double> read(const Counterpart& counterpart) const;

  using UseBlocks = std::function<void(const metrics::BlockedMatrix&)>;

  /// Calls `use` with a tall matrix whose values the file holds as they are in memory. Else returns
  /// false. Throws Error; what `use` made of it counts only if this returns.
  [[nodiscard]] bool use_blocks(std::size_t index, const UseBlocks& use) const;

  /// Is it a layer that is measured in blocks rather than as a whole, of more values than this? Not
  /// one that cannot be read.
  [[nodiscard]] bool is_blocked(std::size_t index, std::uint64_t most_whole_values) const;

  /// From now on digests are looked up, and kept, in `cache`, which must live as long, as those of
  /// a file of this version.
  void remember_digests(MeasurementCache& cache, std::string version);

  /// Equal for values that are equal and stored alike, and for no others. Read for it the first
  /// time only. Throws Error.
  [[nodiscard]] std::string digest(std::size_t index) const;

 private:
  [[nodiscard]] std::string made_digest(std::size_t index) const;

  io::OpenedCheckpoint opened_;
  MeasurementCache* cache_ = nullptr;  // That remembers digests, if one does.
  std::string version_;
  mutable std::mutex digests_mutex_;
  mutable std::unordered_map<std::size_t, std::string> digests_;  // Of those that were asked for.
  std::vector<tensor::Classification> verdicts_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

}  // namespace hindcast::analysis
