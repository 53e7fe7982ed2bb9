#pragma once

#include <span>
#include <string>

namespace hindcast::analysis {

/// A SHA-256 of `values` that stands for them: of their bytes in single precision, which are half
/// as many, where that holds each of them exactly, and else in double. Says which of the two.
[[nodiscard]] std::string values_digest(std::span<const double> values);

}  // namespace hindcast::analysis
