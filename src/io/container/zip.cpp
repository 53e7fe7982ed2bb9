// The table of contents of zip archives.
//
// The central directory is the one view of an archive. Local headers and descriptors are read only
// to find the content and to refuse archives that tell another reader another story: members of
// another name, method, size or checksum, two of one name, or two that share bytes.
// Not read: encryption, patches. Members of methods other than stored and deflated are listed.

#include "io/container/zip.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/byte_cursor.hpp"
#include "base/text.hpp"
#include "io/container/zip_headers.hpp"

namespace hindcast::io {
namespace {

using zip::Entry;
using zip::Header;
using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kOtherMembers = 1000;     // That are no tensors: pickles, code, assets.
constexpr std::uint64_t kMostListed = 1'000'000;  // For probes, which need few.

void require_readable(const Header& header) {
  if (header.is_encrypted() || header.is_patch()) {
    throw Error(ErrorCode::unsupported, header.is_patch() ? "is a patch, which is not supported"
                                                          : "is encrypted, which is not supported");
  }
  if (header.method == zip::kStored && header.stored_bytes != header.size) {
    throw Error(ErrorCode::malformed, "is stored with another size than its own");
  }
}

// By the names in section 4.4.5 of the specification.
std::string method_name(std::uint16_t method) {
  switch (method) {
    case 9:
      return "Deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 93:
      return "Zstandard";
    case 95:
      return "XZ";
    default:
      return fmt::format("method {} of zip", method);
  }
}

std::string objection_to(const Header& header) {
  const bool is_known = header.method == zip::kStored || header.method == zip::kDeflated;
  return is_known ? ""
                  : fmt::format("compressed with {}, which is not supported",
                                method_name(header.method));
}

void require_agreement(const Header& local, const Header& central) {
  // Zero stands for "see the descriptor".
  const auto differ = [&](std::uint64_t a, std::uint64_t b) {
    return a != b && !(local.has_descriptor() && a == 0);
  };
  if (local.name != central.name || local.method != central.method ||
      differ(local.crc, central.crc) || differ(local.stored_bytes, central.stored_bytes) ||
      differ(local.size, central.size) || local.is_encrypted() || local.is_patch()) {
    throw Error(ErrorCode::malformed, "its local header disagrees with the central directory");
  }
}

/// The bytes of the archive that one member takes, and those among them that are its content.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  Bytes content;
};

// `members` is the part of the archive before the central directory.
Extent locate(Bytes members, const Entry& entry) {
  if (entry.local_offset > members.size()) {
    throw Error(ErrorCode::malformed, "begins after the central directory");
  }
  ByteCursor cursor(members.subspan(entry.local_offset));
  const Header local = zip::read_local_header(cursor);
  require_agreement(local, entry.header);
  Extent extent{.begin = entry.local_offset, .end = 0, .content = {}};
  extent.content = cursor.take(entry.header.stored_bytes);
  if (local.has_descriptor()) {
    const Bytes rest = members.subspan(entry.local_offset + cursor.offset());
    cursor.skip(zip::descriptor_bytes(rest, entry.header));
  }
  extent.end = entry.local_offset + cursor.offset();
  return extent;
}

void require_disjoint(std::vector<Extent> extents) {
  std::ranges::sort(extents, {}, &Extent::begin);
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i - 1].end > extents[i].begin) {
      throw Error(ErrorCode::malformed, "members of the zip archive overlap");
    }
  }
}

bool is_directory(const Header& header) {
  return header.name.ends_with('/') && header.size == 0;
}

// The names of the members from the start of the archive on, as far as their headers lead.
std::vector<std::string_view> names_from_start(Bytes archive) {
  std::vector<std::string_view> names;
  ByteCursor cursor(archive);
  try {
    for (;;) {
      const Header header = zip::read_local_header(cursor);
      names.push_back(header.name);
      cursor.skip(header.stored_bytes);
    }
  } catch (const Error&) {
    return names;  // Here the trail ends.
  }
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> archive, std::uint64_t most_tensors) {
  const zip::Directory directory = zip::find_directory(archive);
  const std::vector<Entry> entries =
      zip::read_entries(archive, directory, most_tensors + kOtherMembers);
  const Bytes before_directory = archive.first(directory.offset);
  std::vector<Extent> extents;
  extents.reserve(entries.size());
  for (const Entry& entry : entries) {
    const Header& header = entry.header;
    with_context(printable(header.name), [&] {
      require_readable(header);
      extents.push_back(locate(before_directory, entry));
    });
    if (!is_directory(header)) {
      members_.push_back({.name = std::string(header.name),
                          .size = header.size,
                          .crc = header.crc,
                          .stored = header.method == zip::kStored,
                          .bytes = extents.back().content,
                          .unreadable = objection_to(header)});
    }
  }
  require_disjoint(std::move(extents));
}

const ZipMember* ZipArchive::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(members_, name, &ZipMember::name);
  return found != members_.end() ? &*found : nullptr;
}

std::vector<std::string_view> listed_names(std::span<const std::byte> archive) noexcept {
  constexpr std::string_view kStart = "PK";
  const bool may_be_zip = archive.size() >= kStart.size() && archive[0] == std::byte{'P'} &&
                          archive[1] == std::byte{'K'};
  if (!may_be_zip) {
    return {};
  }
  try {
    std::vector<std::string_view> names;
    for (const Entry& entry :
         zip::read_entries(archive, zip::find_directory(archive), kMostListed)) {
      names.push_back(entry.header.name);
    }
    return names;
  } catch (const Error&) {
    return names_from_start(archive);
  }
}

}  // namespace hindcast::io
