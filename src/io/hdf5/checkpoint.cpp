#include "io/hdf5/checkpoint.hpp"

#include <bit>
#include <utility>
#include <vector>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "io/container/elements.hpp"
#include "io/hdf5/in_process_file.hpp"
#include "io/hdf5/isolated_file.hpp"
#include "io/hdf5/superblock.hpp"

namespace hindcast::io::hdf5 {
namespace {

// Contiguous float32 and float64 are read where they lie, everything else by libhdf5. Where they
// lie is what the library says of a file from anywhere: at worst it is another place in that file.
class Hdf5Checkpoint final : public Checkpoint {
 public:
  Hdf5Checkpoint(OwnedBytes bytes, const Limits& limits)
      : bytes_(std::move(bytes)),
        file_(limits.unsafe_hdf5 ? open_in_process(bytes_.bytes, limits)
                                 : open_isolated(bytes_.bytes, bytes_.file, limits)) {
    Contents contents = file_->contents();
    for (Entry& entry : contents.entries) {
      sources_.push_back({.address = entry.address, .element = entry.element});
      plain_.push_back(plain_bytes(entry));
      tensors_.push_back(std::move(entry.tensor));
    }
    order_evidence_ = contents.order;
    problems_ = std::move(contents.problems);
    step_ = contents.step;
    epoch_ = contents.epoch;
  }

  void fill(std::size_t index, std::span<double> out) const override {
    const bool is_plain =
        plain_.at(index).size() == out.size() * element_bytes(tensors_[index].dtype) &&
        lend(index, [&](std::span<const std::byte> stored) {
          decode_elements(stored, tensors_[index].dtype, std::endian::little, out);
        });
    if (!is_plain) {
      file_->read(sources_.at(index), out);
    }
  }

  bool lend(std::size_t index, const UseBytes& use) const override {
    const std::span<const std::byte> stored = plain_.at(index);
    if (stored.empty()) {
      return false;
    }
    use(stored);
    if (bytes_.file != nullptr) {
      bytes_.file->release(stored);
    }
    return true;
  }

 private:
  // Empty where there are none.
  [[nodiscard]] std::span<const std::byte> plain_bytes(const Entry& entry) const {
    if (!entry.offset || !entry.tensor.unreadable.empty()) {
      return {};
    }
    const std::uint64_t size =
        checked_mul(element_count(entry.tensor.shape), element_bytes(entry.tensor.dtype));
    const std::uint64_t available = bytes_.bytes.size();
    return *entry.offset <= available && size <= available - *entry.offset
               ? bytes_.bytes.subspan(*entry.offset, size)
               : std::span<const std::byte>();
  }

  OwnedBytes bytes_;
  std::unique_ptr<OpenedFile> file_;
  std::vector<Source> sources_;  // In the order of tensors_, as is
  std::vector<std::span<const std::byte>> plain_;
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
