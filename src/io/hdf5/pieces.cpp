// A piece has one index on the axes before some axis, a range on that one, and all of those after
// it. That axis is the first whose indices each hold no more than a piece may.

#include "io/hdf5/pieces.hpp"

#include <algorithm>

namespace hindcast::io::hdf5 {
namespace {

struct Cut {
  std::size_t axis = 0;
  std::uint64_t step = 1;    // Indices of the axis in a piece.
  std::uint64_t stride = 1;  // Values in each.
};

Cut cut_of(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> chunk,
           std::uint64_t most) {
  Cut cut{.axis = shape.size() - 1, .step = 1, .stride = 1};
  while (cut.axis > 0 && shape[cut.axis] <= most / cut.stride) {
    cut.stride *= shape[cut.axis];
    --cut.axis;
  }
  cut.step = std::min(shape[cut.axis], most / cut.stride);
  if (chunk.size() == shape.size() && chunk[cut.axis] != 0 && cut.step >= chunk[cut.axis]) {
    cut.step -= cut.step % chunk[cut.axis];
  }
  return cut;
}

// The next index on the axes before `end`, last axis first; false after the last.
bool advance(std::vector<std::uint64_t>& start, std::span<const std::uint64_t> shape,
             std::size_t end) {
  for (std::size_t axis = end; axis-- > 0;) {
    if (++start[axis] < shape[axis]) {
      return true;
    }
    start[axis] = 0;
  }
  return false;
}

}  // namespace

void for_each_piece(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> chunk,
                    std::uint64_t most, const std::function<void(const Piece&)>& body) {
  const Cut cut = cut_of(shape, chunk, most);
  Piece piece{.start = std::vector<std::uint64_t>(shape.size(), 0),
              .extents = {shape.begin(), shape.end()}};
  std::fill_n(piece.extents.begin(), cut.axis, 1);
  do {
    for (std::uint64_t first = 0; first < shape[cut.axis]; first += cut.step) {
      piece.start[cut.axis] = first;
      piece.extents[cut.axis] = std::min(cut.step, shape[cut.axis] - first);
      piece.values = piece.extents[cut.axis] * cut.stride;
      body(piece);
    }
    piece.start[cut.axis] = 0;
  } while (advance(piece.start, shape, cut.axis));
}

}  // namespace hindcast::io::hdf5
