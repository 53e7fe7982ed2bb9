// Sums and the Gram matrix are added up over blocks of rows. Every block is read anew for each of
// the few passes, for decoding takes a hundredth of the time that the Gram matrix does.

#include "metrics/blocked_layer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "hindcast/tensor/unfolding.hpp"

#include "metrics/keep_finite.hpp"
#include "metrics/matrix_source.hpp"
#include "metrics/sums.hpp"
#include "spectral/of_gram.hpp"

namespace hindcast::metrics {
namespace {

using Values = std::span<const double>;
using RowBlock = Eigen::Map<const spectral::Matrix>;

std::int64_t rows_at_once(const BlockedMatrix& matrix, const BlockOptions& options) {
  return std::clamp<std::int64_t>(options.values / matrix.cols, 1, matrix.rows);
}

// Calls `use` with the same rows of each of the matrices, which have one shape.
template <std::size_t Count, typename Use>
void for_each_block(const std::array<const BlockedMatrix*, Count>& matrices,
                    const BlockOptions& options, const Use& use) {
  const BlockedMatrix& first = *matrices[0];
  const std::int64_t step = rows_at_once(first, options);
  std::array<std::vector<double>, Count> blocks;
  for (std::int64_t row = 0; row < first.rows; row += step) {
    const std::int64_t rows = std::min(step, first.rows - row);
    for (std::size_t i = 0; i < Count; ++i) {
      blocks[i].resize(static_cast<std::size_t>(rows * first.cols));
      matrices[i]->read(row, blocks[i]);
    }
    use(blocks);
  }
}

template <typename OfBlock>
double sum_over(const BlockedMatrix& matrix, const BlockOptions& options, const OfBlock& of_block) {
  double total = 0.0;
  for_each_block<1>({&matrix}, options,
                    [&](const auto& blocks) { total += of_block(Values(blocks[0])); });
  return total;
}

double energy_of(const BlockedMatrix& matrix, const BlockOptions& options) {
  return sum_over(matrix, options, sum_of_squares);
}

std::int64_t count_non_finite(const BlockedMatrix& matrix, const BlockOptions& options) {
  return static_cast<std::int64_t>(sum_over(matrix, options, [](Values values) {
    return static_cast<double>(
        std::ranges::count_if(values, [](double value) { return !std::isfinite(value); }));
  }));
}

// |a_factor a - b_factor b|^2
double squared_distance(const BlockedMatrix& a, double a_factor, const BlockedMatrix& b,
                        double b_factor, const BlockOptions& options) {
  double total = 0.0;
  for_each_block<2>({&a, &b}, options, [&](const auto& blocks) {
    total += sum_of_squared_differences(blocks[0], a_factor, blocks[1], b_factor);
  });
  return total;
}

RowBlock as_rows(Values values, std::int64_t cols) {
  return {values.data(), static_cast<Eigen::Index>(values.size()) / cols, cols};
}

spectral::Gram gram_of(const BlockedMatrix& matrix, const BlockOptions& options) {
  spectral::GramOfRows gram(matrix.cols);
  for_each_block<1>({&matrix}, options,
                    [&](const auto& blocks) { gram.add(as_rows(blocks[0], matrix.cols)); });
  return gram.finish().value();  // It is moderate.
}

std::optional<spectral::Gram> gram_of_difference(const BlockedMatrix& a, const BlockedMatrix& b,
                                                 const BlockOptions& options) {
  spectral::GramOfRows gram(a.cols);
  for_each_block<2>({&a, &b}, options, [&](auto& blocks) {
    std::ranges::transform(blocks[0], blocks[1], blocks[0].begin(), std::minus());
    gram.add(as_rows(blocks[0], a.cols));
  });
  return gram.finish();
}

// The filters are the columns, the short side of a tall matrix.
bool has_dead_column(const BlockedMatrix& matrix, const BlockOptions& options) {
  Eigen::ArrayXd largest = Eigen::ArrayXd::Zero(matrix.cols);
  for_each_block<1>({&matrix}, options, [&](const auto& blocks) {
    largest = largest.max(
        as_rows(blocks[0], matrix.cols).cwiseAbs().colwise().maxCoeff().transpose().array());
  });
  if ((largest >= kDeadFilterNorm).all()) {
    return false;
  }
  // Their squares vanish, but not at this scale.
  constexpr double kEnlarge = 0x1p+100;
  Eigen::ArrayXd squares = Eigen::ArrayXd::Zero(matrix.cols);
  for_each_block<1>({&matrix}, options, [&](const auto& blocks) {
    squares += (kEnlarge * as_rows(blocks[0], matrix.cols).array()).square().colwise().sum();
  });
  return (squares.sqrt() < kEnlarge * kDeadFilterNorm).any();
}

bool is_usable(double energy) {
  return std::isfinite(energy) && energy > 0.0;
}

// As metrics/rotation.hpp has it, for moderate matrices.
std::optional<double> cosine_distance(const BlockedMatrix& a, const BlockedMatrix& b,
                                      const BlockOptions& options) {
  const double energy_a = energy_of(a, options);
  const double energy_b = energy_of(b, options);
  if (!is_usable(energy_a) || !is_usable(energy_b)) {
    return std::nullopt;
  }
  const double squared =
      squared_distance(a, 1.0 / std::sqrt(energy_a), b, 1.0 / std::sqrt(energy_b), options);
  return std::clamp(0.5 * squared, 0.0, 2.0);
}

void measure_movement(LayerMeasurement& measured, const BlockedMatrix& now,
                      const BlockedMatrix& initial, const BlockOptions& options) {
  const double base = energy_of(initial, options);
  const double squared = squared_distance(now, 1.0, initial, 1.0, options);
  if (!is_usable(base) || !std::isfinite(squared)) {
    return;
  }
  measured.relative_distance = std::sqrt(squared / base);
  measured.distance_from_init_frobenius = squared;
  if (squared == 0.0) {
    measured.distance_from_init_spectral = 0.0;
    return;
  }
  const std::optional<spectral::Gram> gram = gram_of_difference(now, initial, options);
  const std::optional<double> largest = gram ? spectral::spectral_norm(*gram) : std::nullopt;
  if (largest) {
    measured.distance_from_init_spectral = *largest * *largest;
  }
}

}  // namespace

bool is_moderate(const BlockedMatrix& matrix, const BlockOptions& options) {
  const double energy = energy_of(matrix, options);
  // What GramOfRows takes: in between no square that counts is lost.
  const bool is_harmless = energy > 0x1p-400 && energy < 0x1p+400;
  return is_harmless || (!std::isfinite(energy) && count_non_finite(matrix, options) > 0);
}

void measure_spectra(LayerMeasurement& measured, const BlockedMatrix& now,
                     const tensor::Layout& layout, SolverChoice solver, const MetricSet& asked,
                     const BlockOptions& options) {
  const tensor::Unfolding side = tensor::unfoldings_of(layout).front();
  const std::array<std::uint64_t, 2> shape = {static_cast<std::uint64_t>(now.rows),
                                              static_cast<std::uint64_t>(now.cols)};
  const tensor::MatrixExtents extents = tensor::matrix_extents(shape, layout, side);
  MatrixSource source{.rows = static_cast<std::int64_t>(extents.rows),
                      .cols = static_cast<std::int64_t>(extents.columns),
                      .norm = {},
                      .gram = [&] { return gram_of(now, options); },
                      .has_dead_filter = [&] { return has_dead_column(now, options); }};
  const double energy = energy_of(now, options);
  if (std::isfinite(energy)) {
    source.norm = std::sqrt(energy);
  } else {
    source.non_finite_values = count_non_finite(now, options);
  }
  measured.weights = shape[0] * shape[1];
  measured.unfoldings = {measure_source(source, side, solver, asked)};
  keep_finite(measured.unfoldings.front());
  measured.status.add(measured.unfoldings.front().status);
}

void compare_with_initial(LayerMeasurement& measured, const BlockedMatrix& now,
                          const BlockedMatrix& initial, const MetricSet& asked,
                          const BlockOptions& options) {
  if (asked.has("rotation")) {
    measured.rotation = cosine_distance(now, initial, options);
  }
  if (asked.has("relative_distance")) {
    measure_movement(measured, now, initial, options);
  }
  keep_finite(measured);
}

void compare_with_previous(LayerMeasurement& measured, const BlockedMatrix& now,
                           const BlockedMatrix& previous, const MetricSet& asked,
                           const BlockOptions& options) {
  if (asked.has("step_rotation")) {
    measured.step_rotation = cosine_distance(now, previous, options);
  }
}

}  // namespace hindcast::metrics
