#include "io/container/zip.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"
#include "support/test_files.hpp"
#include "support/zip_bytes.hpp"

namespace hindcast::io {
namespace {

using test::put;
using test::zip_of;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Refusal {
  std::string message = "not refused";
  ErrorCode code = ErrorCode::usage;
};

template <typename Body>
Refusal refusal(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return {.message = error.what(), .code = error.code()};
  }
  return {};
}

// Opens the archive and reads all of it.
Refusal refusal_of(const std::string& bytes) {
  return refusal([&] {
    const ZipArchive archive(bytes_of(bytes));
    for (const ZipMember& member : archive.members()) {
      const ZipContent content(member, kUnlimited);
    }
  });
}

// Where the parts of the archive below are.
constexpr std::size_t kLocalA = 0;
constexpr std::size_t kLocalB = 40;
constexpr std::size_t kCentralA = 81;
constexpr std::size_t kCentralB = 132;
constexpr std::size_t kEnd = 183;

std::string two() {
  std::string bytes =
      zip_of({{.name = "a.txt", .content = "hello"}, {.name = "b.txt", .content = "world!"}});
  REQUIRE(bytes.size() == kEnd + 22);
  return bytes;
}

// The same field in the local header and in the directory.
void put_both(std::string& bytes, std::size_t local_field, std::uint64_t value, unsigned width) {
  put(bytes, kLocalA + local_field, value, width);
  put(bytes, kCentralA + local_field + 2, value, width);
}

void rename_a(std::string& bytes, const std::string& name) {
  REQUIRE(name.size() == 5);
  bytes.replace(kLocalA + 30, 5, name);
  bytes.replace(kCentralA + 46, 5, name);
}

struct Lie {
  const char* what;
  std::function<void(std::string&)> tell;
  ErrorCode code;
  const char* message;  // Part of it.
};

const std::vector<Lie>& lies() {
  constexpr auto kMalformed = ErrorCode::malformed;
  constexpr auto kUnsupported = ErrorCode::unsupported;
  static const std::vector<Lie> kLies = {
      {"no end record", [](auto& z) { z.resize(kEnd); }, kMalformed, "no end record"},
      {"too short", [](auto& z) { z.resize(21); }, kMalformed, "too short"},
      {"a comment beyond the end", [](auto& z) { put(z, kEnd + 20, 1, 2); }, kMalformed, "comment"},
      {"bytes after the end", [](auto& z) { z += 'x'; }, kMalformed, "comment"},
      {"a second disk", [](auto& z) { put(z, kEnd + 4, 1, 2); }, kMalformed, "several parts"},
      {"entries on another disk", [](auto& z) { put(z, kEnd + 8, 1, 2); }, kMalformed,
       "several parts"},
      {"fewer entries counted", [](auto& z) { put(z, kEnd + 8, 0x0001'0001, 4); }, kMalformed,
       "more entries than it says"},
      {"more entries counted", [](auto& z) { put(z, kEnd + 8, 0x0003'0003, 4); }, kMalformed,
       "fewer entries than it says"},
      {"a directory elsewhere", [](auto& z) { put(z, kEnd + 16, kCentralB, 4); }, kMalformed,
       "does not end at its end record"},
      {"a directory of another size", [](auto& z) { put(z, kEnd + 12, 51, 4); }, kMalformed,
       "does not end at its end record"},
      {"a directory after the end", [](auto& z) { put(z, kEnd + 16, 0xFFFFFFF0, 4); }, kMalformed,
       "does not end at its end record"},
      {"no directory entry", [](auto& z) { put(z, kCentralB, 0, 4); }, kMalformed,
       "directory of the zip archive is corrupt"},
      {"a long name", [](auto& z) { put(z, kCentralB + 28, 6, 2); }, kMalformed, "need 6 bytes"},
      {"two of one name", [](auto& z) { rename_a(z, "b.txt"); }, kMalformed,
       "two members named 'b.txt'"},
      {"an absolute name", [](auto& z) { rename_a(z, "/.txt"); }, kMalformed, "never right"},
      {"a name that leads up", [](auto& z) { rename_a(z, "x/../"); }, kMalformed, "never right"},
      {"a name cut by a zero", [](auto& z) { rename_a(z, std::string("a\0txt", 5)); }, kMalformed,
       "'a\\x00txt', a name that is never right"},
      {"a member of another disk", [](auto& z) { put(z, kCentralA + 34, 1, 2); }, kMalformed,
       "a.txt: lies in another part"},
      {"another local name", [](auto& z) { z[kLocalA + 30] = 'c'; }, kMalformed,
       "a.txt: its local header disagrees"},
      {"another local method", [](auto& z) { put(z, kLocalA + 8, 8, 2); }, kMalformed,
       "a.txt: its local header disagrees"},
      {"another local checksum", [](auto& z) { put(z, kLocalA + 14, 1, 4); }, kMalformed,
       "a.txt: its local header disagrees"},
      {"another local stored size", [](auto& z) { put(z, kLocalA + 18, 4, 4); }, kMalformed,
       "a.txt: its local header disagrees"},
      {"another local size", [](auto& z) { put(z, kLocalA + 22, 0, 4); }, kMalformed,
       "a.txt: its local header disagrees"},
      {"encrypted for local readers", [](auto& z) { put(z, kLocalA + 6, 1, 2); }, kMalformed,
       "a.txt: its local header disagrees"},
      {"encrypted", [](auto& z) { put_both(z, 6, 1, 2); }, kUnsupported, "a.txt: is encrypted"},
      {"strongly encrypted", [](auto& z) { put_both(z, 6, 1U << 6U, 2); }, kUnsupported,
       "a.txt: is encrypted"},
      {"with encrypted headers", [](auto& z) { put_both(z, 6, 1U << 13U, 2); }, kUnsupported,
       "a.txt: is encrypted"},
      {"a patch", [](auto& z) { put_both(z, 6, 1U << 5U, 2); }, kUnsupported, "a.txt: is a patch"},
      {"deflate64", [](auto& z) { put_both(z, 8, 9, 2); }, kUnsupported,
       "a.txt: compressed with Deflate64, which is not supported"},
      {"stored in part", [](auto& z) { put_both(z, 18, 4, 4); }, kMalformed,
       "a.txt: is stored with another size"},
      {"begins after the directory", [](auto& z) { put(z, kCentralA + 42, kCentralA + 1, 4); },
       kMalformed, "a.txt: begins after"},
      {"begins elsewhere", [](auto& z) { put(z, kCentralA + 42, 1, 4); }, kMalformed,
       "a.txt: there is no local header"},
      {"reaches into the directory",
       [](auto& z) {
         for (const std::size_t size :
              {kLocalB + 18, kLocalB + 22, kCentralB + 20, kCentralB + 24}) {
           put(z, size, 7, 4);
         }
       },
       kMalformed, "b.txt: truncated: need 7 bytes"},
      {"overlaps the next",
       [](auto& z) {
         put_both(z, 18, 5 + 41, 4);
         put_both(z, 22, 5 + 41, 4);
       },
       kMalformed, "overlap"},
      {"other content", [](auto& z) { z[kLocalA + 35] = 'H'; }, kMalformed,
       "a.txt: its content does not match its checksum"},
  };
  return kLies;
}

}  // namespace

TEST_CASE("zip: every way an archive can lie is refused with its reason") {
  REQUIRE(refusal_of(two()).message == "not refused");
  for (const Lie& lie : lies()) {
    CAPTURE(lie.what);
    std::string bytes = two();
    lie.tell(bytes);
    const Refusal refused = refusal_of(bytes);
    CAPTURE(refused.message);
    CHECK(refused.message.find(lie.message) != std::string::npos);
    CHECK(refused.code == lie.code);
  }
}

TEST_CASE("zip: a member without a name is refused") {
  CHECK(refusal_of(zip_of({{.name = "", .content = "x"}})).message ==
        "a member of the zip archive has no name");
}

TEST_CASE("zip: stored members are views of the archive, deflated ones are inflated") {
  const std::string letters(5000, 'x');
  const std::string bytes = zip_of({{.name = "stored", .content = "hello"},
                                    {.name = "folder/", .content = ""},
                                    {.name = "deflated", .content = letters, .deflated = true},
                                    {.name = "empty", .content = "", .deflated = true}});
  const ZipArchive archive(bytes_of(bytes));
  REQUIRE(archive.members().size() == 3);  // The folder is left out.
  const ZipContent stored(archive.members()[0], kUnlimited);
  CHECK(text_of(stored.bytes()) == "hello");
  CHECK(stored.bytes().data() == archive.members()[0].bytes.data());
  const ZipMember* const deflated = archive.find("deflated");
  REQUIRE(deflated != nullptr);
  CHECK(deflated->size == letters.size());
  CHECK(text_of(ZipContent(*deflated, kUnlimited).bytes()) == letters);
  CHECK(ZipContent(*archive.find("empty"), kUnlimited).bytes().empty());
  CHECK(archive.find("folder/") == nullptr);
  CHECK(archive.find("absent") == nullptr);
}

TEST_CASE("zip: the first bytes of a member can be had without the rest") {
  const std::string text = "0123456789" + std::string(100'000, 'x');
  const std::string bytes = zip_of({{.name = "stored", .content = text},
                                    {.name = "deflated", .content = text, .deflated = true},
                                    {.name = "short", .content = "01", .deflated = true}});
  const ZipArchive archive(bytes_of(bytes));
  CHECK(text_of(first_bytes(*archive.find("stored"), 4)) == "0123");
  CHECK(text_of(first_bytes(*archive.find("deflated"), 4)) == "0123");
  CHECK(text_of(first_bytes(*archive.find("short"), 4)) == "01");
}

TEST_CASE("zip: sizes in zip64 fields, descriptors and a zip64 end record are understood") {
  for (const bool end64 : {false, true}) {
    for (const bool zip64 : {false, true}) {
      for (const bool descriptor : {false, true}) {
        CAPTURE(end64);
        CAPTURE(zip64);
        CAPTURE(descriptor);
        const std::string bytes = zip_of({{.name = "m",
                                           .content = "some content",
                                           .deflated = true,
                                           .descriptor = descriptor,
                                           .zip64 = zip64},
                                          {.name = "n", .content = "more"}},
                                         end64);
        const ZipArchive archive(bytes_of(bytes));
        REQUIRE(archive.members().size() == 2);
        CHECK(text_of(ZipContent(archive.members()[0], kUnlimited).bytes()) == "some content");
      }
    }
  }
}

TEST_CASE("zip: an end record that repeats the zip64 one must agree with it") {
  std::string bytes = zip_of({{.name = "m", .content = "x"}}, true);
  const std::size_t end = bytes.size() - 22;
  put(bytes, end + 8, 1, 2);
  put(bytes, end + 10, 1, 2);
  CHECK(refusal_of(bytes).message == "not refused");
  put(bytes, end + 10, 2, 2);
  CHECK(refusal_of(bytes).message == "the two end records of the zip archive disagree");
}

TEST_CASE("zip: a zip64 end record can lie as well") {
  const std::string valid = zip_of({{.name = "m", .content = "x"}}, true);
  const std::size_t locator = valid.size() - 22 - 20;
  const std::size_t record = locator - 56;
  const auto lie = [&](std::size_t at, std::uint64_t value, unsigned width) {
    std::string bytes = valid;
    put(bytes, at, value, width);
    return refusal_of(bytes).message;
  };
  CHECK(lie(locator + 4, 1, 4).find("several parts") != std::string::npos);
  CHECK(lie(locator + 16, 2, 4).find("several parts") != std::string::npos);
  CHECK(lie(locator + 8, 1ULL << 63U, 8).find("outside") != std::string::npos);
  CHECK(lie(locator + 8, record - 1, 8).find("no zip64 end record where") != std::string::npos);
  CHECK(lie(record + 4, 43, 8).find("another size") != std::string::npos);
  CHECK(lie(record + 16, 1, 4).find("several parts") != std::string::npos);
  CHECK(lie(record + 24, 2, 8).find("several parts") != std::string::npos);
  CHECK(lie(record + 40, ~0ULL, 8).find("does not end at") != std::string::npos);
  std::string many = valid;
  put(many, record + 24, 1ULL << 40U, 8);
  put(many, record + 32, 1ULL << 40U, 8);
  CHECK(refusal_of(many).code == ErrorCode::limit_exceeded);
}

TEST_CASE("zip: a zip64 field must be there once and hold what is missing") {
  const std::string valid = zip_of({{.name = "m", .content = "x", .zip64 = true}});
  const std::size_t extra = valid.size() - 22 - 20;
  std::string absent = valid;
  put(absent, extra, 7, 2);
  CHECK(refusal_of(absent).message.find("m: truncated: need 8 bytes") == 0);
  std::string twice = valid;
  put(twice, extra + 2, 0, 2);
  put(twice, extra + 4, 0x000C'0001, 4);
  CHECK(refusal_of(twice).message == "m: two zip64 fields");
  std::string beyond = valid;
  put(beyond, extra + 2, 17, 2);
  CHECK(refusal_of(beyond).message.find("m: truncated: need 17 bytes") == 0);
}

TEST_CASE("zip: a descriptor must agree with the directory") {
  const std::string valid = zip_of({{.name = "m", .content = "x", .descriptor = true}});
  for (const std::size_t field : {36U, 40U, 44U}) {
    CAPTURE(field);
    std::string bytes = valid;
    put(bytes, field, 77, 4);
    CHECK(refusal_of(bytes).message ==
          "m: its data descriptor disagrees with the central directory");
  }
}

TEST_CASE("zip: what does not inflate to what the directory says is refused") {
  const std::string content = "hello hello hello hello";
  const std::string valid = zip_of({{.name = "m", .content = content, .deflated = true}});
  const std::size_t stored = test::deflated(content).size();
  const std::size_t central = 31 + stored;
  const auto with_size = [&](std::uint64_t size) {
    std::string bytes = valid;
    put(bytes, 22, size, 4);
    put(bytes, central + 24, size, 4);
    return refusal_of(bytes).message;
  };
  CHECK(with_size(content.size() - 1) ==
        "m: does not inflate to the 22 bytes that the directory says");
  CHECK(with_size(content.size() + 1) ==
        "m: does not inflate to the 24 bytes that the directory says");
  std::string corrupt = valid;
  put(corrupt, 31, 0xFF, 1);
  CHECK(refusal_of(corrupt).message == "m: its deflated content is corrupt");
  std::string shortened = valid;
  shortened.erase(30 + stored, 1);
  for (const std::size_t field : {std::size_t{18}, central - 1 + 20}) {
    put(shortened, field, stored - 1, 4);
  }
  put(shortened, shortened.size() - 6, central - 1, 4);
  CHECK(refusal_of(shortened).message == "m: its deflated content is truncated");
  std::string lengthened = valid;
  lengthened.insert(31 + stored, 1, 'x');
  for (const std::size_t field : {std::size_t{18}, central + 1 + 20}) {
    put(lengthened, field, stored + 1, 4);
  }
  put(lengthened, lengthened.size() - 6, central + 1, 4);
  CHECK(refusal_of(lengthened).message.find("m: does not inflate to") == 0);
  std::string checksum = valid;
  put(checksum, 14, 1, 4);
  put(checksum, central + 16, 1, 4);
  CHECK(refusal_of(checksum).message == "m: its content does not match its checksum (CRC-32)");
}

TEST_CASE("zip: sizes are bounded before anything is inflated") {
  const std::string bytes = zip_of({{.name = "m", .content = "hello", .deflated = true}});
  const ZipArchive archive(bytes_of(bytes));
  ZipMember member = archive.members()[0];
  CHECK(refusal([&] { const ZipContent content(member, 4); }).message ==
        "m: has 5 bytes, at most 4 are read");
  // Deflate cannot make 1033 bytes of one.
  member.size = 1033 * member.bytes.size();
  const Refusal bomb = refusal([&] { const ZipContent content(member, kUnlimited); });
  CHECK(bomb.code == ErrorCode::limit_exceeded);
  CHECK(bomb.message.find("implausible") != std::string::npos);
}

TEST_CASE("zip: names are listed for probes, also of archives that do not open") {
  using Names = std::vector<std::string_view>;
  const std::string bytes = two();
  CHECK(listed_names(bytes_of(bytes)) == Names{"a.txt", "b.txt"});
  const std::string truncated = bytes.substr(0, kCentralB);
  CHECK(listed_names(bytes_of(truncated)) == Names{"a.txt", "b.txt"});
  const std::string not_zip = "x" + bytes;
  CHECK(listed_names(bytes_of(not_zip)).empty());
  CHECK(listed_names({}).empty());
}

TEST_CASE("zip: no proper prefix of an archive opens") {
  const std::string whole = zip_of({{.name = "a", .content = "hello", .descriptor = true},
                                    {.name = "b", .content = "hello", .deflated = true}},
                                   true);
  REQUIRE(refusal_of(whole).message == "not refused");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(refusal_of(whole.substr(0, length)).message != "not refused");
    (void)listed_names(bytes_of(whole).first(length));
  }
}

TEST_CASE("zip: damaged archives are read or refused, whatever the damage") {
  const std::string whole =
      zip_of({{.name = "a", .content = "hello", .descriptor = true, .zip64 = true},
              {.name = "b", .content = std::string(300, 'b'), .deflated = true}},
             true);
  constexpr unsigned kSeed = 20240607;
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<std::size_t> place(0, whole.size() - 1);
  std::uniform_int_distribution<int> value(0, 255);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (int flips = 0; flips <= round % 3; ++flips) {
      bytes[place(random)] = static_cast<char>(value(random));
    }
    refused += refusal_of(bytes).message != "not refused" ? 1 : 0;
    (void)listed_names(bytes_of(bytes));
  }
  CHECK(refused > 10'000);
}

TEST_CASE("zip: odd archives of other projects are refused") {
  const auto folder = test::shared_file("hostile/zip");
  if (!folder) {
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    CAPTURE(entry.path().string());
    const MappedFile file(entry.path());
    CHECK(refusal([&] { const ZipArchive archive(file.bytes()); }).message != "not refused");
  }
}

TEST_CASE("zip: every archive of the corpus opens, and its content is intact") {
  const auto folder = test::shared_file("corpus");
  if (!folder) {
    return;
  }
  std::size_t archives = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    CAPTURE(entry.path().string());
    const MappedFile file(entry.path());
    const std::string start =
        text_of(file.bytes().first(std::min<std::size_t>(4, file.bytes().size())));
    if (start != "PK\x03\x04") {
      continue;
    }
    ++archives;
    CHECK_NOTHROW([&] {
      const ZipArchive archive(file.bytes());
      for (const ZipMember& member : archive.members()) {
        const ZipContent content(member, kUnlimited);
      }
    }());
  }
  CHECK(archives >= 10);
}

}  // namespace hindcast::io
