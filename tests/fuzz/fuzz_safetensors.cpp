// libFuzzer target: the reader for safetensors.

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format safetensors_format;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::read_checkpoint(io::safetensors_format, fuzz::bytes_of(data, size), "model.safetensors");
  return 0;
}
