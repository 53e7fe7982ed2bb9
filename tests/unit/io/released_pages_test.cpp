// Reading a tensor leaves nothing of the mapped file in memory, in any format that maps values in
// place: memory follows the largest tensor, not the file.

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "support/npy_bytes.hpp"
#include "support/test_files.hpp"
#include "support/torch_files.hpp"
#include "support/zip_bytes.hpp"

namespace hindcast::io {
namespace {

constexpr std::size_t kValues = 1U << 23U;
constexpr std::size_t kKilobytes = kValues * 4 / 1024;

// Of the mapping of this file, in this process.
std::size_t resident_kilobytes(const std::filesystem::path& path) {
  std::ifstream maps("/proc/self/smaps");
  bool is_ours = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) {
      is_ours = line.ends_with(path.string());
    } else if (is_ours && line.starts_with("Rss:")) {
      return std::stoul(line.substr(4));
    }
  }
  FAIL("no mapping of " << path);
  return 0;
}

std::size_t left_after_reading(const std::string& bytes) {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("model", bytes);
  auto file = std::make_shared<const MappedFile>(path);
  const Format* const format = identify(file->bytes());
  REQUIRE(format != nullptr);
  const auto checkpoint = format->open(std::move(file), {});
  REQUIRE(checkpoint->tensors().size() == 1);
  std::vector<double> values(kValues);
  checkpoint->read(0, values);
  return resident_kilobytes(path);
}

TEST_CASE("formats: what was read of a mapped file is given back") {
  const std::string data(kValues * 4, '\1');
  const auto elements = static_cast<std::int64_t>(kValues);
  const std::string tensor =
      test::pickled::tensor({.storage_elements = elements, .size = {elements}, .strides = {1}});
  const std::string array = test::npy_of("<f4", fmt::format("({},)", kValues), data);
  CHECK(left_after_reading(array) < kKilobytes / 4);
  CHECK(left_after_reading(test::zip_of({{.name = "w.npy", .content = array}})) < kKilobytes / 4);
  CHECK(left_after_reading(test::torch_zip(tensor, {{"0", data}})) < kKilobytes / 4);
  CHECK(left_after_reading(test::torch_legacy(
            tensor, {{.key = "0", .elements = kValues, .bytes = data}})) < kKilobytes / 4);
}

}  // namespace
}  // namespace hindcast::io
