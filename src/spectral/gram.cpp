#include "spectral/gram.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/large_pages.hpp"
#include "spectral/in_tiles.hpp"
#include "spectral/packed_product.hpp"

namespace hindcast::spectral {
namespace {

// Up to this order all is one tile: rows are packed once, and there are other layers for the other
// threads. Above it tiles have at most this side:
constexpr Eigen::Index kLargestSingle = 768;
constexpr Eigen::Index kTile = 504;
// Values of each row that are packed at once.
constexpr Eigen::Index kInner = 256;
// A long side is cut, too, where there are few tiles; every cut costs another L x L matrix.
constexpr Eigen::Index kEnoughPieces = 16;
constexpr Eigen::Index kLeastCut = 2048;
// Traces whose terms are neither so small that their squares vanish nor so large that they
// overflow: then the product of the matrix as it is can be scaled afterwards, exactly.
constexpr double kSmallTrace = 0x1p-400;
constexpr double kLargeTrace = 0x1p+400;

struct Operand {
  Rows rows;
  Eigen::Index size = 0;   // L
  Eigen::Index inner = 0;  // M
};

Operand operand_of(const MatrixView& matrix) {
  const Eigen::Index stride = matrix.outerStride();
  const bool wide = matrix.rows() <= matrix.cols();
  return {.rows = {.data = matrix.data(),
                   .row_step = wide ? stride : 1,
                   .inner_step = wide ? 1 : stride},
          .size = std::min(matrix.rows(), matrix.cols()),
          .inner = std::max(matrix.rows(), matrix.cols())};
}

Operand columns_of(const MatrixView& matrix) {
  return {.rows = {.data = matrix.data(), .row_step = 1, .inner_step = matrix.outerStride()},
          .size = matrix.cols(),
          .inner = matrix.rows()};
}

struct Tile {
  Eigen::Index row = 0;
  Eigen::Index column = 0;
};

Eigen::Index tile_side(Eigen::Index size) {
  if (size <= kLargestSingle) {
    return size;
  }
  const Eigen::Index count = (size + kTile - 1) / kTile;
  const Eigen::Index side = (size + count - 1) / count;
  return (side + kLeftRows - 1) / kLeftRows * kLeftRows;
}

// The tiles of a lower triangle.
std::vector<Tile> tiles_of(Eigen::Index size, Eigen::Index side) {
  std::vector<Tile> tiles;
  for (Eigen::Index row = 0; row < size; row += side) {
    for (Eigen::Index column = 0; column <= row; column += side) {
      tiles.push_back({row, column});
    }
  }
  return tiles;
}

Eigen::Index cuts_of(Eigen::Index inner, std::size_t tiles) {
  const Eigen::Index wished = kEnoughPieces / static_cast<Eigen::Index>(tiles);
  return std::max<Eigen::Index>(std::min(wished, inner / kLeastCut), 1);
}

// One tile of `out`, from the values `begin` to `end` of every row.
void compute_tile(const KernelSet& kernels, const Operand& a, const Tile& tile, Eigen::Index side,
                  Eigen::Index begin, Eigen::Index end, Eigen::MatrixXd& out) {
  const Eigen::Index rows = std::min(side, a.size - tile.row);
  const Eigen::Index columns = std::min(side, a.size - tile.column);
  out.block(tile.row, tile.column, rows, columns).setZero();
  const Target target{.data = &out(tile.row, tile.column), .stride = out.rows()};
  const bool on_diagonal = tile.row == tile.column;
  Packed left;
  Packed right;
  for (Eigen::Index k = begin; k < end; k += kInner) {
    const Eigen::Index inner = std::min(kInner, end - k);
    left.pack(a.rows.from(tile.row, k), rows, inner);
    if (!on_diagonal) {
      right.pack(a.rows.from(tile.column, k), columns, inner);
    }
    add_product(kernels, left.all(), on_diagonal ? left.all() : right.all(), on_diagonal, target);
  }
}

// Only the lower triangle is of use.
Eigen::MatrixXd lower_product(const KernelSet& kernels, const Operand& a) {
  const Eigen::Index side = tile_side(a.size);
  const std::vector<Tile> tiles = tiles_of(a.size, side);
  const Eigen::Index cuts = cuts_of(a.inner, tiles.size());
  std::vector<Eigen::MatrixXd> parts(static_cast<std::size_t>(cuts));
  for (Eigen::MatrixXd& part : parts) {
    part.resize(a.size, a.size);
    prefer_large_pages(part.data(), static_cast<std::size_t>(part.size()) * sizeof(double));
  }
  for_each_tile(parts.size() * tiles.size(), [&](std::size_t i) {
    const auto cut = static_cast<Eigen::Index>(i / tiles.size());
    compute_tile(kernels, a, tiles[i % tiles.size()], side, a.inner * cut / cuts,
                 a.inner * (cut + 1) / cuts, parts[i / tiles.size()]);
  });
  for (std::size_t part = 1; part < parts.size(); ++part) {
    parts[0].triangularView<Eigen::Lower>() += parts[part];
  }
  return std::move(parts[0]);
}

// In between the squares of all that counts are normal numbers.
bool is_harmless(double trace) {
  return trace > kSmallTrace && trace < kLargeTrace;
}

// No more than 1023, as 2^1024 is no double.
int exponent_of(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::min(exponent, 1023);
}

Gram at_unit_scale(Eigen::MatrixXd lower) {
  const int exponent = exponent_of(std::sqrt(lower.trace()));
  lower.triangularView<Eigen::Lower>() *= std::ldexp(1.0, -2 * exponent);
  const double energy = lower.trace();
  return {.lower = std::move(lower), .scale = std::ldexp(1.0, exponent), .energy = energy};
}

}  // namespace

Gram gram_of(const MatrixView& matrix, const KernelSet& kernels) {
  Eigen::MatrixXd lower = lower_product(kernels, operand_of(matrix));
  if (is_harmless(lower.trace())) {
    return at_unit_scale(std::move(lower));
  }
  const int exponent = exponent_of(matrix.cwiseAbs().maxCoeff());
  // Multiplying by 2^-exponent is exact but for entries 2^1000 times smaller than the largest.
  const Matrix scaled = matrix.unaryExpr([exponent](double w) { return std::ldexp(w, -exponent); });
  lower = lower_product(kernels, operand_of(scaled));
  const double energy = lower.trace();
  return {.lower = std::move(lower), .scale = std::ldexp(1.0, exponent), .energy = energy};
}

GramOfRows::GramOfRows(Eigen::Index columns, const KernelSet& kernels)
    : kernels_(kernels), lower_(Eigen::MatrixXd::Zero(columns, columns)) {}

void GramOfRows::add(const MatrixView& rows) {
  lower_.triangularView<Eigen::Lower>() += lower_product(kernels_, columns_of(rows));
}

std::optional<Gram> GramOfRows::finish() {
  if (!is_harmless(lower_.trace())) {
    return std::nullopt;
  }
  return at_unit_scale(std::move(lower_));
}

}  // namespace hindcast::spectral
