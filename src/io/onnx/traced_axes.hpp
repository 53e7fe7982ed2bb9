#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::io::onnx {

/// Which stored axes of a tensor the axes of a value made from it are: followed through
/// transpositions and reshapes, so that what a consumer says of the value can be said of the
/// tensor as it is stored.
class TracedAxes {
 public:
  explicit TracedAxes(std::span<const std::uint64_t> stored_shape);

  [[nodiscard]] std::size_t rank() const noexcept { return axes_.size(); }
  /// Is the value still the tensor as it is stored?
  [[nodiscard]] bool is_untouched() const;
  /// The number of axes that are longer than one; all of them where lengths are not known.
  [[nodiscard]] std::size_t long_axes() const;

  /// Each nothing where the axes cannot be followed.
  [[nodiscard]] std::optional<TracedAxes> transposed(
      std::span<const std::int64_t> permutation) const;
  [[nodiscard]] std::optional<TracedAxes> reshaped(std::span<const std::int64_t> shape) const;
  [[nodiscard]] std::optional<TracedAxes> flattened(std::int64_t axis) const;
  [[nodiscard]] std::optional<TracedAxes> squeezed(std::span<const std::int64_t> axes) const;
  [[nodiscard]] std::optional<TracedAxes> unsqueezed(std::span<const std::int64_t> axes) const;
  /// The same axes, some of them of other lengths: a slice, a concatenation.
  [[nodiscard]] TracedAxes resized() const;

  [[nodiscard]] std::uint64_t stored_extent(std::size_t stored_axis) const {
    return stored_shape_.at(stored_axis);
  }
  /// The stored axis that axis `axis` of the value is; nothing where it is none or several.
  [[nodiscard]] std::optional<std::size_t> stored_axis(std::int64_t axis) const;
  /// A letter for each stored axis, given one for each axis of the value. Stored axes of length
  /// one that were dropped on the way are inputs. Nothing where a kernel axis is several.
  [[nodiscard]] std::optional<std::string> stored_letters(std::string_view letters) const;

 private:
  struct Axis {
    std::vector<std::size_t> stored;  // In order; none for an axis of length one that was added.
    std::uint64_t extent = 1;
  };

  [[nodiscard]] std::optional<TracedAxes> regrouped(std::span<const std::uint64_t> extents) const;

  std::vector<std::uint64_t> stored_shape_;
  std::vector<Axis> axes_;
  bool extents_known_ = true;
};

}  // namespace hindcast::io::onnx
