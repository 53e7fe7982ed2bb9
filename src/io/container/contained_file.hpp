#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/mapped_file.hpp"

namespace hindcast::io {

/// Is a file that has another name elsewhere as good as any? A hard link cannot be told from the
/// original, so it may show a stranger's file under a name inside the folder.
enum class HardLinks { allowed, refused };

/// May the file be, or lie behind, a symbolic link? Whoever follows them leaves the folder wherever
/// they lead.
enum class SymbolicLinks { refused, followed };

/// Maps a regular file that a checkpoint names, and that must lie beneath `folder`.
///
/// Never leaves the folder: absolute names, `..`, symbolic links anywhere below the folder unless
/// they are `followed`, devices, pipes and directories are refused, by the kernel and not by
/// looking first. Throws Error{malformed} for a name that no honest file would hold (empty,
/// absolute, with `..`, a backslash or a NUL) and Error{io} where the file system has no such plain
/// file. The messages name the file, escaped.
[[nodiscard]] std::shared_ptr<const MappedFile> open_contained(const std::filesystem::path& folder,
                                                               std::string_view relative,
                                                               SymbolicLinks symbolic_links,
                                                               HardLinks hard_links);
[[nodiscard]] std::shared_ptr<const MappedFile> open_contained(const std::filesystem::path& folder,
                                                               std::string_view relative);

namespace detail {

/// What stands in for openat2 on kernels before 5.6: one component after the other, none of them a
/// symbolic link. Returns a descriptor, or -1 with errno set. `relative` has been checked.
[[nodiscard]] int open_beneath_by_components(int folder, std::string_view relative);

}  // namespace detail

}  // namespace hindcast::io
