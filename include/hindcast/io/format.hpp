#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hindcast/io/checkpoint.hpp"

namespace hindcast {
class MappedFile;
}  // namespace hindcast

namespace hindcast::io {

/// Everything the rest of the program knows about a file format.
struct Format {
  std::string_view id;           ///< Report key, for example "hdf5".
  std::string_view description;  ///< One line, no full stop.
  std::string_view reference;    ///< URL of the specification the reader follows.

  /// Recognises the content, never the name. Reads little, never throws.
  bool (*probe)(std::span<const std::byte> file) noexcept;

  /// Validates the table of contents; reads no tensor values. Throws Error.
  std::unique_ptr<Checkpoint> (*open)(std::shared_ptr<const MappedFile> file, const Limits& limits);
};

/// Every format that can be read.
[[nodiscard]] std::span<const Format* const> formats() noexcept;

/// The format these bytes are in, or null.
[[nodiscard]] const Format* identify(std::span<const std::byte> file) noexcept;

/// Opens `file`, which is in this format, such that it is an error if the file changes while it is
/// read. Throws Error.
[[nodiscard]] std::unique_ptr<Checkpoint> open_watched(const Format& format,
                                                       std::shared_ptr<const MappedFile> file,
                                                       const Limits& limits);

/// What bytes that no format recognises seem to be, with what to do about it: "a Git LFS pointer,
/// not the file itself; run 'git lfs pull'", "an HTML page", "empty", ...
[[nodiscard]] std::string describe_unrecognised(std::span<const std::byte> file);

/// A checkpoint and how it was read.
struct OpenedCheckpoint {
  const Format* format = nullptr;  ///< One of formats(), or null for a directory of several files.
  std::unique_ptr<Checkpoint> checkpoint;  ///< Never null in what open_checkpoint() returns.
};

/// Opens `path`, a file or a directory that is one checkpoint, in whatever format it is. Throws
/// Error, without the path in its message.
[[nodiscard]] OpenedCheckpoint open_checkpoint(const std::filesystem::path& path,
                                               const Limits& limits);

}  // namespace hindcast::io
