#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hindcast/metrics/layer_measurement.hpp"
#include "hindcast/tensor/layout.hpp"

#include "base/text_cache.hpp"

namespace hindcast::analysis {

/// What the measurements of a layer follow from.
struct MeasuredFrom {
  std::span<const std::uint64_t> shape;
  const tensor::Layout& layout;
  std::string_view tensor;  ///< Digest of the values of the whole tensor.
  std::string_view part;    ///< Which part of it the layer is; empty for all of it.
  std::string_view with;    ///< The solver, or the digest of the tensor it is compared with.
  metrics::MetricSet metrics = {};
};

/// The pieces of a LayerMeasurement, each made, kept and found on its own: what the weights tell by
/// themselves, and their comparisons with the initial ones and with those before.
enum class Piece { spectra, initial, previous };

/// Measurements on disk or in memory, so that none is made twice: found again by the SHA-256 of the
/// weights and by all else that they depend on, never by a file's name or date. What cannot be kept
/// is counted and the analysis goes on. Safe to use from several threads and processes.
class MeasurementCache {
 public:
  /// In memory, for as long as it lives.
  MeasurementCache() = default;

  /// Throws Error where `directory` cannot be made or is no cache.
  explicit MeasurementCache(const std::filesystem::path& directory) : texts_(directory) {}

  /// Under what a piece is kept.
  [[nodiscard]] static std::string key(Piece piece, const MeasuredFrom& from);

  /// Adds the piece to `measured`, or returns false and leaves it alone.
  [[nodiscard]] bool find(Piece piece, metrics::LayerMeasurement& measured,
                          const MeasuredFrom& from);

  /// Keeps that piece of `measured`, to which no later one must have been added: they are made in
  /// the order previous, initial, spectra.
  void keep(Piece piece, const metrics::LayerMeasurement& measured, const MeasuredFrom& from);

  /// From now on it also remembers the digests of tensors, for files that stay as they are: who
  /// analyses them again and again need not read them again and again. Call it before all else.
  void remember_digests() noexcept { remembers_digests_ = true; }
  [[nodiscard]] bool remembers_digests() const noexcept { return remembers_digests_; }

  /// The digest of the tensor of this number in the file of this version, if it is remembered.
  [[nodiscard]] std::optional<std::string> digest(const std::string& version, std::size_t tensor);
  void remember_digest(const std::string& version, std::size_t tensor, const std::string& digest);

  /// Forgets what is in memory and was neither found nor kept since this was last called.
  void forget_unused();

  struct Statistics {
    std::uint64_t found = 0;
    std::uint64_t kept = 0;    ///< Not found, so made and kept.
    std::uint64_t failed = 0;  ///< Made, and could not be kept.
    std::string first_failure;
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Remembered {
    std::string text;
    bool used = true;
  };

  struct KnownFile {
    std::unordered_map<std::size_t, std::string> digests = {};
    bool used = true;
  };

  [[nodiscard]] std::optional<std::string> text_of(const std::string& key);
  void keep_text(const std::string& key, std::string text);

  std::optional<TextCache> texts_;  // On disk; where there is none, `remembered_` takes its place.
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;
  bool remembers_digests_ = false;
  std::unordered_map<std::string, KnownFile> known_files_;  // By their versions.
  Statistics statistics_;
};

}  // namespace hindcast::analysis
