#include "io/hdf5/checkpoint.hpp"

#include <utility>
#include <vector>

#include "hindcast/base/error.hpp"

#include "io/hdf5/in_process_file.hpp"
#include "io/hdf5/isolated_file.hpp"
#include "io/hdf5/superblock.hpp"

namespace hindcast::io::hdf5 {
namespace {

class Hdf5Checkpoint final : public Checkpoint {
 public:
  Hdf5Checkpoint(OwnedBytes bytes, const Limits& limits)
      : bytes_(std::move(bytes)),
        file_(limits.unsafe_hdf5 ? open_in_process(bytes_.bytes, limits)
                                 : open_isolated(bytes_.bytes, limits)) {
    Contents contents = file_->contents();
    for (Entry& entry : contents.entries) {
      tensors_.push_back(std::move(entry.tensor));
      sources_.push_back({.address = entry.address, .element = entry.element});
    }
    order_evidence_ = contents.order;
    problems_ = std::move(contents.problems);
    step_ = contents.step;
    epoch_ = contents.epoch;
  }

  void fill(std::size_t index, std::span<double> out) const override {
    file_->read(sources_.at(index), out);
  }

 private:
  OwnedBytes bytes_;
  std::unique_ptr<OpenedFile> file_;
  std::vector<Source> sources_;  // In the order of tensors_.
};

}  // namespace

std::unique_ptr<Checkpoint> open_checkpoint(OwnedBytes file, const Limits& limits) {
  if (!find_superblock(file.bytes)) {
    throw Error(ErrorCode::malformed, "no HDF5 signature");
  }
  require_complete(file.bytes);
  return std::make_unique<Hdf5Checkpoint>(std::move(file), limits);
}

}  // namespace hindcast::io::hdf5
