#include "hindcast/tensor/unfolding.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <iterator>
#include <vector>

#include "base/large_pages.hpp"

namespace hindcast::tensor {
namespace {

// Is the axis counted by the rows of this unfolding?
bool is_row_axis(const Layout& layout, std::size_t axis, Unfolding unfolding) {
  switch (layout.axis(axis)) {
    case Axis::out:
    case Axis::multiplier:
      return unfolding == Unfolding::output;
    case Axis::in:
      // A depthwise kernel's "input channels" index filters, each with one channel of its own.
      return layout.is_depthwise() ? unfolding == Unfolding::output : unfolding == Unfolding::input;
    case Axis::kernel:
    case Axis::expert:  // Taken apart before unfolding.
      break;
  }
  return false;
}

struct Steps {
  std::vector<std::size_t> row;     // How far one step along each axis moves down the matrix,
  std::vector<std::size_t> column;  // and how far to the right.
  std::size_t rows = 1;
  std::size_t columns = 1;
};

Steps steps_of(std::span<const std::uint64_t> shape, const Layout& layout, Unfolding unfolding) {
  Steps steps{.row = std::vector<std::size_t>(shape.size(), 0),
              .column = std::vector<std::size_t>(shape.size(), 0)};
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    const bool is_row = is_row_axis(layout, axis, unfolding);
    std::size_t& extent = is_row ? steps.rows : steps.columns;
    (is_row ? steps.row : steps.column)[axis] = extent;
    extent *= shape[axis];
  }
  return steps;
}

// One or more axes that are neighbours both in the tensor and in the matrix.
struct Move {
  std::size_t extent = 1;
  std::size_t from = 0;  // How far apart neighbours lie in the tensor,
  std::size_t to = 0;    // and in the matrix.
};
using Moves = std::vector<Move>;

// Outermost first, as stored; axes of one step are left out.
Moves moves_of(std::span<const std::uint64_t> shape, const Steps& steps) {
  Moves moves;  // Innermost first.
  std::size_t from = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    const std::size_t to = steps.row[axis] * steps.columns + steps.column[axis];
    if (!moves.empty() && to == moves.back().to * moves.back().extent) {
      moves.back().extent *= shape[axis];
    } else if (shape[axis] != 1) {
      moves.push_back({.extent = static_cast<std::size_t>(shape[axis]), .from = from, .to = to});
    }
    from *= shape[axis];
  }
  std::ranges::reverse(moves);
  return moves;
}

bool stays_in_place(const Moves& moves) {
  return moves.empty() || (moves.size() == 1 && moves.front().to == 1);
}

// Calls `work(from, to)` for every combination of steps along the moves.
template <typename Work>
void for_each_step(std::span<const Move> moves, std::size_t from, std::size_t to,
                   const Work& work) {
  if (moves.empty()) {
    work(from, to);
    return;
  }
  const Move& move = moves.front();
  for (std::size_t i = 0; i < move.extent; ++i) {
    for_each_step(moves.subspan(1), from + i * move.from, to + i * move.to, work);
  }
}

// `inner` is contiguous in the tensor and `outer` in the matrix: in squares that fit the cache.
void transpose(const double* values, const Move& outer, const Move& inner, double* out) {
  constexpr std::size_t kSquare = 16;
  for (std::size_t i = 0; i < outer.extent; i += kSquare) {
    const std::size_t rows = std::min(kSquare, outer.extent - i);
    for (std::size_t j = 0; j < inner.extent; j += kSquare) {
      const std::size_t columns = std::min(kSquare, inner.extent - j);
      for (std::size_t b = j; b < j + columns; ++b) {
        for (std::size_t a = i; a < i + rows; ++a) {
          out[b * inner.to + a] = values[a * outer.from + b];
        }
      }
    }
  }
}

void move(const double* values, Moves moves, double* out) {
  if (stays_in_place(moves)) {
    moves = {{.extent = moves.empty() ? 1 : moves.front().extent, .from = 1, .to = 1}};
  }
  const Move inner = moves.back();
  moves.pop_back();
  if (inner.to == 1) {
    for_each_step(moves, 0, 0, [&](std::size_t from, std::size_t to) {
      std::copy_n(values + from, inner.extent, out + to);
    });
    return;
  }
  // Some other axis is contiguous in the matrix.
  const auto outer = std::ranges::find(moves, std::size_t{1}, &Move::to);
  assert(outer != moves.end());
  const Move across = *outer;
  moves.erase(outer);
  for_each_step(moves, 0, 0, [&](std::size_t from, std::size_t to) {
    transpose(values + from, across, inner, out + to);
  });
}

}  // namespace

std::string_view name(Unfolding unfolding) noexcept {
  return unfolding == Unfolding::output ? "output" : "input";
}

std::span<const Unfolding> unfoldings_of(const Layout& layout) noexcept {
  static constexpr std::array kBoth = {Unfolding::output, Unfolding::input};
  return std::span(kBoth).first(layout.is_convolution() ? 2 : 1);
}

MatrixExtents matrix_extents(std::span<const std::uint64_t> shape, const Layout& layout,
                             Unfolding unfolding) {
  const Steps steps = steps_of(shape, layout, unfolding);
  return {.rows = steps.rows, .columns = steps.columns};
}

Matrix unfold(std::span<const double> values, std::span<const std::uint64_t> shape,
              const Layout& layout, Unfolding unfolding) {
  assert(layout.rank() == shape.size());
  const Steps steps = steps_of(shape, layout, unfolding);
  Matrix matrix(static_cast<Eigen::Index>(steps.rows), static_cast<Eigen::Index>(steps.columns));

  if (!values.empty()) {
    prefer_large_pages(matrix.data(), values.size_bytes());
    move(values.data(), moves_of(shape, steps), matrix.data());
  }
  return matrix;
}

Unfolded::Unfolded(std::span<const double> values, std::span<const std::uint64_t> shape,
                   const Layout& layout, Unfolding unfolding)
    : matrix_(nullptr, 0, 0) {
  assert(layout.rank() == shape.size());
  const Steps steps = steps_of(shape, layout, unfolding);
  const double* data = values.data();
  if (!values.empty() && !stays_in_place(moves_of(shape, steps))) {
    copy_ = unfold(values, shape, layout, unfolding);
    data = copy_.data();
  }
  // The way to let an Eigen::Map show something else.
  new (&matrix_) Eigen::Map<const Matrix>(data, static_cast<Eigen::Index>(steps.rows),
                                          static_cast<Eigen::Index>(steps.columns));
}

}  // namespace hindcast::tensor
