#include "analysis/file_version.hpp"

#include <doctest/doctest.h>

#include "support/test_files.hpp"

using hindcast::analysis::file_version;

TEST_CASE("file_version: nothing for what may change again within a tick, or is no file") {
  const hindcast::test::TemporaryDirectory place;
  CHECK_FALSE(file_version(place.write("just_now.h5", "abc")).has_value());
  CHECK_FALSE(file_version(place.path()).has_value());
  CHECK_FALSE(file_version(place.path() / "none.h5").has_value());
}

TEST_CASE("file_version: the same for the same file") {
  const auto version = file_version(HINDCAST_SAMPLES_DIR "/digits_cnn/epoch_00.h5");
  REQUIRE(version.has_value());
  CHECK(version == file_version(HINDCAST_SAMPLES_DIR "/digits_cnn/../digits_cnn/epoch_00.h5"));
  CHECK(version != file_version(HINDCAST_SAMPLES_DIR "/digits_cnn/epoch_01.h5"));
}
