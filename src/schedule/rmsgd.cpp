#include "hindcast/schedule/rmsgd.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

namespace hindcast::schedule {
namespace {

constexpr double kZeroGain = 1e-8;     // NumPy's isclose to 0.
constexpr double kPaperFloor = 1e-10;  // The experiment code's smallest rate.

// The state RMSGD carries from epoch to epoch, over the tracked parameters.
class Rmsgd {
 public:
  Rmsgd(std::size_t tracked, const RmsgdOptions& options)
      : options_(options), rate_(tracked, is_paper() ? 0.0 : options.init_lr), waiting_(tracked) {
    for (std::size_t j = 0; j < tracked; ++j) {
      waiting_[j] = j;
    }
  }

  const std::vector<double>& end_of_epoch(std::int64_t t, const std::vector<double>& gain) {
    const std::vector<double> change = changes(t, gain);
    if (options_.step_size && t > 0 && t % *options_.step_size == 0) {
      decay();
    }
    const double floor = is_paper() ? kPaperFloor : 0.0;
    for (std::size_t j = 0; j < rate_.size(); ++j) {
      rate_[j] = std::max(options_.beta * rate_[j] + scale_ * change[j], floor);
    }
    previous_ = gain;
    return rate_;
  }

 private:
  [[nodiscard]] bool is_paper() const { return options_.variant == RmsgdVariant::paper; }

  [[nodiscard]] std::vector<double> changes(std::int64_t t, const std::vector<double>& gain) {
    std::vector<double> change(rate_.size(), options_.init_lr);
    if (t == 0) {
      return change;
    }
    for (std::size_t j = 0; j < change.size(); ++j) {
      change[j] = gain[j] - previous_[j];
    }
    walk_waiting(gain, change);
    return change;
  }

  // A layer waits, at the initial rate, until it has learned something. As published, the list is
  // shortened while it is walked, so the entry after one that leaves is passed over this epoch.
  void walk_waiting(const std::vector<double>& gain, std::vector<double>& change) {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const std::size_t j = waiting_[i];
      if (std::abs(gain[j]) <= kZeroGain) {
        const double back_to_start = options_.init_lr - options_.beta * rate_[j];
        change[j] = is_paper() ? back_to_start : back_to_start / scale_;
      } else {
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  void decay() {
    scale_ *= options_.gamma;
    if (is_paper()) {
      return;
    }
    for (double& rate : rate_) {
      rate *= options_.gamma;
    }
  }

  const RmsgdOptions& options_;
  std::vector<double> rate_;
  std::vector<double> previous_;
  std::vector<std::size_t> waiting_;
  double scale_ = 1.0;
};

[[noreturn]] void out_of_range(std::string_view option, std::string_view range, double value) {
  throw Error(ErrorCode::usage, fmt::format("{} must be {}, not {}", option, range, value));
}

std::vector<double> only_tracked(const std::vector<bool>& tracked, const std::vector<double>& all) {
  std::vector<double> out;
  for (std::size_t p = 0; p < tracked.size(); ++p) {
    if (tracked[p]) {
      out.push_back(all[p]);
    }
  }
  return out;
}

// Every untracked parameter inherits from the one before it.
std::vector<double> spread(const std::vector<bool>& tracked, const std::vector<double>& rates,
                           double first) {
  std::vector<double> out;
  out.reserve(tracked.size());
  auto next = rates.begin();
  double current = first;
  for (const bool is_tracked : tracked) {
    if (is_tracked) {
      current = *next++;
    }
    out.push_back(current);
  }
  return out;
}

}  // namespace

std::string_view name(RmsgdVariant variant) noexcept {
  return variant == RmsgdVariant::release ? "release" : "paper";
}

void validate(const RmsgdOptions& options) {
  // Written so that NaN fails, too.
  if (!(options.init_lr >= 0.0) || std::isinf(options.init_lr)) {
    out_of_range("--init-lr", "a finite number >= 0", options.init_lr);
  }
  if (!(options.beta >= 0.0 && options.beta < 1.0)) {
    out_of_range("--beta", "in [0, 1)", options.beta);
  }
  if (!(options.gamma >= 0.0) || std::isinf(options.gamma)) {
    out_of_range("--gamma", "a finite number >= 0", options.gamma);
  }
  if (options.step_size && *options.step_size < 1) {
    out_of_range("--step-size", "a whole number >= 1", static_cast<double>(*options.step_size));
  }
}

bool is_tracked(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> kernel_axes,
                const RmsgdOptions& options) {
  if (shape.size() == 2) {
    return options.linear;
  }
  if (shape.size() != 4) {
    return false;
  }
  const bool has_unit_kernel_axis =
      std::ranges::any_of(kernel_axes, [](std::uint64_t extent) { return extent == 1; });
  return options.variant == RmsgdVariant::release || !has_unit_kernel_axis;
}

Rates rmsgd_rates(const std::vector<bool>& tracked, const std::vector<std::vector<double>>& gains,
                  const RmsgdOptions& options) {
  const auto count = static_cast<std::size_t>(std::ranges::count(tracked, true));
  Rmsgd rmsgd(count, options);
  Rates rates;
  for (std::size_t t = 0; t < gains.size(); ++t) {
    const std::vector<double>& after =
        rmsgd.end_of_epoch(static_cast<std::int64_t>(t), only_tracked(tracked, gains[t]));
    rates.push_back(spread(tracked, after, options.init_lr));
  }
  return rates;
}

}  // namespace hindcast::schedule
