#include "base/system_error.hpp"

#include <string>
#include <system_error>

namespace hindcast {

Error system_error(int error_number) {
  std::string reason = std::generic_category().message(error_number);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') {
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  }
  return {ErrorCode::io, reason};
}

}  // namespace hindcast
