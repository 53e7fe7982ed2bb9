#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/torch_checkpoint.hpp"
#include "support/torch_files.hpp"

using namespace hindcast;
using namespace std::string_literals;

namespace {

namespace p = test::pickled;
using Opened = test::OpenedTorch;
using tensor::DType;
using test::Names;
using test::refusal;
using test::torch_legacy;
using test::torch_zip;
using test::Values;

const std::string kW = p::tensor({});  // A tensor, where any will do.

}  // namespace

TEST_CASE("torch: a state dict is listed in the order of insertion, with its values") {
  const Opened opened(torch_zip(
      p::ordered_dict(
          {{"b", p::tensor({.size = {4}, .strides = {1}})}, {"a", p::tensor({.key = "1"})}}),
      {{"0", test::bytes_of<float>({1, 2, 3, 4})}, {"1", test::bytes_of<float>({5, 6, 7, 8})}}));
  CHECK(opened.names() == Names{"b", "a"});
  CHECK(opened->order_evidence() == io::OrderEvidence::creation);
  CHECK(opened->tensors()[1].dtype == DType::float32);
  CHECK(opened->tensors()[1].shape == std::vector<std::uint64_t>{2, 2});
  CHECK(opened->tensors()[1].evidence.dialect == tensor::Dialect::pytorch);
  CHECK(opened.values(0) == Values{1, 2, 3, 4});
  CHECK(opened.values(1) == Values{5, 6, 7, 8});
  CHECK(opened->problems().empty());
}

TEST_CASE("torch: offsets and strides are followed") {
  struct View {
    p::Tensor tensor;
    Values values;
  };
  for (const View& view : {
           View{{.size = {2, 2}, .strides = {1, 2}}, {1, 3, 2, 4}},  // Transposed.
           View{{.offset = 1, .size = {3}, .strides = {1}}, {2, 3, 4}},
           View{{.offset = 1, .size = {2}, .strides = {2}}, {2, 4}},
           View{{.offset = 2, .size = {2, 3}, .strides = {1, 0}}, {3, 3, 3, 4, 4, 4}},
           View{{.offset = 3, .size = {1, 1}, .strides = {99, 99}}, {4}},  // Never taken.
           View{{.offset = 3, .size = {}, .strides = {}}, {4}},
           View{{.offset = 9, .size = {0, 3}, .strides = {3, 1}}, {}},
       }) {
    const Opened opened(torch_zip(p::dict({{"w", p::tensor(view.tensor)}})));
    CHECK(opened.values(0) == view.values);
  }
}

TEST_CASE("torch: long strided views are read block by block") {
  constexpr std::int64_t kSide = 100;  // More elements than a block has.
  std::vector<float> stored(kSide * kSide);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    stored[i] = static_cast<float>(i);
  }
  const Opened opened(torch_zip(p::dict({{"w", p::tensor({.storage_elements = kSide * kSide,
                                                          .size = {kSide, kSide},
                                                          .strides = {1, kSide}})}}),
                                {{"0", test::bytes_of(stored)}}));
  const Values values = opened.values(0);
  bool transposed = true;
  for (std::size_t row = 0; row < kSide; ++row) {
    for (std::size_t column = 0; column < kSide; ++column) {
      transposed = transposed && values[row * kSide + column] ==
                                     static_cast<double>(stored[column * kSide + row]);
    }
  }
  CHECK(transposed);
}

TEST_CASE("torch: the storage's class is the element type") {
  struct Typed {
    const char* storage;
    DType dtype;
    std::string bytes;
    Values values;
  };
  for (const Typed& typed : {
           Typed{"DoubleStorage", DType::float64, test::bytes_of<double>({0.1, -2}), {0.1, -2}},
           Typed{"HalfStorage", DType::float16, "\x00\x3e\x00\xc0"s, {1.5, -2}},
           Typed{"BFloat16Storage", DType::bfloat16, "\xc0\x3f\x00\xc0"s, {1.5, -2}},
           Typed{"LongStorage", DType::int64, test::bytes_of<std::int64_t>({7, -2}), {7, -2}},
           Typed{"IntStorage", DType::int32, test::bytes_of<std::int32_t>({7, -2}), {7, -2}},
           Typed{"ShortStorage", DType::int16, test::bytes_of<std::int16_t>({7, -2}), {7, -2}},
           Typed{"CharStorage", DType::int8, "\x07\xfe", {7, -2}},
           Typed{"ByteStorage", DType::uint8, "\x07\xfe", {7, 254}},
           Typed{"BoolStorage", DType::boolean, "\x01\x00"s, {1, 0}},
       }) {
    CAPTURE(typed.storage);
    const Opened opened(torch_zip(p::dict({{"w", p::tensor({.storage = typed.storage,
                                                            .storage_elements = 2,
                                                            .size = {2},
                                                            .strides = {1}})}}),
                                  {{"0", typed.bytes}}));
    CHECK(opened->tensors()[0].dtype == typed.dtype);
    CHECK(opened.values(0) == typed.values);
  }
}

TEST_CASE("torch: tensors of untyped storages bring their type along") {
  std::vector<std::string> arguments = p::tensor_arguments({.storage = "UntypedStorage",
                                                            .storage_elements = 4,
                                                            .offset = 1,
                                                            .size = {1},
                                                            .strides = {1}});
  arguments.push_back(p::global("torch", "uint16"));
  const auto value =
      p::dict({{"w", p::call(p::global("torch._utils", "_rebuild_tensor_v3"), arguments)}});
  const Opened opened(torch_zip(value, {{"0", test::bytes_of<std::uint16_t>({1, 65535})}}));
  CHECK(opened->tensors()[0].dtype == DType::uint16);
  CHECK(opened.values(0) == Values{65535});
}

TEST_CASE("torch: a big-endian archive is read as what it says") {
  auto parts = test::torch_zip_parts(p::dict({{"w", kW}}), {{"0",
                                                             "\x3f\x80\x00\x00\x40\x00\x00\x00"
                                                             "\x40\x40\x00\x00\x40\x80\x00\x00"s}});
  parts.push_back({.name = "archive/byteorder", .content = "big"});
  CHECK(Opened(test::zip_of(parts)).values(0) == Values{1, 2, 3, 4});
}

TEST_CASE("torch: negated views are negated") {
  std::vector<std::string> arguments = p::tensor_arguments({});
  arguments.push_back(p::dict({{"neg", "\x88"}}));
  const auto value = p::call(p::global("torch._utils", "_rebuild_tensor_v2"), arguments);
  const Opened opened(torch_zip(p::dict({{"plain", kW}, {"negated", value}})));
  CHECK(opened.values(1) == Values{-1, -2, -3, -4});
}

TEST_CASE("torch: quantised tensors give the real numbers they stand for") {
  const p::Tensor stored{.storage = "QInt8Storage", .size = {2, 2}, .strides = {2, 1}};
  const auto quantised = [&](const std::string& parameters) {
    return p::dict(
        {{"q", p::call(p::global("torch._utils", "_rebuild_qtensor"),
                       {p::storage(stored), p::integer(0), p::integers({2, 2}), p::integers({2, 1}),
                        parameters, "\x89", p::ordered_dict({})})}});
  };
  const std::string half = "G\x3f\xe0\x00\x00\x00\x00\x00\x00"s;
  const Opened whole(
      torch_zip(quantised(p::tuple({p::global("torch", "per_tensor_affine"), half, p::integer(3)})),
                {{"0", "\x03\x05\xfd\x02"}}));
  CHECK(whole->tensors()[0].dtype == DType::float32);
  CHECK(whole.values(0) == Values{0, 1, -3, -0.5});
  CHECK(whole->problems()[0].reason ==
        "1 tensor is quantised; read as the real numbers the integers stand for");

  const p::Tensor scales{
      .key = "s", .storage = "DoubleStorage", .storage_elements = 2, .size = {2}, .strides = {1}};
  const p::Tensor zero_points{
      .key = "z", .storage = "LongStorage", .storage_elements = 2, .size = {2}, .strides = {1}};
  const test::Records records = {{"0", "\x03\x05\xfd\x02"},
                                 {"s", test::bytes_of<double>({0.5, 2})},
                                 {"z", test::bytes_of<std::int64_t>({1, -1})}};
  const auto by_channel = [&](std::int64_t axis) {
    return torch_zip(
        quantised(p::tuple({p::global("torch", "per_channel_affine"), p::tensor(scales),
                            p::tensor(zero_points), p::integer(axis)})),
        records);
  };
  CHECK(Opened(by_channel(0)).values(0) == Values{1, 2, -4, 6});
  CHECK(Opened(by_channel(1)).values(0) == Values{1, 12, -2, 6});
  CHECK(refusal(by_channel(2)).message == "q: quantised along axis 2 of 2");
}

TEST_CASE("torch: what cannot be read is listed with the reason") {
  const auto sparse = p::call(
      p::global("torch._utils", "_rebuild_sparse_tensor"),
      {"N", p::tuple({p::tensor({.storage = "LongStorage",
                                 .storage_elements = 2,
                                 .size = {1, 2},
                                 .strides = {2, 1}}),
                      p::tensor({.key = "1", .storage_elements = 2, .size = {2}, .strides = {1}}),
                      p::call(p::global("torch", "Size"), {p::integers({9})})})});
  const auto meta =
      p::call(p::global("torch._utils", "_rebuild_meta_tensor_no_storage"),
              {p::global("torch", "float16"), p::integers({3}), p::integers({1}), "\x89"});
  const auto wrapper = p::call(p::global("torch._utils", "_rebuild_wrapper_subclass"),
                               {p::global("torch.distributed.tensor", "DTensor"),
                                p::global("torch", "float32"), p::integers({5, 2})});
  const Opened opened(torch_zip(
      p::dict({{"s", sparse}, {"m", meta}, {"d", wrapper}}),
      {{"0", test::bytes_of<std::int64_t>({1, 2})}, {"1", test::bytes_of<float>({1, 2})}}));
  const auto tensors = opened->tensors();
  REQUIRE(tensors.size() == 3);
  CHECK(tensors[0].unreadable == "a sparse tensor, which is not supported");
  CHECK(tensors[0].shape == std::vector<std::uint64_t>{9});
  CHECK(tensors[0].dtype == DType::float32);
  CHECK(tensors[1].unreadable == "a meta tensor, stored without its values");
  CHECK(tensors[1].dtype == DType::float16);
  CHECK(tensors[2].unreadable ==
        "a torch.distributed.tensor.DTensor, which keeps its values in other tensors");
  CHECK(tensors[2].shape == std::vector<std::uint64_t>{5, 2});
}

TEST_CASE("torch: parameters and typed tensors are the tensors within") {
  const auto parameter =
      p::call(p::global("torch._utils", "_rebuild_parameter"), {kW, "\x88", p::ordered_dict({})});
  const auto typed =
      p::call(p::global("torch._tensor", "_rebuild_from_type_v2"),
              {p::global("torch._utils", "_rebuild_tensor_v2"), p::global("my", "Tensor"),
               p::tuple(p::tensor_arguments({.strides = {1, 2}})), "}"});
  const Opened opened(torch_zip(p::dict({{"p", parameter}, {"t", typed}})));
  CHECK(opened.values(0) == Values{1, 2, 3, 4});
  CHECK(opened.values(1) == Values{1, 3, 2, 4});
}

TEST_CASE("torch: NumPy arrays of numbers are read, others are listed") {
  const std::string floats = test::bytes_of<float>({1, 2, 3, 4, 5, 6});
  // The bytes 0x00, 0x80 and 0xFF, as protocol 2 writes them.
  const auto encoded = p::call(p::global("_codecs", "encode"),
                               {p::text("\x00\xc2\x80\xc3\xbf"s), p::text("latin1")});
  const Opened opened(torch_zip(p::dict({
      {"c", p::numpy_array("f4", "<", {2, 3}, p::binary(floats))},
      {"f", p::numpy_array("f4", "<", {2, 3}, p::binary(floats), true)},
      {"big", p::numpy_array("i2", ">", {2}, p::binary("\x01\x00\x00\x02"s))},
      {"encoded", p::numpy_array("u1", "|", {3}, encoded)},
      {"objects", p::numpy_array("O8", "|", {1}, "]N\x61")},
      {"buffer", p::call(p::global("numpy._core.numeric", "_frombuffer"),
                         {"\x96" + test::little_endian(4, 8) + test::bytes_of<float>({8}),
                          p::call(p::global("numpy", "dtype"), {p::text("f4")}), p::integers({1}),
                          p::text("C")})},
  })));
  CHECK(opened->problems().empty());
  CHECK(opened.values(0) == Values{1, 2, 3, 4, 5, 6});
  CHECK(opened.values(1) == Values{1, 3, 5, 2, 4, 6});
  CHECK(opened.values(2) == Values{256, 2});
  CHECK(opened.values(3) == Values{0, 128, 255});
  CHECK(opened->tensors()[4].unreadable == "a NumPy array of type 'O8', which is not supported");
  CHECK(opened.values(5) == Values{8});
}

TEST_CASE("torch legacy: the five pickles and their storages") {
  const auto value = p::dict({{"a", p::tensor({.key = "77"})}, {"b", p::tensor({.key = "5"})}});
  const Opened opened(torch_legacy(
      value, {{.key = "5"}, {.key = "77", .bytes = test::bytes_of<float>({5, 6, 7, 8})}}));
  CHECK(opened.names() == Names{"a", "b"});
  CHECK(opened.values(0) == Values{5, 6, 7, 8});
  CHECK(opened.values(1) == Values{1, 2, 3, 4});
}

TEST_CASE("torch legacy: parts of storages and classes saved with their source") {
  const auto part = p::tuple({p::text("storage"), p::global("torch", "FloatStorage"), p::text("0"),
                              p::text("cpu"), p::integer(4),
                              p::tuple({p::text("view"), p::integer(2), p::integer(2)})}) +
                    "Q";
  const auto tensor = p::call(
      p::global("torch._utils", "_rebuild_tensor_v2"),
      {part, p::integer(1), p::integers({1}), p::integers({1}), "\x89", p::ordered_dict({})});
  const auto module = p::tuple({p::text("module"), p::global("my", "Net"), p::text("net.py"),
                                p::text("import os")}) +
                      "Q)\x81" + p::dict({{"w", tensor}}) + "b";
  const Opened opened(torch_legacy(module));
  CHECK(opened.names() == Names{"w"});
  CHECK(opened.values(0) == Values{4});
}
