// The calls by which PyTorch rebuilds its tensors.
//
// https://github.com/pytorch/pytorch/blob/main/torch/_utils.py
//
// Checked: sizes, strides and offsets are not negative and there are as many strides as sizes; the
// storage has the size its name says; every element lies in it. Listed as unreadable: sparse and
// meta tensors, subclasses that keep their values elsewhere, elements of less than a byte.

#include "io/torch/tensor_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/torch/arguments.hpp"
#include "io/torch/numpy_array.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::GlobalName;
using pickle::Index;
using pickle::Kind;

constexpr std::array kTensors = {Meaning::tensor,           Meaning::tensor_v3,
                                 Meaning::quantised_tensor, Meaning::sparse_tensor,
                                 Meaning::meta_tensor,      Meaning::wrapper_tensor,
                                 Meaning::numpy_array,      Meaning::numpy_buffer};

bool makes_tensor(Meaning meaning) {
  return std::ranges::find(kTensors, meaning) != kTensors.end();
}

}  // namespace

std::optional<TensorReader::TensorCall> TensorReader::resolve(Index value) const {
  constexpr int kMostWrappers = 8;  // Parameters of parameters: a file that is asked often.
  for (int depth = 0; depth < kMostWrappers; ++depth) {
    const pickle::Call* const call = graph_.call(value);
    if (call == nullptr) {
      return std::nullopt;
    }
    Meaning meaning = called(graph_, value);
    Index arguments = call->arguments;
    const auto items = graph_.items(arguments);
    if (meaning == Meaning::typed_tensor && items.size() >= 3) {
      const GlobalName* const function = graph_.global(items[0]);
      meaning = function != nullptr ? meaning_of(*function) : Meaning::unknown;
      arguments = items[2];
    }
    if (makes_tensor(meaning)) {
      return TensorCall{.meaning = meaning, .value = value, .arguments = arguments};
    }
    const auto inner = graph_.items(arguments);
    if (meaning != Meaning::parameter || inner.empty()) {
      return std::nullopt;
    }
    value = inner.front();
  }
  return std::nullopt;
}

StoredTensor TensorReader::read(Index value) const {
  const auto call = resolve(value);
  if (!call) {
    throw Error(ErrorCode::malformed, fmt::format("is {}, not a tensor", name(graph_.kind(value))));
  }
  require_unchanged(call->value);
  if (call->meaning == Meaning::numpy_array || call->meaning == Meaning::numpy_buffer) {
    return read_numpy_array(graph_, call->value, limits_);
  }
  const auto given = arguments(graph_, call->arguments, 2);
  const auto argument = [&](std::size_t i) { return i < given.size() ? given[i] : Index{0}; };
  if (call->meaning == Meaning::tensor_v3) {
    return plain(given, &dtype(argument(6)), argument(7));
  }
  if (call->meaning == Meaning::quantised_tensor) {
    return quantised(given);
  }
  if (call->meaning == Meaning::sparse_tensor) {
    return sparse(given);
  }
  if (call->meaning == Meaning::meta_tensor) {
    return without_values(argument(0), argument(1), "a meta tensor, stored without its values");
  }
  if (call->meaning == Meaning::wrapper_tensor) {
    const GlobalName* const type = graph_.global(argument(0));
    return without_values(argument(1), argument(2),
                          fmt::format("a {}, which keeps its values in other tensors",
                                      type != nullptr ? display(*type) : "tensor subclass"));
  }
  return plain(given, nullptr, argument(6));
}

// What is set or appended belongs to lists and dicts; on a tensor it is an attack on readers that
// do not look.
void TensorReader::require_unchanged(Index value) const {
  const pickle::Call& call = *graph_.call(value);
  if (call.entries != 0 || call.appended != 0) {
    throw Error(ErrorCode::malformed, "items are put into a tensor");
  }
}

StoredTensor TensorReader::plain(std::span<const Index> arguments, const ElementType* dtype,
                                 Index metadata) const {
  const StorageView view = storage(arguments[0]);
  const ElementType& element = dtype != nullptr ? *dtype : *view.element;
  StoredTensor tensor{.shape = {}, .dtype = element.dtype, .unreadable = {}, .values = {}};
  Elements elements = this->elements(view, element, arguments);
  tensor.shape = elements.shape;
  if (element.dtype == tensor::DType::other) {
    tensor.unreadable = fmt::format("elements of type torch.{} are not supported", element.name);
    return tensor;
  }
  tensor.values = Values{.elements = std::move(elements),
                         .negated = flag(metadata, "neg"),
                         .conjugated = flag(metadata, "conj")};
  return tensor;
}

StoredTensor TensorReader::quantised(std::span<const Index> arguments) const {
  if (arguments.size() < 5) {
    throw Error(ErrorCode::malformed, "a quantised tensor without its scale");
  }
  StoredTensor tensor = plain(arguments, nullptr, 0);
  if (tensor.values) {
    tensor.values->quantisation = quantisation(arguments[4], tensor.shape);
    tensor.dtype = tensor::DType::float32;  // What PyTorch's dequantize gives.
  }
  return tensor;
}

StoredTensor TensorReader::sparse(std::span<const Index> arguments) const {
  StoredTensor tensor;
  tensor.unreadable = "a sparse tensor, which is not supported";
  const auto parts = torch::arguments(graph_, arguments[1], 3);
  // Indices, values, size for coordinates; rows, columns, values, size for compressed rows.
  for (const Index part : parts) {
    if (graph_.kind(part) == Kind::tuple || called(graph_, part) == Meaning::size) {
      tensor.shape = counts(graph_, part, "a size", limits_);
    } else if (const auto call = resolve(part); call && call->meaning == Meaning::tensor) {
      tensor.dtype = plain(torch::arguments(graph_, call->arguments, 4), nullptr, 0).dtype;
    }
  }
  return tensor;
}

StoredTensor TensorReader::without_values(Index dtype, Index size, std::string_view why) const {
  return {.shape = counts(graph_, size, "a size", limits_),
          .dtype = this->dtype(dtype).dtype,
          .unreadable = std::string(why),
          .values = {}};
}

Quantisation TensorReader::quantisation(Index parameters,
                                        std::span<const std::uint64_t> shape) const {
  const auto given = arguments(graph_, parameters, 3);
  const GlobalName* const scheme = graph_.global(given[0]);
  Quantisation quantisation;
  if (scheme != nullptr && scheme->name == "per_tensor_affine") {
    const auto scale = graph_.number(given[1]);
    const auto zero_point = graph_.number(given[2]);
    if (!scale || !zero_point || !std::isfinite(*scale)) {
      throw Error(ErrorCode::malformed, "a quantised tensor's scale or zero point is no number");
    }
    quantisation.scale = *scale;
    quantisation.zero_point = *zero_point;
    return quantisation;
  }
  if (scheme == nullptr || !scheme->name.starts_with("per_channel_affine") || given.size() < 4) {
    throw Error(ErrorCode::unsupported,
                fmt::format("quantisation scheme {} is not supported",
                            scheme != nullptr ? display(*scheme) : "without a name"));
  }
  quantisation.axis = count(graph_, given[3], "the axis of quantisation");
  if (quantisation.axis >= shape.size()) {
    throw Error(ErrorCode::malformed,
                fmt::format("quantised along axis {} of {}", quantisation.axis, shape.size()));
  }
  quantisation.scales = channel_values(given[1], shape[quantisation.axis]);
  quantisation.zero_points = channel_values(given[2], shape[quantisation.axis]);
  return quantisation;
}

Elements TensorReader::channel_values(Index value, std::uint64_t channels) const {
  const auto call = resolve(value);
  if (!call || call->meaning != Meaning::tensor) {
    throw Error(ErrorCode::unsupported, "scales of quantisation that are no tensor");
  }
  StoredTensor tensor = plain(arguments(graph_, call->arguments, 4), nullptr, 0);
  if (tensor.shape != std::vector{channels} || !tensor.values || !is_real(tensor.dtype)) {
    throw Error(ErrorCode::malformed,
                fmt::format("scales of quantisation of shape ({}) for {} channels",
                            join(tensor.shape, ", "), channels));
  }
  return std::move(tensor.values->elements);
}

Elements TensorReader::elements(const StorageView& view, const ElementType& element,
                                std::span<const Index> arguments) const {
  if (arguments.size() < 4) {
    throw Error(ErrorCode::malformed, "a tensor without its size and strides");
  }
  Elements elements;
  elements.storage = view.storage;
  elements.dtype = element.dtype;
  elements.element_bytes = element.bytes;
  elements.order = order_;
  elements.shape = counts(graph_, arguments[2], "a size", limits_);
  elements.strides = counts(graph_, arguments[3], "a stride", limits_);
  if (elements.shape.size() != elements.strides.size()) {
    throw Error(ErrorCode::malformed, fmt::format("has {} sizes and {} strides",
                                                  elements.shape.size(), elements.strides.size()));
  }
  const std::uint64_t offset = count(graph_, arguments[1], "an offset");
  elements.first = view.first + offset;  // Each is below 2^63.
  if (element.bytes != 0) {
    require_within(elements, limits_);
  }
  return elements;
}

TensorReader::StorageView TensorReader::storage(Index value) const {
  const auto id = arguments(graph_, graph_.persistent_id(value), 5);
  if (short_text(graph_, id[0], "the kind of a persistent object") != "storage") {
    throw Error(ErrorCode::malformed, "a persistent object that is no storage");
  }
  const GlobalName* const type = graph_.global(id[1]);
  StorageView view;
  view.element = type != nullptr ? storage_element(*type) : nullptr;
  if (view.element == nullptr) {
    throw Error(ErrorCode::unsupported, fmt::format("storages of type {} are not supported",
                                                    type != nullptr ? display(*type) : "unknown"));
  }
  const std::string_view key = short_text(graph_, id[2], "the key of a storage");
  view.storage = find_(key);
  const std::uint64_t total = count(graph_, id[4], "the length of a storage");
  const std::uint64_t width = view.element->bytes;
  if (width != 0 && checked_mul(total, width) != view.storage->size()) {
    throw Error(ErrorCode::malformed,
                fmt::format("storage '{}' should hold {} elements of {} bytes, it has {} bytes",
                            printable(key), total, width, view.storage->size()));
  }
  view.first = id.size() > 5 ? view_offset(id[5], total) : 0;
  return view;
}

// The format before zip archives knew storages that are parts of others: (key, offset, length).
std::uint64_t TensorReader::view_offset(Index metadata, std::uint64_t total) const {
  if (graph_.kind(metadata) == Kind::none) {
    return 0;
  }
  const auto view = arguments(graph_, metadata, 3);
  const std::uint64_t offset = count(graph_, view[1], "the offset of a part of a storage");
  const std::uint64_t length = count(graph_, view[2], "the length of a part of a storage");
  if (offset > total || length > total - offset) {
    throw Error(ErrorCode::malformed, "a part of a storage that lies outside it");
  }
  return offset;
}

const ElementType& TensorReader::dtype(Index value) const {
  const GlobalName* const name = graph_.global(value);
  const ElementType* const element = name != nullptr ? dtype_element(*name) : nullptr;
  if (element == nullptr) {
    throw Error(ErrorCode::unsupported, fmt::format("elements of type {} are not supported",
                                                    name != nullptr ? display(*name) : "unknown"));
  }
  return *element;
}

bool TensorReader::flag(Index metadata, std::string_view key) const {
  constexpr std::size_t kMost = 16;  // PyTorch knows two flags: this is no place to hide in.
  const auto items = graph_.items(metadata);
  if (graph_.kind(metadata) != Kind::dict || items.size() > kMost) {
    return false;
  }
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (graph_.text(items[i]) == key && graph_.truth(items[i + 1])) {
      return true;
    }
  }
  return false;
}

}  // namespace hindcast::io::torch
