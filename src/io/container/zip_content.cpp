// The content of zip members: in place, or inflated (RFC 1951) within the bounds of the directory.

#include <algorithm>
#include <array>
#include <new>
#include <zlib.h>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/container/zip.hpp"

namespace hindcast::io {
namespace {

// Deflate cannot do better: 258 bytes from two bits.
constexpr std::uint64_t kBestDeflateRatio = 1032;

using Bytes = std::span<const std::byte>;

/// Undoes deflate, a piece of the input after the other.
class Inflater {
 public:
  explicit Inflater(Bytes input) : rest_(input) {
    constexpr int kRawDeflate = -MAX_WBITS;
    if (inflateInit2(&stream_, kRawDeflate) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  Inflater(Inflater&&) = delete;
  Inflater& operator=(Inflater&&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// Fills as much of `out` as the input gives; returns how much that is.
  std::uint64_t fill(std::span<std::byte> out) {
    std::uint64_t filled = 0;
    while (filled < out.size() && !ended_) {
      const auto piece = out.subspan(filled, std::min<std::uint64_t>(out.size() - filled, kPiece));
      filled += inflate_piece(piece);
    }
    return filled;
  }

  /// Has all of the input been used, and everything in it been given out?
  bool is_exhausted() {
    std::array<std::byte, 1> surplus{};
    return fill(surplus) == 0 && rest_.empty() && stream_.avail_in == 0;
  }

 private:
  static constexpr std::uint64_t kPiece = 1ULL << 30U;  // zlib counts pieces in 32 bits.

  std::uint64_t inflate_piece(std::span<std::byte> out) {
    if (stream_.avail_in == 0) {
      const Bytes piece = rest_.first(std::min<std::uint64_t>(rest_.size(), kPiece));
      rest_ = rest_.subspan(piece.size());
      // zlib does not write through `next_in`; its type lacks the const for old callers.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));
      stream_.avail_in = static_cast<uInt>(piece.size());
    }
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) {
      throw Error(ErrorCode::malformed, status == Z_BUF_ERROR ? "its deflated content is truncated"
                                                              : "its deflated content is corrupt");
    }
    ended_ = status == Z_STREAM_END;
    return out.size() - stream_.avail_out;
  }

  z_stream stream_{};
  Bytes rest_;
  bool ended_ = false;
};

void require_readable(const ZipMember& member) {
  if (!member.unreadable.empty()) {
    throw Error(ErrorCode::unsupported, member.unreadable);
  }
}

void require_plausible(const ZipMember& member) {
  if (member.stored) {
    return;
  }
  const std::uint64_t ratio = member.size / std::max<std::uint64_t>(member.bytes.size(), 1);
  if (ratio > kBestDeflateRatio) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("{} bytes would inflate to {}, which is implausible",
                            member.bytes.size(), member.size));
  }
}

std::vector<std::byte> inflated(const ZipMember& member) {
  Inflater inflater(member.bytes);
  std::vector<std::byte> content(member.size);
  if (inflater.fill(content) != content.size() || !inflater.is_exhausted()) {
    throw Error(
        ErrorCode::malformed,
        fmt::format("does not inflate to the {} bytes that the directory says", member.size));
  }
  return content;
}

}  // namespace

ZipContent::ZipContent(const ZipMember& member, std::uint64_t most_bytes,
                       std::string_view raise_with) {
  with_context(printable(member.name), [&] {
    require_readable(member);
    if (member.size > most_bytes) {
      throw Error(ErrorCode::limit_exceeded, fmt::format("has {} bytes, at most {} are read{}",
                                                         member.size, most_bytes, raise_with));
    }
    require_plausible(member);
    if (!member.stored) {
      inflated_ = inflated(member);
    }
    bytes_ = member.stored ? member.bytes : Bytes(inflated_);
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes_.data()), bytes_.size());
    if (crc != member.crc) {
      throw Error(ErrorCode::malformed, "its content does not match its checksum (CRC-32)");
    }
  });
}

std::vector<std::byte> first_bytes(const ZipMember& member, std::uint64_t count) {
  return with_context(printable(member.name), [&] {
    require_readable(member);
    const std::uint64_t wanted = std::min(member.size, count);
    if (member.stored) {
      const Bytes start = member.bytes.first(wanted);
      return std::vector(start.begin(), start.end());
    }
    std::vector<std::byte> start(wanted);
    start.resize(Inflater(member.bytes).fill(start));
    return start;
  });
}

}  // namespace hindcast::io
