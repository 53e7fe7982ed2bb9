#include "analysis/file_identity.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"
#include "base/sha256.hpp"

namespace hindcast::analysis {
namespace {

constexpr std::size_t kEnd = 64 * 1024;

}  // namespace

std::string file_identity(const std::filesystem::path& path) {
  try {
    const MappedFile file(path);
    const std::span<const std::byte> bytes = file.bytes();
    const std::size_t end = std::min(kEnd, bytes.size());
    const std::string parts =
        fmt::format("{} {} {}", bytes.size(), sha256(bytes.first(end)), sha256(bytes.last(end)));
    file.require_unchanged();
    return sha256(std::as_bytes(std::span(parts)));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace hindcast::analysis
