// Values that lie in an HDF5 file as they are in memory are read there; libhdf5 must agree on every
// one of them.

#include <algorithm>
#include <bit>
#include <ctime>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/mapped_file.hpp"
#include "io/container/elements.hpp"
#include "io/hdf5/in_process_file.hpp"
#include "io/hdf5/known_contents.hpp"
#include "support/hdf5_files.hpp"

namespace hindcast::io::hdf5 {
namespace {

using namespace test;

// The paths of the tensors that are read where they lie, after comparing them.
std::set<std::string> compared(const std::string& name) {
  const MappedFile file(made_file(name));
  const auto opened = open_in_process(file.bytes(), {});
  std::set<std::string> paths;
  for (const Entry& entry : opened->contents().entries) {
    if (!entry.offset) {
      continue;
    }
    CAPTURE(entry.tensor.path);
    std::vector<double> by_library(element_count(entry.tensor.shape));
    opened->read({.address = entry.address, .element = entry.element}, by_library);
    std::vector<double> in_place(by_library.size());
    const std::size_t size = in_place.size() * element_bytes(entry.tensor.dtype);
    REQUIRE(*entry.offset + size <= file.bytes().size());
    decode_elements(file.bytes().subspan(*entry.offset, size), entry.tensor.dtype,
                    std::endian::little, in_place);
    CHECK(bytes_of(in_place) == bytes_of(by_library));
    paths.insert(entry.tensor.path);
  }
  return paths;
}

TEST_CASE("hdf5: values are read where they lie, also behind a user block") {
  for (const char* name :
       {"superblock_v0.h5", "superblock_v2.h5", "superblock_v3.h5", "userblock.h5"}) {
    CAPTURE(name);
    CHECK(compared(name).contains("w"));
  }
}

TEST_CASE("hdf5: only what is contiguous, little-endian float32 or float64 is read so") {
  const std::set<std::string> paths = compared("types.h5");
  CHECK(paths.contains("float/f4le"));
  CHECK(paths.contains("float/f8le"));
  for (const std::string& path : paths) {
    CAPTURE(path);
    CHECK((path == "float/f4le" || path == "float/f8le" || path == "scalar"));
  }
  CHECK(compared("one_gzip_chunk.h5").empty());
  CHECK(compared("one_lzf_chunk.h5").empty());
}

TEST_CASE("hdf5: the bytes that are lent are those of the values") {
  const auto checkpoint = open_made("superblock_v0.h5");
  std::vector<std::byte> lent;
  REQUIRE(checkpoint->use_stored(index_of(*checkpoint, "w"), [&](std::span<const std::byte> bytes) {
    lent.assign(bytes.begin(), bytes.end());
  }));
  const std::size_t width = element_bytes(tensor_at(*checkpoint, "w").dtype);
  std::vector<double> values(lent.size() / width);
  decode_elements(lent, tensor_at(*checkpoint, "w").dtype, std::endian::little, values);
  CHECK(values == counting(4));
}

TEST_CASE("known contents: of one state of one file, under the same limits, up to a size") {
  KnownContents known(1000);
  const Limits limits;
  const FileState file{.device = 1, .inode = 2, .size = 3, .written_seconds = 4};
  known.keep(file, limits, std::vector<std::byte>(100));
  REQUIRE(known.find(file, limits));
  CHECK(known.find(file, limits)->size() == 100);
  CHECK_FALSE(known.find(file, {.rank = 3}));
  FileState changed = file;
  changed.written_nanoseconds = 1;
  CHECK_FALSE(known.find(changed, limits));
  known.keep(changed, limits, std::vector<std::byte>(1000));
  CHECK_FALSE(known.find(changed, limits));
  FileState fresh = file;
  fresh.written_seconds = std::time(nullptr);
  known.keep(fresh, limits, {});
  CHECK_FALSE(known.find(fresh, limits));
}

}  // namespace
}  // namespace hindcast::io::hdf5
