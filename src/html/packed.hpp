#pragma once

#include <string>
#include <string_view>

namespace hindcast::html {

/// `text` in the zlib format (RFC 1950), which browsers call "deflate", and that in base64.
[[nodiscard]] std::string packed(std::string_view text);

}  // namespace hindcast::html
