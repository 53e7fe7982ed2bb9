#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast {
class MappedFile;
}  // namespace hindcast

namespace hindcast::io {

/// What the order of a checkpoint's tensors rests on.
enum class OrderEvidence {
  layer_names,  ///< Keras' `layer_names` and `weight_names` attributes.
  creation,     ///< HDF5 link creation order.
  graph,        ///< Order of first use in a graph.
  config,       ///< A stored model configuration.
  names,        ///< Nothing but a natural sort of the names: not the model's own order for certain.
};

/// As in reports: "layer_names", "creation", ...
[[nodiscard]] std::string_view name(OrderEvidence evidence) noexcept;

/// Bounds checked before any allocation, so that a small file cannot ask for a large machine.
struct Limits {
  std::uint64_t tensors = 1'000'000;              ///< In a file; also of its links and members.
  std::uint64_t rank = 32;                        ///< Axes of one tensor.
  std::uint64_t name_bytes = 65'536;              ///< Of one tensor's name.
  std::uint64_t depth = 256;                      ///< Nesting of groups, and of JSON.
  std::uint64_t attribute_bytes = 256ULL << 20U;  ///< One attribute, such as a configuration.
  std::uint64_t tensor_values = 1ULL << 31U;      ///< Elements of one tensor: 16 GiB of doubles.
  std::uint64_t expansion = 100;                  ///< Bytes of doubles per stored byte ...
  std::uint64_t expansion_free_bytes = 256ULL << 20U;  ///< ... of all tensors that have more.
  std::uint64_t cell_memory_bytes = 768ULL << 20U;     ///< What libhdf5 may take besides the file.
  double cell_seconds = 60.0;  ///< How long it may take to list the file, or to read one tensor.
  /// Not a bound but the lack of one: libhdf5 reads in this process, where a damaged file can crash
  /// the whole run and a hostile one can do what its user can.
  bool unsafe_hdf5 = false;
  /// Nor is this: files that a checkpoint or a directory names may be links to anywhere.
  bool follow_links = false;

  /// Are all bounds the same?
  [[nodiscard]] bool operator==(const Limits&) const = default;
};

/// Something in a file that was refused or could not be used, while the rest can be.
struct Problem {
  std::string where;   ///< The path in the file.
  std::string reason;  ///< One line.
};

/// A checkpoint file that was opened: its table of contents now, its values on request.
class Checkpoint {
 public:
  Checkpoint() = default;
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;
  Checkpoint(Checkpoint&&) = delete;
  Checkpoint& operator=(Checkpoint&&) = delete;
  virtual ~Checkpoint() = default;

  /// In the model's own order, as far as `order_evidence` supports it.
  [[nodiscard]] std::span<const tensor::TensorInfo> tensors() const noexcept { return tensors_; }
  /// What that order rests on.
  [[nodiscard]] OrderEvidence order_evidence() const noexcept { return order_evidence_; }
  /// What was refused or could not be used, while the rest can be.
  [[nodiscard]] std::span<const Problem> problems() const noexcept { return problems_; }

  /// The `step` that the file itself states, if it does.
  [[nodiscard]] std::optional<std::int64_t> step() const noexcept { return step_; }
  /// The `epoch` that it states.
  [[nodiscard]] std::optional<std::int64_t> epoch() const noexcept { return epoch_; }

  /// Fills `out` with the values of tensors()[index] in row-major order, converted to double.
  /// `out.size()` must be the tensor's number of elements. Only for tensors whose `unreadable` is
  /// empty and whose dtype is_real(). Safe to call from several threads. Throws Error, also where
  /// the file was changed since it was opened.
  void read(std::size_t index, std::span<double> out) const;

  /// Looks at the bytes of a tensor, which are there for as long as the call lasts.
  using UseBytes = std::function<void(std::span<const std::byte>)>;

  /// Calls `use` with the bytes of the values of tensors()[index] where the file holds them as they
  /// are in memory: in row-major order, without gaps, little-endian. Else returns false. As `read`
  /// otherwise; what `use` made of them counts only if this returns.
  [[nodiscard]] bool use_stored(std::size_t index, const UseBytes& use) const;

  /// From now on `read` refuses values of `file` once it has changed.
  void watch(std::shared_ptr<const MappedFile> file) { watched_ = std::move(file); }

 protected:
  /// `read` without its care for changes.
  virtual void fill(std::size_t index, std::span<double> out) const = 0;

  /// `use_stored` without that care.
  virtual bool lend(std::size_t index, const UseBytes& use) const;

  /// @name What the reader's constructor fills, once
  /// @{
  std::vector<tensor::TensorInfo> tensors_;              ///< See tensors().
  OrderEvidence order_evidence_ = OrderEvidence::names;  ///< See order_evidence().
  std::vector<Problem> problems_;                        ///< See problems().
  std::optional<std::int64_t> step_;                     ///< See step().
  std::optional<std::int64_t> epoch_;                    ///< See epoch().
                                                         /// @}

 private:
  template <typename Use>
  auto while_unchanged(const Use& use) const;

  std::shared_ptr<const MappedFile> watched_;
};

}  // namespace hindcast::io
