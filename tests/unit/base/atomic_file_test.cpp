#include "base/atomic_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <utility>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/test_files.hpp"

using namespace hindcast;

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::ptrdiff_t files_in(const std::filesystem::path& directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

}  // namespace

TEST_CASE("atomic_file: a commit replaces the old file and leaves no other") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("report.json", "old");
  AtomicFile file(path);
  file.commit("new");
  CHECK(content_of(path) == "new");
  CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("atomic_file: until the commit the old file stands") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("report.json", "old");
  const AtomicFile file(path);
  CHECK(content_of(path) == "old");
}

TEST_CASE("atomic_file: without a commit nothing is left behind") {
  const test::TemporaryDirectory directory;
  { const AtomicFile file(directory.path() / "report.json"); }
  CHECK(files_in(directory.path()) == 0);
}

TEST_CASE("atomic_file: a moved file commits once and its source cleans up nothing") {
  const test::TemporaryDirectory directory;
  const auto path = directory.path() / "report.json";
  {
    AtomicFile first(path);
    AtomicFile second(std::move(first));
    second.commit("content");
  }
  CHECK(content_of(path) == "content");
  CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("atomic_file: a new file has the mode that open would give it") {
  const test::TemporaryDirectory directory;
  const mode_t old_mask = umask(027);
  AtomicFile file(directory.path() / "report.json");
  file.commit("x");
  umask(old_mask);
  struct stat status {};
  REQUIRE(stat((directory.path() / "report.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0640U);
}

TEST_CASE("atomic_file: an unwritable place is refused at once, by name") {
  const test::TemporaryDirectory directory;
  const auto missing = directory.path() / "no" / "report.json";
  CHECK_THROWS_WITH_AS(AtomicFile{missing},
                       (missing.string() + ": no such file or directory").c_str(), Error);
  CHECK_THROWS_WITH_AS(AtomicFile{directory.path()},
                       (directory.path().string() + ": is a directory").c_str(), Error);
}

TEST_CASE("atomic_file: what is no regular file is not replaced") {
  const test::TemporaryDirectory directory;
  const auto pipe = directory.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(AtomicFile{pipe}, (pipe.string() + ": is not a regular file").c_str(),
                       Error);
  CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("atomic_file: messages show the path without its control characters") {
  const test::TemporaryDirectory directory;
  CHECK_THROWS_WITH_AS(
      AtomicFile{directory.path() / "no\n" / "report.json"},
      (directory.path().string() + "/no\\x0a/report.json: no such file or directory").c_str(),
      Error);
}

TEST_CASE("atomic_file: a signal's clean-up takes what is not committed, and nothing else") {
  const test::TemporaryDirectory directory;
  AtomicFile finished(directory.path() / "finished.json");
  finished.commit("content");
  const AtomicFile begun(directory.path() / "begun.json");
  CHECK(files_in(directory.path()) == 2);
  Unfinished::remove_all();
  CHECK(content_of(directory.path() / "finished.json") == "content");
  CHECK(files_in(directory.path()) == 1);
}
