#include "compare/match.hpp"

#include <algorithm>
#include <unordered_map>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "tensor/relayout.hpp"

namespace hindcast::compare {
namespace {

Keys keys_of(const std::vector<report::LayerReport>& layers) {
  Keys keys;
  for (const report::LayerReport& layer : layers) {
    keys.names.push_back(layer.name);
    keys.shapes.push_back(join(logical_shape(layer.shape, layer.layout), "x"));
  }
  return keys;
}

// A name may hold anything, a shape no line end.
std::vector<std::string> shapes_and_names(const Keys& keys) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < keys.names.size(); ++i) {
    out.push_back(keys.shapes[i] + '\n' + keys.names[i]);
  }
  return out;
}

std::vector<std::string> keys_at(const std::vector<std::string>& keys,
                                 const std::vector<std::size_t>& indices) {
  std::vector<std::string> out;
  for (const std::size_t index : indices) {
    out.push_back(keys[index]);
  }
  return out;
}

std::vector<std::size_t> indices_at(const std::vector<std::size_t>& indices,
                                    const std::vector<std::size_t>& places) {
  std::vector<std::size_t> out;
  for (const std::size_t place : places) {
    out.push_back(indices[place]);
  }
  return out;
}

// Matches by these keys what has no counterpart yet.
void match_rest(Matching& matching, const std::vector<std::string>& a,
                const std::vector<std::string>& b) {
  const Matching rest =
      match_by_key(keys_at(a, matching.only_in_a), keys_at(b, matching.only_in_b));
  for (const auto& [in_a, in_b] : rest.pairs) {
    matching.pairs.emplace_back(matching.only_in_a[in_a], matching.only_in_b[in_b]);
  }
  matching.only_in_a = indices_at(matching.only_in_a, rest.only_in_a);
  matching.only_in_b = indices_at(matching.only_in_b, rest.only_in_b);
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

Matching match_by(Match match, const Keys& a, const Keys& b) {
  if (match == Match::name) {
    return match_by_key(a.names, b.names);
  }
  Matching matching = match_by_key(shapes_and_names(a), shapes_and_names(b));
  match_rest(matching, a.shapes, b.shapes);
  match_rest(matching, a.names, b.names);
  std::ranges::sort(matching.pairs);
  return matching;
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
  return match_by(match, keys_of(a), keys_of(b));
}

}  // namespace hindcast::compare
