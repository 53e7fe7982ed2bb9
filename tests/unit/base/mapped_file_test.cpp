#include "base/mapped_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/test_files.hpp"

using namespace hindcast;

namespace {

constexpr std::size_t kLarge = 1U << 20U;

std::ptrdiff_t count_of(const MappedFile& file, char letter) {
  return std::ranges::count(file.bytes(), static_cast<std::byte>(letter));
}

}  // namespace

TEST_CASE("mapped_file: the bytes are the file's") {
  const test::TemporaryDirectory directory;
  const MappedFile file(directory.write("a.bin", "weights"));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  CHECK(text == "weights");
  CHECK(file.path() == directory.path() / "a.bin");
}

TEST_CASE("mapped_file: an empty file has no bytes and is no error") {
  const test::TemporaryDirectory directory;
  const MappedFile file(directory.write("empty", ""));
  CHECK(file.bytes().empty());
}

TEST_CASE("mapped_file: what is missing or no regular file is refused with the reason") {
  const test::TemporaryDirectory directory;
  CHECK_THROWS_WITH_AS(MappedFile{directory.path() / "no"}, "no such file or directory", Error);
  CHECK_THROWS_WITH_AS(MappedFile{directory.path()}, "is a directory", Error);
  CHECK_THROWS_WITH_AS(MappedFile{"/dev/null"}, "is not a regular file", Error);
}

TEST_CASE("mapped_file: a pipe without a writer is refused without waiting") {
  const test::TemporaryDirectory directory;
  const auto pipe = directory.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(MappedFile{pipe}, "is not a regular file", Error);
}

TEST_CASE("mapped_file: what is cut off while it is mapped reads as zeros, and is told of") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("a.bin", std::string(kLarge, 'x'));
  const MappedFile file(path);
  std::filesystem::resize_file(path, kLarge / 4);
  CHECK(count_of(file, 'x') == kLarge / 4);
  CHECK(count_of(file, '\0') == kLarge - kLarge / 4);
  CHECK_THROWS_WITH_AS(file.require_unchanged(), "was truncated while it was being read", Error);
  // Nor does it help to give it its length again.
  std::filesystem::resize_file(path, kLarge);
  CHECK_THROWS_WITH_AS(file.require_unchanged(), "was truncated while it was being read", Error);
}

TEST_CASE("mapped_file: several threads may read where a file is cut off") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("a.bin", std::string(kLarge, 'x'));
  const MappedFile file(path);
  const MappedFile other(directory.write("b.bin", std::string(kLarge, 'y')));
  std::filesystem::resize_file(path, 1);
  std::vector<std::thread> threads;
  std::vector<std::ptrdiff_t> counts(8);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    threads.emplace_back([&, i] { counts[i] = count_of(file, '\0'); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(std::ranges::all_of(counts, [](std::ptrdiff_t count) { return count == kLarge - 1; }));
  CHECK(count_of(other, 'y') == kLarge);
  CHECK_NOTHROW(other.require_unchanged());
}

TEST_CASE("mapped_file: what is written to while it is mapped is told of") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("a.bin", "old");
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  const MappedFile file(path);
  CHECK_NOTHROW(file.require_unchanged());
  { std::ofstream(path, std::ios::binary) << "new"; }
  CHECK_THROWS_WITH_AS(file.require_unchanged(), "was changed while it was being read", Error);
}

TEST_CASE("mapped_file: what is replaced or removed while it is mapped reads as it was") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("a.bin", "old");
  const MappedFile file(path);
  std::filesystem::rename(directory.write("b.bin", "a longer one"), path);
  CHECK(count_of(file, 'o') == 1);
  CHECK_NOTHROW(file.require_unchanged());
  std::filesystem::remove(path);
  CHECK_NOTHROW(file.require_unchanged());
}
