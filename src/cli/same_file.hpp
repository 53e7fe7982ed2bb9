#pragma once

#include <string>
#include <vector>

namespace hindcast::cli {

/// Do both paths lead to one file, also one that is still to be written? Throws no Error.
[[nodiscard]] bool are_one_file(const std::string& a, const std::string& b);

/// Throws Error{usage} where two paths lead to one file: a run that counts twice makes chance look
/// like evidence.
void refuse_repeated(const std::vector<std::string>& paths);

}  // namespace hindcast::cli
