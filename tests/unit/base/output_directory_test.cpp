#include "base/output_directory.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/test_files.hpp"

using namespace hindcast;
namespace fs = std::filesystem;

TEST_CASE("output_directory: what it made is removed again unless it is kept") {
  const test::TemporaryDirectory place;
  const fs::path outer = place.path() / "outer";
  {
    const OutputDirectory directory(outer / "inner" / "");
    CHECK(fs::is_directory(outer / "inner"));
  }
  CHECK_FALSE(fs::exists(outer));
  {
    OutputDirectory directory(outer / "inner");
    directory.keep();
  }
  CHECK(fs::is_directory(outer / "inner"));
}

TEST_CASE("output_directory: what was there, or holds something, stays") {
  const test::TemporaryDirectory place;
  fs::create_directory(place.path() / "old");
  {
    const OutputDirectory directory(place.path() / "old" / "new" / "newest");
    place.write("old/new/file", "content");
  }
  CHECK(fs::exists(place.path() / "old" / "new" / "file"));
  CHECK_FALSE(fs::exists(place.path() / "old" / "new" / "newest"));
}

TEST_CASE("output_directory: a place that cannot hold one is refused and left as it was") {
  const test::TemporaryDirectory place;
  place.write("file", "content");
  CHECK_THROWS_WITH_AS(OutputDirectory{place.path() / "file"}, "not a directory", Error);
  CHECK_THROWS_WITH_AS(OutputDirectory{place.path() / "file" / "inner"}, "not a directory", Error);
}

TEST_CASE("output_directory: a signal's clean-up removes it, the files in it first") {
  const test::TemporaryDirectory place;
  const OutputDirectory directory(place.path() / "outer" / "inner");
  const fs::path file = place.write("outer/inner/file", "content");
  const Unfinished unfinished(file, Unfinished::Kind::file);
  Unfinished::remove_all();
  CHECK_FALSE(fs::exists(place.path() / "outer"));
}
