#include "spectral/packed_product.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace hindcast::spectral {
namespace {

constexpr auto kRightRows = static_cast<Eigen::Index>(kSliver);
// Rows on the left that stay in the second-level cache while all of the right passes by.
constexpr Eigen::Index kLeftBlock = 10 * kLeftRows;
// Slivers that are packed at once.
constexpr Eigen::Index kAtOnce = 8;

Eigen::Index rounded_up(Eigen::Index value, Eigen::Index unit) {
  return (value + unit - 1) / unit * unit;
}

// Whole slivers of rows whose values lie one after the other.
void interleave(const Rows& source, Eigen::Index slivers, Eigen::Index inner, double sign,
                double* out) {
  for (Eigen::Index sliver = 0; sliver < slivers; ++sliver) {
    const double* const first = source.data + sliver * kRightRows * source.row_step;
    for (Eigen::Index k = 0; k < inner; ++k) {
      for (Eigen::Index r = 0; r < kRightRows; ++r) {
        out[r] = sign * first[r * source.row_step + k];
      }
      out += kSliver;
    }
  }
}

// Whole slivers of rows that lie beside each other: some at once, to read what is contiguous.
void copy_rows(const Rows& source, Eigen::Index slivers, Eigen::Index inner, double sign,
               double* out) {
  for (Eigen::Index k = 0; k < inner; ++k) {
    const double* values = source.data + k * source.inner_step;
    double* target = out + k * kRightRows;
    for (Eigen::Index sliver = 0; sliver < slivers; ++sliver) {
      for (std::size_t r = 0; r < kSliver; ++r) {
        target[r] = sign * values[r];
      }
      values += kSliver;
      target += inner * kRightRows;
    }
  }
}

void copy_few_rows(const Rows& source, Eigen::Index rows, Eigen::Index inner, double sign,
                   double* out) {
  for (Eigen::Index k = 0; k < inner; ++k) {
    for (Eigen::Index r = 0; r < kRightRows; ++r) {
      const Eigen::Index place = r * source.row_step + k * source.inner_step;
      *out++ = r < rows ? sign * source.data[place] : 0.0;
    }
  }
}

// The kernel writes whole blocks, so at the edge it is given one of its own.
void add_block(const KernelSet& kernels, const PackedRows& a, const PackedRows& b, Eigen::Index row,
               Eigen::Index column, const Target& c) {
  const double* const left = a.sliver_of(row);
  const double* const right = b.sliver_of(column);
  double* const place = c.data + row + column * c.stride;
  const Eigen::Index rows = std::min(kLeftRows, a.rows - row);
  const Eigen::Index columns = std::min(kRightRows, b.rows - column);
  if (rows == kLeftRows && columns == kRightRows) {
    kernels.multiply(a.inner, left, a.step(), right, place, static_cast<std::size_t>(c.stride));
    return;
  }
  alignas(64) std::array<double, static_cast<std::size_t>(kLeftRows * kRightRows)> whole{};
  kernels.multiply(a.inner, left, a.step(), right, whole.data(),
                   static_cast<std::size_t>(kLeftRows));
  for (Eigen::Index j = 0; j < columns; ++j) {
    for (Eigen::Index i = 0; i < rows; ++i) {
      place[i + j * c.stride] += whole[static_cast<std::size_t>(i + j * kLeftRows)];
    }
  }
}

}  // namespace

void Packed::pack(const Rows& source, Eigen::Index rows, Eigen::Index inner, double sign) {
  rows_ = rows;
  inner_ = static_cast<std::size_t>(inner);
  // Kernels take several slivers at once, so there are as many.
  const Eigen::Index padded = rounded_up(rows, kLeftRows);
  reserve(static_cast<std::size_t>(padded * inner));
  const Eigen::Index whole = rows / kRightRows;
  for (Eigen::Index sliver = 0; sliver < whole; sliver += kAtOnce) {
    const Eigen::Index count = std::min(kAtOnce, whole - sliver);
    const Eigen::Index row = sliver * kRightRows;
    if (source.inner_step == 1) {
      interleave(source.from(row, 0), count, inner, sign, data_ + row * inner);
    } else {
      copy_rows(source.from(row, 0), count, inner, sign, data_ + row * inner);
    }
  }
  for (Eigen::Index row = whole * kRightRows; row < padded; row += kRightRows) {
    const Eigen::Index left = std::max<Eigen::Index>(rows - row, 0);
    copy_few_rows(left > 0 ? source.from(row, 0) : source, left, inner, sign, data_ + row * inner);
  }
}

void Packed::reserve(std::size_t size) {
  if (values_.size() < size + kSliver) {
    values_.resize(size + kSliver);
  }
  // A vector that straddles two cache lines is read twice.
  void* start = values_.data();
  std::size_t room = values_.size() * sizeof(double);
  data_ = static_cast<double*>(
      std::align(kSliver * sizeof(double), size * sizeof(double), start, room));
}

PackedRows Packed::part(Eigen::Index first, Eigen::Index rows) const {
  return {.data = data_ + static_cast<std::size_t>(first) * inner_, .inner = inner_, .rows = rows};
}

void add_product(const KernelSet& kernels, const PackedRows& a, const PackedRows& b, bool triangle,
                 const Target& c) {
  for (Eigen::Index block = 0; block < a.rows; block += kLeftBlock) {
    const Eigen::Index end = std::min(block + kLeftBlock, a.rows);
    const Eigen::Index columns = triangle ? std::min(end, b.rows) : b.rows;
    for (Eigen::Index column = 0; column < columns; column += kRightRows) {
      // The first block of rows that reaches the diagonal.
      const Eigen::Index first = triangle ? column / kLeftRows * kLeftRows : Eigen::Index{0};
      for (Eigen::Index row = std::max(block, first); row < end; row += kLeftRows) {
        add_block(kernels, a, b, row, column, c);
      }
    }
  }
}

}  // namespace hindcast::spectral
