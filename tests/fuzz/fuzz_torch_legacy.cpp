// libFuzzer target: the reader for PyTorch files from before 1.6.

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format torch_legacy_format;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::read_checkpoint(io::torch_legacy_format, fuzz::bytes_of(data, size), "model.pt");
  return 0;
}
