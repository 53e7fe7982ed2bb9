// What Keras calls the variables that it only numbers in its weights files.
//
// Listed are classes that always keep the same variables first. A normalisation may go without its
// scale or its shift, so its numbers stay numbers.
// https://github.com/keras-team/keras/tree/master/keras/src/layers

#include "io/hdf5/keras_variables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace hindcast::io::hdf5 {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> kKernel = {"kernel", "bias"};
constexpr std::array<std::string_view, 3> kSeparable = {"depthwise_kernel", "pointwise_kernel",
                                                        "bias"};
constexpr std::array<std::string_view, 3> kRecurrent = {"kernel", "recurrent_kernel", "bias"};
constexpr std::array<std::string_view, 1> kEmbedding = {"embeddings"};

constexpr auto kVariables = std::to_array<std::pair<std::string_view, Names>>({
    {"Dense", kKernel},
    {"EinsumDense", kKernel},
    {"Conv1D", kKernel},
    {"Conv2D", kKernel},
    {"Conv3D", kKernel},
    {"Conv1DTranspose", kKernel},
    {"Conv2DTranspose", kKernel},
    {"Conv3DTranspose", kKernel},
    {"DepthwiseConv1D", kKernel},
    {"DepthwiseConv2D", kKernel},
    {"SeparableConv1D", kSeparable},
    {"SeparableConv2D", kSeparable},
    {"LSTM", kRecurrent},
    {"GRU", kRecurrent},
    {"SimpleRNN", kRecurrent},
    {"ConvLSTM1D", kRecurrent},
    {"ConvLSTM2D", kRecurrent},
    {"ConvLSTM3D", kRecurrent},
    {"Embedding", kEmbedding},
});

constexpr std::string_view kNumbered = "/vars/";

// The variables of the part of a layer that lies at `owner`: of the layer itself, of the cell of a
// recurrent one, of a projection of an attention.
Names variables_of(std::string_view layer_class, std::string_view owner) {
  if (layer_class == "MultiHeadAttention" && owner.ends_with("_dense")) {
    return kKernel;
  }
  const auto* const known =
      std::ranges::find(kVariables, layer_class, [](const auto& entry) { return entry.first; });
  return known != kVariables.end() && (owner.empty() || owner == "/cell") ? known->second : Names();
}

}  // namespace

std::string name_variable(std::string_view layer_class, std::string_view place) {
  const std::size_t numbered = place.rfind(kNumbered);
  if (numbered == std::string_view::npos) {
    return std::string(place);
  }
  const Names names = variables_of(layer_class, place.substr(0, numbered));
  const std::string_view number = place.substr(numbered + kNumbered.size());
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  const bool whole = error == std::errc{} && end == number.data() + number.size();
  if (!whole || index >= names.size()) {
    return std::string(place);
  }
  return fmt::format("{}/{}", place.substr(0, numbered), names[index]);
}

}  // namespace hindcast::io::hdf5
