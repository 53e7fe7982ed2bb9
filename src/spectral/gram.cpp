#include "spectral/gram.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <climits>

#include "hindcast/base/large_pages.hpp"

#include "spectral/blas.hpp"
#include "spectral/in_tiles.hpp"

namespace hindcast::spectral {
namespace {

// Side of a tile: its operands fit the second-level cache, and packing them costs little beside the
// product.
constexpr Eigen::Index kTile = 256;
// A long side is cut, too, where there are few tiles; every cut costs another L x L matrix.
constexpr Eigen::Index kFewTiles = 16;
constexpr Eigen::Index kLeastCut = 8192;
constexpr Eigen::Index kMostCuts = 8;
// Traces whose terms are neither so small that their squares vanish nor so large that they
// overflow: then the product of the matrix as it is can be scaled afterwards, exactly.
constexpr double kSmallTrace = 0x1p-400;
constexpr double kLargeTrace = 0x1p+400;

// The operand as BLAS sees it: a matrix stored by rows is its transpose stored by columns.
struct Operand {
  blas::Transpose transpose = blas::Transpose::no;
  blas::ConstBlock all;
  Eigen::Index size = 0;   // L
  Eigen::Index inner = 0;  // M

  [[nodiscard]] blas::ConstBlock part(Eigen::Index row, Eigen::Index along) const {
    const bool by_rows = transpose == blas::Transpose::yes;
    return {.data = all.data + (by_rows ? row * all.stride + along : row + along * all.stride),
            .stride = all.stride};
  }
};

Operand operand_of(const MatrixView& matrix) {
  const bool wide = matrix.rows() <= matrix.cols();
  return {.transpose = wide ? blas::Transpose::yes : blas::Transpose::no,
          .all = {.data = matrix.data(),
                  .stride = std::max({matrix.outerStride(), matrix.cols(), Eigen::Index{1}})},
          .size = std::min(matrix.rows(), matrix.cols()),
          .inner = std::max(matrix.rows(), matrix.cols())};
}

struct Tile {
  Eigen::Index row = 0;
  Eigen::Index column = 0;
};

// The tiles of a lower triangle.
std::vector<Tile> tiles_of(Eigen::Index size) {
  std::vector<Tile> tiles;
  for (Eigen::Index row = 0; row < size; row += kTile) {
    for (Eigen::Index column = 0; column <= row; column += kTile) {
      tiles.push_back({row, column});
    }
  }
  return tiles;
}

Eigen::Index cuts_of(Eigen::Index inner, std::size_t tiles) {
  return static_cast<Eigen::Index>(tiles) >= kFewTiles
             ? 1
             : std::clamp<Eigen::Index>(inner / kLeastCut, 1, kMostCuts);
}

void compute_tile(const Operand& a, const Tile& tile, Eigen::Index begin, Eigen::Index end,
                  Eigen::MatrixXd& out) {
  const Eigen::Index rows = std::min(kTile, a.size - tile.row);
  const blas::Block target{.data = &out(tile.row, tile.column), .stride = out.rows()};
  if (tile.row == tile.column) {
    blas::multiply_with_itself(a.transpose, rows, end - begin, 1.0, a.part(tile.row, begin), 0.0,
                               target);
  } else {
    const Eigen::Index cols = std::min(kTile, a.size - tile.column);
    blas::multiply(a.transpose, rows, cols, end - begin, 1.0, a.part(tile.row, begin),
                   a.part(tile.column, begin), 0.0, target);
  }
}

// BLAS counts in 32 bits.
bool fits_blas(const Operand& a) {
  return std::max(a.inner, a.all.stride) <= INT_MAX;
}

// Only the lower triangle is filled.
Eigen::MatrixXd product_with_itself(const Operand& a) {
  const std::vector<Tile> tiles = tiles_of(a.size);
  const Eigen::Index cuts = cuts_of(a.inner, tiles.size());
  std::vector<Eigen::MatrixXd> parts(static_cast<std::size_t>(cuts));
  for (Eigen::MatrixXd& part : parts) {
    part.resize(a.size, a.size);
    prefer_large_pages(part.data(), static_cast<std::size_t>(part.size()) * sizeof(double));
  }
  for_each_tile(parts.size() * tiles.size(), [&](std::size_t i) {
    const std::size_t part = i / tiles.size();
    const auto cut = static_cast<Eigen::Index>(part);
    compute_tile(a, tiles[i % tiles.size()], a.inner * cut / cuts, a.inner * (cut + 1) / cuts,
                 parts[part]);
  });
  for (std::size_t part = 1; part < parts.size(); ++part) {
    parts[0].triangularView<Eigen::Lower>() += parts[part];
  }
  return std::move(parts[0]);
}

Eigen::MatrixXd lower_product(const MatrixView& matrix) {
  const Operand operand = operand_of(matrix);
  if (fits_blas(operand)) {
    return product_with_itself(operand);
  }
  Eigen::MatrixXd lower = Eigen::MatrixXd::Zero(operand.size, operand.size);
  if (matrix.rows() <= matrix.cols()) {
    lower.selfadjointView<Eigen::Lower>().rankUpdate(matrix);
  } else {
    lower.selfadjointView<Eigen::Lower>().rankUpdate(matrix.transpose());
  }
  return lower;
}

// In between the squares of all that counts are normal numbers.
bool is_harmless(double trace) {
  return trace > kSmallTrace && trace < kLargeTrace;
}

int exponent_of(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return exponent;
}

}  // namespace

Gram gram_of(const MatrixView& matrix) {
  Eigen::MatrixXd lower = lower_product(matrix);
  int exponent = 0;
  if (is_harmless(lower.trace())) {
    exponent = exponent_of(std::sqrt(lower.trace()));
    lower.triangularView<Eigen::Lower>() *= std::ldexp(1.0, -2 * exponent);
  } else {
    exponent = exponent_of(matrix.cwiseAbs().maxCoeff());
    // Multiplying by 2^-exponent is exact but for entries 2^1000 times smaller than the largest.
    const Matrix scaled =
        matrix.unaryExpr([exponent](double w) { return std::ldexp(w, -exponent); });
    lower = lower_product(scaled);
  }
  const double energy = lower.trace();
  return {.lower = std::move(lower), .scale = std::ldexp(1.0, exponent), .energy = energy};
}

}  // namespace hindcast::spectral
