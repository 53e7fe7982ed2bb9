// What the first bytes of an HDF5 file say about the whole.
//
//   versions 0, 1: signature, version, ..., offset size at 13, then from 24 (28 in version 1) on
//                  four addresses: base, free space, end of file, driver information
//   versions 2, 3: signature, version, offset size at 9, length size, consistency flags at 11, then
//                  four addresses: base, extension, end of file, root group
//
// https://docs.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, section II.A.

#include "io/hdf5/superblock.hpp"

#include <array>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

namespace hindcast::io::hdf5 {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::array<unsigned char, 8> kSignature = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
constexpr std::uint64_t kFirstUserBlock = 512;
constexpr unsigned kNewestVersion = 3;
// Bits 0 and 2 of the consistency flags: open for writing, open for writing with readers.
constexpr unsigned kOpenForWriting = 0x05;

bool has_signature_at(Bytes file, std::uint64_t offset) noexcept {
  for (std::size_t i = 0; i < kSignature.size(); ++i) {
    if (std::to_integer<unsigned char>(file[offset + i]) != kSignature[i]) {
      return false;
    }
  }
  return true;
}

std::uint64_t little_endian(Bytes superblock, std::size_t offset, std::size_t width) {
  if (superblock.size() < offset || superblock.size() - offset < width) {
    throw Error(ErrorCode::malformed, "truncated: it ends within the HDF5 superblock");
  }
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) {
    value = (value << 8U) | std::to_integer<std::uint64_t>(superblock[offset + i]);
  }
  return value;
}

struct Extent {
  std::uint64_t base;
  std::uint64_t end;
};

// Nothing where the addresses are of a width that only libhdf5 can judge.
std::optional<Extent> stated_extent(Bytes superblock, std::uint64_t version) {
  const bool old = version < 2;
  const std::uint64_t width = little_endian(superblock, old ? 13 : 9, 1);
  if (width != 2 && width != 4 && width != 8) {
    return std::nullopt;
  }
  const std::size_t first = !old ? 12 : version == 0 ? 24 : 28;
  const std::uint64_t end = little_endian(superblock, first + 2 * width, width);
  return Extent{.base = little_endian(superblock, first, width), .end = end};
}

}  // namespace

std::optional<std::uint64_t> find_superblock(Bytes file) noexcept {
  std::uint64_t offset = 0;
  while (offset < file.size() && file.size() - offset >= kSignature.size()) {
    if (has_signature_at(file, offset)) {
      return offset;
    }
    offset = offset == 0 ? kFirstUserBlock : 2 * offset;
  }
  return std::nullopt;
}

void require_complete(Bytes file) {
  const std::uint64_t start = find_superblock(file).value();
  const Bytes superblock = file.subspan(start);
  const std::uint64_t version = little_endian(superblock, kSignature.size(), 1);
  if (version > kNewestVersion) {
    throw Error(ErrorCode::unsupported,
                fmt::format("HDF5 superblock version {} is not supported", version));
  }
  // Before the end of the file is looked at: while a file is written, that is not yet true.
  if (version == 3 && (little_endian(superblock, 11, 1) & kOpenForWriting) != 0) {
    throw Error(ErrorCode::malformed,
                "still open for writing, or not closed properly; try 'h5clear -s'");
  }
  const auto extent = stated_extent(superblock, version);
  if (!extent || extent->end < extent->base) {
    return;
  }
  // Addresses count from the base address, which moves along when a user block is put in front.
  const std::uint64_t stated = extent->end - extent->base;
  if (stated > superblock.size()) {
    throw Error(ErrorCode::malformed,
                fmt::format("truncated: the file says it holds {} bytes, it has {}", start + stated,
                            file.size()));
  }
}

}  // namespace hindcast::io::hdf5
