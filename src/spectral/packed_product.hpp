#pragma once

// Products of a matrix with another's transpose, lower triangles only where wished, by the kernels
// of kernels/kernel_set.hpp. One thread; what is computed depends on the arguments alone.

#include <vector>

#include <Eigen/Core>

#include "spectral/kernels/kernel_set.hpp"

namespace hindcast::spectral {

/// A matrix that lies in somebody else's memory, seen as rows that are multiplied with each other:
/// value k of row r is at r * row_step + k * inner_step. One of the steps is 1.
struct Rows {
  const double* data = nullptr;
  Eigen::Index row_step = 1;
  Eigen::Index inner_step = 1;

  [[nodiscard]] Rows from(Eigen::Index row, Eigen::Index inner) const {
    return {data + row * row_step + inner * inner_step, row_step, inner_step};
  }
};

/// What the kernels take at once on the left: places where packed rows are divided are multiples.
inline constexpr auto kLeftRows = static_cast<Eigen::Index>(kSliver * kLeftSlivers);

/// Rows as the kernels want them.
struct PackedRows {
  const double* data = nullptr;
  std::size_t inner = 0;
  Eigen::Index rows = 0;

  /// Values of one sliver.
  [[nodiscard]] std::size_t step() const { return inner * kSliver; }
  [[nodiscard]] const double* sliver_of(Eigen::Index row) const {
    return data + static_cast<std::size_t>(row) / kSliver * step();
  }
};

/// Some rows, rearranged for the kernels; they are filled up to whole slivers, with zeros.
class Packed {
 public:
  Packed() = default;
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;

  /// Takes `rows` rows of `inner` values each, times `sign`, in place of what it held.
  void pack(const Rows& source, Eigen::Index rows, Eigen::Index inner, double sign = 1.0);

  /// `rows` rows from `first` on, which is a multiple of kLeftRows.
  [[nodiscard]] PackedRows part(Eigen::Index first, Eigen::Index rows) const;
  [[nodiscard]] PackedRows all() const { return part(0, rows_); }

 private:
  void reserve(std::size_t size);

  std::vector<double> values_;
  double* data_ = nullptr;  // In `values_`, where a cache line starts.
  std::size_t inner_ = 0;
  Eigen::Index rows_ = 0;
};

/// Where products are added: stored by columns that start `stride` values apart.
struct Target {
  double* data = nullptr;
  Eigen::Index stride = 0;
};

/// c += a b^T; of a `triangle` (a and b are the same rows) what lies below the diagonal or on it,
/// and some of what lies above.
void add_product(const KernelSet& kernels, const PackedRows& a, const PackedRows& b, bool triangle,
                 const Target& c);

}  // namespace hindcast::spectral
