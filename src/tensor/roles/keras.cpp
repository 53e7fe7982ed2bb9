// Keras 1 and 2 name a layer's variables: "conv2d_1/kernel:0", "lstm_1/lstm_1_W_i:0". The last
// segment says what a variable is; the layer's class, from the configuration or else from the name
// Keras gave the layer, says how a kernel's axes lie.

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tensor/roles/keras_layer.hpp"

namespace hindcast::tensor::roles {
namespace {

// Endings of the last segment, whole or after an underscore; the first that fits decides.
constexpr std::array kEndings = std::to_array<std::pair<std::string_view, Part>>({
    {"depthwise_kernel", Part::depthwise_kernel},
    {"pointwise_kernel", Part::pointwise_kernel},
    {"recurrent_kernel", Part::recurrent_kernel},
    {"kernel", Part::kernel},
    {"embeddings", Part::embeddings},
    {"embedding", Part::embeddings},
    {"bias", Part::bias},
    {"gamma", Part::scale_or_shift},
    {"beta", Part::scale_or_shift},
    {"moving_mean", Part::statistics},
    {"moving_variance", Part::statistics},
    {"running_mean", Part::statistics},
    {"running_std", Part::statistics},
    {"alpha", Part::slope},
    {"alphas", Part::slope},
    {"W", Part::matrix},
    {"U", Part::recurrent_kernel},
    {"b", Part::bias},
});

// The same for whole segments only: too short or too common as endings.
constexpr std::array kWholeNames = std::to_array<std::pair<std::string_view, Part>>({
    {"mean", Part::statistics},
    {"variance", Part::statistics},
    {"count", Part::untrained},
    {"total", Part::untrained},
    {"iterations", Part::untrained},
    {"scale", Part::scale_or_shift},
});

// Keras 1 keeps one array per gate: "lstm_1_W_i", "gru_1_U_z", "highway_1_W_carry".
constexpr std::array<std::string_view, 8> kGates = {"i", "c", "f", "o", "z", "r", "h", "carry"};

struct Ending {
  std::string_view text;
  Part part = Part::unknown;
};

bool ends_in(std::string_view name, std::string_view ending) {
  return name == ending || (name.ends_with(ending) && name[name.size() - ending.size() - 1] == '_');
}

std::string_view without_gate(std::string_view name) {
  const std::size_t underscore = name.rfind('_');
  const bool has_gate = underscore != std::string_view::npos &&
                        std::ranges::find(kGates, name.substr(underscore + 1)) != kGates.end();
  const std::string_view rest = has_gate ? name.substr(0, underscore) : name;
  return ends_in(rest, "W") || ends_in(rest, "U") || ends_in(rest, "b") ? rest : name;
}

Ending ending_of(const Subject& subject) {
  const std::string_view last = subject.last();
  for (const auto& [text, part] : kWholeNames) {
    // A matrix called "scale" is no normalisation's.
    if (last == text && (part != Part::scale_or_shift || subject.rank() == 1)) {
      return {.text = text, .part = part};
    }
  }
  const std::string_view name = without_gate(last);
  for (const auto& [text, part] : kEndings) {
    if (ends_in(name, text)) {
      return {.text = text, .part = part};
    }
  }
  return {};
}

// Names Keras gave a layer say its class; names the user gave it usually say nothing.
KerasLayer layer_from_names(const Subject& subject) {
  for (std::size_t i = subject.segments.size() - 1; i-- > 0;) {
    const std::string_view segment = subject.segments[i];
    const Family family = family_of(segment);
    if (family != Family::none) {
      return {.family = family,
              .evidence = fmt::format("layer name '{}', Keras", printable(segment))};
    }
  }
  return {};
}

bool lies_in_attention(const Subject& subject, Family family) {
  return family == Family::attention || std::ranges::any_of(subject.segments, [](auto segment) {
           return lowered(segment).find("attention") != std::string::npos;
         });
}

// A projection of MultiHeadAttention keeps its heads on an axis of their own.
Part attention_part(const Subject& subject, Family family, Part part) {
  if (part != Part::kernel || subject.rank() < 3 || !lies_in_attention(subject, family)) {
    return part;
  }
  const std::string_view owner = subject.owner();
  if (owner == "query" || owner == "key" || owner == "value") {
    return Part::attention_in;
  }
  return owner == "attention_output" ? Part::attention_out : part;
}

std::string ending_reason(const Subject& subject, const Ending& ending) {
  if (ending.part == Part::unknown) {
    return "no evidence: taken as Keras' order, outputs last";
  }
  const bool is_keras = subject.tensor.evidence.dialect == Dialect::keras1 ||
                        subject.tensor.evidence.dialect == Dialect::keras2;
  return fmt::format("name ends in '{}', {}", ending.text, is_keras ? "Keras" : "Keras or Flax");
}

}  // namespace

bool is_keras_name(std::string_view last) noexcept {
  static constexpr std::array<std::string_view, 8> kNames = {
      "kernel",     "recurrent_kernel", "depthwise_kernel", "pointwise_kernel",
      "embeddings", "embedding",        "moving_mean",      "moving_variance"};
  return std::ranges::find(kNames, last) != kNames.end();
}

Verdict by_keras_names(const Subject& subject) {
  const Ending ending = ending_of(subject);
  KerasLayer layer = layer_from_config(subject.tensor);
  if (layer.family == Family::none) {
    layer = layer_from_names(subject);
  }
  const Part part = attention_part(subject, layer.family, ending.part);
  if (part != ending.part && layer.family != Family::attention) {
    layer.evidence = fmt::format("name ends in '{}/kernel', Keras attention", subject.owner());
  }
  return judge(subject, layer, part, ending_reason(subject, ending));
}

}  // namespace hindcast::tensor::roles
