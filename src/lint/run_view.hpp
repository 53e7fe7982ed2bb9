#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lint/finding.hpp"
#include "lint/observation.hpp"

namespace hindcast::lint {

/// A run as those see it who judge it.
class RunView {
 public:
  explicit RunView(const RunObservation& run);

  [[nodiscard]] const RunObservation& run() const { return run_; }
  [[nodiscard]] std::size_t size() const { return run_.checkpoints.size(); }

  /// Indices of the tensors whose movement is followed.
  [[nodiscard]] const std::vector<std::size_t>& layers() const { return layers_; }

  /// "step 300", "epoch 5" or "'init'".
  [[nodiscard]] std::string label(std::size_t position) const;
  [[nodiscard]] Moment moment(std::size_t position) const;

  /// When each checkpoint was: steps, or else epochs; of a run where some have neither, nothing.
  [[nodiscard]] std::vector<double> times() const;

  /// The names of tensors.
  [[nodiscard]] std::vector<std::string> names(const std::vector<std::size_t>& tensors) const;

  /// Of the whole checkpoint; what is left out is to be filled in.
  [[nodiscard]] Finding finding(Kind kind, Severity severity, std::size_t position) const;

 private:
  const RunObservation& run_;
  std::vector<std::size_t> layers_;
};

/// How bad it is that nothing has moved by this step: a warm-up from 0 leaves the first one out.
[[nodiscard]] Severity unmoved(const std::optional<std::int64_t>& step);

/// "2 layers", "1 layer".
[[nodiscard]] std::string counted(std::size_t count, const std::string& thing);

}  // namespace hindcast::lint
