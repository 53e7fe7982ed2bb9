// libFuzzer target: the readers for a single NumPy array and for a zip archive of arrays.

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format npy_format;
extern const Format npz_format;
}  // namespace hindcast::io

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  const fuzz::Bytes bytes = fuzz::bytes_of(data, size);
  const bool is_array = io::npy_format.probe(bytes);
  fuzz::read_checkpoint(is_array ? io::npy_format : io::npz_format, bytes, "array.npy");
  return 0;
}
