// libFuzzer target: what of an HDF5 file is read outside the cell of libhdf5, or is read in it by
// us: the superblock, what the cell answers and is asked, and Keras' model configuration. libhdf5
// itself is not fuzzed; that it crashes is why it lives in a cell.

#include "fuzz/input.hpp"
#include "io/hdf5/keras_config.hpp"
#include "io/hdf5/superblock.hpp"
#include "io/hdf5/wire.hpp"

namespace {

using namespace hindcast;

void read_superblock(fuzz::Bytes file) {
  if (io::hdf5::find_superblock(file)) {
    io::hdf5::require_complete(file);
  }
}

void read_contents(fuzz::Bytes answer) {
  const io::hdf5::Contents contents = io::hdf5::decode_contents(answer, fuzz::kLimits);
  const std::vector<std::byte> encoded = io::hdf5::encode_contents(contents);
  const io::hdf5::Contents again = io::hdf5::decode_contents(encoded, fuzz::kLimits);
  fuzz::require(io::hdf5::encode_contents(again) == encoded, "contents that change on the wire");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes = fuzz::bytes_of(data, size);
  fuzz::expect_nothing_but_errors([&] { read_superblock(bytes); });
  fuzz::expect_nothing_but_errors([&] { read_contents(bytes); });
  fuzz::expect_nothing_but_errors([&] { (void)io::hdf5::decode_question(bytes); });
  fuzz::expect_nothing_but_errors([&] {
    const io::hdf5::ModelConfig config(fuzz::text_of(data, size), fuzz::kLimits);
    (void)config.find("dense", "dense/kernel:0");
    (void)config.find("model", "inner/dense/kernel:0");
  });
  return 0;
}
