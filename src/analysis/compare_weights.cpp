#include "analysis/compare_weights.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/checked.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/metrics/rotation.hpp"
#include "hindcast/tensor/relayout.hpp"

#include "analysis/opened_table.hpp"
#include "base/memory_errors.hpp"
#include "compare/match.hpp"
#include "metrics/sums.hpp"

namespace hindcast::analysis {
namespace {

using compare::TensorDistance;
using compare::WeightsComparison;

// A pair in memory: two tensors, and one of them again while its axes are brought in order.
constexpr std::uint64_t kBytesPerValue = 3 * sizeof(double);

OpenedTable opened(const std::filesystem::path& path, const io::Limits& limits) {
  return with_context(printable(path.string()), [&] {
    return with_memory_errors([&] { return OpenedTable(io::open_checkpoint(path, limits), {}); });
  });
}

std::vector<std::uint64_t> logical_shape(const OpenedTable& table, std::size_t index) {
  const auto& layout = table.verdict(index).layout;
  return compare::logical_shape(table.info(index).shape, layout ? layout->letters() : "");
}

std::vector<std::string> keys_of(const OpenedTable& table, compare::Match match) {
  std::vector<std::string> keys;
  keys.reserve(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    keys.push_back(match == compare::Match::name
                       ? table.info(i).name
                       : fmt::format("{} {}", tensor::name(table.verdict(i).role),
                                     join(logical_shape(table, i), "x")));
  }
  return keys;
}

// The order of axes in which two layouts agree; nothing needs to be done where there is none.
std::vector<std::size_t> neutral_axes(const OpenedTable& table, std::size_t index) {
  const auto& layout = table.verdict(index).layout;
  return layout ? tensor::axes_from(*layout, tensor::neutral(*layout)).value()
                : std::vector<std::size_t>();
}

// Sums over the weights of all layers: of squares, of squared differences, and of what the norms'
// squares differ by, which would be lost in the difference of the first two.
struct Sums {
  double a = 0.0;
  double b = 0.0;
  double difference = 0.0;
  double excess = 0.0;

  void add(const std::vector<double>& in_a, const std::vector<double>& in_b) {
    a += metrics::sum_of_squares(in_a);
    b += metrics::sum_of_squares(in_b);
    difference += metrics::sum_of_squared_differences(in_a, 1.0, in_b, 1.0);
    double sum = 0.0;
    for (std::size_t i = 0; i < in_a.size(); ++i) {
      sum += (in_b[i] - in_a[i]) * (in_b[i] + in_a[i]);
    }
    excess += sum;
  }

  // 1 - cos = (|b - a|^2 - (|b| - |a|)^2) / (2 |a| |b|), which does not cancel for small angles.
  [[nodiscard]] std::optional<double> cosine_distance() const {
    const double norms = std::sqrt(a) * std::sqrt(b);
    if (!(norms > 0.0) || !std::isfinite(norms) || !std::isfinite(difference)) {
      return std::nullopt;
    }
    const double longer = excess / (std::sqrt(a) + std::sqrt(b));
    return std::clamp((difference - longer * longer) / (2.0 * norms), 0.0, 2.0);
  }

  [[nodiscard]] std::optional<double> relative_l2() const {
    if (!(a > 0.0) || !std::isfinite(a) || !std::isfinite(difference)) {
      return std::nullopt;
    }
    return std::sqrt(difference) / std::sqrt(a);
  }
};

bool are_identical(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, {}, std::bit_cast<std::uint64_t, double>,
                            std::bit_cast<std::uint64_t, double>);
}

bool are_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

bool are_zero(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return value == 0.0; });
}

// Why two tensors have no distance.
std::string why_missing(const std::vector<double>& a, const std::vector<double>& b) {
  if (!are_finite(a) || !are_finite(b)) {
    return "NaN or infinite values";
  }
  return are_zero(a) || are_zero(b) ? "all values are 0" : "";
}

// Why a tensor cannot be compared with anything; empty where it can.
std::string obstacle(const OpenedTable& table, std::size_t index) {
  const tensor::TensorInfo& info = table.info(index);
  if (!info.unreadable.empty()) {
    return info.unreadable;
  }
  return tensor::is_real(info.dtype)
             ? ""
             : fmt::format("values of type {} are not read", tensor::name(info.dtype));
}

bool has_no_numbers(const tensor::TensorInfo& info) {
  return info.dtype == tensor::DType::string || info.dtype == tensor::DType::other;
}

double furthest(const TensorDistance& tensor) {
  constexpr double kBeyondAll = 3.0;  // A shape that changed, NaN, a tensor that became zero.
  return tensor.cosine_distance.value_or(kBeyondAll);
}

class WeightsComparer {
 public:
  WeightsComparer(const OpenedTable& a, const OpenedTable& b, const WeightsOptions& options)
      : a_(a), b_(b), options_(options) {}

  WeightsComparison result() {
    const compare::Matching matching =
        compare::match_by_key(keys_of(a_, options_.match), keys_of(b_, options_.match));
    for (const auto& [in_a, in_b] : matching.pairs) {
      add(in_a, in_b);
    }
    for (const std::size_t index : matching.only_in_a) {
      out_.only_in_a.push_back(a_.info(index).name);
    }
    for (const std::size_t index : matching.only_in_b) {
      out_.only_in_b.push_back(b_.info(index).name);
    }
    out_.cosine_distance = sums_.cosine_distance();
    out_.relative_l2 = sums_.relative_l2();
    std::ranges::stable_sort(out_.tensors, [](const TensorDistance& one, const auto& other) {
      return std::tuple(!one.is_compared, furthest(one), one.relative_l2.value_or(0.0)) >
             std::tuple(!other.is_compared, furthest(other), other.relative_l2.value_or(0.0));
    });
    return std::move(out_);
  }

 private:
  void add(std::size_t in_a, std::size_t in_b) {
    TensorDistance tensor{.name_a = a_.info(in_a).name,
                          .name_b = b_.info(in_b).name,
                          .role = std::string(tensor::name(a_.verdict(in_a).role)),
                          .values = element_count(a_.info(in_a).shape)};
    if (has_no_numbers(a_.info(in_a)) && has_no_numbers(b_.info(in_b))) {
      ++out_.without_numbers;
      return;
    }
    if (have_other_shapes(in_a, in_b)) {
      tensor.reason = fmt::format("the shape was {}, now {}", join(a_.info(in_a).shape, "x"),
                                  join(b_.info(in_b).shape, "x"));
    } else if (tensor::differ_by_folding(a_.info(in_a).evidence.batch_norm,
                                         b_.info(in_b).evidence.batch_norm)) {
      tensor.reason = "batch normalisation is folded into one of them";
    } else if (tensor.reason = why_not(in_a, in_b); !tensor.reason.empty()) {
      tensor.is_compared = false;
    } else if (try_to_measure(tensor, in_a, in_b)) {
      ++out_.identical;
      return;
    }
    ++(tensor.is_compared ? out_.different : out_.not_compared);
    out_.tensors.push_back(std::move(tensor));
  }

  [[nodiscard]] bool have_other_shapes(std::size_t in_a, std::size_t in_b) const {
    return logical_shape(a_, in_a) != logical_shape(b_, in_b);
  }

  [[nodiscard]] std::string why_not(std::size_t in_a, std::size_t in_b) const {
    if (const std::string reason = obstacle(a_, in_a); !reason.empty()) {
      return "A: " + reason;
    }
    if (const std::string reason = obstacle(b_, in_b); !reason.empty()) {
      return "B: " + reason;
    }
    if (options_.memory && element_count(a_.info(in_a).shape) > *options_.memory / kBytesPerValue) {
      return "needs more than --memory allows";
    }
    return "";
  }

  bool try_to_measure(TensorDistance& tensor, std::size_t in_a, std::size_t in_b) {
    try {
      return with_memory_errors([&] { return measure(tensor, in_a, in_b); });
    } catch (const Error& error) {
      tensor.reason = error.what();
      tensor.is_compared = false;
      return false;
    }
  }

  // Are they identical? Else sets the distances.
  bool measure(TensorDistance& tensor, std::size_t in_a, std::size_t in_b) {
    const std::vector<double> a = a_.read({.index = in_a, .axes = neutral_axes(a_, in_a)});
    const std::vector<double> b = b_.read({.index = in_b, .axes = neutral_axes(b_, in_b)});
    if (a_.verdict(in_a).analysed() && are_finite(a) && are_finite(b)) {
      sums_.add(a, b);
    }
    if (are_identical(a, b)) {
      return true;
    }
    tensor.cosine_distance = metrics::cosine_distance(a, b);
    tensor.relative_l2 = metrics::relative_distance(b, a);
    if (!tensor.cosine_distance || !tensor.relative_l2) {
      tensor.reason = why_missing(a, b);
    }
    return false;
  }

  const OpenedTable& a_;
  const OpenedTable& b_;
  const WeightsOptions& options_;
  WeightsComparison out_;
  Sums sums_;
};

}  // namespace

WeightsComparison compare_weights(const std::filesystem::path& a, const std::filesystem::path& b,
                                  const WeightsOptions& options) {
  const OpenedTable in_a = opened(a, options.limits);
  const OpenedTable in_b = opened(b, options.limits);
  return WeightsComparer(in_a, in_b, options).result();
}

}  // namespace hindcast::analysis
