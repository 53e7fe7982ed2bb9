#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <Eigen/Core>

namespace hindcast::spectral {

/// A weight unfolding: one row per output (or input) channel.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A matrix, or part of one, that is not copied to be looked at.
using MatrixView = Eigen::Ref<const Matrix>;

/// How singular values were computed.
enum class Solver {
  dense,    ///< Every eigenvalue of the Gram matrix.
  partial,  ///< As many leading and trailing eigenvalues as the question needs.
};

/// As in reports: "dense" or "partial".
[[nodiscard]] std::string_view name(Solver solver) noexcept;

/// What is known of the singular values s_1 >= ... >= s_L of one matrix, L = min(rows, cols).
struct Spectrum {
  Eigen::Index rows = 0;             ///< Of the matrix.
  Eigen::Index cols = 0;             ///< Of the matrix.
  std::vector<double> leading = {};  ///< s_1 ... s_k, descending; all L of them if complete().
  std::vector<double> trailing =
      {};                         ///< The smallest ones, descending, s_L last; empty if complete().
  double tail_bound = 0.0;        ///< No value beyond `leading` is larger than this.
  double frobenius_norm = 0.0;    ///< sqrt(sum of all s_i^2), from the entries themselves.
  double resolution = 0.0;        ///< Singular values below this are rounding noise.
  Solver solver = Solver::dense;  ///< What computed it.

  /// L: as many singular values has the matrix.
  [[nodiscard]] Eigen::Index short_side() const noexcept { return rows < cols ? rows : cols; }
  /// M = max(rows, cols).
  [[nodiscard]] Eigen::Index long_side() const noexcept { return rows < cols ? cols : rows; }
  /// Are all L values in `leading`?
  [[nodiscard]] bool complete() const noexcept;
  /// How many singular values were computed.
  [[nodiscard]] Eigen::Index computed_values() const noexcept;
};

/// What a Gram matrix in double precision resolves: s_1 sqrt(L 2^-52).
[[nodiscard]] double gram_resolution(double largest, Eigen::Index short_side) noexcept;

/// Every singular value, from the eigenvalues of the smaller Gram matrix in double precision.
/// `matrix` must be finite and not all zero.
[[nodiscard]] Spectrum dense_spectrum(const MatrixView& matrix);

/// How many full decompositions this process has run: lets a test prove that the partial path runs
/// none.
[[nodiscard]] std::uint64_t dense_decompositions() noexcept;

}  // namespace hindcast::spectral
