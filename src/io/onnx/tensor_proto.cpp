// TensorProto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
//
//   1 dims*, 2 data_type, 3 segment, 4 float_data*, 5 int32_data*, 6 string_data*, 7 int64_data*,
//   8 name, 9 raw_data, 10 double_data*, 11 uint64_data*, 13 external_data{1 key, 2 value}*,
//   14 data_location (1 = external)
//
// Segments, which onnx itself does not read, are refused.

#include "io/onnx/tensor_proto.hpp"

#include <charconv>
#include <map>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::onnx {
namespace {

using protobuf::Field;
using protobuf::for_each_field;
using protobuf::Message;
using protobuf::Number;

using Entries = std::map<std::string_view, std::string_view>;

Number encoding_of(std::uint32_t field) noexcept {
  switch (field) {
    case 4:
      return Number::fixed32;
    case 10:
      return Number::fixed64;
    default:
      return Number::varint;
  }
}

void add_entry(Entries& entries, const Field& field) {
  std::string_view key;
  std::string_view value;
  for_each_field({bytes_of(field)}, [&](const Field& part) {
    if (part.number == 1) {
      key = text_of(part);
    } else if (part.number == 2) {
      value = text_of(part);
    }
  });
  if (!entries.emplace(key, value).second) {
    throw Error(ErrorCode::malformed,
                fmt::format("external data has the key '{}' twice", printable(key)));
  }
}

std::optional<std::uint64_t> byte_count(const Entries& entries, std::string_view key) {
  const auto found = entries.find(key);
  if (found == entries.end()) {
    return std::nullopt;
  }
  const std::string_view text = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::malformed,
                fmt::format("external data {} '{}' is not a count", key, printable(text)));
  }
  return value;
}

ExternalLocation location_of(const Entries& entries) {
  const auto file = entries.find("location");
  if (file == entries.end()) {
    throw Error(ErrorCode::malformed, "external data without a location");
  }
  return {.file = file->second,
          .offset = byte_count(entries, "offset").value_or(0),
          .length = byte_count(entries, "length")};
}

std::uint64_t count_of(const Field& field) {
  constexpr std::uint32_t kStringData = 6;
  if (field.number == kStringData) {
    static_cast<void>(bytes_of(field));
    return 1;
  }
  return protobuf::Numbers(field, encoding_of(field.number)).count();
}

}  // namespace

void append_dims(std::vector<std::uint64_t>& dims, const Field& field, const Limits& limits) {
  protobuf::Numbers numbers(field, Number::varint);
  while (const std::optional<std::uint64_t> number = numbers.next()) {
    const auto extent = static_cast<std::int64_t>(*number);
    if (extent < 0) {
      throw Error(ErrorCode::malformed, fmt::format("dimension {} is negative", extent));
    }
    if (dims.size() >= limits.rank) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("more than {} axes{}", limits.rank, kRaiseAxes));
    }
    dims.push_back(*number);
  }
}

std::string_view name_of(const Field& field, const Limits& limits) {
  const std::string_view name = text_of(field);
  if (name.size() > limits.name_bytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("a name of {} bytes, the limit is {}{}", name.size(), limits.name_bytes,
                            kRaiseNameBytes));
  }
  return name;
}

TensorProto parse_tensor_proto(const Message& message, const Limits& limits) {
  TensorProto proto;
  proto.message = message;
  std::int64_t data_location = 0;
  Entries entries;
  for_each_field(message, [&](const Field& field) {
    switch (field.number) {
      case 1:
        return append_dims(proto.dims, field, limits);
      case 2:
        proto.data_type = integer_of(field);
        return;
      case 3:
        throw Error(ErrorCode::unsupported, "a segment of a tensor");
      case 4:
      case 5:
      case 6:
      case 7:
      case 10:
      case 11:
        proto.numbers.at(field.number) += count_of(field);
        return;
      case 8:
        proto.name = name_of(field, limits);
        return;
      case 9:
        proto.raw_data = bytes_of(field);
        return;
      case 13:
        return add_entry(entries, field);
      case 14:
        data_location = integer_of(field);
        return;
      default:
        return;
    }
  });
  if (data_location == 1) {
    proto.external = location_of(entries);
  } else if (data_location != 0) {
    throw Error(ErrorCode::malformed, fmt::format("data_location {}", data_location));
  }
  return proto;
}

}  // namespace hindcast::io::onnx
