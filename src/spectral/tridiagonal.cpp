// Householder's tridiagonalisation in panels (Dongarra, Sorensen & Hammarling, "Block reduction of
// matrices to condensed forms", 1989, as in LAPACK's dlatrd): reflectors are gathered for a few
// columns, the product of the matrix with each is taken as it comes, and the rest of the matrix is
// brought up to date once for all of them. Half of the work is thus a product of matrices; the
// other half reads the remaining triangle once for every column. Both are cut into tiles here.

#include "spectral/tridiagonal.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <Eigen/Eigenvalues>

#include "spectral/blas.hpp"
#include "spectral/in_tiles.hpp"

namespace hindcast::spectral {
namespace {

// Reflectors gathered before the rest is brought up to date.
constexpr Eigen::Index kPanel = 32;
// Columns of a strip, and rows of a piece of it, which is read twice and fits the cache of a core.
constexpr Eigen::Index kStrip = 128;
constexpr Eigen::Index kPiece = 256;
// Side of a tile of the update.
constexpr Eigen::Index kTile = 256;
// Below this order one thread is as fast as several that wait for each other at every column.
constexpr Eigen::Index kSerialOrder = 1024;

Eigen::Index strips_of(Eigen::Index size) {
  return (size + kStrip - 1) / kStrip;
}

// Reduces the trailing part of one matrix, panel after panel.
class Reduction {
 public:
  explicit Reduction(Eigen::MatrixXd& lower)
      : a_(lower),
        order_(lower.rows()),
        v_(order_, kPanel),
        w_(order_, kPanel),
        partial_(order_, strips_of(order_)),
        coefficients_(kPanel),
        out_{.diagonal = Eigen::VectorXd(order_), .beside = Eigen::VectorXd(order_)} {}

  Tridiagonal run(Eigen::Index serial_order) {
    Eigen::Index first = 0;
    while (order_ - first > std::max(serial_order, kPanel + 1)) {
      for (Eigen::Index i = 0; i < kPanel; ++i) {
        reduce_column(first, i);
      }
      update_rest(first);
      first += kPanel;
    }
    blas::tridiagonalise(order_ - first, {.data = &a_(first, first), .stride = order_},
                         out_.diagonal.data() + first, out_.beside.data() + first);
    return std::move(out_);
  }

 private:
  [[nodiscard]] blas::ConstBlock at(const Eigen::MatrixXd& matrix, Eigen::Index row) const {
    return {.data = matrix.data() + row, .stride = order_};
  }

  // y = y - V (W^T x) - W (V^T x) from `row` on, with the first `count` of the panel's columns.
  void apply_panel(Eigen::Index row, Eigen::Index count, const double* x, double* y) {
    using blas::Transpose;
    const Eigen::Index size = order_ - row;
    for (const auto& [inner, outer] : {std::pair(&w_, &v_), std::pair(&v_, &w_)}) {
      blas::apply(Transpose::yes, size, count, 1.0, at(*inner, row), x, 0.0, coefficients_.data());
      blas::apply(Transpose::no, size, count, -1.0, at(*outer, row), coefficients_.data(), 1.0, y);
    }
  }

  // Column first + i: brought up to date with the panel so far, and reflected.
  void reduce_column(Eigen::Index first, Eigen::Index i) {
    const Eigen::Index j = first + i;
    double* const column = &a_(j, j);
    if (i > 0) {
      const Eigen::Index size = order_ - j;
      for (const auto& [row_of, outer] : {std::pair(&w_, &v_), std::pair(&v_, &w_)}) {
        coefficients_.head(i) = row_of->row(j).head(i);
        blas::apply(blas::Transpose::no, size, i, -1.0, at(*outer, j), coefficients_.data(), 1.0,
                    column);
      }
    }
    out_.diagonal[j] = column[0];
    const Eigen::Index below = j + 1;
    const Eigen::Index size = order_ - below;
    const blas::Reflection reflection = blas::reflect(size, column + 1);
    out_.beside[j] = reflection.image;
    v_.col(i).segment(below, size) = a_.col(j).segment(below, size);

    auto w = w_.col(i).segment(below, size);
    const auto v = v_.col(i).segment(below, size);
    multiply_rest(below, v.data(), w.data());
    if (i > 0) {
      apply_panel(below, i, v.data(), w.data());
    }
    w *= reflection.tau;
    w -= (0.5 * reflection.tau * w.dot(v)) * v;
  }

  // y = A x for the trailing part from `row` on, of which only the lower triangle is stored. Every
  // strip of columns gives what it adds to all of y; the sums are taken in their order.
  void multiply_rest(Eigen::Index row, const double* x, double* y) {
    const Eigen::Index size = order_ - row;
    const Eigen::Index strips = strips_of(size);
    for_each_tile(static_cast<std::size_t>(strips), [&](std::size_t strip) {
      multiply_strip(row, static_cast<Eigen::Index>(strip) * kStrip, x,
                     &partial_(0, static_cast<Eigen::Index>(strip)));
    });
    Eigen::Map<Eigen::VectorXd> sum(y, size);
    sum = partial_.col(0).head(size);
    for (Eigen::Index strip = 1; strip < strips; ++strip) {
      const Eigen::Index from = strip * kStrip;
      sum.tail(size - from) += partial_.col(strip).segment(from, size - from);
    }
  }

  // What the columns from `from` on, below the diagonal and mirrored, add to y; nothing above.
  void multiply_strip(Eigen::Index row, Eigen::Index from, const double* x, double* y) const {
    using blas::Transpose;
    const Eigen::Index size = order_ - row;
    const Eigen::Index width = std::min(kStrip, size - from);
    const auto block = [&](Eigen::Index r) {
      return blas::ConstBlock{.data = &a_(row + r, row + from), .stride = order_};
    };
    blas::apply_symmetric(width, block(from), x + from, y + from);
    for (Eigen::Index r = from + width; r < size; r += kPiece) {
      const Eigen::Index height = std::min(kPiece, size - r);
      blas::apply(Transpose::no, height, width, 1.0, block(r), x + from, 0.0, y + r);
      blas::apply(Transpose::yes, height, width, 1.0, block(r), x + r, 1.0, y + from);
    }
  }

  // A -= V W^T + W V^T beyond the panel.
  void update_rest(Eigen::Index first) {
    const Eigen::Index begin = first + kPanel;
    const Eigen::Index tiles = (order_ - begin + kTile - 1) / kTile;
    std::vector<std::pair<Eigen::Index, Eigen::Index>> places;
    for (Eigen::Index column = 0; column < tiles; ++column) {
      for (Eigen::Index row = column; row < tiles; ++row) {
        places.emplace_back(begin + row * kTile, begin + column * kTile);
      }
    }
    for_each_tile(places.size(), [&](std::size_t i) {
      const Eigen::Index row = places[i].first;
      const Eigen::Index column = places[i].second;
      const Eigen::Index rows = std::min(kTile, order_ - row);
      const Eigen::Index columns = std::min(kTile, order_ - column);
      const blas::Block target{.data = &a_(row, column), .stride = order_};
      if (row == column) {
        blas::subtract_both_products(rows, kPanel, at(v_, row), at(w_, row), target);
        return;
      }
      blas::multiply(blas::Transpose::no, rows, columns, kPanel, -1.0, at(v_, row), at(w_, column),
                     1.0, target);
      blas::multiply(blas::Transpose::no, rows, columns, kPanel, -1.0, at(w_, row), at(v_, column),
                     1.0, target);
    });
  }

  Eigen::MatrixXd& a_;
  Eigen::Index order_;
  Eigen::MatrixXd v_;        // The panel's reflectors,
  Eigen::MatrixXd w_;        // and their companions: A is A - V W^T - W V^T.
  Eigen::MatrixXd partial_;  // What every strip adds to a product.
  Eigen::VectorXd coefficients_;
  Tridiagonal out_;
};

}  // namespace

Tridiagonal tridiagonalise(Eigen::MatrixXd& lower, Eigen::Index serial_order) {
  const Eigen::Index order = lower.rows();
  if (order > serial_order) {
    return Reduction(lower).run(serial_order);
  }
  Tridiagonal out{.diagonal = Eigen::VectorXd(order), .beside = Eigen::VectorXd(order)};
  blas::tridiagonalise(order, {.data = lower.data(), .stride = order}, out.diagonal.data(),
                       out.beside.data());
  return out;
}

Eigen::VectorXd symmetric_eigenvalues(Eigen::MatrixXd& lower) {
  Tridiagonal reduced = tridiagonalise(lower, kSerialOrder);
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
