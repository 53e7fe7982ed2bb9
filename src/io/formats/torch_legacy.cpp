// Reader for the checkpoints of PyTorch before 1.6, and of later ones saved without the zip format:
//
//   pickle  0x1950a86a20f9469cfc6c
//   pickle  1001, the protocol version
//   pickle  of the writer's byte order and type sizes; storages are little-endian all the same
//   pickle  of the object that was saved; storages are persistent objects
//   pickle  of the list of storage keys
//   for each key: the number of elements (int64), the elements
//
// https://github.com/pytorch/pytorch/blob/main/torch/serialization.py (_legacy_load)
//
// The pickles are read by an inert machine: nothing is imported or run. The tar archives of
// PyTorch 0.1 are recognised and refused.

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/byte_cursor.hpp"
#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/torch/arguments.hpp"
#include "io/torch/checkpoint.hpp"

namespace hindcast::io::torch {
namespace {

using namespace std::string_view_literals;
using pickle::Graph;
using pickle::Index;
using pickle::Kind;

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr std::string_view kMagicInDecimal = "119547037146038801333356"sv;

// What the magic number's pickle begins with: by protocols 2 and 3, 4 and 5 (with a frame of 13
// bytes), 0 and 1.
constexpr std::array kStarts = {"\x80\x02\x8a\x0a"sv, "\x80\x03\x8a\x0a"sv,
                                "\x80\x04\x95\x0d\x00\x00\x00\x00\x00\x00\x00\x8a\x0a"sv,
                                "\x80\x05\x95\x0d\x00\x00\x00\x00\x00\x00\x00\x8a\x0a"sv, "L"sv};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool has_magic(std::string_view file) {
  return std::ranges::any_of(kStarts, [file](std::string_view start) {
    const std::string_view magic = start == "L" ? kMagicInDecimal : kMagic;
    return file.starts_with(start) && file.substr(start.size()).starts_with(magic);
  });
}

// The members of a PyTorch 0.1 archive; whichever comes first names the file's first header.
bool is_tar_checkpoint(std::string_view file) {
  constexpr std::size_t kMagicAt = 257;
  constexpr std::array kMembers = {"sys_info\0"sv, "pickle\0"sv, "tensors\0"sv, "storages\0"sv};
  return file.size() > kMagicAt && file.substr(kMagicAt).starts_with("ustar") &&
         std::ranges::any_of(kMembers, [file](auto member) { return file.starts_with(member); });
}

void require_header(ByteCursor& cursor) {
  const Graph magic = pickle::read_pickle(cursor);
  const std::string_view number = magic.text(magic.root());
  if (number != kMagic && number != kMagicInDecimal) {
    throw Error(ErrorCode::malformed, "no PyTorch magic number");
  }
  constexpr std::int64_t kProtocol = 1001;
  const Graph protocol = pickle::read_pickle(cursor);
  if (protocol.integer(protocol.root()) != kProtocol) {
    throw Error(ErrorCode::unsupported,
                fmt::format("protocol version is not {}, the only one known", kProtocol));
  }
  const Graph system = pickle::read_pickle(cursor);
  if (system.kind(system.root()) != Kind::dict) {
    throw Error(ErrorCode::malformed, fmt::format("the description of the system is {}",
                                                  name(system.kind(system.root()))));
  }
}

using Widths = std::map<std::string_view, std::uint64_t>;

// Bytes of an element of each storage: the storages themselves do not say.
Widths element_widths(const Graph& graph) {
  Widths widths;
  for (Index value = 0; value < graph.size(); ++value) {
    const auto id = graph.items(graph.persistent_id(value));
    const pickle::GlobalName* const type = id.size() > 2 ? graph.global(id[1]) : nullptr;
    const ElementType* const element = type != nullptr ? storage_element(*type) : nullptr;
    if (element == nullptr) {
      continue;  // A source file of a module, or what fails where a tensor needs it.
    }
    const std::string_view key = short_text(graph, id[2], "the key of a storage");
    const auto [known, is_new] = widths.emplace(key, element->bytes);
    if (!is_new && known->second != element->bytes) {
      throw Error(ErrorCode::malformed,
                  fmt::format("storage '{}' has elements of {} bytes and of {}", printable(key),
                              known->second, element->bytes));
    }
  }
  return widths;
}

using Storages = std::map<std::string, std::shared_ptr<const Storage>, std::less<>>;

Storages read_storages(ByteCursor& cursor, const Widths& widths, const Limits& limits) {
  const Graph keys = pickle::read_pickle(cursor, limits.attribute_bytes);
  if (keys.kind(keys.root()) != Kind::list) {
    throw Error(ErrorCode::malformed,
                fmt::format("the list of storages is {}", name(keys.kind(keys.root()))));
  }
  Storages storages;
  for (const Index item : keys.items(keys.root())) {
    const std::string_view key = short_text(keys, item, "the key of a storage");
    const auto width = widths.find(key);
    if (width == widths.end() || width->second == 0) {
      throw Error(ErrorCode::malformed,
                  fmt::format("storage '{}' has elements of unknown size", printable(key)));
    }
    // A negative number is one that no file has bytes for.
    const auto elements = cursor.read_le<std::uint64_t>();
    const auto bytes = cursor.take(checked_mul(elements, width->second));
    if (!storages.emplace(std::string(key), std::make_shared<const Storage>(bytes)).second) {
      throw Error(ErrorCode::malformed, fmt::format("two storages '{}'", printable(key)));
    }
  }
  if (!cursor.at_end()) {
    throw Error(ErrorCode::malformed,
                fmt::format("{} bytes follow the last storage", cursor.remaining()));
  }
  return storages;
}

bool probe(std::span<const std::byte> file) noexcept {
  const std::string_view text = text_of(file);
  return has_magic(text) || is_tar_checkpoint(text);
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  if (is_tar_checkpoint(text_of(file->bytes()))) {
    throw Error(ErrorCode::unsupported,
                "a tar archive of PyTorch 0.1, which is not supported; load it with PyTorch and "
                "save it again");
  }
  ByteCursor cursor(file->bytes());
  require_header(cursor);
  PickledPart part{.graph = pickle::read_pickle(cursor, limits.attribute_bytes),
                   .where = "pickle",
                   .prefix = "",
                   .find_storage = {},
                   .order = std::endian::little};
  part.find_storage = [storages = std::make_shared<const Storages>(read_storages(
                           cursor, element_widths(part.graph), limits))](std::string_view key) {
    const auto found = storages->find(key);
    if (found == storages->end()) {
      throw Error(ErrorCode::malformed,
                  fmt::format("the file has no storage '{}'", printable(key)));
    }
    return found->second;
  };
  std::vector<PickledPart> parts;
  parts.push_back(std::move(part));
  return std::make_unique<TorchCheckpoint>(file, file, read_contents(std::move(parts), limits));
}

}  // namespace
}  // namespace hindcast::io::torch

namespace hindcast::io {

extern const Format torch_legacy_format;
const Format torch_legacy_format = {
    .id = "pytorch_legacy",
    .description = "PyTorch checkpoint of the time before zip archives",
    .reference = "https://github.com/pytorch/pytorch/blob/main/torch/serialization.py",
    .probe = torch::probe,
    .open = torch::open,
};

}  // namespace hindcast::io
