// libFuzzer target: the reader for ONNX, beside a file that external data can lie in.

#include <fstream>

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format onnx_format;
}

namespace {

class Folder : public hindcast::fuzz::Surroundings {
 public:
  Folder() { std::ofstream(path() / "weights.bin", std::ios::binary) << std::string(256, '?'); }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  static const Folder folder;
  fuzz::read_checkpoint(io::onnx_format, fuzz::bytes_of(data, size), folder.path() / "model.onnx");
  return 0;
}
