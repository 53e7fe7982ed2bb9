// Keras 3 numbers a layer's variables: "layers/conv2d_1/vars/0", "layers/lstm/cell/vars/1", and
// tf.keras 2.13 "_layer_checkpoint_dependencies/conv2d_1/vars/0". What a number means follows from
// the layer's class: from the configuration of a .keras file, else from the path, where Keras
// writes the class name in snake case and a counter.

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tensor/roles/keras_layer.hpp"

namespace hindcast::tensor::roles {
namespace {

constexpr std::array<std::string_view, 6> kUntrainedOwners = {
    "seed_generator", "metrics", "_metrics", "loss_tracker", "_loss_tracker", "compile_metrics"};

// Attributes of wrappers and recurrent layers: the class is what holds them.
constexpr std::array<std::string_view, 5> kStructural = {"cell", "cells", "layer", "forward_layer",
                                                         "backward_layer"};

// A variable's place: the segments of its owner, and its number there.
struct Place {
  std::span<const std::string_view> owners;
  unsigned index = 0;
};

std::optional<Place> place_of(const Subject& subject) {
  const std::string_view last = subject.last();
  Place place;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), place.index);
  if (error != std::errc{} || end != last.data() + last.size() || subject.owner() != "vars") {
    return std::nullopt;
  }
  place.owners = std::span(subject.segments).first(subject.segments.size() - 2);
  return place;
}

bool is_structural(std::string_view segment) {
  return std::ranges::find(kStructural, segment) != kStructural.end();
}

bool is_number(std::string_view segment) {
  return segment.find_first_not_of("0123456789") == std::string_view::npos;
}

KerasLayer layer_from_path(const Place& place) {
  bool in_cell = false;
  for (std::size_t i = place.owners.size(); i-- > 0;) {
    const std::string_view segment = place.owners[i];
    const Family family = family_of(segment);
    if (family != Family::none) {
      return {.family = family,
              .evidence = fmt::format("path segment '{}', Keras 3", printable(segment))};
    }
    if (!is_structural(segment) && !is_number(segment)) {
      break;
    }
    in_cell = in_cell || segment.starts_with("cell");
  }
  if (in_cell) {
    return {.family = Family::recurrent, .evidence = "path segment 'cell', Keras 3"};
  }
  return {};
}

// Two are kept by every batch normalisation; `scale` and `center` may be off.
Part batch_norm_part(const Subject& subject, unsigned index) {
  unsigned count = index + 1;
  while (count < 4 && subject.table.sibling(subject.tensor, std::to_string(count)) != nullptr) {
    ++count;
  }
  return index + 2 >= count ? Part::statistics : Part::scale_or_shift;
}

// Beyond the variables a layer trains lie the scales of quantised ones.
Part nth(std::span<const Part> parts, unsigned index) {
  return index < parts.size() ? parts[index] : Part::untrained;
}

Part part_of(const Subject& subject, Family family, unsigned index) {
  static constexpr std::array kKernel = {Part::kernel, Part::bias};
  static constexpr std::array kSeparable = {Part::depthwise_kernel, Part::pointwise_kernel,
                                            Part::bias};
  static constexpr std::array kRecurrent = {Part::kernel, Part::recurrent_kernel, Part::bias};
  static constexpr std::array kEmbedding = {Part::embeddings};
  switch (family) {
    case Family::dense:
    case Family::conv:
    case Family::conv_transpose:
    case Family::depthwise_conv:
    case Family::einsum:
      return nth(kKernel, index);
    case Family::separable_conv:
      return nth(kSeparable, index);
    case Family::conv_recurrent:
    case Family::recurrent:
      return nth(kRecurrent, index);
    case Family::embedding:
      return nth(kEmbedding, index);
    case Family::batch_norm:
      return batch_norm_part(subject, index);
    case Family::norm:
      return Part::scale_or_shift;
    case Family::statistics:
      return Part::statistics;
    case Family::prelu:
      return Part::slope;
    case Family::attention:
    case Family::none:
      break;
  }
  return subject.rank() == 1 && index > 0 ? Part::bias : Part::unknown;
}

// The projections of MultiHeadAttention are attributes with names of their own.
std::optional<Part> attention_part(const Subject& subject, const Place& place) {
  if (place.owners.empty()) {
    return std::nullopt;
  }
  std::string_view owner = place.owners.back();
  owner.remove_prefix(std::min(owner.find_first_not_of('_'), owner.size()));
  const bool goes_in = owner == "query_dense" || owner == "key_dense" || owner == "value_dense";
  if (!goes_in && owner != "output_dense") {
    return std::nullopt;
  }
  if (place.index > 0) {
    return Part::bias;  // One for each head and unit, so with two axes.
  }
  if (subject.rank() < 3) {
    return std::nullopt;
  }
  return goes_in ? Part::attention_in : Part::attention_out;
}

bool is_embedding_name(std::string_view segment) {
  const std::string name = lowered(segment);
  return name.ends_with("embedding") || name.ends_with("embeddings") || name.ends_with("_emb");
}

// For layers of a class Keras does not know, or attributes named by their author.
Verdict judge_unknown(const Subject& subject, const Place& place) {
  const std::string_view owner = place.owners.empty() ? "" : place.owners.back();
  if (subject.rank() == 2 && place.index == 0 && is_embedding_name(owner)) {
    return judge(subject, {}, Part::embeddings,
                 fmt::format("path segment '{}', Keras 3", printable(owner)));
  }
  return judge(subject, {}, part_of(subject, Family::none, place.index),
               fmt::format("variable {} of a layer of unknown class: taken as Keras' order, "
                           "outputs last",
                           place.index));
}

}  // namespace

Verdict by_keras3_path(const Subject& subject) {
  const bool untrained = std::ranges::any_of(subject.segments, [](std::string_view segment) {
    return std::ranges::find(kUntrainedOwners, segment) != kUntrainedOwners.end();
  });
  if (untrained) {
    return {.role = Role::other};
  }
  const std::optional<Place> place = place_of(subject);
  if (!place) {
    return by_keras_names(subject);
  }
  if (const auto part = attention_part(subject, *place)) {
    const KerasLayer projection{
        .family = Family::attention,
        .evidence = fmt::format("path segment '{}', Keras 3", place->owners.back())};
    return judge(subject, projection, *part, "");
  }
  KerasLayer layer = layer_from_config(subject.tensor);
  if (layer.family == Family::none || layer.family == Family::attention) {
    layer = layer_from_path(*place);
  }
  if (layer.family == Family::none) {
    return judge_unknown(subject, *place);
  }
  return judge(subject, layer, part_of(subject, layer.family, place->index), "");
}

}  // namespace hindcast::tensor::roles
