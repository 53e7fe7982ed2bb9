// The list of formats. To add one: write src/io/formats/<id>.cpp, then add its declaration and its
// entry here. The list is explicit because objects that register themselves from static
// initialisers are dropped when they live in a static library that nothing else refers to.

#include <array>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

namespace hindcast::io {

extern const Format hdf5_format;  // formats/hdf5.cpp

namespace {

constexpr std::array kFormats = {
    &hdf5_format,
};

}  // namespace

std::span<const Format* const> formats() noexcept {
  return kFormats;
}

const Format* identify(std::span<const std::byte> file) noexcept {
  for (const Format* format : kFormats) {
    if (format->probe(file)) {
      return format;
    }
  }
  return nullptr;
}

OpenedCheckpoint open_checkpoint(const std::filesystem::path& path, const Limits& limits) {
  auto file = std::make_shared<const MappedFile>(path);
  const Format* const format = identify(file->bytes());
  if (format == nullptr) {
    throw Error(ErrorCode::unsupported, describe_unrecognised(file->bytes()));
  }
  return {.format = format, .checkpoint = format->open(std::move(file), limits)};
}

}  // namespace hindcast::io
