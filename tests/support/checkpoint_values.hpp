#pragma once

// What tests over real files compare: the values of a tensor, and their norm.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "base/checked.hpp"

namespace hindcast::test {

/// The tensor at this path or, where there is none, with it among its aliases or as its name.
inline std::optional<std::size_t> find_tensor(const io::Checkpoint& checkpoint,
                                              const std::string& path) {
  const auto tensors = checkpoint.tensors();
  const auto index_of = [&](auto matches) -> std::optional<std::size_t> {
    const auto found = std::ranges::find_if(tensors, matches);
    return found == tensors.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - tensors.begin()));
  };
  if (const auto at = index_of([&](const auto& tensor) { return tensor.path == path; })) {
    return at;
  }
  return index_of([&](const auto& tensor) {
    return tensor.name == path || std::ranges::find(tensor.aliases, path) != tensor.aliases.end();
  });
}

inline std::vector<double> values_at(const io::Checkpoint& checkpoint, std::size_t index) {
  std::vector<double> values(element_count(checkpoint.tensors()[index].shape));
  checkpoint.read(index, values);
  return values;
}

/// In extended precision, so that it is no worse than the oracle's own.
inline double frobenius_norm(std::span<const double> values) {
  long double sum = 0;
  for (const double value : values) {
    sum += static_cast<long double>(value) * value;
  }
  return static_cast<double>(std::sqrt(sum));
}

}  // namespace hindcast::test
