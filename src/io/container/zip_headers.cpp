// The headers of zip archives: end records, central directory, local headers and descriptors.
//
//   [local header, content, descriptor?]...  [central directory]  [zip64 end record and locator?]
//   [end record]
//
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10)
//
// Checked: the directory lies directly before its end records and holds as many entries as they
// say, the end record ends the file, both end records agree. Not read: archives in several parts.

#include "io/container/zip_headers.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::zip {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocatorSignature = 0x07064b50;

constexpr std::uint64_t kCentralBytes = 46;  // Of an entry without name, extra field and comment.
constexpr std::uint64_t kEndBytes = 22;      // Of an end record without comment.
constexpr std::uint64_t kLocatorBytes = 20;

constexpr std::uint16_t kEncrypted = 1U << 0U;
constexpr std::uint16_t kHasDescriptor = 1U << 3U;
constexpr std::uint16_t kPatch = 1U << 5U;
constexpr std::uint16_t kStronglyEncrypted = 1U << 6U;
constexpr std::uint16_t kHeadersEncrypted = 1U << 13U;

constexpr std::uint16_t kZip64Field = 0x0001;
constexpr std::uint16_t kSeeZip64Short = 0xFFFF;
constexpr std::uint32_t kSeeZip64 = 0xFFFFFFFF;

constexpr const char* kSeveralParts = "the zip archive has several parts, which are not read";

using Bytes = std::span<const std::byte>;

[[noreturn]] void fail(const std::string& reason) {
  throw Error(ErrorCode::malformed, reason);
}

void require(bool condition, const char* reason) {
  if (!condition) {
    fail(reason);
  }
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t find_end_record(Bytes archive) {
  require(archive.size() >= kEndBytes, "no zip archive: too short for an end record");
  const std::uint64_t last = archive.size() - kEndBytes;
  constexpr std::uint64_t kLongestComment = 0xFFFF;
  const std::uint64_t first = last - std::min(last, kLongestComment);
  for (std::uint64_t at = last + 1; at-- > first;) {
    if (ByteCursor(archive.subspan(at)).read_le<std::uint32_t>() == kEndSignature) {
      return at;
    }
  }
  fail("the zip archive has no end record: it is truncated");
}

// Fields of the end record that the zip64 record repeats must say the same, or refer to it.
template <typename Field>
void require_same(Field field, Field see_zip64, std::uint64_t in_zip64) {
  require(field == see_zip64 || field == in_zip64,
          "the two end records of the zip archive disagree");
}

// The zip64 end record before the locator at `at`, or nothing where there is no locator.
std::optional<Directory> read_zip64_end(Bytes archive, std::uint64_t end_record) {
  if (end_record < kLocatorBytes) {
    return std::nullopt;
  }
  const std::uint64_t locator_at = end_record - kLocatorBytes;
  ByteCursor locator(archive.subspan(locator_at, kLocatorBytes));
  if (locator.read_le<std::uint32_t>() != kLocatorSignature) {
    return std::nullopt;
  }
  const auto disk = locator.read_le<std::uint32_t>();
  const auto record_at = locator.read_le<std::uint64_t>();
  require(disk == 0 && locator.read_le<std::uint32_t>() <= 1, kSeveralParts);
  require(record_at <= locator_at, "the zip64 end record lies outside the zip archive");
  ByteCursor record(archive.subspan(record_at, locator_at - record_at));
  require(record.read_le<std::uint32_t>() == kEnd64Signature,
          "the zip archive has no zip64 end record where it says");
  const auto record_bytes = record.read_le<std::uint64_t>();
  require(record_bytes == record.remaining(), "the zip64 end record has another size than it says");
  record.skip(4);  // Versions.
  require(record.read_le<std::uint64_t>() == 0, kSeveralParts);
  const auto entries_here = record.read_le<std::uint64_t>();
  Directory directory;
  directory.entries = record.read_le<std::uint64_t>();
  directory.bytes = record.read_le<std::uint64_t>();
  directory.offset = record.read_le<std::uint64_t>();
  require(entries_here == directory.entries, kSeveralParts);
  require(directory.offset <= record_at && directory.bytes == record_at - directory.offset,
          "the central directory of the zip archive does not end at its end record");
  return directory;
}

// The fields from `flags` to the sizes, which are alike in both headers.
Header read_common_fields(ByteCursor& cursor) {
  Header header;
  header.flags = cursor.read_le<std::uint16_t>();
  header.method = cursor.read_le<std::uint16_t>();
  cursor.skip(4);  // Time and date.
  header.crc = cursor.read_le<std::uint32_t>();
  header.stored_bytes = cursor.read_le<std::uint32_t>();
  header.size = cursor.read_le<std::uint32_t>();
  return header;
}

// The content of the extra field `kZip64Field`; empty where there is none.
Bytes zip64_field(Bytes extra) {
  std::optional<Bytes> found;
  ByteCursor cursor(extra);
  while (cursor.remaining() >= 4) {  // Some writers align with a few bytes that are no field.
    const auto id = cursor.read_le<std::uint16_t>();
    const auto content = cursor.take(cursor.read_le<std::uint16_t>());
    if (id == kZip64Field) {
      require(!found, "two zip64 fields");
      found = content;
    }
  }
  return found.value_or(Bytes());
}

// Sizes that do not fit 32 bits stand in the zip64 field, in this order, and only those.
void resolve_sizes(Header& header, ByteCursor& zip64) {
  for (std::uint64_t* const size : {&header.size, &header.stored_bytes}) {
    if (*size == kSeeZip64) {
      *size = zip64.read_le<std::uint64_t>();
    }
  }
}

void require_name(std::string_view name) {
  require(!name.empty(), "a member of the zip archive has no name");
  const auto parts = split(name, '/');
  const bool leads_out = parts.front().empty() || std::ranges::find(parts, "..") != parts.end();
  if (leads_out || name.find('\0') != std::string_view::npos) {
    fail(fmt::format("the zip archive names a member '{}', a name that is never right",
                     printable(name)));
  }
}

Entry read_entry(ByteCursor& cursor) {
  require(cursor.read_le<std::uint32_t>() == kCentralSignature,
          "the central directory of the zip archive is corrupt");
  cursor.skip(4);  // Versions.
  Entry entry{.header = read_common_fields(cursor), .local_offset = 0};
  const auto name_bytes = cursor.read_le<std::uint16_t>();
  const auto extra_bytes = cursor.read_le<std::uint16_t>();
  const auto comment_bytes = cursor.read_le<std::uint16_t>();
  const auto disk = cursor.read_le<std::uint16_t>();
  cursor.skip(6);  // Attributes.
  entry.local_offset = cursor.read_le<std::uint32_t>();
  entry.header.name = text_of(cursor.take(name_bytes));
  require_name(entry.header.name);
  const Bytes extra = cursor.take(extra_bytes);
  cursor.skip(comment_bytes);
  with_context(printable(entry.header.name), [&] {
    ByteCursor zip64(zip64_field(extra));
    resolve_sizes(entry.header, zip64);
    if (entry.local_offset == kSeeZip64) {
      entry.local_offset = zip64.read_le<std::uint64_t>();
    }
    require(disk == 0 || disk == kSeeZip64Short, "lies in another part of the zip archive");
  });
  return entry;
}

// A descriptor follows the content where the sizes were not known when the local header was
// written. Its signature is optional, and its sizes have 4 or 8 bytes whatever the rest says.
struct DescriptorForm {
  bool is_signed = false;
  bool is_wide = false;

  [[nodiscard]] std::uint64_t bytes() const { return (is_signed ? 8U : 4U) + (is_wide ? 16U : 8U); }
};

constexpr std::array kDescriptorForms = {DescriptorForm{.is_signed = true, .is_wide = true},
                                         DescriptorForm{.is_signed = false, .is_wide = true},
                                         DescriptorForm{.is_signed = true, .is_wide = false},
                                         DescriptorForm{.is_signed = false, .is_wide = false}};

// `bytes` must be long enough for the form.
bool is_descriptor(Bytes bytes, DescriptorForm form, const Header& header) {
  ByteCursor cursor(bytes);
  if (form.is_signed && cursor.read_le<std::uint32_t>() != kDescriptorSignature) {
    return false;
  }
  const auto read_size = [&]() -> std::uint64_t {
    return form.is_wide ? cursor.read_le<std::uint64_t>() : cursor.read_le<std::uint32_t>();
  };
  const auto crc = cursor.read_le<std::uint32_t>();
  const std::uint64_t stored_bytes = read_size();
  const std::uint64_t size = read_size();
  return crc == header.crc && stored_bytes == header.stored_bytes && size == header.size;
}

}  // namespace

bool Header::is_encrypted() const noexcept {
  return (flags & (kEncrypted | kStronglyEncrypted | kHeadersEncrypted)) != 0;
}

bool Header::is_patch() const noexcept {
  return (flags & kPatch) != 0;
}

bool Header::has_descriptor() const noexcept {
  return (flags & kHasDescriptor) != 0;
}

Directory find_directory(std::span<const std::byte> archive) {
  const std::uint64_t at = find_end_record(archive);
  ByteCursor record(archive.subspan(at));
  record.skip(4);  // Signature.
  const auto disks = record.read_le<std::uint32_t>();
  const auto entries_here = record.read_le<std::uint16_t>();
  const auto entries = record.read_le<std::uint16_t>();
  const auto bytes = record.read_le<std::uint32_t>();
  const auto offset = record.read_le<std::uint32_t>();
  const auto comment_bytes = record.read_le<std::uint16_t>();
  require(comment_bytes == record.remaining(),
          "the comment of the zip archive does not end where the file does");
  if (const auto zip64 = read_zip64_end(archive, at)) {
    require_same(entries, kSeeZip64Short, zip64->entries);
    require_same(bytes, kSeeZip64, zip64->bytes);
    require_same(offset, kSeeZip64, zip64->offset);
    return *zip64;
  }
  require(disks == 0 && entries_here == entries, kSeveralParts);
  require(offset <= at && bytes == at - offset,
          "the central directory of the zip archive does not end at its end record");
  return {.entries = entries, .bytes = bytes, .offset = offset};
}

std::vector<Entry> read_entries(std::span<const std::byte> archive, const Directory& directory,
                                std::uint64_t most_members) {
  if (directory.entries > most_members) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("the zip archive has {} members, the limit is {}{}", directory.entries,
                            most_members, kRaiseTensors));
  }
  require(directory.entries <= directory.bytes / kCentralBytes,
          "the central directory of the zip archive has fewer entries than it says");
  ByteCursor cursor(archive.subspan(directory.offset, directory.bytes));
  std::vector<Entry> entries;
  entries.reserve(directory.entries);
  std::unordered_set<std::string_view> names;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    entries.push_back(read_entry(cursor));
    const std::string_view name = entries.back().header.name;
    if (!names.insert(name).second) {
      fail(fmt::format("the zip archive has two members named '{}'", printable(name)));
    }
  }
  require(cursor.at_end(),
          "the central directory of the zip archive has more entries than it says");
  return entries;
}

Header read_local_header(ByteCursor& cursor) {
  require(cursor.read_le<std::uint32_t>() == kLocalSignature,
          "there is no local header where the central directory says");
  cursor.skip(2);  // Version.
  Header header = read_common_fields(cursor);
  const auto name_bytes = cursor.read_le<std::uint16_t>();
  const auto extra_bytes = cursor.read_le<std::uint16_t>();
  header.name = text_of(cursor.take(name_bytes));
  ByteCursor zip64(zip64_field(cursor.take(extra_bytes)));
  resolve_sizes(header, zip64);
  return header;
}

std::uint64_t descriptor_bytes(std::span<const std::byte> rest, const Header& header) {
  for (const DescriptorForm form : kDescriptorForms) {
    if (rest.size() >= form.bytes() && is_descriptor(rest, form, header)) {
      return form.bytes();
    }
  }
  fail("its data descriptor disagrees with the central directory");
}

}  // namespace hindcast::io::zip
