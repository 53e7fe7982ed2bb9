// Tensors of a model, checked and not decoded. Elements lie in raw_data, in exactly one typed
// field (the one their type belongs to), or in a file beside the model; a SparseTensorProto
// (1 values, 2 indices, 3 dims*) adds where they go. AttributeProto: 1 name, 2 f, 3 i, 5 t,
// 7 floats*, 8 ints*, 22 sparse_tensor.

#include "io/onnx/stored_tensor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "io/limit_options.hpp"
#include "io/onnx/tensor_proto.hpp"
#include "io/onnx/tensor_values.hpp"

namespace hindcast::io::onnx {
namespace {

using protobuf::Field;
using protobuf::for_each_field;
using protobuf::Message;
using tensor::DType;

constexpr std::int64_t kFloat = 1;
constexpr std::int64_t kInt64 = 7;

std::uint64_t bytes_needed(const ElementType& type, std::uint64_t count) {
  const std::uint64_t bits = checked_mul(count, type.bits);
  return bits / 8 + (bits % 8 == 0 ? 0 : 1);
}

std::uint64_t numbers_needed(const ElementType& type, std::uint64_t count) {
  if (type.bits == 0 || type.bits >= 8) {
    return checked_mul(count, type.numbers);
  }
  return bytes_needed(type, count);  // Types of less than a byte share one number a byte.
}

// Where the elements are, and nowhere else.
void require_one_place(const TensorProto& proto, const ElementType& type) {
  const bool in_field = std::ranges::any_of(proto.numbers, [](auto count) { return count != 0; });
  const int places = (proto.raw_data ? 1 : 0) + (proto.external ? 1 : 0) + (in_field ? 1 : 0);
  if (places > 1) {
    throw Error(ErrorCode::malformed, "its elements are stored in two places");
  }
  for (std::uint32_t field = 0; field < proto.numbers.size(); ++field) {
    if (proto.numbers.at(field) != 0 && field != type.field) {
      throw Error(ErrorCode::malformed,
                  fmt::format("elements of type {} in field {}, expected field {}", type.name,
                              field, type.field));
    }
  }
}

void require_numbers(std::uint64_t stored, const Elements& elements) {
  const std::uint64_t needed = numbers_needed(elements.type, elements.count);
  if (stored != needed) {
    throw Error(ErrorCode::malformed,
                fmt::format("stores {} numbers, its shape and type need {}", stored, needed));
  }
}

Elements elements_of(const TensorProto& proto, std::uint64_t count, ExternalFiles& files) {
  Elements elements{.type = element_type(proto.data_type)};
  const ElementType& type = elements.type;
  elements.count = count;
  require_one_place(proto, type);
  if (type.dtype == DType::other) {
    elements.unreadable = fmt::format("elements of type {} are not read", type.name);
  }
  if (proto.external) {
    ExternalBytes found = files.find(*proto.external, bytes_needed(type, count));
    elements.bytes = found.bytes;
    elements.file = std::move(found.file);
    elements.absent = !found.unreadable.empty();
    if (elements.absent) {
      elements.unreadable = std::move(found.unreadable);
    }
  } else if (proto.raw_data) {
    elements.bytes = *proto.raw_data;
    if (type.bits == 0 || elements.bytes.size() != bytes_needed(type, count)) {
      throw Error(ErrorCode::malformed,
                  fmt::format("stores {} bytes, its shape and type need {}", elements.bytes.size(),
                              bytes_needed(type, count)));
    }
  } else {
    elements.packed = false;
    elements.message = proto.message;
    require_numbers(proto.numbers.at(type.field), elements);
  }
  return elements;
}

void require_size(std::uint64_t count, const Limits& limits) {
  if (count > limits.tensor_values) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("declares {} values, the limit is {}{}", count, limits.tensor_values,
                            kRaiseTensorValues));
  }
}

std::uint64_t stored_bytes(const Elements& elements) {
  std::uint64_t bytes = elements.bytes.size();
  for (const auto part : elements.message) {
    bytes += part.size();
  }
  return bytes;
}

// A few bytes of a sparse tensor can declare any shape.
void require_plausible(const StoredTensor& tensor, ExpansionBudget& expansion) {
  const std::uint64_t stored = stored_bytes(tensor.values) + stored_bytes(*tensor.indices);
  const std::string objection =
      expansion.objection(bytes_of_doubles(element_count(tensor.shape)), stored);
  if (!objection.empty()) {
    throw Error(ErrorCode::limit_exceeded, "sparse: " + objection);
  }
}

// Sub-messages and numbers of one AttributeProto that a constant can be made of.
struct ConstantAttribute {
  std::string_view name;
  Message whole;
  Message tensor;
  Message sparse;
};

ConstantAttribute parse_attribute(std::span<const std::byte> bytes, const Limits& limits) {
  ConstantAttribute attribute;
  attribute.whole = {bytes};
  for_each_field(attribute.whole, [&](const Field& field) {
    if (field.number == 1) {
      attribute.name = name_of(field, limits);
    } else if (field.number == 5) {
      attribute.tensor.push_back(bytes_of(field));
    } else if (field.number == 22) {
      attribute.sparse.push_back(bytes_of(field));
    }
  });
  return attribute;
}

struct NumberList {
  std::int64_t data_type = 0;
  std::uint32_t field = 0;
  bool scalar = false;
};

std::optional<NumberList> number_list(std::string_view attribute) {
  if (attribute == "value_float") {
    return NumberList{.data_type = kFloat, .field = 2, .scalar = true};
  }
  if (attribute == "value_floats") {
    return NumberList{.data_type = kFloat, .field = 7};
  }
  if (attribute == "value_int") {
    return NumberList{.data_type = kInt64, .field = 3, .scalar = true};
  }
  if (attribute == "value_ints") {
    return NumberList{.data_type = kInt64, .field = 8};
  }
  return std::nullopt;
}

StoredTensor tensor_of_numbers(const Message& message, const NumberList& list) {
  StoredTensor tensor;
  tensor.values.type = element_type(list.data_type);
  tensor.values.type.field = list.field;
  tensor.values.packed = false;
  tensor.values.message = message;
  for_each_field(message, [&](const Field& field) {
    if (field.number == list.field) {
      tensor.values.count += protobuf::Numbers(field, tensor.values.type.number).count();
    }
  });
  if (!list.scalar) {
    tensor.shape = {tensor.values.count};
  } else if (tensor.values.count != 1) {
    throw Error(ErrorCode::malformed,
                fmt::format("a constant of one number holds {}", tensor.values.count));
  }
  return tensor;
}

}  // namespace

StoredTensor TensorParser::tensor(const Message& message) const {
  TensorProto proto = parse_tensor_proto(message, limits_);
  const std::uint64_t count = element_count(proto.dims);
  StoredTensor tensor;
  tensor.name = proto.name;
  tensor.values = elements_of(proto, count, files_);
  require_size(count, limits_);
  tensor.shape = std::move(proto.dims);
  return tensor;
}

StoredTensor TensorParser::sparse_tensor(const Message& message) const {
  Message values;
  Message indices;
  StoredTensor result;
  for_each_field(message, [&](const Field& field) {
    if (field.number == 1) {
      values.push_back(bytes_of(field));
    } else if (field.number == 2) {
      indices.push_back(bytes_of(field));
    } else if (field.number == 3) {
      append_dims(result.shape, field, limits_);
    }
  });
  StoredTensor nonzero = tensor(values);
  StoredTensor places = tensor(indices);
  result.name = nonzero.name;
  result.values = std::move(nonzero.values);
  result.linear_indices = places.shape.size() == 1;
  result.indices = std::move(places.values);
  require_size(element_count(result.shape), limits_);
  require_plausible(result, expansion_);
  if (nonzero.shape.size() != 1 || places.values.type.dtype != DType::int64 ||
      places.shape.empty() || places.shape.size() > 2 || places.shape[0] != nonzero.shape[0] ||
      (places.shape.size() == 2 && places.shape[1] != result.shape.size())) {
    throw Error(ErrorCode::malformed, "sparse: values and indices do not belong together");
  }
  if (result.indices->unreadable.empty()) {
    static_cast<void>(sparse_places(result));
  } else {
    result.values.unreadable = result.indices->unreadable;
  }
  return result;
}

std::optional<StoredTensor> TensorParser::constant(std::span<const std::byte> attribute) const {
  const ConstantAttribute parsed = parse_attribute(attribute, limits_);
  if (parsed.name == "value" && !parsed.tensor.empty()) {
    return tensor(parsed.tensor);
  }
  if (parsed.name == "sparse_value" && !parsed.sparse.empty()) {
    return sparse_tensor(parsed.sparse);
  }
  if (const std::optional<NumberList> list = number_list(parsed.name)) {
    return tensor_of_numbers(parsed.whole, *list);
  }
  return std::nullopt;
}

std::optional<StoredTensor> TensorParser::tensor_attribute(
    std::span<const std::byte> attribute) const {
  const ConstantAttribute parsed = parse_attribute(attribute, limits_);
  return parsed.tensor.empty() ? std::nullopt : std::optional(tensor(parsed.tensor));
}

}  // namespace hindcast::io::onnx
