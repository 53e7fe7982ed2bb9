#include <numeric>
#include <random>

#include <doctest/doctest.h>

#include "io/hdf5/pieces.hpp"

namespace hindcast::io::hdf5 {
namespace {

using Shape = std::vector<std::uint64_t>;

std::uint64_t product(const Shape& extents) {
  return std::accumulate(extents.begin(), extents.end(), std::uint64_t{1}, std::multiplies<>());
}

// Where in row-major order an index stands.
std::uint64_t position(const Shape& shape, const Shape& index) {
  std::uint64_t at = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    at = at * shape[axis] + index[axis];
  }
  return at;
}

Shape last_of(const Piece& piece) {
  Shape last = piece.start;
  for (std::size_t axis = 0; axis < last.size(); ++axis) {
    last[axis] += piece.extents[axis] - 1;
  }
  return last;
}

std::vector<Piece> pieces_of(const Shape& shape, const Shape& chunk, std::uint64_t most) {
  std::vector<Piece> pieces;
  for_each_piece(shape, chunk, most, [&](const Piece& piece) { pieces.push_back(piece); });
  return pieces;
}

TEST_CASE("hdf5 pieces: they follow each other in row-major order and leave nothing out") {
  std::mt19937 random(1);
  const auto up_to = [&](std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(1, most)(random);
  };
  for (int i = 0; i < 500; ++i) {
    Shape shape(up_to(4));
    Shape chunk(shape.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      shape[axis] = up_to(9);
      chunk[axis] = up_to(9);
    }
    const std::uint64_t most = up_to(60);
    CAPTURE(i);
    std::uint64_t next = 0;
    for (const Piece& piece : pieces_of(shape, i % 2 == 0 ? chunk : Shape(), most)) {
      CHECK(piece.values <= most);
      CHECK(piece.values == product(piece.extents));
      CHECK(position(shape, piece.start) == next);
      next += piece.values;
      // A block whose corners are as far apart as it is large has no gaps.
      CHECK(position(shape, last_of(piece)) == next - 1);
    }
    CHECK(next == product(shape));
  }
}

TEST_CASE("hdf5 pieces: they end where chunks do, where that leaves something in them") {
  const auto rows = [](const Shape& chunk) {
    Shape out;
    for (const Piece& piece : pieces_of({100, 10}, chunk, 375)) {
      out.push_back(piece.extents[0]);
    }
    return out;
  };
  CHECK(rows({}) == Shape{37, 37, 26});
  CHECK(rows({16, 10}) == Shape{32, 32, 32, 4});
  CHECK(rows({50, 10}) == Shape{37, 37, 26});
}

}  // namespace
}  // namespace hindcast::io::hdf5
