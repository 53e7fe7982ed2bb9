// Checkpoints that change while they are read: an error in words, whatever the format.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"
#include "hindcast/tensor/dtype.hpp"

#include "base/checked.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTruncated = "was truncated while it was being read";

// What reading each tensor says, where it says anything.
std::vector<std::string> complaints_of(const Checkpoint& checkpoint) {
  std::vector<std::string> complaints;
  for (std::size_t i = 0; i < checkpoint.tensors().size(); ++i) {
    const tensor::TensorInfo& info = checkpoint.tensors()[i];
    if (!info.unreadable.empty() || !tensor::is_real(info.dtype)) {
      continue;
    }
    std::vector<double> values(element_count(info.shape));
    try {
      checkpoint.read(i, values);
    } catch (const Error& error) {
      complaints.emplace_back(error.what());
    }
  }
  return complaints;
}

// A safetensors file of one tensor.
std::string safetensors(std::size_t values) {
  const std::size_t bytes = values * sizeof(float);
  const std::string header = R"({"w":{"dtype":"F32","shape":[1,)" + std::to_string(values) +
                             R"(],"data_offsets":[0,)" + std::to_string(bytes) + "]}}";
  std::string size(8, '\0');
  size[0] = static_cast<char>(header.size());
  return size + header + std::string(bytes, '\x01');
}

// A copy of a sample, or what the test makes itself.
std::vector<fs::path> checkpoints_in(const test::TemporaryDirectory& directory) {
  std::vector<fs::path> paths = {directory.write("a.safetensors", safetensors(100'000))};
  for (const char* const sample : {"digits_cnn/init.h5", "digits_cnn_onnx/init.onnx"}) {
    paths.push_back(directory.path() / fs::path(sample).filename());
    fs::copy_file(test::sample_file(sample), paths.back());
  }
  return paths;
}

}  // namespace

TEST_CASE("changing file: one that is cut short while it is open is refused in words") {
  const test::TemporaryDirectory directory;
  for (const fs::path& path : checkpoints_in(directory)) {
    CAPTURE(path);
    const OpenedCheckpoint opened = open_checkpoint(path, Limits{});
    CHECK(complaints_of(*opened.checkpoint).empty());
    fs::resize_file(path, 5000);
    const std::vector<std::string> complaints = complaints_of(*opened.checkpoint);
    REQUIRE_FALSE(complaints.empty());
    for (const std::string& complaint : complaints) {
      CHECK(complaint == kTruncated);
    }
  }
}

TEST_CASE("changing file: one that is written to while it is open is refused in words") {
  const test::TemporaryDirectory directory;
  for (const fs::path& path : checkpoints_in(directory)) {
    CAPTURE(path);
    const OpenedCheckpoint opened = open_checkpoint(path, Limits{});
    fs::last_write_time(path, fs::last_write_time(path) - std::chrono::seconds(1));
    for (const std::string& complaint : complaints_of(*opened.checkpoint)) {
      CHECK(complaint == "was changed while it was being read");
    }
    CHECK_FALSE(complaints_of(*opened.checkpoint).empty());
  }
}

TEST_CASE("changing file: one that is replaced while it is open is read as it was") {
  const test::TemporaryDirectory directory;
  for (const fs::path& path : checkpoints_in(directory)) {
    CAPTURE(path);
    const OpenedCheckpoint opened = open_checkpoint(path, Limits{});
    fs::rename(directory.write("other", "something else"), path);
    CHECK(complaints_of(*opened.checkpoint).empty());
  }
}

TEST_CASE("changing file: a shard that is cut short is refused by its tensors alone") {
  const test::TemporaryDirectory directory;
  const fs::path shard = directory.write("one.safetensors", safetensors(100'000));
  const fs::path index = directory.write("model.safetensors.index.json",
                                         R"({"weight_map": {"w": "one.safetensors"}})");
  const OpenedCheckpoint opened = open_checkpoint(index, Limits{});
  fs::resize_file(shard, 5000);
  CHECK(complaints_of(*opened.checkpoint) == std::vector<std::string>{kTruncated});
}

}  // namespace hindcast::io
