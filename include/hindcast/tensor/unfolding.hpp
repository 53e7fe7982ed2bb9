#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include "hindcast/tensor/layout.hpp"

namespace hindcast::tensor {

/// Which way a weight tensor is laid out as a matrix (matricisation; "mode 4" and "mode 3" of
/// Hosseini & Plataniotis, arXiv:2006.06587).
enum class Unfolding {
  output,  ///< Rows are output channels, columns everything that feeds one of them.
  input,   ///< Rows are input channels, columns everything one of them feeds.
};

/// As in reports: "output" or "input".
[[nodiscard]] std::string_view name(Unfolding unfolding) noexcept;

/// Both unfoldings for a convolution, only the output unfolding for a matrix: its input unfolding
/// is the transpose, with the same spectrum.
[[nodiscard]] std::span<const Unfolding> unfoldings_of(const Layout& layout) noexcept;

/// A weight unfolding: one row per output (or input) channel.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows and columns of an unfolding.
struct MatrixExtents {
  std::uint64_t rows = 1;     ///< Channels.
  std::uint64_t columns = 1;  ///< Everything that one of them meets.
};

/// The extents that the unfolding of a tensor of `shape` has.
[[nodiscard]] MatrixExtents matrix_extents(std::span<const std::uint64_t> shape,
                                           const Layout& layout, Unfolding unfolding);

/// The unfolding of a tensor of `shape`, its `values` in row-major order. A depthwise kernel has
/// one row per filter in its output unfolding (in x multiplier) and one row in its input
/// unfolding, since each filter has one input channel. `layout.rank()` must equal `shape.size()`.
[[nodiscard]] Matrix unfold(std::span<const double> values, std::span<const std::uint64_t> shape,
                            const Layout& layout, Unfolding unfolding);

/// The same unfolding to look at, copied only where its order is not the stored one. `values` must
/// outlive it.
class Unfolded {
 public:
  /// As unfold().
  Unfolded(std::span<const double> values, std::span<const std::uint64_t> shape,
           const Layout& layout, Unfolding unfolding);
  Unfolded(const Unfolded&) = delete;
  Unfolded& operator=(const Unfolded&) = delete;
  Unfolded(Unfolded&&) = delete;
  Unfolded& operator=(Unfolded&&) = delete;
  ~Unfolded() = default;

  /// One row per channel.
  [[nodiscard]] const Eigen::Map<const Matrix>& matrix() const noexcept { return matrix_; }

 private:
  Matrix copy_;
  Eigen::Map<const Matrix> matrix_;
};

}  // namespace hindcast::tensor
