#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/epoch_ends.hpp"
#include "analysis/parameters.hpp"

namespace hindcast::analysis {

/// What the schedule needs from a run, collected while it is walked: the parameters in model order
/// and the knowledge gains of every layer at every checkpoint but the initial one, which is not an
/// epoch. No weights are kept.
class GainHistory {
 public:
  /// At the first trained checkpoint.
  void set_order(report::ModelOrder order) { order_ = std::move(order); }
  void add(Moment moment, const std::vector<report::LayerReport>& layers);

  [[nodiscard]] const std::vector<Moment>& moments() const { return moments_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return order_.parameters; }
  [[nodiscard]] const std::string& order_evidence() const { return order_.evidence; }

  /// One row per moment, one gain per parameter (0 where it is not tracked); nothing where a gain
  /// was not computed.
  [[nodiscard]] std::optional<std::vector<std::vector<double>>> gains(
      const std::vector<Parameter>& parameters, const std::vector<bool>& tracked,
      const std::vector<std::size_t>& moments, report::GainSource source) const;

  /// Has the layer no gain of its own at one of these moments, for it is not finite or not there?
  [[nodiscard]] bool carries_gain(const std::string& layer,
                                  const std::vector<std::size_t>& moments) const;

 private:
  struct Gain {
    std::optional<double> reference;
    std::optional<double> exact;
    bool non_finite = false;
  };

  std::vector<Moment> moments_;
  std::vector<std::unordered_map<std::string, Gain>> gains_;  // One map per moment.
  report::ModelOrder order_;
};

}  // namespace hindcast::analysis
