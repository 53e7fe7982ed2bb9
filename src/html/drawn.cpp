#include "html/drawn.hpp"

#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace hindcast::html {
namespace {

constexpr double kMostDrawn = 1e150;
constexpr double kLeastDrawn = 1e-150;

double rounded(double value) {
  const std::string text = fmt::format("{:.5e}", value);
  double out = value;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

std::optional<double> drawn(const std::optional<double>& number, Digits digits) {
  if (!number || std::abs(*number) > kMostDrawn) {
    return std::nullopt;
  }
  if (std::abs(*number) < kLeastDrawn) {
    return 0.0;
  }
  return digits == Digits::six ? rounded(*number) : *number;
}

}  // namespace hindcast::html
