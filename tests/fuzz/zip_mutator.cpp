// A mutator for readers of zip archives. Changed bytes alone would nearly always fail at a
// member's checksum or size, so most of the time one member is changed and the archive packed anew
// around it; at other times the archive itself is changed, like any other input.

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <zlib.h>

#include "fuzz/input.hpp"
#include "io/container/zip.hpp"

// libFuzzer's own: changes `data` in place and returns its new size, at most `most`.
extern "C" std::size_t LLVMFuzzerMutate(  // NOLINT(readability-identifier-naming)
    std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using namespace hindcast;

struct Member {
  std::string name;
  std::string content;
};

std::string little_endian(std::uint64_t value, unsigned width) {
  std::string bytes;
  for (unsigned i = 0; i < width; ++i) {
    bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
  }
  return bytes;
}

// From the version that is needed to the length of the extra field: the same in both headers.
std::string common_header(const Member& member) {
  const auto* const content = reinterpret_cast<const Bytef*>(member.content.data());
  return std::string(10, '\0') + little_endian(crc32_z(0, content, member.content.size()), 4) +
         little_endian(member.content.size(), 4) + little_endian(member.content.size(), 4) +
         little_endian(member.name.size(), 2) + little_endian(0, 2);
}

std::string pack(const std::vector<Member>& members) {
  std::string out;
  std::string directory;
  for (const Member& member : members) {
    const std::string header = common_header(member);
    directory += "PK\x01\x02" + little_endian(0, 2) + header + std::string(10, '\0') +
                 little_endian(out.size(), 4) + member.name;
    out += "PK\x03\x04" + header + member.name + member.content;
  }
  const std::string count = little_endian(members.size(), 2);
  return out + directory + "PK\x05\x06" + little_endian(0, 4) + count + count +
         little_endian(directory.size(), 4) + little_endian(out.size(), 4) + little_endian(0, 2);
}

std::optional<std::vector<Member>> unpack(fuzz::Bytes bytes) {
  try {
    const io::ZipArchive archive(bytes);
    std::vector<Member> members;
    for (const io::ZipMember& member : archive.members()) {
      const io::ZipContent content(member, fuzz::kLimits.expansion_free_bytes);
      members.push_back({.name = member.name,
                         .content = {reinterpret_cast<const char*>(content.bytes().data()),
                                     content.bytes().size()}});
    }
    return members;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void mutate(std::string& text, std::size_t most) {
  const std::size_t size = text.size();
  text.resize(std::max(size, most));
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
}

void mutate_one(std::vector<Member>& members, std::size_t most, std::mt19937& random) {
  Member& member = members[random() % members.size()];
  if (random() % 16 == 0) {
    mutate(member.name, 64);
  } else {
    mutate(member.content, most);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(  // NOLINT(readability-identifier-naming)
    std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  auto members = random() % 4 != 0 ? unpack(fuzz::bytes_of(data, size)) : std::nullopt;
  if (!members || members->empty()) {
    return LLVMFuzzerMutate(data, size, most);
  }
  mutate_one(*members, most, random);
  const std::string packed = pack(*members);
  if (packed.size() > most) {
    return LLVMFuzzerMutate(data, size, most);
  }
  std::memcpy(data, packed.data(), packed.size());
  return packed.size();
}
