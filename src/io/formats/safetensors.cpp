// Reader for the safetensors format.
//
//   [u64 N, little-endian] [N bytes of JSON] [tensor bytes]
//
// Specification: https://github.com/huggingface/safetensors#format, and what its reference reader
// enforces. Checked on open: N fits the file and the limit, the JSON is an object of tensor entries
// without a key twice, each entry's offsets agree with its shape and type, and the entries tile the
// data from its first byte to its last. Types below a byte are listed but not read.

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/byte_cursor.hpp"
#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/container/elements.hpp"
#include "io/container/strict_json.hpp"
#include "io/container/tensor_names.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io {
namespace {

using Json = nlohmann::ordered_json;
using tensor::DType;

constexpr std::uint64_t kLongestOfOthers = 100'000'000;  // What the reference reader takes.
constexpr std::string_view kMetadata = "__metadata__";

struct Type {
  std::string_view name;
  DType dtype;
  std::uint64_t bits;
};

constexpr std::array kTypes = {Type{"F64", DType::float64, 64},
                               Type{"F32", DType::float32, 32},
                               Type{"F16", DType::float16, 16},
                               Type{"BF16", DType::bfloat16, 16},
                               Type{"F8_E4M3", DType::float8_e4m3, 8},
                               Type{"F8_E5M2", DType::float8_e5m2, 8},
                               Type{"I64", DType::int64, 64},
                               Type{"I32", DType::int32, 32},
                               Type{"I16", DType::int16, 16},
                               Type{"I8", DType::int8, 8},
                               Type{"U64", DType::uint64, 64},
                               Type{"U32", DType::uint32, 32},
                               Type{"U16", DType::uint16, 16},
                               Type{"U8", DType::uint8, 8},
                               Type{"BOOL", DType::boolean, 8},
                               Type{"C64", DType::complex64, 64},
                               Type{"F8_E8M0", DType::float8_e8m0, 8},
                               Type{"F8_E4M3FNUZ", DType::float8_e4m3fnuz, 8},
                               Type{"F8_E5M2FNUZ", DType::float8_e5m2fnuz, 8},
                               Type{"F6_E2M3", DType::other, 6},
                               Type{"F6_E3M2", DType::other, 6},
                               Type{"F4", DType::other, 4}};

struct Entry {
  tensor::TensorInfo info;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::malformed, what);
}

std::uint64_t to_unsigned(const Json& value) {
  if (!value.is_number_unsigned()) {  // get<uint64_t>() would quietly wrap -1 and round 1.5.
    refuse(fmt::format("{} is not an unsigned integer", printable(value.dump())));
  }
  return value.get<std::uint64_t>();
}

const Json& member(const Json& object, const char* key) {
  const auto place = object.find(key);
  if (place == object.end()) {
    refuse(fmt::format("has no '{}'", key));
  }
  return *place;
}

const Type& type_of(const Json& value) {
  const auto* const place = std::ranges::find_if(
      kTypes, [&](const Type& type) { return value.is_string() && value == type.name; });
  if (place == kTypes.end()) {
    refuse(fmt::format("{} is not a known dtype", printable(value.dump())));
  }
  return *place;
}

std::vector<std::uint64_t> shape_of(const Json& value, const Limits& limits) {
  if (!value.is_array()) {
    refuse("its shape is not an array");
  }
  if (value.size() > limits.rank) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("has {} axes, the limit is {}{}",
                                                       value.size(), limits.rank, kRaiseAxes));
  }
  std::vector<std::uint64_t> shape;
  for (const Json& extent : value) {
    shape.push_back(to_unsigned(extent));
  }
  return shape;
}

// The bytes a tensor of this shape takes: the bits must fill whole ones.
std::uint64_t bytes_of(const std::vector<std::uint64_t>& shape, const Type& type) {
  const std::uint64_t bits = checked_mul(element_count(shape), type.bits);
  if (bits % 8 != 0) {
    refuse("its bits do not fill whole bytes");
  }
  return bits / 8;
}

Entry parse_entry(const std::string& name, const Json& json, const Limits& limits) {
  return with_context(printable(name), [&] {
    if (!json.is_object()) {
      refuse("is not an object");
    }
    const Type& type = type_of(member(json, "dtype"));
    const Json& offsets = member(json, "data_offsets");
    if (!offsets.is_array() || offsets.size() != 2) {
      refuse("its data_offsets are not two numbers");
    }
    Entry entry;
    entry.begin = to_unsigned(offsets[0]);
    entry.end = to_unsigned(offsets[1]);
    entry.info.path = name;
    entry.info.dtype = type.dtype;
    entry.info.shape = shape_of(member(json, "shape"), limits);
    const std::uint64_t bytes = bytes_of(entry.info.shape, type);
    if (entry.end < entry.begin || entry.end - entry.begin != bytes) {
      refuse(fmt::format("its offsets {} to {} do not hold its {} bytes", entry.begin, entry.end,
                         bytes));
    }
    if (type.dtype == DType::other) {
      entry.info.unreadable = fmt::format("dtype {} is not supported", type.name);
    } else if (element_count(entry.info.shape) > limits.tensor_values) {
      entry.info.unreadable = fmt::format("has more than {} values, the limit{}",
                                          limits.tensor_values, kRaiseTensorValues);
    }
    return entry;
  });
}

void check_metadata(const Json& json) {
  const bool all_texts = json.is_object() && std::ranges::all_of(json, [](const Json& value) {
                           return value.is_string();
                         });
  if (!all_texts) {
    refuse("__metadata__ does not map texts to texts");
  }
}

std::vector<Entry> parse_entries(const Json& header, const Limits& limits) {
  if (!header.is_object()) {
    refuse("the header is not a JSON object");
  }
  if (header.size() > limits.tensors) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("has {} tensors, the limit is {}{}", header.size(), limits.tensors,
                            kRaiseTensors));
  }
  std::vector<Entry> entries;
  for (const auto& [name, json] : header.items()) {
    if (name.size() > limits.name_bytes) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("a name is longer than {} bytes, the limit{}", limits.name_bytes,
                              kRaiseNameBytes));
    }
    if (name == kMetadata) {
      check_metadata(json);
    } else {
      entries.push_back(parse_entry(name, json, limits));
    }
  }
  return entries;
}

// Entries must tile the data exactly: a hole could hide a second file.
void require_tiling(const std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;
  for (const Entry& entry : entries) {
    extents.emplace_back(entry.begin, entry.end);
  }
  std::ranges::sort(extents);
  std::uint64_t expected = 0;
  for (const auto& [begin, end] : extents) {
    if (begin != expected) {
      refuse(fmt::format("gap or overlap at data offset {}", std::min(begin, expected)));
    }
    expected = end;
  }
  if (expected > data_bytes) {
    refuse(fmt::format("truncated: the tensors take {} bytes, the file holds {}", expected,
                       data_bytes));
  }
  if (expected != data_bytes) {
    refuse(fmt::format("{} bytes follow the last tensor", data_bytes - expected));
  }
}

class SafetensorsCheckpoint final : public Checkpoint {
 public:
  SafetensorsCheckpoint(std::shared_ptr<const MappedFile> file, const Limits& limits)
      : file_(std::move(file)) {
    ByteCursor cursor(file_->bytes());
    const auto header_bytes = cursor.read_le<std::uint64_t>();
    if (header_bytes > limits.attribute_bytes) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("its header has {} bytes, the limit is {}{}", header_bytes,
                              limits.attribute_bytes, kRaiseMetadataBytes));
    }
    std::vector<Entry> entries =
        parse_entries(parse_strict_json(cursor.take(header_bytes), limits), limits);
    data_ = cursor.take(cursor.remaining());
    require_tiling(entries, data_.size());
    // The header is sorted by type and then by name, which is nobody's model order.
    std::ranges::sort(entries, natural_less, [](const Entry& entry) { return entry.info.path; });
    for (Entry& entry : entries) {
      tensors_.push_back(std::move(entry.info));
      extents_.emplace_back(entry.begin, entry.end - entry.begin);
    }
    describe_by_path(tensors_);
  }

  void fill(std::size_t index, std::span<double> out) const override {
    lend(index, [&](std::span<const std::byte> stored) {
      decode_elements(stored, tensors_[index].dtype, std::endian::little, out);
    });
  }

  bool lend(std::size_t index, const UseBytes& use) const override {
    const auto& [begin, size] = extents_[index];
    const auto stored = data_.subspan(begin, size);
    use(stored);
    file_->release(stored);
    return true;
  }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::span<const std::byte> data_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents_;  // Offset and size.
};

// A header length that fits, and then an object (white space before it is allowed).
bool probe(std::span<const std::byte> file) noexcept {
  if (file.size() < 10) {
    return false;
  }
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) {
    length = (length << 8U) | std::to_integer<std::uint64_t>(file[i]);
  }
  const auto is_space = [](std::byte b) {
    return b == std::byte{' '} || b == std::byte{'\n'} || b == std::byte{'\t'} ||
           b == std::byte{'\r'};
  };
  const auto text = file.subspan(8, std::min<std::size_t>(file.size() - 8, 4096));
  const auto first = std::ranges::find_if_not(text, is_space);
  // Longer than the file where that is cut short.
  return length >= 2 && length <= std::max<std::uint64_t>(file.size() - 8, kLongestOfOthers) &&
         first != text.end() && *first == std::byte{'{'};
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return std::make_unique<SafetensorsCheckpoint>(std::move(file), limits);
}

}  // namespace

extern const Format safetensors_format;
const Format safetensors_format = {
    .id = "safetensors",
    .description = "Hugging Face safetensors",
    .reference = "https://github.com/huggingface/safetensors#format",
    .probe = probe,
    .open = open,
};

}  // namespace hindcast::io
