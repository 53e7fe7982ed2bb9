#include "html/packed.hpp"

#include <new>
#include <vector>
#include <zlib.h>

#include "base/base64.hpp"

namespace hindcast::html {

std::string packed(std::string_view text) {
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::vector<std::byte> bytes(size);
  // With room for the worst case there is only one thing that can fail.
  if (compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()),
                Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  bytes.resize(size);
  return base64(bytes);
}

}  // namespace hindcast::html
