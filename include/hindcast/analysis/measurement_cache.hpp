#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "hindcast/base/text_cache.hpp"
#include "hindcast/metrics/layer_measurement.hpp"
#include "hindcast/tensor/layout.hpp"

namespace hindcast::analysis {

/// What the measurements of a layer follow from.
struct MeasuredFrom {
  std::span<const std::uint64_t> shape;
  const tensor::Layout& layout;
  std::string_view tensor;  ///< Digest of the values of the whole tensor.
  std::string_view part;    ///< Which part of it the layer is; empty for all of it.
};

/// Measurements on disk, so that none is made twice: found again by the SHA-256 of the weights and
/// by all else that they depend on, never by a file's name or date. What cannot be kept is counted
/// and the analysis goes on. Safe to use from several threads and processes.
class MeasurementCache {
 public:
  /// Throws Error where `directory` cannot be made or is no cache.
  explicit MeasurementCache(const std::filesystem::path& directory) : texts_(directory) {}

  /// Each fills its part of `measured`, or returns false. `other` is the digest of the tensor that
  /// the layer is compared with.
  bool find_spectra(metrics::LayerMeasurement& measured, const MeasuredFrom& from,
                    metrics::SolverChoice solver);
  bool find_initial(metrics::LayerMeasurement& measured, const MeasuredFrom& from,
                    std::string_view other);
  bool find_previous(metrics::LayerMeasurement& measured, const MeasuredFrom& from,
                     std::string_view other);

  void keep_spectra(const metrics::LayerMeasurement& measured, const MeasuredFrom& from,
                    metrics::SolverChoice solver);
  void keep_initial(const metrics::LayerMeasurement& measured, const MeasuredFrom& from,
                    std::string_view other);
  void keep_previous(const metrics::LayerMeasurement& measured, const MeasuredFrom& from,
                     std::string_view other);

  struct Statistics {
    std::uint64_t found = 0;
    std::uint64_t kept = 0;    ///< Not found, so made and kept.
    std::uint64_t failed = 0;  ///< Made, and could not be kept.
    std::string first_failure;
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  template <typename Read>
  bool find(const std::string& key, const Read& read);
  void keep(const std::string& key, std::string_view text);

  TextCache texts_;
  mutable std::mutex mutex_;
  Statistics statistics_;
};

}  // namespace hindcast::analysis
