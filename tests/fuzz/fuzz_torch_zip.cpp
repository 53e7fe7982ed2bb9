// libFuzzer target: the reader for PyTorch's zip archives.

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format torch_zip_format;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::read_checkpoint(io::torch_zip_format, fuzz::bytes_of(data, size), "model.pt");
  return 0;
}
