#include "hindcast/tensor/part.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

namespace hindcast::tensor {

Part part_of(std::span<const std::uint64_t> shape, const Layout& layout, const Split& split) {
  const std::size_t count = split.parts.size();
  if (count == 0 || shape[split.axis] % count != 0) {
    throw Error(ErrorCode::malformed, fmt::format("an axis of {} does not divide into {} parts",
                                                  shape[split.axis], count));
  }
  Part part{.shape = {shape.begin(), shape.end()}, .layout = layout};
  if (layout.axis(split.axis) == Axis::expert) {
    part.shape.erase(part.shape.begin() + static_cast<std::ptrdiff_t>(split.axis));
    part.layout = layout.without_experts();
  } else {
    part.shape[split.axis] /= count;
  }
  return part;
}

std::vector<double> part_values(std::span<const double> values,
                                std::span<const std::uint64_t> shape, const Split& split,
                                std::size_t index) {
  std::size_t inner = 1;
  for (std::size_t axis = split.axis + 1; axis < shape.size(); ++axis) {
    inner *= shape[axis];
  }
  const std::size_t whole = shape[split.axis] * inner;  // One step along the axes before.
  const std::size_t length = whole / split.parts.size();
  std::vector<double> out;
  out.reserve(values.size() / split.parts.size());
  for (std::size_t begin = index * length; begin + length <= values.size(); begin += whole) {
    const auto piece = values.subspan(begin, length);
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

}  // namespace hindcast::tensor
