// How the two sides of an isolated file put what they say into bytes. Integers are little-endian,
// 64 bits each; texts and lists are preceded by their length.
//
//   question   values, address, dtype, decoding      (values and the rest zero: the contents)
//   contents   order, step, epoch, problems, entries
//   problem    where, reason
//   entry      address, dtype, decoding, offset, path, name, aliases, shape, unreadable, dialect,
//              layer class, data format, optimiser state

#include "io/hdf5/wire.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/byte_cursor.hpp"
#include "base/checked.hpp"
#include "base/text.hpp"

namespace hindcast::io::hdf5 {
namespace {

using tensor::TensorInfo;

class Writer {
 public:
  void number(std::uint64_t value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  template <typename Enum>
  void choice(Enum value) {
    number(static_cast<std::uint64_t>(value));
  }

  void text(std::string_view value) {
    number(value.size());
    const auto bytes = std::as_bytes(std::span(value));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  template <typename Number>
  void optional(const std::optional<Number>& value) {
    number(value ? 1 : 0);
    number(static_cast<std::uint64_t>(value.value_or(0)));
  }

  template <typename List, typename Each>
  void list(const List& list, Each&& each) {
    number(list.size());
    for (const auto& item : list) {
      each(item);
    }
  }

  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : cursor_(bytes) {}

  std::uint64_t number() { return cursor_.read_le<std::uint64_t>(); }

  bool flag() { return number_up_to(1) == 1; }

  std::uint64_t number_up_to(std::uint64_t most) {
    const std::uint64_t value = number();
    if (value > most) {
      throw Error(ErrorCode::malformed, fmt::format("{} where {} is the most", value, most));
    }
    return value;
  }

  template <typename Enum>
  Enum choice(Enum last) {
    return static_cast<Enum>(number_up_to(static_cast<std::uint64_t>(last)));
  }

  std::string text() {
    const auto bytes = cursor_.take(number());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  template <typename Number>
  std::optional<Number> optional() {
    const bool is_there = flag();
    const auto value = static_cast<Number>(number());
    return is_there ? std::optional(value) : std::nullopt;
  }

  // Grows with what is read, so that a count alone allocates nothing.
  template <typename Each>
  auto list(std::uint64_t most, Each&& each) {
    std::vector<decltype(each())> items;
    for (std::uint64_t left = number_up_to(most); left > 0; --left) {
      items.push_back(each());
    }
    return items;
  }

  void require_end() const {
    if (!cursor_.at_end()) {
      throw Error(ErrorCode::malformed, fmt::format("{} bytes too many", cursor_.remaining()));
    }
  }

 private:
  ByteCursor cursor_;
};

void write_entry(Writer& out, const Entry& entry) {
  const TensorInfo& info = entry.tensor;
  out.number(entry.address);
  out.choice(entry.element.dtype);
  out.choice(entry.element.decoding);
  out.optional(entry.offset);
  out.text(info.path);
  out.text(info.name);
  out.list(info.aliases, [&](const std::string& alias) { out.text(alias); });
  out.list(info.shape, [&](std::uint64_t extent) { out.number(extent); });
  out.text(info.unreadable);
  out.choice(info.evidence.dialect);
  out.text(info.evidence.layer_class);
  out.text(info.evidence.data_format);
  out.number(info.evidence.optimizer_state ? 1 : 0);
}

constexpr std::uint64_t kAnyNumber = std::numeric_limits<std::uint64_t>::max();

// Whoever reads the tensor allocates by its shape.
void require_allocatable(const Entry& entry, const Limits& limits) {
  if (!entry.tensor.unreadable.empty() || !tensor::is_real(entry.tensor.dtype)) {
    return;
  }
  const std::uint64_t values = element_count(entry.tensor.shape);
  if (values > limits.tensor_values) {
    throw Error(ErrorCode::malformed, fmt::format("{} values in one tensor", values));
  }
}

Entry read_entry(Reader& in, const Limits& limits) {
  Entry entry;
  TensorInfo& info = entry.tensor;
  entry.address = in.number();
  entry.element.dtype = in.choice(tensor::DType::other);
  entry.element.decoding = in.choice(Decoding::none);
  entry.offset = in.optional<std::uint64_t>();
  info.dtype = entry.element.dtype;
  info.path = in.text();
  info.name = in.text();
  info.aliases = in.list(kAnyNumber, [&] { return in.text(); });
  info.shape = in.list(H5S_MAX_RANK, [&] { return in.number(); });
  info.unreadable = printable_line(in.text());
  info.evidence.dialect = in.choice(tensor::Dialect::keras3);
  info.evidence.layer_class = in.text();
  info.evidence.data_format = in.text();
  info.evidence.optimizer_state = in.flag();
  require_allocatable(entry, limits);
  return entry;
}

Problem read_problem(Reader& in) {
  Problem problem;
  problem.where = in.text();
  problem.reason = printable_line(in.text());
  return problem;
}

}  // namespace

std::vector<std::byte> contents_request() {
  return values_request({.address = HADDR_UNDEF, .element = {}}, 0);
}

std::vector<std::byte> values_request(const Source& source, std::uint64_t values) {
  Writer out;
  out.number(source.address);
  out.choice(source.element.dtype);
  out.choice(source.element.decoding);
  out.number(values);
  return out.take();
}

Question decode_question(std::span<const std::byte> request) {
  Reader in(request);
  Source source;
  source.address = in.number();
  source.element.dtype = in.choice(tensor::DType::other);
  source.element.decoding = in.choice(Decoding::none);
  const std::uint64_t values = in.number();
  if (source.address == HADDR_UNDEF) {
    return {};
  }
  return {.source = source, .values = values};
}

std::vector<std::byte> encode_contents(const Contents& contents) {
  Writer out;
  out.choice(contents.order);
  out.optional(contents.step);
  out.optional(contents.epoch);
  out.list(contents.problems, [&](const Problem& problem) {
    out.text(problem.where);
    out.text(problem.reason);
  });
  out.list(contents.entries, [&](const Entry& entry) { write_entry(out, entry); });
  return out.take();
}

Contents decode_contents(std::span<const std::byte> answer, const Limits& limits) {
  return with_context("the HDF5 library gave a table of contents that makes no sense", [&] {
    Reader in(answer);
    Contents contents;
    contents.order = in.choice(OrderEvidence::names);
    contents.step = in.optional<std::int64_t>();
    contents.epoch = in.optional<std::int64_t>();
    contents.problems = in.list(kAnyNumber, [&] { return read_problem(in); });
    contents.entries = in.list(limits.tensors, [&] { return read_entry(in, limits); });
    in.require_end();
    return contents;
  });
}

}  // namespace hindcast::io::hdf5
