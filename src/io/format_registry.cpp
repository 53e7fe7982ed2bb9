// The list of formats. To add one: write src/io/formats/<id>.cpp, then add its declaration and its
// entry here. The list is explicit because objects that register themselves from static
// initialisers are dropped when they live in a static library that nothing else refers to.

#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/checkpoint_folder.hpp"
#include "io/link_rule.hpp"

namespace hindcast::io {

extern const Format hdf5_format;           // formats/hdf5.cpp
extern const Format safetensors_format;    // formats/safetensors.cpp
extern const Format torch_zip_format;      // formats/torch_zip.cpp
extern const Format torch_legacy_format;   // formats/torch_legacy.cpp
extern const Format keras_archive_format;  // formats/keras_archive.cpp
extern const Format npz_format;            // formats/npz.cpp
extern const Format npy_format;            // formats/npy.cpp
extern const Format sharded_format;        // formats/sharded.cpp
extern const Format onnx_format;           // formats/onnx.cpp

namespace {

// Those that are known by how the file begins come before HDF5, whose signature may also lie at
// 512, 1024, 2048, ... bytes, where others have anything. Protobuf has no magic number.
constexpr std::array kFormats = {
    &safetensors_format,   &torch_zip_format, &torch_legacy_format,
    &keras_archive_format, &npz_format,       &npy_format,
    &hdf5_format,          &sharded_format,   &onnx_format,
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

std::unique_ptr<Checkpoint> open_watched(const Format& format,
                                         std::shared_ptr<const MappedFile> file,
                                         const Limits& limits) {
  try {
    std::unique_ptr<Checkpoint> checkpoint = format.open(file, limits);
    file->require_unchanged();
    checkpoint->watch(std::move(file));
    return checkpoint;
  } catch (const Error&) {
    file->require_unchanged();  // A better reason for whatever seems to be wrong with it.
    throw;
  }
}

OpenedCheckpoint open_checkpoint(const std::filesystem::path& path, const Limits& limits) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    const std::optional<std::filesystem::path> weights = weights_in_folder(path);
    if (!weights) {
      throw Error(ErrorCode::io,
                  describe_folder(path) + ", and holds no model.safetensors or the like");
    }
    if (!LinkRule{.root = path, .follow = limits.follow_links}.allows(*weights)) {
      throw Error(ErrorCode::io,
                  fmt::format("{} {}", printable(weights->filename().string()), kOutwardLink));
    }
    return open_checkpoint(*weights, limits);
  }
  auto file = std::make_shared<const MappedFile>(path);
  const Format* const format = identify(file->bytes());
  if (format == nullptr) {
    file->require_unchanged();
    throw Error(ErrorCode::unsupported, describe_unrecognised(file->bytes()));
  }
  return {.format = format, .checkpoint = open_watched(*format, std::move(file), limits)};
}

}  // namespace hindcast::io
