#include "tensor/relayout.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace hindcast::tensor {

Layout neutral(const Layout& layout) {
  constexpr std::string_view kOrder = "EOMIDHW";
  std::string letters = layout.letters();
  std::ranges::stable_sort(letters, {}, [&](char letter) { return kOrder.find(letter); });
  return Layout::parse(letters);
}

std::optional<std::vector<std::size_t>> axes_from(const Layout& from, const Layout& to) {
  if (from.rank() != to.rank()) {
    return std::nullopt;
  }
  std::string left = from.letters();
  std::vector<std::size_t> axes;
  for (const char letter : to.letters()) {
    const std::size_t place = left.find(letter);
    if (place == std::string::npos) {
      return std::nullopt;
    }
    left[place] = ' ';
    axes.push_back(place);
  }
  return axes;
}

std::vector<std::uint64_t> permuted_shape(std::span<const std::uint64_t> shape,
                                          std::span<const std::size_t> axes) {
  std::vector<std::uint64_t> out;
  for (const std::size_t axis : axes) {
    out.push_back(shape[axis]);
  }
  return out;
}

std::vector<double> permuted(std::span<const double> values, std::span<const std::uint64_t> shape,
                             std::span<const std::size_t> axes) {
  if (std::ranges::is_sorted(axes)) {
    return {values.begin(), values.end()};  // As they are.
  }
  // How far apart neighbours along each axis of the result lie in `values`.
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  const std::vector<std::uint64_t> extents = permuted_shape(shape, axes);
  std::vector<std::uint64_t> position(axes.size(), 0);
  std::vector<double> out;
  out.reserve(values.size());
  std::size_t from = 0;
  while (out.size() < values.size()) {
    out.push_back(values[from]);
    for (std::size_t k = axes.size(); k-- > 0;) {
      from += strides[axes[k]];
      if (++position[k] < extents[k]) {
        break;
      }
      from -= strides[axes[k]] * extents[k];
      position[k] = 0;
    }
  }
  return out;
}

}  // namespace hindcast::tensor
