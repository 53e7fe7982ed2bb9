#pragma once

#include <string>

#include "described.hpp"

namespace hindcast::manual {

/// A file for /usr/share/bash-completion/completions; needs bash 4 and nothing else.
[[nodiscard]] std::string bash_completion(const Program& program);

/// A function for a directory of $fpath.
[[nodiscard]] std::string zsh_completion(const Program& program);

/// A file for /usr/share/fish/vendor_completions.d; needs fish 3.
[[nodiscard]] std::string fish_completion(const Program& program);

}  // namespace hindcast::manual
