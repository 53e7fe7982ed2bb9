#include "hindcast/tensor/unfolding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast::tensor;

namespace {

using Shape = std::vector<std::uint64_t>;

std::vector<double> counting(std::uint64_t count) {
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

Matrix unfolded(const std::vector<double>& values, const Shape& shape, const char* letters,
                Unfolding unfolding) {
  return unfold(values, shape, Layout::parse(letters), unfolding);
}

std::vector<double> row_sorted(const Matrix& matrix, Eigen::Index row) {
  std::vector<double> values(matrix.row(row).begin(), matrix.row(row).end());
  std::ranges::sort(values);
  return values;
}

std::vector<double> all_sorted(const Matrix& matrix) {
  std::vector<double> values(matrix.data(), matrix.data() + matrix.size());
  std::ranges::sort(values);
  return values;
}

constexpr std::array kBoth = {Unfolding::output, Unfolding::input};

}  // namespace

TEST_CASE("unfolding: a matrix stored (out, in) is itself and (in, out) its transpose") {
  const auto values = counting(6);
  Matrix expected(2, 3);
  expected << 0, 1, 2, 3, 4, 5;
  CHECK(unfolded(values, {2, 3}, "OI", Unfolding::output) == expected);
  CHECK(unfolded(values, {2, 3}, "IO", Unfolding::output) == expected.transpose());
}

TEST_CASE("unfolding: OIW by hand") {
  // w[o][i][k] = 4 o + 2 i + k.
  const auto values = counting(8);
  Matrix output(2, 4);
  output << 0, 1, 2, 3, 4, 5, 6, 7;
  Matrix input(2, 4);
  input << 0, 1, 4, 5, 2, 3, 6, 7;
  CHECK(unfolded(values, {2, 2, 2}, "OIW", Unfolding::output) == output);
  CHECK(unfolded(values, {2, 2, 2}, "OIW", Unfolding::input) == input);
}

TEST_CASE("unfolding: WIO by hand") {
  // w[k][i][o] = 6 k + 2 i + o, with 2 positions, 3 inputs and 2 outputs.
  const auto values = counting(12);
  Matrix output(2, 6);
  output << 0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11;
  CHECK(unfolded(values, {2, 3, 2}, "WIO", Unfolding::output) == output);
  Matrix input(3, 4);
  input << 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11;
  CHECK(unfolded(values, {2, 3, 2}, "WIO", Unfolding::input) == input);
}

TEST_CASE("unfolding: a depthwise kernel has a row per filter and one input channel") {
  // w[k][i][m] = 4 k + 2 i + m: filter (i, m) is the column of that index.
  const auto values = counting(12);
  Matrix output(4, 3);
  output << 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11;
  CHECK(unfolded(values, {3, 2, 2}, "WIM", Unfolding::output) == output);
  const Matrix input = unfolded(values, {3, 2, 2}, "WIM", Unfolding::input);
  CHECK(input.rows() == 1);
  CHECK(input.cols() == 12);
}

TEST_CASE("unfolding: heads and their size are one output axis, or one input axis") {
  const auto values = counting(24);
  const Matrix projection = unfolded(values, {4, 2, 3}, "IOO", Unfolding::output);
  CHECK(projection.rows() == 6);
  CHECK(projection(5, 3) == 23);
  CHECK(projection(4, 0) == 4);
  const Matrix back = unfolded(values, {2, 3, 4}, "IIO", Unfolding::output);
  CHECK(back.rows() == 4);
  CHECK(back(1, 5) == 21);
}

TEST_CASE("unfolding: a convolution has two, a matrix one") {
  CHECK(unfoldings_of(Layout::parse("HWIO")).size() == 2);
  CHECK(unfoldings_of(Layout::parse("IO")).size() == 1);
  CHECK(unfoldings_of(Layout::parse("IOO")).size() == 1);
  CHECK(name(Unfolding::output) == "output");
  CHECK(name(Unfolding::input) == "input");
}

TEST_CASE("unfolding: every value appears exactly once") {
  const Shape shape = {2, 3, 4, 5};
  const auto values = counting(120);
  for (const char* letters : {"OIHW", "HWIO", "IOHW", "HWOI", "HWIM", "MIHW"}) {
    for (const Unfolding unfolding : kBoth) {
      CAPTURE(letters);
      CAPTURE(name(unfolding));
      CHECK(all_sorted(unfolded(values, shape, letters, unfolding)) == values);
    }
  }
}

TEST_CASE("unfolding: the same network stored OIHW and HWIO has the same rows") {
  constexpr std::uint64_t kOut = 3;
  constexpr std::uint64_t kIn = 4;
  constexpr std::uint64_t kHeight = 2;
  constexpr std::uint64_t kWidth = 5;
  const auto first = counting(kOut * kIn * kHeight * kWidth);
  std::vector<double> last(first.size());
  for (std::uint64_t o = 0; o < kOut; ++o) {
    for (std::uint64_t i = 0; i < kIn; ++i) {
      for (std::uint64_t p = 0; p < kHeight * kWidth; ++p) {
        last[(p * kIn + i) * kOut + o] = first[(o * kIn + i) * kHeight * kWidth + p];
      }
    }
  }
  for (const Unfolding unfolding : kBoth) {
    CAPTURE(name(unfolding));
    const Matrix a = unfolded(first, {kOut, kIn, kHeight, kWidth}, "OIHW", unfolding);
    const Matrix b = unfolded(last, {kHeight, kWidth, kIn, kOut}, "HWIO", unfolding);
    REQUIRE(a.rows() == b.rows());
    for (Eigen::Index row = 0; row < a.rows(); ++row) {
      CHECK(row_sorted(a, row) == row_sorted(b, row));
    }
  }
}

TEST_CASE("unfolding: a column of one unfolding feeds or is fed by one channel only") {
  // In OIHW the value tells its channel: o = v / 40, i = v / 10 mod 4.
  const auto values = counting(120);
  const Matrix output = unfolded(values, {3, 4, 2, 5}, "OIHW", Unfolding::output);
  const Matrix input = unfolded(values, {3, 4, 2, 5}, "OIHW", Unfolding::input);
  for (Eigen::Index row = 0; row < output.rows(); ++row) {
    CHECK((output.row(row).array() / 40).floor().isConstant(static_cast<double>(row)));
  }
  for (Eigen::Index row = 0; row < input.rows(); ++row) {
    for (const double value : input.row(row)) {
      CHECK(static_cast<Eigen::Index>(value) / 10 % 4 == row);
    }
  }
}
