#pragma once

#include <optional>

namespace hindcast::html {

/// How much of its numbers a page has.
enum class Digits {
  all,  ///< The shortest decimals that read back as the same numbers.
  six   ///< What a chart can show and more: less than half of the bytes.
};

/// A number as charts can show it. They take differences, products and logarithms: what is larger
/// than 1e150 is left out and what is smaller than 1e-150 is taken for 0. Only a report that no
/// training made has such numbers.
[[nodiscard]] std::optional<double> drawn(const std::optional<double>& number, Digits digits);

}  // namespace hindcast::html
