// No include guard: built into several files, each for other instructions (LANES doubles a vector;
// LEFT_VECTORS of them by COLUMNS are multiplied at a time). Nothing of the standard library is
// used here: the linker could take its inline functions from the file built for the widest vectors,
// for all others.

namespace hindcast::spectral {
namespace {

using Vector = double __attribute__((vector_size(8 * LANES)));

inline Vector load(const double* from) {
  Vector value;
  __builtin_memcpy(&value, from, sizeof(value));
  return value;
}

inline void store(double* to, Vector value) {
  __builtin_memcpy(to, &value, sizeof(value));
}

inline double sum(Vector value) {
  double total = value[0];
  for (int i = 1; i < LANES; ++i) {
    total += value[i];
  }
  return total;
}

// LEFT_VECTORS on the left, from row `first` on, by COLUMNS values on the right: as many sums as
// registers hold.
inline void multiply_block(std::size_t inner, const double* a, std::size_t left_step,
                           std::size_t first, const double* b, double* c, std::size_t stride) {
  constexpr std::size_t kLeft = LEFT_VECTORS;
  const double* rows[kLeft];
  for (std::size_t v = 0; v < kLeft; ++v) {
    const std::size_t row = first + v * LANES;
    rows[v] = a + row / kSliver * left_step + row % kSliver;
  }
  Vector sums[COLUMNS][kLeft] = {};
  for (std::size_t k = 0; k < inner; ++k) {
    Vector left[kLeft];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kLeft; ++v) {
      left[v] = load(rows[v] + k * kSliver);
    }
#pragma GCC unroll 8
    for (std::size_t j = 0; j < COLUMNS; ++j) {
      const double right = b[k * kSliver + j];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kLeft; ++v) {
        sums[j][v] += left[v] * right;
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t j = 0; j < COLUMNS; ++j) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kLeft; ++v) {
      double* const target = c + j * stride + v * LANES;
      store(target, load(target) + sums[j][v]);
    }
  }
}

void multiply(std::size_t inner, const double* a, std::size_t left_step, const double* b, double* c,
              std::size_t stride) {
  constexpr std::size_t kRows = kLeftSlivers * kSliver;
  constexpr std::size_t kStep = LEFT_VECTORS * LANES;
  for (std::size_t j = 0; j < kSliver; j += COLUMNS) {
    for (std::size_t i = 0; i < kRows; i += kStep) {
      multiply_block(inner, a, left_step, i, b + j, c + j * stride + i, stride);
    }
  }
}

void apply_both_ways(std::size_t rows, const double* a, std::size_t stride, const double* x_columns,
                     const double* x_rows, double* y_rows, double* y_columns) {
  const double* const a0 = a;
  const double* const a1 = a + stride;
  const double* const a2 = a + 2 * stride;
  const double* const a3 = a + 3 * stride;
  Vector s0 = {};
  Vector s1 = {};
  Vector s2 = {};
  Vector s3 = {};
  std::size_t r = 0;
  for (; r + LANES <= rows; r += LANES) {
    const Vector x = load(x_rows + r);
    const Vector v0 = load(a0 + r);
    const Vector v1 = load(a1 + r);
    const Vector v2 = load(a2 + r);
    const Vector v3 = load(a3 + r);
    Vector y = load(y_rows + r);
    y += v0 * x_columns[0];
    y += v1 * x_columns[1];
    y += v2 * x_columns[2];
    y += v3 * x_columns[3];
    store(y_rows + r, y);
    s0 += v0 * x;
    s1 += v1 * x;
    s2 += v2 * x;
    s3 += v3 * x;
  }
  y_columns[0] += sum(s0);
  y_columns[1] += sum(s1);
  y_columns[2] += sum(s2);
  y_columns[3] += sum(s3);
  for (; r < rows; ++r) {
    y_rows[r] +=
        a0[r] * x_columns[0] + a1[r] * x_columns[1] + a2[r] * x_columns[2] + a3[r] * x_columns[3];
    y_columns[0] += a0[r] * x_rows[r];
    y_columns[1] += a1[r] * x_rows[r];
    y_columns[2] += a2[r] * x_rows[r];
    y_columns[3] += a3[r] * x_rows[r];
  }
}

// Scalar products of 4 columns with x, reading x once.
inline void four_products(std::size_t rows, const double* a, std::size_t stride, const double* x,
                          double* out) {
  Vector s0 = {};
  Vector s1 = {};
  Vector s2 = {};
  Vector s3 = {};
  std::size_t r = 0;
  for (; r + LANES <= rows; r += LANES) {
    const Vector v = load(x + r);
    s0 += load(a + r) * v;
    s1 += load(a + stride + r) * v;
    s2 += load(a + 2 * stride + r) * v;
    s3 += load(a + 3 * stride + r) * v;
  }
  out[0] = sum(s0);
  out[1] = sum(s1);
  out[2] = sum(s2);
  out[3] = sum(s3);
  for (; r < rows; ++r) {
    out[0] += a[r] * x[r];
    out[1] += a[stride + r] * x[r];
    out[2] += a[2 * stride + r] * x[r];
    out[3] += a[3 * stride + r] * x[r];
  }
}

inline double product(std::size_t rows, const double* a, const double* x) {
  Vector s = {};
  std::size_t r = 0;
  for (; r + LANES <= rows; r += LANES) {
    s += load(a + r) * load(x + r);
  }
  double total = sum(s);
  for (; r < rows; ++r) {
    total += a[r] * x[r];
  }
  return total;
}

void apply_transposed(std::size_t rows, std::size_t columns, const double* a, std::size_t stride,
                      const double* x, double* out) {
  std::size_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    four_products(rows, a + j * stride, stride, x, out + j);
  }
  for (; j < columns; ++j) {
    out[j] = product(rows, a + j * stride, x);
  }
}

inline void subtract_four(std::size_t rows, const double* a, std::size_t stride, const double* x,
                          double* y) {
  std::size_t r = 0;
  for (; r + LANES <= rows; r += LANES) {
    Vector v = load(y + r);
    v -= load(a + r) * x[0];
    v -= load(a + stride + r) * x[1];
    v -= load(a + 2 * stride + r) * x[2];
    v -= load(a + 3 * stride + r) * x[3];
    store(y + r, v);
  }
  for (; r < rows; ++r) {
    y[r] -=
        a[r] * x[0] + a[stride + r] * x[1] + a[2 * stride + r] * x[2] + a[3 * stride + r] * x[3];
  }
}

void subtract_product(std::size_t rows, std::size_t columns, const double* a, std::size_t stride,
                      const double* x, double* y) {
  std::size_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    subtract_four(rows, a + j * stride, stride, x + j, y);
  }
  for (; j < columns; ++j) {
    const double* const column = a + j * stride;
    const double factor = x[j];
    std::size_t r = 0;
    for (; r + LANES <= rows; r += LANES) {
      store(y + r, load(y + r) - load(column + r) * factor);
    }
    for (; r < rows; ++r) {
      y[r] -= column[r] * factor;
    }
  }
}

}  // namespace
}  // namespace hindcast::spectral
