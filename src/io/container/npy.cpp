// Reader for NumPy's .npy arrays.
//
//   93 'NUMPY' [major] [minor] [length of the text: u16 in version 1, else u32] [text] [values]
//   text = {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and spaces, a Python literal
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
// The text is never evaluated: it must have these three keys, each once, with values of these
// kinds, and the array must be exactly as long as they say. Not read, and not even measured:
// objects (a pickle), records, strings, times and raw bytes.

#include "io/container/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/byte_cursor.hpp"
#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/container/elements.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io {
namespace {

using tensor::DType;
using Bytes = std::span<const std::byte>;

constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void fail(const std::string& reason) {
  throw Error(ErrorCode::malformed, "the header of the NumPy array " + reason);
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The three values of a header's text.
struct Literal {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::uint64_t>> shape;
};

/// Reads the one kind of Python literal that headers are.
class LiteralParser {
 public:
  LiteralParser(std::string_view text, const Limits& limits) : rest_(text), limits_(limits) {}

  Literal parse() {
    Literal literal;
    expect('{');
    while (!accept('}')) {
      parse_item(literal);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) {
      fail("goes on after its dictionary");
    }
    return literal;
  }

 private:
  void parse_item(Literal& literal) {
    const std::string key = parse_string();
    expect(':');
    if (key == "descr") {
      set(literal.descr, key, parse_descr());
    } else if (key == "fortran_order") {
      set(literal.fortran_order, key, parse_bool());
    } else if (key == "shape") {
      set(literal.shape, key, parse_shape());
    } else {
      fail(fmt::format("has an unknown key '{}'", printable(key)));
    }
  }

  template <typename Value>
  static void set(std::optional<Value>& slot, const std::string& key, Value value) {
    if (slot) {
      fail(fmt::format("has the key '{}' twice", key));
    }
    slot = std::move(value);
  }

  // A record's type is a list of its fields, given as its text.
  std::string parse_descr() {
    skip_space();
    const std::string_view all = rest_;
    if (!accept_here('[') && !accept_here('(')) {
      return parse_string();
    }
    for (std::size_t depth = 1; depth > 0;) {
      skip_space();
      if (rest_.starts_with('\'') || rest_.starts_with('"')) {
        parse_string();
      } else if (accept_here('[') || accept_here('(')) {
        ++depth;
      } else if (accept_here(']') || accept_here(')')) {
        --depth;
      } else if (rest_.empty()) {
        fail("has a 'descr' without an end");
      } else {
        rest_.remove_prefix(1);
      }
    }
    return std::string(all.substr(0, all.size() - rest_.size()));
  }

  bool parse_bool() {
    skip_space();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(std::string_view(word).size());
        return value;
      }
    }
    fail("has a 'fortran_order' that is neither True nor False");
  }

  std::vector<std::uint64_t> parse_shape() {
    skip_space();
    if (!rest_.starts_with('(')) {
      fail("has a 'shape' that is not a tuple");
    }
    expect('(');
    std::vector<std::uint64_t> shape;
    while (!accept(')')) {
      shape.push_back(parse_extent());
      if (shape.size() > limits_.rank) {
        throw Error(ErrorCode::limit_exceeded,
                    fmt::format("the NumPy array has more than {} axes, the limit{}", limits_.rank,
                                kRaiseAxes));
      }
      if (accept(',')) {
        continue;
      }
      if (shape.size() == 1) {
        fail("has a 'shape' that is not a tuple");  // In Python (3) is the number 3.
      }
      expect(')');
      break;
    }
    return shape;
  }

  std::uint64_t parse_extent() {
    skip_space();
    std::uint64_t extent = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
    if (error != std::errc{}) {
      fail("has a 'shape' with something else than sizes below 2^64");
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    accept_here('L');  // Python 2 writes long integers so.
    return extent;
  }

  std::string parse_string() {
    skip_space();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    const std::size_t end =
        quote == '\'' || quote == '"' ? rest_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      fail("is not a dictionary of 'descr', 'fortran_order' and 'shape'");
    }
    const std::string_view content = rest_.substr(1, end - 1);
    if (content.find_first_of("\\\n") != std::string_view::npos) {
      fail("has a string with escapes");
    }
    rest_.remove_prefix(end + 1);
    return std::string(content);
  }

  void expect(char symbol) {
    if (!accept(symbol)) {
      fail("is not a dictionary of 'descr', 'fortran_order' and 'shape'");
    }
  }

  bool accept(char symbol) {
    skip_space();
    return accept_here(symbol);
  }

  bool accept_here(char symbol) {
    const bool found = rest_.starts_with(symbol);
    rest_.remove_prefix(found ? 1 : 0);
    return found;
  }

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }

  std::string_view rest_;
  const Limits& limits_;
};

/// What a `descr` such as "<f4" means.
struct ElementType {
  DType dtype = DType::other;
  std::uint64_t bytes = 0;
  std::endian order = std::endian::native;
};

constexpr auto kNumbers = std::to_array<std::pair<std::string_view, ElementType>>({
    {"f8", {.dtype = DType::float64, .bytes = 8}},
    {"f4", {.dtype = DType::float32, .bytes = 4}},
    {"f2", {.dtype = DType::float16, .bytes = 2}},
    {"f16", {.dtype = DType::float128, .bytes = 16}},
    {"f12", {.dtype = DType::float128, .bytes = 12}},
    {"i8", {.dtype = DType::int64, .bytes = 8}},
    {"i4", {.dtype = DType::int32, .bytes = 4}},
    {"i2", {.dtype = DType::int16, .bytes = 2}},
    {"i1", {.dtype = DType::int8, .bytes = 1}},
    {"u8", {.dtype = DType::uint64, .bytes = 8}},
    {"u4", {.dtype = DType::uint32, .bytes = 4}},
    {"u2", {.dtype = DType::uint16, .bytes = 2}},
    {"u1", {.dtype = DType::uint8, .bytes = 1}},
    {"b1", {.dtype = DType::boolean, .bytes = 1}},
    {"c8", {.dtype = DType::complex64, .bytes = 8}},
    {"c16", {.dtype = DType::complex128, .bytes = 16}},
});

constexpr std::string_view kOrders = "<>|=";

bool has_order(std::string_view descr) {
  return !descr.empty() && kOrders.find(descr.front()) != std::string_view::npos;
}

// Kinds of elements that are no numbers, by the letter of NumPy after that of the order.
std::string_view foreign_kind(std::string_view descr) {
  if (descr.starts_with('[') || descr.starts_with('(')) {
    return "records (structured arrays)";
  }
  switch (has_order(descr) && descr.size() > 1 ? descr[1] : '\0') {
    case 'O':
      return "Python objects (a pickle, which would run code)";
    case 'S':
    case 'a':
    case 'U':
      return "strings";
    case 'V':
      return "raw bytes (NumPy saves bfloat16 so)";
    case 'M':
    case 'm':
      return "times";
    default:
      return {};
  }
}

// Nothing for elements that are no numbers.
std::optional<ElementType> element_type(std::string_view descr) {
  if (!foreign_kind(descr).empty()) {
    return std::nullopt;
  }
  const auto* const number =
      std::ranges::find(kNumbers, descr.substr(std::min<std::size_t>(descr.size(), 1)),
                        [](const auto& entry) { return entry.first; });
  if (!has_order(descr) || number == kNumbers.end()) {
    fail(fmt::format("has an unknown 'descr' '{}'", printable(descr)));
  }
  ElementType element = number->second;
  if (descr.front() == '<' || descr.front() == '>') {
    element.order = descr.front() == '<' ? std::endian::little : std::endian::big;
  }
  return element;
}

void require_size(const NpyArray& array, std::uint64_t element_bytes, std::uint64_t total_bytes) {
  const std::uint64_t needed = checked_mul(element_count(array.shape), element_bytes);
  const std::uint64_t held = total_bytes - array.header_bytes;
  if (needed > held) {
    throw Error(ErrorCode::malformed,
                fmt::format("truncated: the NumPy array needs {} bytes of values, {} are there",
                            needed, held));
  }
  if (needed < held) {
    throw Error(ErrorCode::unsupported,
                fmt::format("{} bytes follow the NumPy array; several arrays in one are not read",
                            held - needed));
  }
}

std::string objection(const NpyArray& array, const Limits& limits) {
  const std::uint64_t values = element_count(array.shape);
  if (values > limits.tensor_values) {
    return fmt::format("declares {} values, the limit is {}{}", values, limits.tensor_values,
                       kRaiseTensorValues);
  }
  return array.dtype == DType::float128 ? "long double values are not supported" : "";
}

/// Walks the elements of an array in Fortran order and tells their places in C order.
class FortranOrder {
 public:
  explicit FortranOrder(std::span<const std::uint64_t> shape)
      : shape_(shape.begin(), shape.end()), index_(shape.size()), strides_(shape.size()) {
    std::uint64_t stride = 1;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      strides_[axis] = stride;
      stride *= shape_[axis];
    }
  }

  [[nodiscard]] std::uint64_t place() const noexcept { return place_; }

  void advance() {
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      place_ += strides_[axis];
      if (++index_[axis] < shape_[axis]) {
        return;
      }
      place_ -= strides_[axis] * shape_[axis];
      index_[axis] = 0;
    }
  }

 private:
  std::vector<std::uint64_t> shape_;
  std::vector<std::uint64_t> index_;
  std::vector<std::uint64_t> strides_;
  std::uint64_t place_ = 0;
};

// Piece by piece, so that no second copy of the tensor is needed.
void read_in_fortran_order(Bytes values, const NpyArray& array, std::span<double> out) {
  constexpr std::size_t kPiece = 4096;
  const std::size_t width = element_bytes(array.dtype);
  std::array<double, kPiece> piece{};
  FortranOrder order(array.shape);
  for (std::size_t begin = 0; begin < out.size(); begin += kPiece) {
    const auto decoded = std::span(piece).first(std::min(kPiece, out.size() - begin));
    decode_elements(values.subspan(begin * width, decoded.size() * width), array.dtype, array.order,
                    decoded);
    for (const double value : decoded) {
      out[order.place()] = value;
      order.advance();
    }
  }
}

}  // namespace

bool is_npy(std::span<const std::byte> bytes) noexcept {
  return text_of(bytes).starts_with(kMagic);
}

std::uint64_t npy_header_bytes(std::span<const std::byte> start, const Limits& limits) {
  ByteCursor cursor(start);
  if (text_of(cursor.take(kMagic.size())) != kMagic) {
    throw Error(ErrorCode::malformed, "no NumPy array");
  }
  const auto major = cursor.read_le<std::uint8_t>();
  const auto minor = cursor.read_le<std::uint8_t>();
  if (major < 1 || major > 3 || minor != 0) {
    throw Error(ErrorCode::unsupported,
                fmt::format("version {}.{} of NumPy arrays is not supported", major, minor));
  }
  const std::uint64_t text_bytes =
      major == 1 ? cursor.read_le<std::uint16_t>() : cursor.read_le<std::uint32_t>();
  if (text_bytes > limits.attribute_bytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("the header of the NumPy array has {} bytes, the limit is {}{}",
                            text_bytes, limits.attribute_bytes, kRaiseMetadataBytes));
  }
  return cursor.offset() + text_bytes;
}

NpyArray parse_npy(std::span<const std::byte> start, std::uint64_t total_bytes,
                   const Limits& limits) {
  NpyArray array;
  array.header_bytes = npy_header_bytes(start, limits);
  ByteCursor cursor(start);
  // The preamble of version 1 is two bytes shorter.
  const std::uint64_t preamble =
      std::to_integer<int>(start[kMagic.size()]) == 1 ? kNpyPreambleBytes - 2 : kNpyPreambleBytes;
  cursor.skip(preamble);
  const std::string_view text = text_of(cursor.take(array.header_bytes - preamble));
  Literal literal = LiteralParser(text, limits).parse();
  if (!literal.descr || !literal.fortran_order || !literal.shape) {
    fail("lacks one of 'descr', 'fortran_order' and 'shape'");
  }
  array.fortran_order = *literal.fortran_order;
  array.shape = std::move(*literal.shape);
  const std::optional<ElementType> element = element_type(*literal.descr);
  if (!element) {
    static_cast<void>(element_count(array.shape));  // Listed shapes do not overflow either.
    array.unreadable =
        fmt::format("NumPy arrays of {} are not supported", foreign_kind(*literal.descr));
    return array;
  }
  array.dtype = element->dtype;
  array.order = element->order;
  require_size(array, element->bytes, total_bytes);
  array.unreadable = objection(array, limits);
  return array;
}

void read_npy(std::span<const std::byte> bytes, const NpyArray& array, std::span<double> out) {
  const Bytes values = bytes.subspan(array.header_bytes);
  if (array.fortran_order) {
    read_in_fortran_order(values, array, out);
  } else {
    decode_elements(values, array.dtype, array.order, out);
  }
}

}  // namespace hindcast::io
