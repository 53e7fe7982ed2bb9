#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace hindcast::io::hdf5 {

/// A block of a tensor whose values follow each other in row-major order.
struct Piece {
  std::vector<std::uint64_t> start;
  std::vector<std::uint64_t> extents;
  std::uint64_t values = 0;
};

/// Cuts a tensor of this shape into pieces of at most `most` values, in row-major order. Where
/// pieces can end where chunks do, they end there; `chunk` is empty where there are none. `shape`
/// has at least one axis and no axis is 0; `most` is not 0.
void for_each_piece(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> chunk,
                    std::uint64_t most, const std::function<void(const Piece&)>& body);

}  // namespace hindcast::io::hdf5
