// The kernels of every generation that this processor runs, and what is built on them: against
// plain loops, against Eigen, and against themselves in other numbers of threads.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <Eigen/Eigenvalues>
#include <doctest/doctest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "spectral/blas_kernels.hpp"
#include "spectral/gram.hpp"
#include "spectral/kernels/kernel_set.hpp"
#include "spectral/tridiagonal.hpp"
#include "support/matrices.hpp"

using namespace hindcast;
using spectral::KernelSet;
using test::gaussian;

namespace {

Eigen::MatrixXd lower_part(const Eigen::MatrixXd& matrix) {
  return matrix.triangularView<Eigen::Lower>();
}

Eigen::MatrixXd smaller_product(const test::Matrix& matrix) {
  return matrix.rows() <= matrix.cols() ? Eigen::MatrixXd(matrix * matrix.transpose())
                                        : Eigen::MatrixXd(matrix.transpose() * matrix);
}

// The lower triangle of a positive definite matrix.
Eigen::MatrixXd symmetric(Eigen::Index size, std::uint64_t seed) {
  const test::Matrix matrix = gaussian(size, 2 * size, seed);
  return lower_part(smaller_product(matrix));
}

template <typename Work>
auto in_threads(int count, const Work& work) {
  // More than there are cores, if need be.
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(count));
  tbb::task_arena arena(count);
  return arena.execute(work);
}

}  // namespace

TEST_CASE("kernels: each does what plain loops do, at any size") {
  REQUIRE_FALSE(spectral::kernel_sets().empty());
  for (const KernelSet* set : spectral::kernel_sets()) {
    CAPTURE(std::string(set->name));
    for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 31U, 64U, 101U}) {
      CAPTURE(size);
      const auto rows = static_cast<Eigen::Index>(size);
      const Eigen::MatrixXd a = gaussian(rows + 3, 6, 1);
      const Eigen::VectorXd x = gaussian(rows, 1, 2).col(0);
      const Eigen::VectorXd few = gaussian(6, 1, 3).col(0);
      const auto used = a.topRows(rows);
      const auto stride = static_cast<std::size_t>(a.rows());

      Eigen::VectorXd y = gaussian(rows, 1, 4).col(0);
      Eigen::VectorXd other = gaussian(4, 1, 5).col(0);
      const Eigen::VectorXd expected_y = y + used.leftCols(4) * few.head(4);
      const Eigen::VectorXd expected_other = other + used.leftCols(4).transpose() * x;
      set->apply_both_ways(size, a.data(), stride, few.data(), x.data(), y.data(), other.data());
      CHECK((y - expected_y).norm() <= 1e-14 * (1.0 + expected_y.norm()));
      CHECK((other - expected_other).norm() <= 1e-14 * (1.0 + expected_other.norm()) * 10.0);

      Eigen::VectorXd products(6);
      set->apply_transposed(size, 6, a.data(), stride, x.data(), products.data());
      CHECK((products - used.transpose() * x).norm() <= 1e-13 * (1.0 + products.norm()));

      const Eigen::VectorXd expected = y - used * few;
      set->subtract_product(size, 6, a.data(), stride, few.data(), y.data());
      CHECK((y - expected).norm() <= 1e-14 * (1.0 + expected.norm()) * 10.0);
    }
  }
}

TEST_CASE("gram_of: is the product, in every shape and by every kernel") {
  // Wide, tall, with one side, with partly filled slivers, in several tiles, with a long side cut.
  const std::pair<int, int> shapes[] = {{1, 1},     {1, 40},     {40, 1},    {5, 9},    {24, 24},
                                        {64, 27},   {100, 77},   {25, 257},  {771, 90}, {90, 9001},
                                        {9001, 33}, {800, 1000}, {1000, 800}};
  for (const auto& [rows, cols] : shapes) {
    const int shown_rows = rows;
    const int shown_cols = cols;
    CAPTURE(shown_rows);
    CAPTURE(shown_cols);
    const test::Matrix matrix = gaussian(rows, cols, 11);
    const Eigen::MatrixXd expected = lower_part(smaller_product(matrix));
    for (const KernelSet* set : spectral::kernel_sets()) {
      CAPTURE(std::string(set->name));
      const spectral::Gram gram = spectral::gram_of(matrix, *set);
      const Eigen::MatrixXd found = gram.scale * gram.scale * lower_part(gram.lower);
      CHECK((found - expected).cwiseAbs().maxCoeff() <= 1e-13 * expected.diagonal().maxCoeff());
      CHECK(gram.energy * gram.scale * gram.scale ==
            doctest::Approx(matrix.squaredNorm()).epsilon(1e-13));
    }
  }
}

TEST_CASE("gram_of: part of a larger matrix is read where it lies") {
  const test::Matrix all = gaussian(40, 90, 5);
  const spectral::MatrixView part = all.block(3, 7, 20, 50);
  const Eigen::MatrixXd expected = lower_part(smaller_product(part));
  const spectral::Gram gram = spectral::gram_of(part);
  CHECK((gram.scale * gram.scale * lower_part(gram.lower) - expected).norm() <=
        1e-13 * expected.norm());
}

TEST_CASE("tridiagonalise: keeps the eigenvalues, by every kernel") {
  for (const Eigen::Index size : {1, 2, 3, 4, 5, 31, 32, 33, 34, 65, 200, 771, 900}) {
    CAPTURE(size);
    const Eigen::MatrixXd matrix = symmetric(size, 17);
    const Eigen::VectorXd expected =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix, Eigen::EigenvaluesOnly)
            .eigenvalues();
    for (const KernelSet* set : spectral::kernel_sets()) {
      CAPTURE(std::string(set->name));
      Eigen::MatrixXd used = matrix;
      const Eigen::VectorXd found = spectral::symmetric_eigenvalues(used, *set);
      REQUIRE(found.size() == size);
      CHECK((found - expected).cwiseAbs().maxCoeff() <= 1e-12 * expected.maxCoeff());
    }
  }
}

TEST_CASE("tridiagonalise: entries whose squares vanish do no harm") {
  for (const double scale : {1e-140, 1e-170, 1e-300}) {
    CAPTURE(scale);
    // A block at unit scale, one at a tiny one, and tiny entries that couple them.
    Eigen::MatrixXd matrix = scale * symmetric(40, 3);
    matrix.topLeftCorner(15, 15) = symmetric(15, 4);
    const Eigen::VectorXd expected = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(
                                         matrix.topLeftCorner(15, 15), Eigen::EigenvaluesOnly)
                                         .eigenvalues();
    Eigen::MatrixXd used = matrix;
    const Eigen::VectorXd found = spectral::symmetric_eigenvalues(used).tail(15);
    CHECK((found - expected).cwiseAbs().maxCoeff() <= 1e-13 * expected.maxCoeff());
  }
}

TEST_CASE("tridiagonalise: diagonal, zero and rank-one matrices") {
  const Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(50, 1.0, 50.0);
  Eigen::MatrixXd diagonal = values.reverse().asDiagonal();
  CHECK((spectral::symmetric_eigenvalues(diagonal) - values).norm() <= 1e-13 * values.norm());
  Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(40, 40);
  CHECK(spectral::symmetric_eigenvalues(zero) == Eigen::VectorXd::Zero(40));
  const Eigen::VectorXd v = gaussian(40, 1, 9).col(0);
  Eigen::MatrixXd one = v * v.transpose();
  const Eigen::VectorXd found = spectral::symmetric_eigenvalues(one);
  CHECK(found[39] == doctest::Approx(v.squaredNorm()).epsilon(1e-13));
  CHECK(std::abs(found[38]) <= 1e-14 * v.squaredNorm());
}

TEST_CASE("large matrices: the same bits for any number of threads") {
  const test::Matrix matrix = gaussian(1000, 2300, 23);
  const auto spectrum = [&] { return spectral::dense_spectrum(matrix).leading; };
  const std::vector<double> alone = in_threads(1, spectrum);
  for (const int threads : {2, 3, 5}) {
    CAPTURE(threads);
    CHECK(in_threads(threads, spectrum) == alone);
  }
}

TEST_CASE("dense_spectrum: a large matrix has the singular values it was built from") {
  std::vector<double> values;
  for (int i = 0; i < 900; ++i) {
    values.push_back(10.0 - 0.01 * i);
  }
  const auto found = spectral::dense_spectrum(test::with_singular_values(values, 1100, 900));
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(found.leading[i] == doctest::Approx(values[i]).epsilon(1e-12));
  }
}

TEST_CASE("blas: better kernels are asked for where the library misjudged the processor") {
  const std::string best = spectral::best_kernels().name;
  const std::string_view better = spectral::better_kernels("Prescott");
  CHECK(better == (best == "avx512" ? "SkylakeX" : best == "avx2" ? "Haswell" : better));
  CHECK(spectral::better_kernels("Cooperlake").empty());
  CHECK(spectral::better_kernels("SkylakeX").empty());
  CHECK(spectral::better_kernels("of a later release").empty());
  if (best == "avx2") {
    CHECK(spectral::better_kernels("Zen").empty());
  }
}
