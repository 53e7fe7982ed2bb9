// libFuzzer target: the reader for an index of shards, beside two shards that it can name. What is
// in a shard is the business of the other targets.

#include <fstream>

#include "fuzz/input.hpp"

namespace hindcast::io {
extern const Format sharded_format;
}

namespace {

// A safetensors file of one float.
std::string shard_with(std::string_view name) {
  std::string header =
      fmt::format(R"({{"{}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}})", name);
  const char size = static_cast<char>(header.size());
  return size + std::string(7, '\0') + header + std::string(4, '\0');
}

class Folder : public hindcast::fuzz::Surroundings {
 public:
  Folder() {
    std::ofstream(path() / "a.safetensors", std::ios::binary) << shard_with("a");
    std::ofstream(path() / "b.safetensors", std::ios::binary) << shard_with("b");
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  static const Folder folder;
  fuzz::read_checkpoint(io::sharded_format, fuzz::bytes_of(data, size),
                        folder.path() / "model.safetensors.index.json");
  return 0;
}
