// Reader for the checkpoints of PyTorch 1.6 and later: a zip archive of
//
//   <root>/data.pkl       a pickle of the object that was saved; storages are persistent objects
//   <root>/data/<key>     the bytes of one storage
//   <root>/byteorder      "little" or "big"; little if absent
//   <root>/constants.pkl, <root>/constants/<key>   of a TorchScript archive, likewise
//
// https://github.com/pytorch/pytorch/blob/main/torch/serialization.py
//
// The pickles are read by an inert machine: nothing is imported or run. Storages are mapped in
// place; each one's CRC-32 is checked when its first tensor is read. Compressed storages, which
// PyTorch never writes, are refused.

#include <algorithm>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/byte_cursor.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/container/zip.hpp"
#include "io/limit_options.hpp"
#include "io/torch/checkpoint.hpp"

namespace hindcast::io::torch {
namespace {

constexpr std::string_view kPickle = "data.pkl";

// The folder of the archive, if this is the name of its pickle: "archive" of "archive/data.pkl".
std::optional<std::string_view> root_of(std::string_view member) {
  const std::size_t slash = member.find('/');
  const bool found =
      slash != std::string_view::npos && slash > 0 && member.substr(slash + 1) == kPickle;
  return found ? std::optional(member.substr(0, slash)) : std::nullopt;
}

/// A mapped archive. Its address stays, since everything else is a view of it.
class Archive {
 public:
  Archive(std::shared_ptr<const MappedFile> file, const Limits& limits)
      : file_(std::move(file)), zip_(file_->bytes(), limits.tensors) {
    for (const ZipMember& member : zip_.members()) {
      by_name_.emplace(member.name, &member);
      if (const auto root = root_of(member.name)) {
        if (!root_.empty()) {
          throw Error(ErrorCode::malformed, fmt::format("two checkpoints in one archive: {} and {}",
                                                        printable(root_), printable(*root)));
        }
        root_ = *root;
      }
    }
    if (root_.empty()) {
      throw Error(ErrorCode::malformed, "no data.pkl in the folder of the archive");
    }
  }

  /// Of `<root>/<name>`; null where there is none.
  [[nodiscard]] const ZipMember* find(std::string_view name) const {
    const auto found = by_name_.find(fmt::format("{}/{}", root_, name));
    return found != by_name_.end() ? found->second : nullptr;
  }

  /// The content of a pickle, kept as long as the archive.
  std::span<const std::byte> pickle_bytes(const ZipMember& member, const Limits& limits) {
    return pickles_.emplace_back(member, limits.attribute_bytes, kRaiseMetadataBytes).bytes();
  }

 private:
  std::shared_ptr<const MappedFile> file_;
  ZipArchive zip_;
  std::map<std::string_view, const ZipMember*> by_name_;
  std::string root_;
  std::deque<ZipContent> pickles_;
};

/// The storages of one folder of an archive, each made once.
class Storages {
 public:
  Storages(const Archive& archive, std::string folder)
      : archive_(archive), folder_(std::move(folder)) {}

  std::shared_ptr<const Storage> find(std::string_view key) {
    const auto known = by_key_.find(key);
    if (known != by_key_.end()) {
      return known->second;
    }
    const std::string name = fmt::format("{}/{}", folder_, key);
    const ZipMember* const member = archive_.find(name);
    if (member == nullptr) {
      throw Error(ErrorCode::malformed,
                  fmt::format("the archive has no record '{}'", printable(name)));
    }
    if (!member->stored) {
      throw Error(ErrorCode::unsupported,
                  fmt::format("record '{}' is compressed, which PyTorch's never are; make the "
                              "archive anew without compression (zip -0)",
                              printable(name)));
    }
    auto storage = std::make_shared<const Storage>(*member);
    return by_key_.emplace(std::string(key), std::move(storage)).first->second;
  }

 private:
  const Archive& archive_;
  std::string folder_;
  std::map<std::string, std::shared_ptr<const Storage>, std::less<>> by_key_;
};

std::endian byte_order(const Archive& archive) {
  constexpr std::uint64_t kLongest = 16;
  const ZipMember* const member = archive.find("byteorder");
  if (member == nullptr) {
    return std::endian::little;
  }
  const ZipContent content(*member, kLongest);
  const std::string_view text(reinterpret_cast<const char*>(content.bytes().data()),
                              content.bytes().size());
  if (text != "little" && text != "big") {
    throw Error(ErrorCode::malformed,
                fmt::format("byteorder is '{}', not 'little' or 'big'", printable(text)));
  }
  return text == "big" ? std::endian::big : std::endian::little;
}

struct Place {
  std::string_view pickle;
  std::string folder;  // Of its storages.
  std::string prefix;  // Of its tensors.
};

PickledPart read_part(Archive& archive, const Place& place, const Limits& limits) {
  return with_context(place.pickle, [&] {
    ByteCursor cursor(archive.pickle_bytes(*archive.find(place.pickle), limits));
    PickledPart part{.graph = pickle::read_pickle(cursor, limits.attribute_bytes),
                     .where = std::string(place.pickle),
                     .prefix = place.prefix,
                     .find_storage = {},
                     .order = byte_order(archive)};
    if (!cursor.at_end()) {
      throw Error(ErrorCode::malformed,
                  fmt::format("{} bytes follow the pickle", cursor.remaining()));
    }
    part.find_storage = [storages = std::make_shared<Storages>(archive, place.folder)](
                            std::string_view key) { return storages->find(key); };
    return part;
  });
}

bool probe(std::span<const std::byte> file) noexcept {
  const auto names = listed_names(file);
  return std::ranges::any_of(names, [](auto name) { return root_of(name).has_value(); });
}

// Does another archive begin where one ends?
bool is_string_of_archives(std::span<const std::byte> file) {
  constexpr std::string_view kEnd = "PK\x05\x06";
  constexpr std::string_view kBegin = "PK\x03\x04";
  constexpr std::size_t kEndBytes = 22;  // Without a comment, which PyTorch does not write.
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  for (std::size_t end = bytes.find(kEnd); end != std::string_view::npos;
       end = bytes.find(kEnd, end + 1)) {
    if (bytes.size() - end > kEndBytes && bytes.substr(end + kEndBytes).starts_with(kBegin)) {
      return true;
    }
  }
  return false;
}

std::shared_ptr<Archive> open_archive(const std::shared_ptr<const MappedFile>& file,
                                      const Limits& limits) {
  try {
    return std::make_shared<Archive>(file, limits);
  } catch (const Error&) {
    if (is_string_of_archives(file->bytes())) {
      throw Error(ErrorCode::unsupported,
                  "one part of a sharded PyTorch checkpoint (torch.distributed.checkpoint), which "
                  "is not supported; make one file of it with "
                  "torch.distributed.checkpoint.format_utils");
    }
    throw;
  }
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  const auto archive = open_archive(file, limits);
  std::vector<PickledPart> parts;
  parts.push_back(read_part(*archive, {.pickle = kPickle, .folder = "data", .prefix = ""}, limits));
  constexpr std::string_view kConstants = "constants.pkl";
  if (archive->find(kConstants) != nullptr) {
    parts.push_back(read_part(
        *archive, {.pickle = kConstants, .folder = "constants", .prefix = "constants."}, limits));
  }
  return std::make_unique<TorchCheckpoint>(file, archive, read_contents(std::move(parts), limits));
}

}  // namespace
}  // namespace hindcast::io::torch

namespace hindcast::io {

extern const Format torch_zip_format;
const Format torch_zip_format = {
    .id = "pytorch",
    .description = "PyTorch checkpoint (.pt, .pth, .bin, .ckpt) or TorchScript archive",
    .reference = "https://github.com/pytorch/pytorch/blob/main/torch/serialization.py",
    .probe = torch::probe,
    .open = torch::open,
};

}  // namespace hindcast::io
