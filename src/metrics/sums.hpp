#pragma once

#include <span>

namespace hindcast::metrics {

/// The sum of squares, in blocks, so that rounding does not grow with the number of values. Not
/// finite where a value is not, or where a square overflows.
[[nodiscard]] double sum_of_squares(std::span<const double> values);

/// sum (a_factor a_i - b_factor b_i)^2, likewise; both of one size.
[[nodiscard]] double sum_of_squared_differences(std::span<const double> a, double a_factor,
                                                std::span<const double> b, double b_factor);

/// Is a sum of squares one to which no square was lost, to underflow or overflow, that counts?
[[nodiscard]] bool is_exact(double sum_of_squares) noexcept;

/// The Euclidean norm without overflow or underflow of the squares; not finite for bad values.
[[nodiscard]] double norm(std::span<const double> values);

}  // namespace hindcast::metrics
