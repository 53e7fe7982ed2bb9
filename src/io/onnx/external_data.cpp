// Tensors stored in files beside the model:
// https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
//
// A name that leads out of the folder condemns the model; a file that is missing, cut short or no
// plain file costs its tensors only. Checksums are not verified: exporters hardly write them.

#include "io/onnx/external_data.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::io::onnx {
namespace {

// Some exporters write one file a tensor; the kernel allows 65530 mappings.
constexpr std::size_t kMostFiles = 16'384;

std::string objection(const ExternalLocation& location, std::uint64_t expected,
                      std::uint64_t file_bytes) {
  const std::string name = printable(location.file);
  if (location.offset > file_bytes) {
    return fmt::format("external file '{}' has {} bytes, the tensor begins at {}", name, file_bytes,
                       location.offset);
  }
  const std::uint64_t rest = file_bytes - location.offset;
  const bool fits = location.length ? expected <= rest : expected == rest;
  return fits ? ""
              : fmt::format("external file '{}' has {} bytes from offset {}, the tensor needs {}",
                            name, rest, location.offset, expected);
}

}  // namespace

const ExternalFiles::Opened& ExternalFiles::opened(std::string_view file) {
  if (const auto known = files_.find(file); known != files_.end()) {
    return known->second;
  }
  if (files_.size() >= kMostFiles) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("more than {} external files", kMostFiles));
  }
  Opened result;
  try {
    result.file = open_contained(folder_, file, links_, HardLinks::refused);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io) {
      throw;
    }
    result.unreadable = fmt::format("external {}", error.what());
  }
  return files_.emplace(std::string(file), std::move(result)).first->second;
}

ExternalBytes ExternalFiles::find(const ExternalLocation& location, std::uint64_t expected) {
  if (location.length && *location.length != expected) {
    throw Error(ErrorCode::malformed,
                fmt::format("external data of {} bytes, its shape and type need {}",
                            *location.length, expected));
  }
  const Opened& source = opened(location.file);
  if (!source.file) {
    return {.file = nullptr, .bytes = {}, .unreadable = source.unreadable};
  }
  const std::span<const std::byte> content = source.file->bytes();
  std::string wrong = objection(location, expected, content.size());
  if (!wrong.empty()) {
    return {.file = nullptr, .bytes = {}, .unreadable = std::move(wrong)};
  }
  return {.file = source.file,
          .bytes = content.subspan(static_cast<std::size_t>(location.offset),
                                   static_cast<std::size_t>(expected)),
          .unreadable = ""};
}

}  // namespace hindcast::io::onnx
