// Keras layers: which classes share their variables, and how the axes of a kernel lie.
//
// Keras 2 and 3 put the output axis last, except for transposed convolutions, whose kernels are
// (..., out, in). Keras 1 follows `dim_ordering`: "tf" like Keras 2, "th" like PyTorch, transposed
// convolutions included.

#include "tensor/roles/keras_layer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::tensor::roles {
namespace {

using enum Family;

// Class names in lower case without underscores, so that "Conv2DTranspose" and "conv2d_transpose"
// are one.
constexpr std::array kFamilies = std::to_array<std::pair<std::string_view, Family>>({
    {"dense", dense},
    {"timedistributeddense", dense},
    {"conv1d", conv},
    {"conv2d", conv},
    {"conv3d", conv},
    {"convolution1d", conv},
    {"convolution2d", conv},
    {"convolution3d", conv},
    {"atrousconvolution1d", conv},
    {"atrousconvolution2d", conv},
    {"conv1dtranspose", conv_transpose},
    {"conv2dtranspose", conv_transpose},
    {"conv3dtranspose", conv_transpose},
    {"convolution2dtranspose", conv_transpose},
    {"convolution3dtranspose", conv_transpose},
    {"deconvolution2d", conv_transpose},
    {"deconvolution3d", conv_transpose},
    {"depthwiseconv1d", depthwise_conv},
    {"depthwiseconv2d", depthwise_conv},
    {"separableconv1d", separable_conv},
    {"separableconv2d", separable_conv},
    {"separableconvolution1d", separable_conv},
    {"separableconvolution2d", separable_conv},
    {"convlstm1d", conv_recurrent},
    {"convlstm2d", conv_recurrent},
    {"convlstm3d", conv_recurrent},
    {"convlstm1dcell", conv_recurrent},
    {"convlstm2dcell", conv_recurrent},
    {"convlstm3dcell", conv_recurrent},
    {"lstm", recurrent},
    {"gru", recurrent},
    {"simplernn", recurrent},
    {"rnn", recurrent},
    {"lstmcell", recurrent},
    {"grucell", recurrent},
    {"simplernncell", recurrent},
    {"cudnnlstm", recurrent},
    {"cudnngru", recurrent},
    {"embedding", embedding},
    {"multiheadattention", attention},
    {"groupqueryattention", attention},
    {"groupedqueryattention", attention},
    {"einsumdense", einsum},
    {"batchnormalization", batch_norm},
    {"syncbatchnormalization", batch_norm},
    {"layernormalization", norm},
    {"groupnormalization", norm},
    {"instancenormalization", norm},
    {"rmsnormalization", norm},
    {"normalization", statistics},
    {"prelu", prelu},
});

std::string_view without_counters(std::string_view name) {
  while (true) {
    const std::size_t end = name.find_last_not_of("0123456789");
    const bool counted =
        end != std::string_view::npos && end + 1 < name.size() && name[end] == '_' && end > 0;
    if (!counted) {
      return name;
    }
    name = name.substr(0, end);
  }
}

// The letters for 2, 3, 4 and 5 axes; empty where a layer cannot have that many.
using ByRank = std::array<std::string_view, 4>;

constexpr ByRank kChannelsLast = {"IO", "WIO", "HWIO", "DHWIO"};
constexpr ByRank kChannelsFirst = {"IO", "WIO", "OIHW", "OIDHW"};
constexpr ByRank kTransposed = {"IO", "WOI", "HWOI", "DHWOI"};
constexpr ByRank kDepthwise = {"", "WIM", "HWIM", "DHWIM"};
constexpr ByRank kDepthwiseFirst = {"", "WIM", "MIHW", "MIDHW"};
constexpr ByRank kManyIn = {"IO", "IIO", "IIIO", "IIIIO"};
constexpr ByRank kManyOut = {"IO", "IOO", "IOOO", "IOOOO"};
constexpr ByRank kRowsAreOutputs = {"OI", "", "", ""};

// Keras 1 writes channels first unless its configuration says otherwise.
bool is_channels_first(const Evidence& evidence) {
  return evidence.dialect == Dialect::keras1 && evidence.data_format != "tf";
}

const ByRank& orders_of(const Evidence& evidence, Family family, Part part) {
  const bool first = is_channels_first(evidence);
  if (part == Part::depthwise_kernel || (part == Part::kernel && family == depthwise_conv)) {
    return first ? kDepthwiseFirst : kDepthwise;
  }
  if (part == Part::embeddings) {
    return kRowsAreOutputs;
  }
  if (part == Part::attention_in) {
    return kManyOut;
  }
  // Without its equation a general einsum kernel is taken as (..., out), the usual way to write it.
  if (part == Part::attention_out || (part == Part::kernel && family == einsum)) {
    return kManyIn;
  }
  if (first) {
    return kChannelsFirst;
  }
  const bool transposed = family == conv_transpose && evidence.dialect != Dialect::keras1;
  return transposed ? kTransposed : kChannelsLast;
}

LayerKind kind_of(const Subject& subject, Family family, Part part) {
  if (part == Part::embeddings) {
    return LayerKind::embedding;
  }
  const bool is_recurrent = part == Part::recurrent_kernel || family == recurrent ||
                            (part == Part::kernel &&
                             subject.table.sibling(subject.tensor, "recurrent_kernel") != nullptr);
  return is_recurrent ? LayerKind::recurrent : LayerKind::other;
}

// Which of two conventions a Keras 1 convolution follows cannot be seen, so the reason says it.
std::string dim_ordering_note(const Subject& subject) {
  const Evidence& evidence = subject.tensor.evidence;
  if (evidence.dialect != Dialect::keras1 || subject.rank() < 4) {
    return "";
  }
  return evidence.data_format.empty()
             ? ", no dim_ordering stored: taken as 'th'"
             : fmt::format(", dim_ordering '{}'", printable(evidence.data_format));
}

Verdict judge_weight(const Subject& subject, const KerasLayer& layer, Part part,
                     const std::string& fallback) {
  const bool is_embedding = part == Part::matrix && layer.family == embedding;
  const Part effective = is_embedding ? Part::embeddings : part;
  Verdict verdict{.role = Role::weight,
                  .trained = true,
                  .kind = kind_of(subject, layer.family, effective),
                  .letters = "",
                  .reason = layer.evidence.empty() ? fallback : layer.evidence};
  verdict.reason += dim_ordering_note(subject);
  if (subject.rank() >= 2 && subject.rank() <= 5) {
    verdict.letters =
        orders_of(subject.tensor.evidence, layer.family, effective)[subject.rank() - 2];
  }
  return verdict;
}

}  // namespace

Family family_of(std::string_view class_or_name) {
  const std::size_t package = class_or_name.rfind('>');
  if (package != std::string_view::npos) {
    class_or_name.remove_prefix(package + 1);
  }
  std::string key = lowered(without_counters(class_or_name));
  std::erase(key, '_');
  const auto* const found =
      std::ranges::find(kFamilies, key, &decltype(kFamilies)::value_type::first);
  return found == kFamilies.end() ? none : found->second;
}

KerasLayer layer_from_config(const TensorInfo& tensor) {
  const Family family = family_of(tensor.evidence.layer_class);
  if (family == none) {
    return {};
  }
  return {.family = family,
          .evidence = fmt::format("layer class {} in model_config",
                                  printable(tensor.evidence.layer_class))};
}

Verdict judge(const Subject& subject, const KerasLayer& layer, Part part,
              const std::string& fallback) {
  switch (part) {
    case Part::bias:
      return {.role = Role::bias, .trained = true};
    case Part::scale_or_shift:
      return {.role = Role::normalisation, .trained = true};
    case Part::statistics:
      return {.role = Role::statistics};
    case Part::slope:
      return {.role = Role::other, .trained = true};
    case Part::untrained:
      return {.role = Role::other};
    case Part::unknown:
      if (subject.rank() < 2) {
        return {.role = Role::other, .trained = true};
      }
      break;
    case Part::kernel:
    case Part::matrix:
    case Part::recurrent_kernel:
    case Part::depthwise_kernel:
    case Part::pointwise_kernel:
    case Part::embeddings:
    case Part::attention_in:
    case Part::attention_out:
      break;
  }
  return judge_weight(subject, layer, part, fallback);
}

}  // namespace hindcast::tensor::roles
