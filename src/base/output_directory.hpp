#pragma once

#include <filesystem>
#include <vector>

#include "base/unfinished.hpp"

namespace hindcast {

/// A directory for results, made with its parents where there is none. Those it made are removed
/// again unless they are kept, as far as they are empty.
class OutputDirectory {
 public:
  /// Throws Error{io} with the system's reason.
  explicit OutputDirectory(const std::filesystem::path& path);
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;
  OutputDirectory(OutputDirectory&&) = delete;
  OutputDirectory& operator=(OutputDirectory&&) = delete;
  ~OutputDirectory();

  void keep() noexcept;

 private:
  std::vector<std::filesystem::path> made_;  // The innermost first.
  std::vector<Unfinished> unfinished_;
};

}  // namespace hindcast
