// NumPy arrays in pickles.
//
// https://github.com/numpy/numpy/blob/main/numpy/_core/src/multiarray/methods.c (array_reduce,
// array_setstate) and descriptor.c (arraydescr_reduce, arraydescr_setstate)
//
//   _reconstruct(ndarray, (0,), b'b'), then the state (version, shape, dtype, is_fortran, bytes)
//   _frombuffer(bytes, dtype, shape, order), by protocol 5
//   dtype('f4', align, copy), then the state (version, '<', ...)

#include "io/torch/numpy_array.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/container/elements.hpp"
#include "io/torch/arguments.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::Graph;
using pickle::Index;
using pickle::Kind;
using tensor::DType;

struct NumpyType {
  std::string_view name;
  DType dtype;
};

constexpr std::array kTypes = {
    NumpyType{"f8", DType::float64},     NumpyType{"f4", DType::float32},
    NumpyType{"f2", DType::float16},     NumpyType{"i8", DType::int64},
    NumpyType{"i4", DType::int32},       NumpyType{"i2", DType::int16},
    NumpyType{"i1", DType::int8},        NumpyType{"u8", DType::uint64},
    NumpyType{"u4", DType::uint32},      NumpyType{"u2", DType::uint16},
    NumpyType{"u1", DType::uint8},       NumpyType{"b1", DType::boolean},
    NumpyType{"c16", DType::complex128}, NumpyType{"c8", DType::complex64}};

struct Parts {
  Index shape = 0;
  Index dtype = 0;
  Index data = 0;
  bool fortran = false;
};

Parts parts_of(const Graph& graph, Index value) {
  const pickle::Call& call = *graph.call(value);
  if (called(graph, value) == Meaning::numpy_buffer) {
    const auto given = arguments(graph, call.arguments, 4);
    return {.shape = given[2],
            .dtype = given[1],
            .data = given[0],
            .fortran = short_text(graph, given[3], "the order of an array") == "F"};
  }
  const auto state = arguments(graph, call.state, 5);
  return {.shape = state[1], .dtype = state[2], .data = state[4], .fortran = graph.truth(state[3])};
}

struct Descriptor {
  std::string_view name;
  std::endian order = std::endian::little;
};

Descriptor descriptor_of(const Graph& graph, Index dtype) {
  const pickle::Call* const call = graph.call(dtype);
  if (call == nullptr) {
    throw Error(ErrorCode::malformed,
                fmt::format("the dtype of an array is {}", name(graph.kind(dtype))));
  }
  const auto given = arguments(graph, call->arguments, 1);
  Descriptor descriptor{.name = short_text(graph, given[0], "the dtype of an array")};
  const auto state = graph.items(call->state);
  if (state.size() > 1 && graph.text(state[1]) == ">") {
    descriptor.order = std::endian::big;
  }
  return descriptor;
}

struct Data {
  std::string_view text;
  bool latin1_in_utf8 = false;
};

// Bytes; what Python 3 writes for bytes in protocol 2; or nothing for a list of objects.
std::optional<Data> data_of(const Graph& graph, Index value) {
  if (graph.kind(value) == Kind::bytes) {
    return Data{.text = graph.text(value)};
  }
  const pickle::Call* const call = graph.call(value);
  const pickle::GlobalName* const callee = call != nullptr ? graph.global(call->callee) : nullptr;
  if (callee == nullptr) {
    return std::nullopt;
  }
  if (callee->name == "bytes" && graph.items(call->arguments).empty()) {
    return Data{};  // How protocol 2 writes none.
  }
  if (meaning_of(*callee) != Meaning::encoded_bytes) {
    return std::nullopt;
  }
  const auto given = arguments(graph, call->arguments, 2);
  const std::string_view encoding = short_text(graph, given[1], "an encoding");
  if (graph.kind(given[0]) != Kind::text || encoding != "latin1") {
    return std::nullopt;
  }
  return Data{.text = graph.text(given[0]), .latin1_in_utf8 = true};
}

Elements elements_of(const Data& data, const Descriptor& descriptor, DType dtype,
                     std::vector<std::uint64_t> shape, bool fortran) {
  const std::uint64_t width = element_bytes(dtype);
  const std::uint64_t needed = checked_mul(element_count(shape), width);
  const std::uint64_t found = data.text.size();
  // In UTF-8 a byte takes one or two; how many exactly is seen when they are read.
  const bool fits =
      data.latin1_in_utf8 ? needed <= found && found - needed <= needed : needed == found;
  if (!fits) {
    throw Error(ErrorCode::malformed,
                fmt::format("an array of shape ({}) takes {} bytes, {} are stored",
                            join(shape, ", "), needed, found));
  }
  Elements elements{.storage = std::make_shared<const Storage>(std::as_bytes(std::span(data.text))),
                    .dtype = dtype,
                    .element_bytes = width,
                    .order = descriptor.order,
                    .first = 0,
                    .shape = std::move(shape),
                    .strides = {},
                    .latin1_in_utf8 = data.latin1_in_utf8};
  elements.strides = fortran ? fortran_strides(elements.shape) : contiguous_strides(elements.shape);
  return elements;
}

}  // namespace

StoredTensor read_numpy_array(const Graph& graph, Index value, const Limits& limits) {
  const Parts parts = parts_of(graph, value);
  const Descriptor descriptor = descriptor_of(graph, parts.dtype);
  StoredTensor tensor;
  tensor.shape = counts(graph, parts.shape, "a size", limits);
  const auto* const type = std::ranges::find(kTypes, descriptor.name, &NumpyType::name);
  const auto data = data_of(graph, parts.data);
  if (type == kTypes.end() || !data) {
    tensor.unreadable = fmt::format("a NumPy array of type '{}', which is not supported",
                                    printable(descriptor.name));
    return tensor;
  }
  tensor.dtype = type->dtype;
  Elements elements = elements_of(*data, descriptor, tensor.dtype, tensor.shape, parts.fortran);
  require_within(elements, limits);
  tensor.values = Values{.elements = std::move(elements)};
  return tensor;
}

}  // namespace hindcast::io::torch
