#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace hindcast::io {

/// One checkpoint of a manifest.
struct ListedCheckpoint {
  std::filesystem::path path;  ///< Relative to the manifest's directory, and within it.
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
  bool initial = false;
};

/// The file name under which a run's directory may hold a manifest.
inline constexpr const char* kManifestName = "hindcast.manifest.json";

/// Does this JSON call itself a manifest? Never throws.
[[nodiscard]] bool is_manifest(std::span<const std::byte> bytes) noexcept;

/// The checkpoints of a run in their order, where neither files nor names say it right:
///
///     { "schema": "hindcast.manifest/1",
///       "checkpoints": [ {"path": "start.h5", "initial": true},
///                        {"path": "a/model.h5", "epoch": 0, "step": 400} ] }
///
/// Throws Error{malformed}: not such JSON, an unknown key, no checkpoint, one listed twice, several
/// initial ones, a path that is absolute or leads out of the directory.
[[nodiscard]] std::vector<ListedCheckpoint> parse_manifest(std::span<const std::byte> bytes);

}  // namespace hindcast::io
