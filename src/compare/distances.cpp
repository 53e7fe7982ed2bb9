#include <algorithm>
#include <tuple>

#include "compare/compare.hpp"

namespace hindcast::compare {
namespace {

// By the direction, 0 to 2. What has none in B has lost it; what had none in A is new, and how much
// that is cannot be said as a share, so that it follows what can be told.
double furthest(const TensorDistance& tensor) {
  constexpr double kBeyondAll = 3.0;  // A shape that changed, NaN.
  constexpr double kOrthogonal = 1.0;
  constexpr double kAfterAll = -1.0;
  if (tensor.cosine_distance) {
    return *tensor.cosine_distance;
  }
  if (tensor.relative_l2) {
    return kOrthogonal;
  }
  return tensor.norm_b ? kAfterAll : kBeyondAll;
}

}  // namespace

void sort_furthest_first(std::vector<TensorDistance>& tensors) {
  std::ranges::stable_sort(tensors, [](const TensorDistance& one, const TensorDistance& other) {
    const auto rank = [](const TensorDistance& tensor) {
      return std::tuple(!tensor.is_compared, !tensor.is_within_tolerance, furthest(tensor),
                        tensor.relative_l2.value_or(tensor.norm_b.value_or(0.0)));
    };
    return rank(one) > rank(other);
  });
}

std::string_view WeightsComparison::effect() const noexcept {
  if (layers > 0 && layers_identical == layers) {
    return "same";
  }
  return layers_identical + layers_not_compared == layers ? "not_compared" : "changed";
}

}  // namespace hindcast::compare
