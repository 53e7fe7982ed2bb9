#pragma once

// Where tests find their files: the optional shared corpus, files made by the set-up test, the
// samples of the repository, and a temporary directory that is removed again.

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace hindcast::test {

/// A file or folder of the shared corpus, or nothing (and a message) where there is none.
inline std::optional<std::filesystem::path> shared_file(std::string_view relative) {
  const auto path = std::filesystem::path(HINDCAST_SHARED_DIR) / relative;
  if (!std::filesystem::exists(path)) {
    MESSAGE("skipped: no shared corpus here (" << path.string() << ")");
    return std::nullopt;
  }
  return path;
}

/// A file that tests/support/make_hdf5_files.py wrote.
inline std::filesystem::path made_file(std::string_view name) {
  return std::filesystem::path(HINDCAST_TEST_DATA_DIR) / name;
}

inline std::filesystem::path sample_file(std::string_view name) {
  return std::filesystem::path(HINDCAST_SAMPLES_DIR) / name;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "hindcast-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("cannot make a temporary directory");
    }
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  TemporaryDirectory(TemporaryDirectory&&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes a file below the directory and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace hindcast::test
