#include "analysis/weights_sample.hpp"

#include <algorithm>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/rotation.hpp"

#include "base/checked.hpp"
#include "base/memory_errors.hpp"
#include "tensor/relayout.hpp"

namespace hindcast::analysis {
namespace {

constexpr std::uint64_t kMostWeights = 1ULL << 16U;
// A value, and the same in another order of axes.
constexpr std::uint64_t kBytesPerWeight = 2 * sizeof(double);
constexpr std::size_t kMostLayers = 8;

// Values of a layer: they tell an angle to about a hundredth.
constexpr std::size_t kMostValues = 1U << 14U;

// Evenly spread ones. An odd distance, so that they are not all from the same few columns.
std::vector<double> thinned(std::vector<double> values) {
  const std::size_t distance = (values.size() / kMostValues) | 1U;
  if (distance == 1) {
    return values;
  }
  std::vector<double> out;
  for (std::size_t i = 0; i < values.size(); i += distance) {
    out.push_back(values[i]);
  }
  return out;
}

// The layers to sample, by their index in the table.
std::vector<std::size_t> chosen(const OpenedTable& table, std::uint64_t memory) {
  std::vector<std::size_t> layers;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.verdict(i).analysed()) {
      layers.push_back(i);
    }
  }
  const auto size = [&](std::size_t i) { return element_count(table.info(i).shape); };
  std::ranges::stable_sort(layers, {}, size);
  const auto too_large =
      std::ranges::find_if(layers, [&](std::size_t i) { return size(i) > kMostWeights; });
  if (too_large != layers.begin()) {
    layers.erase(too_large, layers.end());
    const std::size_t excess = layers.size() - std::min(layers.size(), kMostLayers);
    layers.erase(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(excess));
  } else if (!layers.empty()) {
    layers.erase(layers.begin() + 1, layers.end());
  }
  std::erase_if(layers, [&](std::size_t i) { return size(i) > memory / kBytesPerWeight; });
  return layers;
}

std::vector<std::size_t> neutral_axes(const OpenedTable& table, std::size_t index) {
  const tensor::Layout& layout = *table.verdict(index).layout;
  return tensor::axes_from(layout, tensor::neutral(layout)).value();
}

}  // namespace

WeightsSample sample_weights(const OpenedTable& table, std::uint64_t memory) {
  WeightsSample sample;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.verdict(i).analysed()) {
      sample.shapes.emplace(table.info(i).name,
                            tensor::permuted_shape(table.info(i).shape, neutral_axes(table, i)));
    }
  }
  for (const std::size_t i : chosen(table, memory)) {
    try {
      sample.values.emplace(
          table.info(i).name, with_memory_errors([&] {
            return thinned(table.read(Counterpart{.index = i, .axes = neutral_axes(table, i)}));
          }));
      sample.batch_norms.emplace(table.info(i).name, table.info(i).evidence.batch_norm);
    } catch (const Error&) {
      continue;  // The analysis tells of it.
    }
  }
  return sample;
}

std::optional<double> median_rotation(const WeightsSample& a, const WeightsSample& b) {
  std::vector<double> rotations;
  for (const auto& [name, values] : a.values) {
    const auto other = b.values.find(name);
    if (other == b.values.end() || other->second.size() != values.size() ||
        tensor::differ_by_folding(a.batch_norms.at(name), b.batch_norms.at(name))) {
      continue;
    }
    if (const auto rotation = metrics::cosine_distance(values, other->second)) {
      rotations.push_back(*rotation);
    }
  }
  if (rotations.empty()) {
    return std::nullopt;
  }
  const auto middle = rotations.begin() + static_cast<std::ptrdiff_t>(rotations.size() / 2);
  std::ranges::nth_element(rotations, middle);
  return *middle;
}

}  // namespace hindcast::analysis
