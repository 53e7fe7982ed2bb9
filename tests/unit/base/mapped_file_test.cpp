#include "hindcast/base/mapped_file.hpp"

#include <string_view>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/test_files.hpp"

using namespace hindcast;

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
