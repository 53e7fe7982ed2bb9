#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hindcast::tensor {

/// What one axis of a stored weight tensor counts.
enum class Axis {
  out,         ///< O: output channels.
  in,          ///< I: input channels (per group, where the convolution is grouped).
  multiplier,  ///< M: outputs per input channel of a depthwise kernel.
  kernel,      ///< D, H, W: positions of the kernel.
  expert,      ///< E: each index is a layer of its own, as in a stack of experts.
};

/// The axes of a stored weight, one letter each: "OIHW", "HWIO", "OI", "IO", "HWIM", "IOHW", ...
///
/// Letters may repeat where several stored axes make one logical axis: "IOO" is an attention
/// projection stored as (in, heads, size), "IIO" its way back.
class Layout {
 public:
  /// Throws Error{usage} for letters that are no layout: only O, I, M, D, H, W and E are known;
  /// there must be an I, and an O or an M but not both, and at most one E.
  [[nodiscard]] static Layout parse(std::string_view letters);

  /// One for each stored axis.
  [[nodiscard]] const std::string& letters() const noexcept { return letters_; }
  /// How many axes there are.
  [[nodiscard]] std::size_t rank() const noexcept { return letters_.size(); }
  /// What axis `index` counts; below rank().
  [[nodiscard]] Axis axis(std::size_t index) const;

  /// Has kernel axes, so that the input unfolding is a different matrix from the output unfolding.
  [[nodiscard]] bool is_convolution() const noexcept;
  /// The layout of one layer of a stack: without its E.
  [[nodiscard]] Layout without_experts() const;
  /// Each output looks at one input channel only.
  [[nodiscard]] bool is_depthwise() const noexcept;

  /// Equal letters.
  [[nodiscard]] bool operator==(const Layout&) const = default;

 private:
  explicit Layout(std::string letters) : letters_(std::move(letters)) {}

  std::string letters_;
};

}  // namespace hindcast::tensor
