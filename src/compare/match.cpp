#include "compare/match.hpp"

#include <algorithm>
#include <unordered_map>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/tensor/relayout.hpp"

namespace hindcast::compare {
namespace {

std::string key_of(const report::LayerReport& layer, Match match) {
  return match == Match::name ? layer.name : join(logical_shape(layer.shape, layer.layout), "x");
}

std::vector<std::string> keys_of(const std::vector<report::LayerReport>& layers, Match match) {
  std::vector<std::string> keys;
  keys.reserve(layers.size());
  for (const report::LayerReport& layer : layers) {
    keys.push_back(key_of(layer, match));
  }
  return keys;
}

// The indices that have a key, and how many of them have found their counterpart.
struct Places {
  std::vector<std::size_t> indices = {};
  std::size_t taken = 0;
};

}  // namespace

Matching match_by_key(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::unordered_map<std::string_view, Places> places;
  for (std::size_t i = 0; i < b.size(); ++i) {
    places[b[i]].indices.push_back(i);
  }
  Matching out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto place = places.find(a[i]);
    if (place == places.end() || place->second.taken == place->second.indices.size()) {
      out.only_in_a.push_back(i);
    } else {
      out.pairs.emplace_back(i, place->second.indices[place->second.taken++]);
    }
  }
  for (const auto& [key, left] : places) {
    out.only_in_b.insert(out.only_in_b.end(),
                         left.indices.begin() + static_cast<std::ptrdiff_t>(left.taken),
                         left.indices.end());
  }
  std::ranges::sort(out.only_in_b);
  return out;
}

std::vector<std::uint64_t> logical_shape(const std::vector<std::uint64_t>& shape,
                                         std::string_view letters) {
  if (letters.size() != shape.size()) {
    return shape;
  }
  try {
    const tensor::Layout layout = tensor::Layout::parse(letters);
    const auto axes = tensor::axes_from(layout, tensor::neutral(layout));
    return axes ? tensor::permuted_shape(shape, *axes) : shape;
  } catch (const Error&) {  // A report may say anything.
    return shape;
  }
}

Matching match_layers(const std::vector<report::LayerReport>& a,
                      const std::vector<report::LayerReport>& b, Match match) {
  return match_by_key(keys_of(a, match), keys_of(b, match));
}

}  // namespace hindcast::compare
