// libFuzzer target: the reader for Keras archives, in which a table of typical paths stands in for
// the cell of libhdf5: the archive and its configuration are ours to read, the weights are not.

#include <algorithm>
#include <array>

#include "base/mapped_file.hpp"
#include "fuzz/input.hpp"
#include "io/hdf5/isolated_file.hpp"

namespace hindcast::io {

extern const Format keras_archive_format;

namespace hdf5 {
namespace {

constexpr std::array kPaths = {
    "layers/dense/vars/0",
    "layers/dense/vars/1",
    "layers/dense_1/vars/0",
    "layers/conv2d/vars/0",
    "layers/batch_normalization/vars/2",
    "layers/sequential/layers/dense/vars/0",
    "layers/functional/layers/conv2d/vars/0",
    "layers/bidirectional/forward_layer/cell/vars/0",
    "layers/time_distributed/layer/vars/0",
    "layers/multi_head_attention/_query_dense/vars/0",
    "_layer_checkpoint_dependencies/dense/vars/0",
    "optimizer/vars/1",
};

class TypicalFile final : public OpenedFile {
 public:
  Contents contents() override {
    Contents contents;
    for (const char* const path : kPaths) {
      Entry entry;
      entry.tensor.path = path;
      entry.tensor.name = path;
      entry.tensor.shape = {2, 2};
      entry.tensor.dtype = tensor::DType::float32;
      entry.tensor.evidence.optimizer_state = entry.tensor.path.starts_with("optimizer");
      contents.entries.push_back(std::move(entry));
    }
    return contents;
  }

  void read(const Source& /*source*/, std::span<double> out) override {
    std::ranges::fill(out, 1.0);
  }
};

}  // namespace

// In place of the library's own, which starts a process for each file.
std::unique_ptr<OpenedFile> open_isolated(std::span<const std::byte> /*bytes*/,
                                          std::shared_ptr<const MappedFile> /*file*/,
                                          const Limits& /*limits*/) {
  return std::make_unique<TypicalFile>();
}

}  // namespace hdf5
}  // namespace hindcast::io

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::read_checkpoint(io::keras_archive_format, fuzz::bytes_of(data, size), "model.keras");
  return 0;
}
