#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/mapped_file.hpp"
#include "io/container/contained_file.hpp"

namespace hindcast::io::onnx {

/// Where a tensor's elements lie outside of the model file.
struct ExternalLocation {
  std::string_view file;  ///< Relative to the model's folder.
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  ///< To the end of the file where there is none.
};

/// Bytes of another file, or why there are none. Keeps the file mapped.
struct ExternalBytes {
  std::shared_ptr<const MappedFile> file;
  std::span<const std::byte> bytes;
  std::string unreadable;
};

/// The files beside a model that hold its tensors, each mapped once.
class ExternalFiles {
 public:
  ExternalFiles(std::filesystem::path folder, SymbolicLinks links)
      : folder_(std::move(folder)), links_(links) {}

  /// The `expected` bytes at `location`. Throws Error{malformed} for what no exporter writes: a
  /// location that leads out of the folder, another length than the tensor needs.
  [[nodiscard]] ExternalBytes find(const ExternalLocation& location, std::uint64_t expected);

 private:
  struct Opened {
    std::shared_ptr<const MappedFile> file;
    std::string unreadable;
  };

  const Opened& opened(std::string_view file);

  std::filesystem::path folder_;
  SymbolicLinks links_;
  std::map<std::string, Opened, std::less<>> files_;
};

}  // namespace hindcast::io::onnx
