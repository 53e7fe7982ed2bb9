// The elements of a tensor as doubles: raw little-endian bytes, or the numbers of a typed field,
// where small types travel as their bit patterns in int32_data.

#include "io/onnx/tensor_values.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/container/elements.hpp"
#include "tensor/half.hpp"

namespace hindcast::io::onnx {
namespace {

using protobuf::Field;
using protobuf::for_each_field;
using tensor::DType;

// Calls `take` with the bits of each number of the typed field, in order.
template <typename Function>
void for_each_number(const Elements& elements, Function&& take) {
  for_each_field(elements.message, [&](const Field& field) {
    if (field.number != elements.type.field) {
      return;
    }
    protobuf::Numbers numbers(field, elements.type.number);
    while (const std::optional<std::uint64_t> bits = numbers.next()) {
      take(*bits);
    }
  });
}

template <typename T>
T narrowed(std::int64_t value) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    throw Error(ErrorCode::malformed, fmt::format("element {} does not fit its type", value));
  }
  return static_cast<T>(value);
}

std::uint32_t narrowed_unsigned(std::uint64_t value) {
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::malformed, fmt::format("element {} does not fit its type", value));
  }
  return static_cast<std::uint32_t>(value);
}

double from_number(DType dtype, std::uint64_t bits) {
  // As protobuf decodes an int32: the low half of the varint.
  const std::int64_t small = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
  switch (dtype) {
    case DType::float32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case DType::float64:
      return std::bit_cast<double>(bits);
    case DType::float16:
      return tensor::from_float16(narrowed<std::uint16_t>(small));
    case DType::bfloat16:
      return tensor::from_bfloat16(narrowed<std::uint16_t>(small));
    case DType::float8_e4m3:
      return tensor::from_float8_e4m3(narrowed<std::uint8_t>(small));
    case DType::float8_e5m2:
      return tensor::from_float8_e5m2(narrowed<std::uint8_t>(small));
    case DType::float8_e4m3fnuz:
      return tensor::from_float8_e4m3fnuz(narrowed<std::uint8_t>(small));
    case DType::float8_e5m2fnuz:
      return tensor::from_float8_e5m2fnuz(narrowed<std::uint8_t>(small));
    case DType::float8_e8m0:
      return tensor::from_float8_e8m0(narrowed<std::uint8_t>(small));
    case DType::int64:
      return static_cast<double>(static_cast<std::int64_t>(bits));
    case DType::int32:
      return static_cast<double>(small);
    case DType::int16:
      return narrowed<std::int16_t>(small);
    case DType::int8:
      return narrowed<std::int8_t>(small);
    case DType::uint64:
      return static_cast<double>(bits);
    case DType::uint32:
      return narrowed_unsigned(bits);
    case DType::uint16:
      return narrowed<std::uint16_t>(small);
    case DType::uint8:
      return narrowed<std::uint8_t>(small);
    case DType::boolean:
      return small != 0 ? 1.0 : 0.0;
    case DType::int4:
    case DType::uint4:  // Two share a number.
    case DType::float128:
    case DType::complex128:
    case DType::complex64:
    case DType::string:
    case DType::other:
      break;
  }
  throw Error(ErrorCode::unsupported, "elements that are not real numbers");
}

// Types of less than a byte: each number holds one byte of what would be raw data.
std::vector<std::byte> packed_bytes(const Elements& elements) {
  std::vector<std::byte> bytes;
  for_each_number(elements, [&](std::uint64_t bits) {
    const std::int64_t small = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    bytes.push_back(static_cast<std::byte>(narrowed<std::uint8_t>(small)));
  });
  return bytes;
}

void read_elements(const Elements& elements, std::span<double> out) {
  if (!elements.unreadable.empty()) {
    throw Error(ErrorCode::unsupported, elements.unreadable);
  }
  if (elements.packed) {
    return decode_elements(elements.bytes, elements.type.dtype, std::endian::little, out);
  }
  if (elements.type.bits == 4) {
    const std::vector<std::byte> bytes = packed_bytes(elements);
    return decode_elements(bytes, elements.type.dtype, std::endian::little, out);
  }
  std::size_t filled = 0;
  for_each_number(elements, [&](std::uint64_t bits) {
    out[filled] = from_number(elements.type.dtype, bits);  // As many as `open` counted.
    ++filled;
  });
}

std::uint64_t linear_place(std::span<const std::int64_t> index,
                           std::span<const std::uint64_t> shape) {
  std::uint64_t place = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto position = static_cast<std::uint64_t>(index[axis]);  // Negative: beyond any extent.
    if (position >= shape[axis]) {
      throw Error(ErrorCode::malformed,
                  fmt::format("sparse: index {} on an axis of {}", index[axis], shape[axis]));
    }
    place = place * shape[axis] + position;
  }
  return place;
}

}  // namespace

std::vector<std::int64_t> read_integers(const Elements& elements) {
  std::vector<std::int64_t> integers;
  integers.reserve(static_cast<std::size_t>(elements.count));
  if (!elements.packed) {
    for_each_number(
        elements, [&](std::uint64_t bits) { integers.push_back(static_cast<std::int64_t>(bits)); });
    return integers;
  }
  integers.resize(elements.bytes.size() / sizeof(std::int64_t));
  if (!integers.empty()) {
    std::memcpy(integers.data(), elements.bytes.data(), integers.size() * sizeof(std::int64_t));
  }
  return integers;
}

std::vector<std::uint64_t> sparse_places(const StoredTensor& tensor) {
  const std::vector<std::int64_t> indices = read_integers(*tensor.indices);
  const std::vector<std::uint64_t> line = {element_count(tensor.shape)};
  const std::span<const std::uint64_t> shape =
      tensor.linear_indices ? std::span<const std::uint64_t>(line) : tensor.shape;
  std::vector<std::uint64_t> places;
  places.reserve(static_cast<std::size_t>(tensor.values.count));
  for (std::size_t i = 0; i < tensor.values.count; ++i) {
    const std::uint64_t place =
        linear_place(std::span(indices).subspan(i * shape.size(), shape.size()), shape);
    if (!places.empty() && place <= places.back()) {
      throw Error(ErrorCode::malformed, "sparse: indices are not in ascending order");
    }
    places.push_back(place);
  }
  return places;
}

namespace {

void read_dense_or_sparse(const StoredTensor& tensor, std::span<double> out) {
  if (!tensor.indices) {
    return read_elements(tensor.values, out);
  }
  std::vector<double> values(static_cast<std::size_t>(tensor.values.count));
  read_elements(tensor.values, values);
  const std::vector<std::uint64_t> places = sparse_places(tensor);
  std::ranges::fill(out, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    out[static_cast<std::size_t>(places[i])] = values[i];
  }
}

void require_unchanged(const Elements& elements) {
  if (elements.file) {
    with_context(
        fmt::format("external file '{}'", printable(elements.file->path().filename().string())),
        [&] { elements.file->require_unchanged(); });
  }
}

}  // namespace

void read_values(const StoredTensor& tensor, std::span<double> out) {
  read_dense_or_sparse(tensor, out);
  require_unchanged(tensor.values);
}

}  // namespace hindcast::io::onnx
