// libFuzzer target: the reader for NumPy's zip archives.

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format npz_format;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::read_checkpoint(io::npz_format, fuzz::bytes_of(data, size), "arrays.npz");
  return 0;
}
