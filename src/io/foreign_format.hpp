#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace hindcast::io {

/// What a file that no reader recognises seems to be.
struct ForeignFormat {
  std::string_view one;   ///< "a PyTorch zip archive".
  std::string_view many;  ///< "PyTorch zip archives"; empty unless such files are checkpoints.
  std::string_view note;  ///< What follows `one` in a message, with its comma; may be empty.
};

/// Looks at the content only; reads little.
[[nodiscard]] ForeignFormat foreign_format(std::span<const std::byte> file);

}  // namespace hindcast::io
