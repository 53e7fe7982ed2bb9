#pragma once

// Writes zip archives for tests, so that the reader is not tested against archives of one writer
// and lies can be put in at known places.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include <zlib.h>

#include <doctest/doctest.h>

namespace hindcast::test {

struct ZipPart {
  std::string name;
  std::string content;
  bool deflated = false;
  bool descriptor = false;  ///< The local header leaves crc and sizes to a descriptor.
  bool zip64 = false;       ///< Sizes are in the zip64 field.
};

inline std::string little_endian(std::uint64_t value, unsigned width) {
  std::string bytes;
  for (unsigned i = 0; i < width; ++i) {
    bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
  }
  return bytes;
}

inline std::string zeros(std::size_t count) {
  return std::string(count, '\0');
}

inline void put(std::string& bytes, std::size_t at, std::uint64_t value, unsigned width) {
  REQUIRE(at + width <= bytes.size());
  bytes.replace(at, width, little_endian(value, width));
}

inline std::uint32_t crc_of(std::string_view content) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
}

inline std::string deflated(std::string content) {
  z_stream stream{};
  constexpr int kRawDeflate = -15;
  constexpr int kMemory = 8;
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, kRawDeflate, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

namespace zip_detail {

// Flags, method, time, date, checksum and sizes, as in both headers.
inline std::string common(const ZipPart& part, const std::string& stored, bool local) {
  const bool blank = local && part.descriptor;
  const std::uint64_t see_zip64 = 0xFFFFFFFF;
  return little_endian(part.descriptor ? 8 : 0, 2) + little_endian(part.deflated ? 8 : 0, 2) +
         zeros(4) + little_endian(blank ? 0 : crc_of(part.content), 4) +
         little_endian(part.zip64 ? see_zip64
                       : blank    ? 0
                                  : stored.size(),
                       4) +
         little_endian(part.zip64 ? see_zip64
                       : blank    ? 0
                                  : part.content.size(),
                       4) +
         little_endian(part.name.size(), 2) + little_endian(part.zip64 ? 20 : 0, 2);
}

inline std::string extra(const ZipPart& part, const std::string& stored, bool local) {
  const bool blank = local && part.descriptor;
  return part.zip64 ? little_endian(1, 2) + little_endian(16, 2) +
                          little_endian(blank ? 0 : part.content.size(), 8) +
                          little_endian(blank ? 0 : stored.size(), 8)
                    : "";
}

}  // namespace zip_detail

/// An archive of the parts, in their order; with `zip64` the end record refers to a zip64 one.
inline std::string zip_of(const std::vector<ZipPart>& parts, bool zip64 = false) {
  std::string out;
  std::string directory;
  for (const ZipPart& part : parts) {
    const std::string stored = part.deflated ? deflated(part.content) : part.content;
    directory += "PK\x01\x02" + zeros(4) + zip_detail::common(part, stored, false) + zeros(10) +
                 little_endian(out.size(), 4) + part.name + zip_detail::extra(part, stored, false);
    out += "PK\x03\x04" + zeros(2) + zip_detail::common(part, stored, true) + part.name +
           zip_detail::extra(part, stored, true) + stored;
    if (part.descriptor) {
      const unsigned width = part.zip64 ? 8 : 4;
      out += "PK\x07\x08" + little_endian(crc_of(part.content), 4) +
             little_endian(stored.size(), width) + little_endian(part.content.size(), width);
    }
  }
  const std::size_t at = out.size();
  out += directory;
  const std::size_t end = out.size();
  if (zip64) {
    out += "PK\x06\x06" + little_endian(44, 8) + zeros(12) + little_endian(parts.size(), 8) +
           little_endian(parts.size(), 8) + little_endian(directory.size(), 8) +
           little_endian(at, 8);
    out += "PK\x06\x07" + zeros(4) + little_endian(end, 8) + little_endian(1, 4);
    return out + "PK\x05\x06" + zeros(4) + little_endian(0xFFFFFFFF, 4) +
           little_endian(0xFFFFFFFF, 4) + little_endian(0xFFFFFFFF, 4) + zeros(2);
  }
  return out + "PK\x05\x06" + zeros(4) + little_endian(parts.size(), 2) +
         little_endian(parts.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(at, 4) + zeros(2);
}

}  // namespace hindcast::test
