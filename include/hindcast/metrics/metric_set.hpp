#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::metrics {

/// Which of metrics() were asked for.
class MetricSet {
 public:
  /// All of them.
  MetricSet() = default;
  /// Those with these keys, or meant by these words. Throws Error{usage} where no metric is.
  explicit MetricSet(std::span<const std::string> keys);

  /// The same, and the singular values themselves, which are then computed whatever else is asked.
  [[nodiscard]] MetricSet with_spectra() const;

  /// `key` must be one of metrics().
  [[nodiscard]] bool has(std::string_view key) const;
  /// Was everything asked for?
  [[nodiscard]] bool is_all() const noexcept { return members_ == kAll; }
  /// Are the singular values themselves kept?
  [[nodiscard]] bool keeps_spectra() const noexcept { return keeps_spectra_; }
  /// In report order.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// Is there one that follows from EVBMF's global minimum?
  [[nodiscard]] bool asks_for_exact() const;
  /// Is there one that follows from the reference minimiser's answer?
  [[nodiscard]] bool asks_for_reference() const;
  /// Is there one that more than the largest singular value and the norm are needed for, or are all
  /// values to be kept?
  [[nodiscard]] bool asks_for_spectrum() const;
  /// Is there one that the largest singular value is needed for?
  [[nodiscard]] bool asks_for_largest() const;

 private:
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};

  std::uint64_t members_ = kAll;  // A bit each, in the order of metrics().
  bool keeps_spectra_ = false;
};

}  // namespace hindcast::metrics
