// Reader for a single NumPy array in a .npy file: one tensor, named after the file.
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
// See container/npy.cpp for what is checked and what is refused.

#include "io/container/npy.hpp"

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"

namespace hindcast::io {
namespace {

class NpyCheckpoint final : public Checkpoint {
 public:
  NpyCheckpoint(std::shared_ptr<const MappedFile> file, const Limits& limits)
      : file_(std::move(file)), array_(parse_npy(file_->bytes(), file_->bytes().size(), limits)) {
    if (array_.dtype == tensor::DType::other) {
      throw Error(ErrorCode::unsupported, array_.unreadable);
    }
    const std::string name = file_->path().stem().string();
    tensors_.push_back({.path = name,
                        .name = name,
                        .aliases = {},
                        .shape = array_.shape,
                        .dtype = array_.dtype,
                        .unreadable = array_.unreadable,
                        .evidence = {}});
  }

  void fill(std::size_t /*index*/, std::span<double> out) const override {
    read_npy(file_->bytes(), array_, out);
    file_->release(file_->bytes());
  }

 private:
  std::shared_ptr<const MappedFile> file_;
  NpyArray array_;
};

bool probe(std::span<const std::byte> file) noexcept {
  return is_npy(file);
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return std::make_unique<NpyCheckpoint>(std::move(file), limits);
}

}  // namespace

extern const Format npy_format;
const Format npy_format = {
    .id = "npy",
    .description = "NumPy array",
    .reference = "https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html",
    .probe = probe,
    .open = open,
};

}  // namespace hindcast::io
