#include "io/hdf5/checkpoint.hpp"

#include <utility>
#include <vector>

#include "hindcast/base/error.hpp"

#include "io/hdf5/contents.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/file_image.hpp"
#include "io/hdf5/library.hpp"
#include "io/hdf5/links.hpp"
#include "io/hdf5/superblock.hpp"

namespace hindcast::io::hdf5 {
namespace {

// Constructed within a LibrarySession; takes its own to read and to be destroyed.
class Hdf5Checkpoint final : public Checkpoint {
 public:
  Hdf5Checkpoint(OwnedBytes file, const Limits& limits)
      : file_(std::move(file)), image_(std::make_unique<const FileImage>(file_.bytes)) {
    Contents contents = read_contents(image_->id(), limits);
    for (Entry& entry : contents.entries) {
      tensors_.push_back(std::move(entry.tensor));
      sources_.push_back({.address = entry.address, .element = entry.element});
    }
    order_evidence_ = contents.order;
    problems_ = std::move(contents.problems);
    step_ = contents.step;
    epoch_ = contents.epoch;
  }

  Hdf5Checkpoint(const Hdf5Checkpoint&) = delete;
  Hdf5Checkpoint& operator=(const Hdf5Checkpoint&) = delete;
  Hdf5Checkpoint(Hdf5Checkpoint&&) = delete;
  Hdf5Checkpoint& operator=(Hdf5Checkpoint&&) = delete;
  ~Hdf5Checkpoint() override {
    const LibrarySession session;
    image_.reset();
  }

  void read(std::size_t index, std::span<double> out) const override {
    const Source& source = sources_.at(index);
    const LibrarySession session;
    const Object dataset = open_object(image_->id(), source.address);
    read_values(dataset.get(), source.element, out);
  }

 private:
  struct Source {
    haddr_t address = HADDR_UNDEF;
    ElementType element;
  };

  OwnedBytes file_;
  std::unique_ptr<const FileImage> image_;
  std::vector<Source> sources_;  // In the order of tensors_.
};

}  // namespace

std::unique_ptr<Checkpoint> open_checkpoint(OwnedBytes file, const Limits& limits) {
  if (!find_superblock(file.bytes)) {
    throw Error(ErrorCode::malformed, "no HDF5 signature");
  }
  require_complete(file.bytes);
  const LibrarySession session;
  return std::make_unique<Hdf5Checkpoint>(std::move(file), limits);
}

}  // namespace hindcast::io::hdf5
