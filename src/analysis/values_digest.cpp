#include "analysis/values_digest.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/sha256.hpp"

namespace hindcast::analysis {
namespace {

// Empty where a value is lost.
std::vector<float> in_single_precision(std::span<const double> values) {
  constexpr auto kLargest = static_cast<double>(std::numeric_limits<float>::max());
  std::vector<float> narrow(values.size());
  bool lost = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Out of the range of float is undefined, and lost anyway. No branch: this is done for all
    // there is, and so the processor does many at a time.
    narrow[i] = static_cast<float>(std::clamp(values[i], -kLargest, kLargest));
    lost |= static_cast<double>(narrow[i]) != values[i];
  }
  return lost ? std::vector<float>() : narrow;
}

}  // namespace

std::string stored_digest(std::span<const std::byte> stored, tensor::DType dtype) {
  return fmt::format("{} of {}", sha256(stored), tensor::name(dtype));
}

std::string values_digest(std::span<const double> values) {
  const std::vector<float> narrow = in_single_precision(values);
  return narrow.empty() ? stored_digest(std::as_bytes(values), tensor::DType::float64)
                        : stored_digest(std::as_bytes(std::span(narrow)), tensor::DType::float32);
}

}  // namespace hindcast::analysis
