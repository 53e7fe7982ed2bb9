#include "analysis/machine_memory.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "support/test_files.hpp"

using namespace hindcast;
using analysis::group_memory;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text << '\n';
}

}  // namespace

TEST_CASE("machine_memory: the least limit of a group and those around it counts") {
  const test::TemporaryDirectory place;
  const fs::path& root = place.path();
  CHECK_FALSE(group_memory("0::/jobs/one\n", root));
  put(root / "jobs" / "one" / "memory.max", "max");
  CHECK_FALSE(group_memory("0::/jobs/one\n", root));
  put(root / "jobs" / "memory.max", "3000");
  CHECK(*group_memory("0::/jobs/one\n", root) == 3000);
  put(root / "jobs" / "one" / "memory.max", "2000");
  CHECK(*group_memory("0::/jobs/one\n", root) == 2000);
  CHECK(*group_memory("0::/jobs/other\n", root) == 3000);
}

TEST_CASE("machine_memory: in a container the root is the group") {
  const test::TemporaryDirectory place;
  put(place.path() / "memory.max", "4000");
  CHECK(*group_memory("0::/kubepods/pod/container\n", place.path()) == 4000);
}

TEST_CASE("machine_memory: groups of version 1 have a folder for each controller") {
  const test::TemporaryDirectory place;
  put(place.path() / "memory" / "job" / "memory.limit_in_bytes", "5000");
  CHECK(*group_memory("9:cpu,memory:/job\n8:pids:/job\n", place.path()) == 5000);
  CHECK_FALSE(group_memory("9:cpu:/job\nnonsense\n\n", place.path()));
}

TEST_CASE("machine_memory: is more than this test takes") {
  CHECK(analysis::machine_memory() > 1'000'000);
}
