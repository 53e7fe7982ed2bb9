#include "spectral/packed_product.hpp"

#include <algorithm>
#include <array>

namespace hindcast::spectral {
namespace {

constexpr auto kRightRows = static_cast<Eigen::Index>(kSliver);
// Rows on the left that stay in the second-level cache while all of the right passes by.
constexpr Eigen::Index kLeftBlock = 10 * kLeftRows;

Eigen::Index rounded_up(Eigen::Index value, Eigen::Index unit) {
  return (value + unit - 1) / unit * unit;
}

// A whole sliver of rows whose values lie one after the other.
void interleave(const Rows& source, Eigen::Index inner, double sign, double* out) {
  std::array<const double*, kSliver> rows{};
  for (std::size_t r = 0; r < kSliver; ++r) {
    rows[r] = source.data + static_cast<Eigen::Index>(r) * source.row_step;
  }
  for (Eigen::Index k = 0; k < inner; ++k) {
    for (std::size_t r = 0; r < kSliver; ++r) {
      out[r] = sign * rows[r][k];
    }
    out += kSliver;
  }
}

// A whole sliver of rows that lie beside each other.
void copy_rows(const Rows& source, Eigen::Index inner, double sign, double* out) {
  for (Eigen::Index k = 0; k < inner; ++k) {
    const double* const values = source.data + k * source.inner_step;
    for (std::size_t r = 0; r < kSliver; ++r) {
      out[r] = sign * values[r];
    }
    out += kSliver;
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
  values_.resize(static_cast<std::size_t>(padded * inner));
  for (Eigen::Index row = 0; row < padded; row += kRightRows) {
    double* const out = values_.data() + row * inner;
    const Rows sliver = row < rows ? source.from(row, 0) : source;
    if (rows - row < kRightRows) {
      copy_few_rows(sliver, std::max<Eigen::Index>(rows - row, 0), inner, sign, out);
    } else if (source.inner_step == 1) {
      interleave(sliver, inner, sign, out);
    } else {
      copy_rows(sliver, inner, sign, out);
    }
  }
}

PackedRows Packed::part(Eigen::Index first, Eigen::Index rows) const {
  return {.data = values_.data() + static_cast<std::size_t>(first) * inner_,
          .inner = inner_,
          .rows = rows};
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
