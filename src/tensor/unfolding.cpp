#include "hindcast/tensor/unfolding.hpp"

#include <array>
#include <cassert>
#include <cstddef>

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

  // An odometer over the stored order; the target position follows it by additions alone.
  std::vector<std::uint64_t> index(shape.size(), 0);
  std::size_t row = 0;
  std::size_t column = 0;
  for (const double value : values) {
    matrix(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column)) = value;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      row += steps.row[axis];
      column += steps.column[axis];
      if (++index[axis] < shape[axis]) {
        break;
      }
      index[axis] = 0;
      row -= steps.row[axis] * shape[axis];
      column -= steps.column[axis] * shape[axis];
    }
  }
  return matrix;
}

}  // namespace hindcast::tensor
