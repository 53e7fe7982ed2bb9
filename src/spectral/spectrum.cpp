#include "hindcast/spectral/spectrum.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "spectral/of_gram.hpp"
#include "spectral/tridiagonal.hpp"

namespace hindcast::spectral {
namespace {

std::atomic<std::uint64_t> dense_count{0};

}  // namespace

std::string_view name(Solver solver) noexcept {
  return solver == Solver::dense ? "dense" : "partial";
}

bool Spectrum::complete() const noexcept {
  return static_cast<Eigen::Index>(leading.size()) == short_side();
}

Eigen::Index Spectrum::computed_values() const noexcept {
  return static_cast<Eigen::Index>(leading.size() + trailing.size());
}

double gram_resolution(double largest, Eigen::Index short_side) noexcept {
  return largest * std::sqrt(static_cast<double>(short_side) * std::ldexp(1.0, -52));
}

Spectrum dense_spectrum(const MatrixView& matrix) {
  return dense_spectrum(gram_of(matrix), matrix.rows(), matrix.cols());
}

Spectrum dense_spectrum(Gram gram, Eigen::Index rows, Eigen::Index cols) {
  dense_count.fetch_add(1, std::memory_order_relaxed);
  const Eigen::VectorXd ascending = symmetric_eigenvalues(gram.lower);

  Spectrum spectrum{.rows = rows, .cols = cols};
  spectrum.leading.reserve(static_cast<std::size_t>(ascending.size()));
  for (Eigen::Index i = ascending.size(); i-- > 0;) {
    spectrum.leading.push_back(gram.scale * std::sqrt(std::max(ascending[i], 0.0)));
  }
  spectrum.frobenius_norm = gram.scale * std::sqrt(gram.energy);
  spectrum.resolution = gram_resolution(spectrum.leading.front(), spectrum.short_side());
  return spectrum;
}

std::uint64_t dense_decompositions() noexcept {
  return dense_count.load(std::memory_order_relaxed);
}

}  // namespace hindcast::spectral
