// Reader for NumPy's .npz: a zip archive of .npy arrays, stored (savez) or deflated
// (savez_compressed), one tensor for each member, named as the member is without ".npy".
//
// https://numpy.org/doc/stable/reference/generated/numpy.savez.html
//
// Stored members are read in place, deflated ones inflated for each read. Arrays that are none of
// numbers, or that cannot be had, are listed as unreadable; an archive of nothing else is refused
// as such an array alone is. One that is corrupt makes the archive so.

#include <algorithm>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/container/npy.hpp"
#include "io/container/tensor_names.hpp"
#include "io/container/zip.hpp"
#include "io/expansion_budget.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io {
namespace {

constexpr std::string_view kSuffix = ".npy";

NpyArray read_header(const ZipMember& member, const Limits& limits) {
  if (member.stored) {
    return parse_npy(member.bytes, member.size, limits);
  }
  const std::uint64_t header_bytes =
      npy_header_bytes(first_bytes(member, kNpyPreambleBytes), limits);
  return parse_npy(first_bytes(member, header_bytes), member.size, limits);
}

class NpzCheckpoint final : public Checkpoint {
 public:
  NpzCheckpoint(std::shared_ptr<const MappedFile> file, const Limits& limits)
      : file_(std::move(file)), archive_(file_->bytes(), limits.tensors), expansion_(limits) {
    if (archive_.members().size() > limits.tensors) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("holds {} arrays, the limit for tensors is {}{}",
                              archive_.members().size(), limits.tensors, kRaiseTensors));
    }
    for (const ZipMember& member : archive_.members()) {
      add(member, limits);
    }
    if (none_is_of_numbers()) {
      throw Error(ErrorCode::unsupported,
                  fmt::format("holds no array that can be read; {}: {}",
                              printable(tensors_.front().path), tensors_.front().unreadable));
    }
    // The archive keeps the order in which its writer listed the arrays.
    order_evidence_ = OrderEvidence::creation;
    describe_by_path(tensors_);
  }

  void fill(std::size_t index, std::span<double> out) const override {
    const Source& source = sources_.at(index);
    const ZipContent content(*source.member, source.member->size);
    with_context(printable(source.member->name),
                 [&] { read_npy(content.bytes(), source.array, out); });
    file_->release(source.member->bytes);
  }

 private:
  struct Source {
    const ZipMember* member = nullptr;
    NpyArray array;
  };

  void add(const ZipMember& member, const Limits& limits) {
    if (!member.name.ends_with(kSuffix) || member.name.size() == kSuffix.size()) {
      problems_.push_back({.where = member.name, .reason = "is no NumPy array, passed over"});
      return;
    }
    NpyArray array;
    array.unreadable = member.unreadable;
    try {
      if (array.unreadable.empty()) {
        array = read_header(member, limits);
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unsupported) {
        throw Error(error.code(), fmt::format("{}: {}", printable(member.name), error.what()));
      }
      array.unreadable = error.what();
    }
    add_array(member, std::move(array));
  }

  [[nodiscard]] bool none_is_of_numbers() const {
    return !tensors_.empty() && std::ranges::all_of(tensors_, [](const tensor::TensorInfo& tensor) {
      return tensor.dtype == tensor::DType::other;
    });
  }

  void add_array(const ZipMember& member, NpyArray array) {
    if (array.unreadable.empty()) {
      const std::uint64_t inflated = member.stored ? 0 : member.size;
      array.unreadable = expansion_.objection(
          inflated + bytes_of_doubles(element_count(array.shape)), member.bytes.size());
    }
    tensor::TensorInfo& tensor = tensors_.emplace_back();
    tensor.path = member.name.substr(0, member.name.size() - kSuffix.size());
    tensor.shape = array.shape;
    tensor.dtype = array.dtype;
    tensor.unreadable = array.unreadable;
    sources_.push_back({.member = &member, .array = std::move(array)});
  }

  std::shared_ptr<const MappedFile> file_;
  ZipArchive archive_;
  ExpansionBudget expansion_;
  std::vector<Source> sources_;  // In the order of tensors_.
};

// Archives of other formats can hold arrays as well.
bool is_other_archive(std::string_view member) {
  return member == "data.pkl" || member.ends_with("/data.pkl") ||
         member.starts_with("model.weights.");
}

bool probe(std::span<const std::byte> file) noexcept {
  const auto names = listed_names(file);
  return std::ranges::any_of(names, [](auto name) { return name.ends_with(kSuffix); }) &&
         std::ranges::none_of(names, is_other_archive);
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return std::make_unique<NpzCheckpoint>(std::move(file), limits);
}

}  // namespace

extern const Format npz_format;
const Format npz_format = {
    .id = "npz",
    .description = "NumPy archive of arrays",
    .reference = "https://numpy.org/doc/stable/reference/generated/numpy.savez.html",
    .probe = probe,
    .open = open,
};

}  // namespace hindcast::io
