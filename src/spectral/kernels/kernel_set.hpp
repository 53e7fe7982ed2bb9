#pragma once

// The innermost loops, built once for each generation of vector instructions and chosen when the
// program runs. Matrices are stored by columns that start `stride` values apart.

#include <cstddef>
#include <span>

namespace hindcast::spectral {

/// Rows are packed in slivers of this many: value k of row r of a sliver is at k * kSliver + r.
inline constexpr std::size_t kSliver = 8;
/// Slivers that one call of `multiply` takes on the left: all kernels divide them as suits them.
inline constexpr std::size_t kLeftSlivers = 3;

struct KernelSet {
  const char* name;
  bool (*supported)() noexcept;

  /// c += a b^T for 24 packed rows a (three slivers, `left_step` values apart) and 8 packed rows b.
  void (*multiply)(std::size_t inner, const double* a, std::size_t left_step, const double* b,
                   double* c, std::size_t stride);

  /// For the rows x 4 matrix a: y_rows += a x_columns and y_columns += a^T x_rows, reading a once.
  void (*apply_both_ways)(std::size_t rows, const double* a, std::size_t stride,
                          const double* x_columns, const double* x_rows, double* y_rows,
                          double* y_columns);

  /// out = a^T x for the rows x columns matrix a.
  void (*apply_transposed)(std::size_t rows, std::size_t columns, const double* a,
                           std::size_t stride, const double* x, double* out);

  /// y -= a x for the rows x columns matrix a.
  void (*subtract_product)(std::size_t rows, std::size_t columns, const double* a,
                           std::size_t stride, const double* x, double* y);
};

/// All that this processor (and system) can run, best first; never empty. Their results differ in
/// rounding alone.
[[nodiscard]] std::span<const KernelSet* const> kernel_sets();

/// The best of them.
[[nodiscard]] inline const KernelSet& best_kernels() {
  return *kernel_sets().front();
}

}  // namespace hindcast::spectral
