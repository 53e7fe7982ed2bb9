#include "io/torch/checkpoint.hpp"

#include <utility>

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"
#include "base/text.hpp"

namespace hindcast::io::torch {

TorchCheckpoint::TorchCheckpoint(std::shared_ptr<const MappedFile> file,
                                 std::shared_ptr<const void> owner, Contents contents)
    : file_(std::move(file)), owner_(std::move(owner)), values_(std::move(contents.values)) {
  tensors_ = std::move(contents.tensors);
  order_evidence_ = OrderEvidence::creation;  // Dicts are pickled in the order of insertion.
  problems_ = std::move(contents.problems);
  step_ = contents.step;
  epoch_ = contents.epoch;
}

void TorchCheckpoint::fill(std::size_t index, std::span<double> out) const {
  const std::optional<Values>& values = values_.at(index);
  with_context(printable(tensors_[index].path), [&] {
    if (!values) {
      throw Error(ErrorCode::unsupported, tensors_[index].unreadable);
    }
    read_values(*values, out);
    // All of the storage, since its checksum was taken of all; other tensors in it are read anew.
    file_->release(values->elements.storage->stored_bytes());
  });
}

bool TorchCheckpoint::lend(std::size_t index, const UseBytes& use) const {
  const std::optional<Values>& values = values_.at(index);
  return with_context(printable(tensors_[index].path), [&] {
    const auto bytes = values ? plain_bytes(*values) : std::nullopt;
    if (bytes) {
      use(*bytes);
      file_->release(values->elements.storage->stored_bytes());
    }
    return bytes.has_value();
  });
}

}  // namespace hindcast::io::torch
