#include "analysis/values_digest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "hindcast/base/sha256.hpp"

namespace hindcast::analysis {
namespace {

// Empty where a value is lost, as a NaN always is.
std::vector<float> in_single_precision(std::span<const double> values) {
  std::vector<float> narrow(values.size());
  bool exact = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Out of the range of float is undefined, and lost anyway.
    narrow[i] = static_cast<float>(std::clamp(values[i], -3.4e38, 3.4e38));
    exact = exact && static_cast<double>(narrow[i]) == values[i];
  }
  return exact ? narrow : std::vector<float>();
}

}  // namespace

std::string values_digest(std::span<const double> values) {
  const std::vector<float> narrow = in_single_precision(values);
  return narrow.empty() ? sha256(std::as_bytes(values)) + " of float64"
                        : sha256(std::as_bytes(std::span(narrow))) + " of float32";
}

}  // namespace hindcast::analysis
