// libFuzzer target: the reader for a single NumPy array.

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format npy_format;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::read_checkpoint(io::npy_format, fuzz::bytes_of(data, size), "array.npy");
  return 0;
}
