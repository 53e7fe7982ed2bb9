// In a file of its own, because libhdf5 reads the plug-in path once in a process: ctest gives
// every file its own.

#include <array>
#include <cstdlib>
#include <sys/inotify.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {

extern const Format hdf5_format;

namespace {

TEST_CASE("hdf5 plugins: a directory of plug-ins is not even looked into") {
  const test::TemporaryDirectory directory;
  directory.write("libzstd.so", "not a library");
  REQUIRE(setenv("HDF5_PLUGIN_PATH", directory.path().c_str(), 1) == 0);
  const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  REQUIRE(inotify_add_watch(watch, directory.path().c_str(), IN_OPEN | IN_ACCESS) >= 0);

  const auto file = std::make_shared<const MappedFile>(test::made_file("filters.h5"));
  const auto checkpoint = hdf5_format.open(file, Limits{});

  CHECK(checkpoint->tensors().size() == 4);
  std::array<char, 4096> events{};
  CHECK(::read(watch, events.data(), events.size()) < 0);
  close(watch);
}

}  // namespace
}  // namespace hindcast::io
