#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::schedule {

/// Whose RMSGD: the released package's, or the authors' experiment code.
enum class RmsgdVariant {
  release,  ///< pip package, version 1.0.2.
  paper,    ///< Experiment code beside arXiv:2203.16723.
};

/// As in reports: "release" or "paper".
[[nodiscard]] std::string_view name(RmsgdVariant variant) noexcept;

/// RMSGD's own hyperparameters, with the authors' defaults.
struct RmsgdOptions {
  RmsgdVariant variant = RmsgdVariant::release;  ///< Whose code is followed.
  double init_lr = 0.0;                          ///< lr0 >= 0, the same units as the rates.
  double beta = 0.8;                             ///< Memory of the rate, in [0, 1).
  std::optional<std::int64_t> step_size = {};    ///< Epochs between decays, >= 1; none: no decay.
  double gamma = 1.0;                            ///< Factor of a decay, >= 0.
  bool linear = false;                           ///< Track 2-D weights as well as 4-D ones.
};

/// Throws Error{usage} for values outside their ranges, naming the option.
void validate(const RmsgdOptions& options);

/// Would RMSGD follow the knowledge gain of a weight of this shape? 4-D weights, and 2-D ones if
/// `linear`; the `paper` variant leaves 4-D weights with a kernel axis of size 1 out, for which it
/// needs `kernel_axes`: the extents of the kernel.
[[nodiscard]] bool is_tracked(std::span<const std::uint64_t> shape,
                              std::span<const std::uint64_t> kernel_axes,
                              const RmsgdOptions& options);

/// Learning rates of every parameter after each epoch.
using Rates = std::vector<std::vector<double>>;

/// The learning rates RMSGD would have prescribed for weights with these knowledge gains.
///
/// `tracked[p]` says whether parameter p, in model order, is tracked; `gains[t][p]` is its
/// knowledge gain at the end of epoch t (not read where p is not tracked). Returns one row per
/// epoch: the rates in force after it. A parameter that is not tracked takes the rate of the one
/// before it; the first keeps init_lr.
///
/// Hosseini, Tuli & Plataniotis, "Exploiting explainable metrics for augmented SGD",
/// arXiv:2203.16723, and the released package, whose quirks are kept: (1 + beta) init_lr after the
/// first epoch, and a walk over waiting layers that skips the neighbour of one that leaves.
[[nodiscard]] Rates rmsgd_rates(const std::vector<bool>& tracked,
                                const std::vector<std::vector<double>>& gains,
                                const RmsgdOptions& options);

}  // namespace hindcast::schedule
