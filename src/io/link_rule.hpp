#pragma once

#include <filesystem>

namespace hindcast::io {

/// What a rule says of the files it does not allow.
inline constexpr const char* kOutwardLink =
    "is a link that leads out of the directory given, which is followed with --follow-links only";

/// Which links are followed while a directory is searched. A directory from a stranger may hold a
/// link to any file of the machine.
struct LinkRule {
  std::filesystem::path root;  ///< Links within it are followed; empty where nothing is searched.
  bool follow = false;         ///< And so are all others.

  /// True where `path` leads nowhere, too: opening it says so.
  [[nodiscard]] bool allows(const std::filesystem::path& path) const;
};

}  // namespace hindcast::io
