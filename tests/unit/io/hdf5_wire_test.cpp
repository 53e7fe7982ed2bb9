// What comes out of the cell of an HDF5 file is believed no more than the file itself.

#include <algorithm>
#include <bit>
#include <cstring>

#include <doctest/doctest.h>

#include "io/hdf5/wire.hpp"

namespace hindcast::io::hdf5 {
namespace {

using Bytes = std::vector<std::byte>;

Entry sample_entry() {
  Entry entry;
  entry.address = 800;
  entry.element = {tensor::DType::float32, Decoding::by_library};
  entry.offset = 2048;
  entry.tensor.path = "model_weights/dense/kernel:0";
  entry.tensor.name = "dense/kernel:0";
  entry.tensor.aliases = {"tied", ""};
  entry.tensor.shape = {3, 5};
  entry.tensor.dtype = tensor::DType::float32;
  entry.tensor.evidence.dialect = tensor::Dialect::keras2;
  entry.tensor.evidence.layer_class = "Dense";
  entry.tensor.evidence.data_format = "tf";
  entry.tensor.evidence.optimizer_state = true;
  return entry;
}

Contents sample_contents() {
  Contents contents;
  contents.entries = {sample_entry(), sample_entry()};
  contents.entries[1].tensor.unreadable = "filter 9 is not supported";
  contents.order = OrderEvidence::creation;
  contents.problems = {{.where = "a/b", .reason = "leads nowhere"}};
  contents.step = -7;
  return contents;
}

Contents through_wire(const Contents& contents, const Limits& limits = {}) {
  return decode_contents(encode_contents(contents), limits);
}

bool is_believed(const Contents& contents, const Limits& limits = {}) {
  try {
    (void)through_wire(contents, limits);
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return false;
  }
}

void check_equal(const Entry& a, const Entry& b) {
  CHECK(a.address == b.address);
  CHECK(a.element.dtype == b.element.dtype);
  CHECK(a.element.decoding == b.element.decoding);
  CHECK(a.offset == b.offset);
  CHECK(a.tensor.path == b.tensor.path);
  CHECK(a.tensor.name == b.tensor.name);
  CHECK(a.tensor.aliases == b.tensor.aliases);
  CHECK(a.tensor.shape == b.tensor.shape);
  CHECK(a.tensor.dtype == b.tensor.dtype);
  CHECK(a.tensor.unreadable == b.tensor.unreadable);
  CHECK(a.tensor.evidence.dialect == b.tensor.evidence.dialect);
  CHECK(a.tensor.evidence.layer_class == b.tensor.evidence.layer_class);
  CHECK(a.tensor.evidence.data_format == b.tensor.evidence.data_format);
  CHECK(a.tensor.evidence.optimizer_state == b.tensor.evidence.optimizer_state);
}

TEST_CASE("hdf5 wire: a table of contents arrives as it was sent") {
  const Contents sent = sample_contents();
  const Contents received = through_wire(sent);
  REQUIRE(received.entries.size() == 2);
  check_equal(received.entries[0], sent.entries[0]);
  check_equal(received.entries[1], sent.entries[1]);
  CHECK(received.order == sent.order);
  REQUIRE(received.problems.size() == 1);
  CHECK(received.problems[0].where == "a/b");
  CHECK(received.problems[0].reason == "leads nowhere");
  CHECK(received.step == -7);
  CHECK(received.epoch == std::nullopt);
}

TEST_CASE("hdf5 wire: a question arrives as it was asked") {
  const Source source{.address = 4096,
                      .element = {tensor::DType::bfloat16, Decoding::from_raw_bits}};
  const Question values = decode_question(values_request(source, 15));
  REQUIRE(values.source);
  CHECK(values.source->address == 4096);
  CHECK(values.source->element.dtype == tensor::DType::bfloat16);
  CHECK(values.source->element.decoding == Decoding::from_raw_bits);
  CHECK(values.values == 15);
  CHECK_FALSE(decode_question(contents_request()).source);
}

TEST_CASE("hdf5 wire: a table that is cut short anywhere, or goes on, is refused") {
  Bytes table = encode_contents(sample_contents());
  for (std::size_t length = 0; length < table.size(); ++length) {
    CAPTURE(length);
    // Exactly sized, so that AddressSanitizer guards its end.
    const Bytes prefix(table.begin(), table.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS((void)decode_contents(prefix, {}), Error);
  }
  table.push_back(std::byte{0});
  CHECK_THROWS_WITH_AS((void)decode_contents(table, {}),
                       "the HDF5 library gave a table of contents that makes no sense: 1 bytes too "
                       "many",
                       Error);
}

// Every word of the table in turn is made enormous: counts, lengths, enumerators, extents. Nothing
// may be allocated or indexed by it.
TEST_CASE("hdf5 wire: no number in a table is followed blindly") {
  const Bytes table = encode_contents(sample_contents());
  std::size_t refused = 0;
  for (std::size_t at = 0; at + 8 <= table.size(); ++at) {
    for (const std::uint64_t value : {~std::uint64_t{0}, std::uint64_t{1} << 62U}) {
      Bytes changed = table;
      std::memcpy(changed.data() + at, &value, sizeof(value));
      try {
        (void)decode_contents(changed, {});
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::malformed);
        ++refused;
      }
    }
  }
  CHECK(refused > table.size());
}

TEST_CASE("hdf5 wire: enumerators that do not exist are refused") {
  const auto with = [](auto&& change) {
    Contents contents = sample_contents();
    change(contents);
    return contents;
  };
  CHECK_FALSE(is_believed(with([](Contents& c) { c.order = OrderEvidence{99}; })));
  CHECK_FALSE(is_believed(
      with([](Contents& c) { c.entries[0].element.dtype = static_cast<tensor::DType>(99); })));
  CHECK_FALSE(is_believed(with([](Contents& c) { c.entries[0].element.decoding = Decoding{99}; })));
  CHECK_FALSE(is_believed(
      with([](Contents& c) { c.entries[0].tensor.evidence.dialect = tensor::Dialect{99}; })));
  CHECK(is_believed(with([](Contents& c) { c.order = OrderEvidence::names; })));
}

TEST_CASE("hdf5 wire: what is said to be readable can be allocated") {
  Contents contents = sample_contents();
  const auto is_shape_believed = [&](std::vector<std::uint64_t> shape, const Limits& limits) {
    contents.entries[0].tensor.shape = std::move(shape);
    return is_believed(contents, limits);
  };
  const Limits few{.tensor_values = 100};
  CHECK(is_shape_believed({10, 10}, few));
  CHECK_FALSE(is_shape_believed({101}, few));
  // 2^64 wraps to 0, which would pass.
  CHECK_FALSE(is_shape_believed({1ULL << 32U, 1ULL << 32U}, few));
  CHECK(is_shape_believed(std::vector<std::uint64_t>(32, 1), few));
  CHECK_FALSE(is_shape_believed(std::vector<std::uint64_t>(33, 1), few));
  contents.entries[0].tensor.unreadable = "too large";
  CHECK(is_shape_believed({101}, few));
}

TEST_CASE("hdf5 wire: there are no more tensors than Limits allow") {
  CHECK(is_believed(sample_contents(), {.tensors = 2}));
  CHECK_FALSE(is_believed(sample_contents(), {.tensors = 1}));
}

TEST_CASE("hdf5 wire: reasons are made printable") {
  Contents contents = sample_contents();
  contents.problems[0].reason = "fine\x1b[2J\nhindcast: all is well";
  contents.entries[1].tensor.unreadable = "\x07";
  const Contents received = through_wire(contents);
  CHECK(received.problems[0].reason == "fine\\x1b[2J\\x0ahindcast: all is well");
  CHECK(received.entries[1].tensor.unreadable == "\\x07");
}

}  // namespace
}  // namespace hindcast::io::hdf5
