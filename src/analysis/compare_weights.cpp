#include "analysis/compare_weights.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/rotation.hpp"

#include "analysis/identity.hpp"
#include "analysis/opened_table.hpp"
#include "base/checked.hpp"
#include "base/memory_errors.hpp"
#include "base/text.hpp"
#include "compare/match.hpp"
#include "metrics/sums.hpp"
#include "tensor/relayout.hpp"

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

compare::Keys keys_of(const OpenedTable& table) {
  compare::Keys keys;
  for (std::size_t i = 0; i < table.size(); ++i) {
    keys.names.push_back(table.info(i).name);
    keys.shapes.push_back(fmt::format("{} {}", tensor::name(table.verdict(i).role),
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

bool are_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

bool are_zero(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return value == 0.0; });
}

// Which of two tensors has no direction; what the other has become is told with its size.
std::string why_zero(bool is_zero_in_a, bool is_zero_in_b, double norm_b) {
  if (is_zero_in_a && is_zero_in_b) {
    return "all values are 0 on both sides";
  }
  return is_zero_in_a ? fmt::format("all values of A are 0, |b| = {:.4g}", norm_b)
                      : "all values of B are 0";
}

// Sets the distances, or why there are none.
void set_distances(TensorDistance& tensor, const std::vector<double>& a,
                   const std::vector<double>& b) {
  if (!are_finite(a) || !are_finite(b)) {
    tensor.reason = "NaN or infinite values";
    return;
  }
  tensor.cosine_distance = metrics::cosine_distance(a, b);
  tensor.relative_l2 = metrics::relative_distance(b, a);
  const bool is_zero_in_a = are_zero(a);
  const bool is_zero_in_b = are_zero(b);
  if (is_zero_in_a) {
    tensor.norm_b = metrics::norm(b);
  }
  if (is_zero_in_a || is_zero_in_b) {
    tensor.reason = why_zero(is_zero_in_a, is_zero_in_b, tensor.norm_b.value_or(0.0));
  } else if (tensor.relative_l2 == 0.0) {
    tensor.reason = "the values differ by less than a double tells";
  }
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

// A count that a layer keeps of its calls, or the like.
bool is_counter(const tensor::TensorInfo& info) {
  return tensor::is_integer(info.dtype) &&
         std::ranges::all_of(info.shape, [](std::uint64_t extent) { return extent == 1; });
}

class WeightsComparer {
 public:
  // A tensor of one file is the same as itself, whatever of it a double can tell.
  WeightsComparer(const OpenedTable& a, const OpenedTable& b, bool is_one_file,
                  const WeightsOptions& options)
      : a_(a), b_(b), is_one_file_(is_one_file), options_(options) {}

  WeightsComparison result() {
    const compare::Matching matching = compare::match_by(options_.match, keys_of(a_), keys_of(b_));
    for (const auto& [in_a, in_b] : matching.pairs) {
      add(in_a, in_b);
    }
    for (const std::size_t index : matching.only_in_a) {
      add_lonely(a_, index, out_.only_in_a, out_.counters_only_in_a);
    }
    for (const std::size_t index : matching.only_in_b) {
      add_lonely(b_, index, out_.only_in_b, out_.counters_only_in_b);
    }
    out_.cosine_distance = sums_.cosine_distance();
    out_.relative_l2 = sums_.relative_l2();
    compare::sort_furthest_first(out_.tensors);
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
    } else if (try_to_measure(tensor, in_a, in_b) == Identity::identical) {
      count(in_a, in_b, out_.identical, out_.layers_identical);
      return;
    }
    std::int64_t different_layers = 0;  // Those that are left over.
    if (!tensor.is_compared) {
      count(in_a, in_b, out_.not_compared, out_.layers_not_compared);
    } else {
      count(in_a, in_b, tensor.is_within_tolerance ? out_.within_tolerance : out_.different,
            different_layers);
    }
    out_.tensors.push_back(std::move(tensor));
  }

  void count(std::size_t in_a, std::size_t in_b, std::int64_t& tensors, std::int64_t& layers) {
    ++tensors;
    if (a_.verdict(in_a).analysed() || b_.verdict(in_b).analysed()) {
      ++out_.layers;
      ++layers;
    }
  }

  void add_lonely(const OpenedTable& table, std::size_t index, std::vector<std::string>& names,
                  std::vector<std::string>& counters) {
    const tensor::TensorInfo& info = table.info(index);
    const bool is_told_only = options_.match == compare::Match::position && is_counter(info);
    (is_told_only ? counters : names).push_back(info.name);
    out_.layers += table.verdict(index).analysed() ? 1 : 0;
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

  Identity try_to_measure(TensorDistance& tensor, std::size_t in_a, std::size_t in_b) {
    try {
      return with_memory_errors([&] { return measure(tensor, in_a, in_b); });
    } catch (const Error& error) {
      tensor.reason = error.what();
      tensor.is_compared = false;
      return Identity::unknown;
    }
  }

  // Sets the distances where they are not identical.
  Identity measure(TensorDistance& tensor, std::size_t in_a, std::size_t in_b) {
    const ReadTensor a = read(a_, in_a);
    const ReadTensor b = read(b_, in_b);
    if (a_.verdict(in_a).analysed() && are_finite(a.values) && are_finite(b.values)) {
      sums_.add(a.values, b.values);
      ++out_.layers_measured;
    }
    const bool is_itself = is_one_file_ && in_a == in_b;
    const Identity identity = is_itself ? Identity::identical : identity_of(a, b);
    if (identity == Identity::unknown) {
      tensor.reason = "equal as doubles, which do not hold such values exactly";
      tensor.is_compared = false;
    } else if (identity == Identity::different) {
      set_distances(tensor, a.values, b.values);
      const bool is_zero = tensor.norm_b == 0.0 || tensor.relative_l2 == 0.0;
      tensor.is_within_tolerance =
          options_.tolerance > 0.0 &&
          (is_zero || (tensor.relative_l2 && *tensor.relative_l2 <= options_.tolerance));
    }
    return identity;
  }

  static ReadTensor read(const OpenedTable& table, std::size_t index) {
    Counterpart place{.index = index, .axes = neutral_axes(table, index)};
    std::vector<double> values = table.read(place);
    return {.table = table, .place = std::move(place), .values = std::move(values)};
  }

  const OpenedTable& a_;
  const OpenedTable& b_;
  bool is_one_file_;
  const WeightsOptions& options_;
  WeightsComparison out_;
  Sums sums_;
};

}  // namespace

WeightsComparison compare_weights(const std::filesystem::path& a, const std::filesystem::path& b,
                                  const WeightsOptions& options) {
  const OpenedTable in_a = opened(a, options.limits);
  const OpenedTable in_b = opened(b, options.limits);
  std::error_code error;
  const bool is_one_file = std::filesystem::equivalent(a, b, error);
  return WeightsComparer(in_a, in_b, is_one_file, options).result();
}

}  // namespace hindcast::analysis
