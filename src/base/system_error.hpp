#pragma once

#include "hindcast/base/error.hpp"

namespace hindcast {

/// The operating system's reason for `error_number` (an errno value) as an Error{io}, in our case
/// and style: "no such file or directory".
[[nodiscard]] Error system_error(int error_number);

}  // namespace hindcast
