// Householder's tridiagonalisation in panels (Dongarra, Sorensen & Hammarling, "Block reduction of
// matrices to condensed forms", 1989, as in LAPACK's dlatrd): reflectors are gathered for a few
// columns, the product of the matrix with each is taken as it comes, and the rest of the matrix is
// brought up to date once for all of them. Half of the work is thus a product of matrices; the
// other half reads the remaining triangle once for every column. Both are cut into pieces here.

#include "spectral/tridiagonal.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <Eigen/Eigenvalues>

#include "spectral/blas.hpp"
#include "spectral/in_tiles.hpp"
#include "spectral/packed_product.hpp"

namespace hindcast::spectral {
namespace {

// Reflectors gathered before the rest is brought up to date.
constexpr Eigen::Index kPanel = 32;
// Up to this order one thread is as fast as several that wait for each other at every column.
constexpr Eigen::Index kLargestSingle = 768;
// Columns of a strip beyond that, and side of a tile of the update.
constexpr Eigen::Index kStrip = 128;
constexpr Eigen::Index kTile = 10 * kLeftRows;

Eigen::Index strips_of(Eigen::Index size) {
  return size <= kLargestSingle ? 1 : (size + kStrip - 1) / kStrip;
}

struct Reflection {
  double image = 0.0;
  double tau = 0.0;
};

// Makes I - tau v v^T take the vector onto its first axis, where it becomes `image`; v, whose first
// entry is 1, replaces the vector (as LAPACK's dlarfg).
Reflection reflect(Eigen::Ref<Eigen::VectorXd> vector) {
  // Where squares lose bits to underflow the vector is enlarged, or v would not fit tau.
  constexpr double kSmallSquare = 0x1p-800;
  constexpr int kEnlarge = 500;
  int exponent = 0;
  if (vector.squaredNorm() < kSmallSquare) {
    vector *= std::ldexp(1.0, kEnlarge);
    exponent = -kEnlarge;
  }
  const double first = vector[0];
  const double rest = vector.tail(vector.size() - 1).squaredNorm();
  vector[0] = 1.0;
  if (rest == 0.0) {
    return {.image = std::ldexp(first, exponent), .tau = 0.0};
  }
  const double image = -std::copysign(std::sqrt(first * first + rest), first);
  vector.tail(vector.size() - 1) *= 1.0 / (first - image);
  return {.image = std::ldexp(image, exponent), .tau = (image - first) / image};
}

// Reduces one matrix, panel after panel.
class Reduction {
 public:
  Reduction(Eigen::MatrixXd& lower, const KernelSet& kernels)
      : kernels_(kernels),
        a_(lower),
        order_(lower.rows()),
        vw_(order_, 2 * kPanel),
        wv_(order_, 2 * kPanel),
        partial_(order_, strips_of(order_)),
        out_{.diagonal = Eigen::VectorXd(order_), .beside = Eigen::VectorXd::Zero(order_)} {}

  Tridiagonal run() {
    for (Eigen::Index first = 0; first < order_; first += kPanel) {
      const Eigen::Index columns = std::min(kPanel, order_ - first);
      for (Eigen::Index i = 0; i < columns; ++i) {
        reduce_column(first + i, i);
      }
      if (first + kPanel < order_) {
        update_rest(first + kPanel);
      }
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] double* v(Eigen::Index row, Eigen::Index column) { return &vw_(row, column); }
  [[nodiscard]] double* w(Eigen::Index row, Eigen::Index column) {
    return &vw_(row, kPanel + column);
  }
  [[nodiscard]] std::size_t stride() const { return static_cast<std::size_t>(order_); }

  // y -= V c + W d from `row` on, with the first `count` columns of the panel.
  void subtract_panel(Eigen::Index row, Eigen::Index count, const double* c, const double* d,
                      double* y) {
    const auto size = static_cast<std::size_t>(order_ - row);
    const auto columns = static_cast<std::size_t>(count);
    kernels_.subtract_product(size, columns, v(row, 0), stride(), c, y);
    kernels_.subtract_product(size, columns, w(row, 0), stride(), d, y);
  }

  // Column j, the panel's i-th: brought up to date with the panel so far, and reflected.
  void reduce_column(Eigen::Index j, Eigen::Index i) {
    const Eigen::VectorXd from_v = vw_.row(j).head(i).transpose();
    const Eigen::VectorXd from_w = vw_.row(j).segment(kPanel, i).transpose();
    subtract_panel(j, i, from_w.data(), from_v.data(), &a_(j, j));
    out_.diagonal[j] = a_(j, j);
    const Eigen::Index below = j + 1;
    const Eigen::Index size = order_ - below;
    if (size == 0) {
      return;
    }
    const Reflection reflection = reflect(a_.col(j).tail(size));
    out_.beside[j] = reflection.image;
    vw_.col(i).tail(size) = a_.col(j).tail(size);

    multiply_rest(below, v(below, i), w(below, i));
    correct_product(below, i);
    auto product = vw_.col(kPanel + i).tail(size);
    const auto reflector = vw_.col(i).tail(size);
    product *= reflection.tau;
    product -= (0.5 * reflection.tau * product.dot(reflector)) * reflector;
  }

  // The product was taken with the matrix as it was before the panel: w -= V (W^T v) + W (V^T v).
  void correct_product(Eigen::Index row, Eigen::Index i) {
    const auto size = static_cast<std::size_t>(order_ - row);
    const auto columns = static_cast<std::size_t>(i);
    Eigen::VectorXd from_v(i);
    Eigen::VectorXd from_w(i);
    kernels_.apply_transposed(size, columns, v(row, 0), stride(), v(row, i), from_v.data());
    kernels_.apply_transposed(size, columns, w(row, 0), stride(), v(row, i), from_w.data());
    subtract_panel(row, i, from_w.data(), from_v.data(), w(row, i));
  }

  // y = A x for the trailing part from `row` on, of which only the lower triangle is stored. Every
  // strip of columns gives what it adds to all of y; the sums are taken in their order.
  void multiply_rest(Eigen::Index row, const double* x, double* y) {
    const Eigen::Index size = order_ - row;
    const Eigen::Index strips = strips_of(size);
    const Eigen::Index width = strips == 1 ? size : kStrip;
    Eigen::Map<Eigen::VectorXd> sum(y, size);
    if (strips == 1) {
      sum.setZero();
      multiply_strip(row, 0, size, x, y);
      return;
    }
    for_each_tile(static_cast<std::size_t>(strips), [&](std::size_t strip) {
      const auto column = static_cast<Eigen::Index>(strip);
      partial_.col(column).head(size).setZero();
      multiply_strip(row, column * width, std::min(width, size - column * width), x,
                     &partial_(0, column));
    });
    sum = partial_.col(0).head(size);
    for (Eigen::Index strip = 1; strip < strips; ++strip) {
      const Eigen::Index from = strip * width;
      sum.tail(size - from) += partial_.col(strip).segment(from, size - from);
    }
  }

  // What `width` columns from `from` on, below the diagonal and mirrored, add to y.
  void multiply_strip(Eigen::Index row, Eigen::Index from, Eigen::Index width, const double* x,
                      double* y) const {
    constexpr Eigen::Index kAtOnce = 4;
    const Eigen::Index size = order_ - row;
    for (Eigen::Index c = from; c < from + width; c += kAtOnce) {
      const Eigen::Index columns = std::min(kAtOnce, from + width - c);
      multiply_corner(row + c, columns, x + c, y + c);
      const Eigen::Index below = c + columns;
      if (below < size) {  // Then there are four columns: strips end where the matrix does, or at
                           // a multiple of four.
        kernels_.apply_both_ways(static_cast<std::size_t>(size - below), &a_(row + below, row + c),
                                 stride(), x + c, x + below, y + below, y + c);
      }
    }
  }

  // y += A x for a few columns around the diagonal.
  void multiply_corner(Eigen::Index place, Eigen::Index size, const double* x, double* y) const {
    for (Eigen::Index j = 0; j < size; ++j) {
      y[j] += a_(place + j, place + j) * x[j];
      for (Eigen::Index i = j + 1; i < size; ++i) {
        y[i] += a_(place + i, place + j) * x[j];
        y[j] += a_(place + i, place + j) * x[i];
      }
    }
  }

  // A -= V W^T + W V^T from `begin` on: one product of [V W] with [W V].
  void update_rest(Eigen::Index begin) {
    const Eigen::Index size = order_ - begin;
    wv_.bottomRows(size) << vw_.bottomRightCorner(size, kPanel), vw_.bottomLeftCorner(size, kPanel);
    left_.pack({&vw_(begin, 0), 1, order_}, size, 2 * kPanel, -1.0);
    right_.pack({&wv_(begin, 0), 1, order_}, size, 2 * kPanel);
    const Eigen::Index side = size <= kLargestSingle ? size : kTile;
    std::vector<std::pair<Eigen::Index, Eigen::Index>> tiles;
    for (Eigen::Index column = 0; column < size; column += side) {
      for (Eigen::Index row = column; row < size; row += side) {
        tiles.emplace_back(row, column);
      }
    }
    for_each_tile(tiles.size(), [&](std::size_t i) {
      const Eigen::Index row = tiles[i].first;
      const Eigen::Index column = tiles[i].second;
      add_product(kernels_, left_.part(row, std::min(side, size - row)),
                  right_.part(column, std::min(side, size - column)), row == column,
                  {.data = &a_(begin + row, begin + column), .stride = order_});
    });
  }

  const KernelSet& kernels_;
  Eigen::MatrixXd& a_;
  Eigen::Index order_;
  Eigen::MatrixXd vw_;  // The panel's reflectors V, and W: the matrix is A - V W^T - W V^T.
  Eigen::MatrixXd wv_;  // W, and V.
  Packed left_;
  Packed right_;
  Eigen::MatrixXd partial_;  // What every strip adds to a product.
  Tridiagonal out_;
};

}  // namespace

Tridiagonal tridiagonalise(Eigen::MatrixXd& lower, const KernelSet& kernels) {
  return Reduction(lower, kernels).run();
}

Eigen::VectorXd symmetric_eigenvalues(Eigen::MatrixXd& lower, const KernelSet& kernels) {
  Tridiagonal reduced = tridiagonalise(lower, kernels);
  const Tridiagonal kept = reduced;
  if (blas::tridiagonal_eigenvalues(lower.rows(), reduced.diagonal.data(), reduced.beside.data())) {
    return std::move(reduced.diagonal);
  }
  // Not seen to happen on finite input; another iteration's shifts may do better.
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(kept.diagonal, kept.beside.head(lower.rows() - 1),
                                Eigen::EigenvaluesOnly);
  return solver.eigenvalues();
}

}  // namespace hindcast::spectral
