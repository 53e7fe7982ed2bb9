#include "spectral/inertia.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/matrices.hpp"

using namespace hindcast;
using spectral::eigenvalues_above;

namespace {

// The second-difference matrix: eigenvalues 2 - 2 cos(k pi / (n + 1)), k = 1 ... n.
Eigen::MatrixXd second_difference(Eigen::Index n) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    matrix(i, i) = 2.0;
    if (i + 1 < n) {
      matrix(i + 1, i) = -1.0;
    }
  }
  return matrix;
}

}  // namespace

TEST_CASE("inertia: counts the eigenvalues of the second-difference matrix") {
  const Eigen::Index n = 150;
  const Eigen::MatrixXd matrix = second_difference(n);
  for (const double shift : {-1.0, 0.1, 1.0001, 1.99, 2.5, 3.9, 5.0}) {
    CAPTURE(shift);
    Eigen::Index expected = 0;
    for (Eigen::Index k = 1; k <= n; ++k) {
      const double angle =
          static_cast<double>(k) * 3.14159265358979323846 / static_cast<double>(n + 1);
      expected += 2.0 - 2.0 * std::cos(angle) > shift ? 1 : 0;
    }
    CHECK(eigenvalues_above(matrix, shift) == expected);
  }
}

TEST_CASE("inertia: a zero diagonal needs 2x2 pivots") {
  // Four copies of [[0, 1], [1, 0]]: eigenvalues +1 and -1, four times each.
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(8, 8);
  for (Eigen::Index i = 0; i < 8; i += 2) {
    matrix(i + 1, i) = 1.0;
  }
  CHECK(eigenvalues_above(matrix, 0.0) == 4);
  CHECK(eigenvalues_above(matrix, -2.0) == 8);
  CHECK(eigenvalues_above(matrix, 2.0) == 0);
}

TEST_CASE("inertia: a 2x2 pivot can hold two eigenvalues of one sign") {
  Eigen::MatrixXd matrix(2, 2);
  matrix << 1e-3, 0.0, 1.0, 1e-3;  // Eigenvalues 1.001 and -0.999.
  CHECK(eigenvalues_above(matrix, 0.0) == 1);
  CHECK(eigenvalues_above(matrix, -1.0) == 2);
}

TEST_CASE("inertia: counts members of multiple eigenvalues, at every size of block") {
  for (const Eigen::Index n : {1, 2, 63, 64, 65, 130}) {
    CAPTURE(n);
    std::vector<double> values(static_cast<std::size_t>(n), 1.0);
    const auto top = static_cast<std::size_t>(n + 1) / 2;
    std::fill_n(values.begin(), top, 3.0);
    const test::Matrix w = test::with_singular_values(values, n, n + 5);
    const Eigen::MatrixXd gram = w * w.transpose();
    CHECK(eigenvalues_above(gram, 4.0) == static_cast<Eigen::Index>(top));
    CHECK(eigenvalues_above(gram, 0.5) == n);
    CHECK(eigenvalues_above(gram, 9.5) == 0);
  }
}

TEST_CASE("inertia: an exactly singular shift is not counted") {
  CHECK_FALSE(eigenvalues_above(Eigen::MatrixXd::Identity(3, 3), 1.0));
}
