#pragma once

#include <cstddef>

namespace hindcast::statistics {

/// The chance that Student's t with so many degrees of freedom (at least 1) is above `t`, to ten
/// digits also far out.
[[nodiscard]] double student_above(double t, std::size_t degrees);

/// The quantile that leaves the share `above` above it; 0 < above < 1.
[[nodiscard]] double student_quantile(double above, std::size_t degrees);

/// The chance that (Z + shift) / sqrt(V / degrees) is above `t`, Z normal and V chi-squared with
/// `degrees`: the noncentral t. How often a test finds what is there. To six digits.
[[nodiscard]] double shifted_student_above(double t, std::size_t degrees, double shift);

}  // namespace hindcast::statistics
