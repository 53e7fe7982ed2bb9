// ONNX files that contradict themselves, are cut short or damaged: one row for each way to lie,
// built so that a reader without the check would accept the file.

#include <array>
#include <fcntl.h>
#include <limits>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "support/onnx_models.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {

extern const Format onnx_format;

namespace {

using namespace test::onnx;

std::unique_ptr<Checkpoint> open_text(const test::TemporaryDirectory& directory,
                                      const std::string& content, const Limits& limits = {}) {
  // A new file each time: truncating an old one waits for the disk.
  std::filesystem::remove(directory.path() / "model.onnx");
  const auto path = directory.write("model.onnx", content);
  return onnx_format.open(std::make_shared<const MappedFile>(path), limits);
}

// Reads everything that claims to be readable.
void read_all(const Checkpoint& checkpoint) {
  for (std::size_t i = 0; i < checkpoint.tensors().size(); ++i) {
    const tensor::TensorInfo& info = checkpoint.tensors()[i];
    if (info.unreadable.empty() && tensor::is_real(info.dtype)) {
      std::vector<double> values(element_count(info.shape));
      checkpoint.read(i, values);
    }
  }
}

struct Lie {
  std::string what;
  std::string content;
  ErrorCode code = ErrorCode::malformed;
  std::string message;
};

std::string of_tensor(const std::string& fields) {
  return model(initializer(bytes(8, "w") + fields));
}

std::string of_sparse(const std::string& values, const std::string& indices,
                      const std::string& shape) {
  return model(bytes(15, bytes(1, values) + bytes(2, indices) + shape));
}

std::string external(const std::string& entries) {
  return of_tensor(dims({2}) + number(2, float32) + entries + number(14, 1));
}

std::string entry(std::string_view key, std::string_view value) {
  return bytes(13, bytes(1, key) + bytes(2, value));
}

std::vector<Lie> tensor_lies() {
  const std::string f32 = number(2, float32);
  constexpr std::int64_t kHuge = 1LL << 62;
  return {
      {"no data type", of_tensor(dims({2}) + bytes(9, raw<float>({1, 2}))), ErrorCode::malformed,
       "unknown data_type 0"},
      {"unknown data type", of_tensor(dims({1}) + number(2, 27) + bytes(9, "x")),
       ErrorCode::malformed, "unknown data_type 27"},
      {"negative dimension", of_tensor(dims({-1, 0}) + f32), ErrorCode::malformed,
       "dimension -1 is negative"},
      // The product wraps to 0, which no data would satisfy.
      {"dimensions overflow", of_tensor(dims({kHuge, 8}) + f32), ErrorCode::malformed,
       "the product of the dimensions does not fit 64 bits"},
      // 2^62 elements are 2^67 bits, which wrap to 0 bytes.
      {"bits overflow", of_tensor(dims({kHuge}) + f32 + bytes(9, "")), ErrorCode::malformed,
       "does not fit 64 bits"},
      {"raw data short", of_tensor(dims({2}) + f32 + bytes(9, raw<float>({1}))),
       ErrorCode::malformed, "stores 4 bytes, its shape and type need 8"},
      {"raw data long", of_tensor(dims({2}) + f32 + bytes(9, raw<float>({1, 2, 3}))),
       ErrorCode::malformed, "stores 12 bytes, its shape and type need 8"},
      {"raw data of strings", of_tensor(dims({2}) + number(2, 8) + bytes(9, "")),
       ErrorCode::malformed, "stores 0 bytes, its shape and type need 0"},
      {"half a byte missing", of_tensor(dims({3}) + number(2, 22) + bytes(9, "x")),
       ErrorCode::malformed, "stores 1 bytes, its shape and type need 2"},
      {"typed data short", of_tensor(dims({2}) + f32 + bytes(4, raw<float>({1}))),
       ErrorCode::malformed, "stores 1 numbers, its shape and type need 2"},
      {"typed data long", of_tensor(dims({1}) + number(2, int64) + number(7, 1) + number(7, 2)),
       ErrorCode::malformed, "stores 2 numbers, its shape and type need 1"},
      {"no data", of_tensor(dims({2}) + f32), ErrorCode::malformed,
       "stores 0 numbers, its shape and type need 2"},
      {"wrong field", of_tensor(dims({2}) + f32 + bytes(7, std::string(2, '\1'))),
       ErrorCode::malformed, "elements of type float in field 7, expected field 4"},
      {"two places",
       of_tensor(dims({1}) + f32 + bytes(4, raw<float>({1})) + bytes(9, raw<float>({1}))),
       ErrorCode::malformed, "its elements are stored in two places"},
      {"a segment", of_tensor(dims({1}) + f32 + bytes(3, "") + bytes(9, raw<float>({1}))),
       ErrorCode::unsupported, "a segment of a tensor"},
      {"unknown data location",
       of_tensor(dims({1}) + f32 + bytes(9, raw<float>({1})) + number(14, 2)), ErrorCode::malformed,
       "data_location 2"},
  };
}

std::vector<Lie> graph_lies() {
  const std::string w = initializer(floats("w", {2}));
  const auto constant = [](const std::string& attributes) {
    return model(node_field({"Constant", {}, {"w"}, "", attributes}));
  };
  return {
      {"no graph", number(1, 8) + bytes(8, number(2, 17)), ErrorCode::malformed,
       "no graph in the model"},
      {"no opset", number(1, 8) + bytes(7, w), ErrorCode::malformed,
       "no opset_import in the model, is the file cut short?"},
      {"no weights", model(node_field({"Relu", {"x"}, {"y"}})), ErrorCode::unsupported,
       "the graph holds no weights"},
      {"no name", model(initializer(floats("", {2}))), ErrorCode::malformed,
       "an initializer has no name"},
      {"one name twice", model(w + w), ErrorCode::malformed, "two tensors of the name 'w'"},
      {"one name as initializer and constant",
       model(w +
             node_field({"Constant", {}, {"w"}, "", tensor_attribute("value", floats("", {2}))})),
       ErrorCode::malformed, "two tensors of the name 'w'"},
      {"a name no terminal should see", model(initializer(bytes(8, "a\x1b[2J\nb") + dims({2}))),
       ErrorCode::malformed, R"(initializer 'a\x1b[2J\x0ab': unknown data_type 0)"},
      {"a scalar of two numbers",
       constant(bytes(5, bytes(1, "value_int") + number(3, 1) + number(3, 2))),
       ErrorCode::malformed, "constant 'w': a constant of one number holds 2"},
      {"a scalar of none", constant(bytes(5, bytes(1, "value_float"))), ErrorCode::malformed,
       "constant 'w': a constant of one number holds 0"},
      {"a constant that lies", constant(tensor_attribute("value", number(2, 99))),
       ErrorCode::malformed, "constant 'w': unknown data_type 99"},
  };
}

std::vector<Lie> sparse_lies() {
  const std::string values = floats("w", {2});
  const std::string shape = number(3, 2) + number(3, 3);
  const auto linear = [](const std::vector<std::int64_t>& places) { return integers("", places); };
  const auto pairs = [](const std::vector<std::int64_t>& places) {
    return raw_tensor("", {2, 2}, int64, raw(places));
  };
  const std::string apart = "sparse: values and indices do not belong together";
  const std::string order = "sparse: indices are not in ascending order";
  return {
      {"index past the end", of_sparse(values, linear({1, 6}), shape), ErrorCode::malformed,
       "sparse initializer 'w': sparse: index 6 on an axis of 6"},
      {"negative index", of_sparse(values, linear({-1, 5}), shape), ErrorCode::malformed,
       "sparse: index -1 on an axis of 6"},
      {"one index twice", of_sparse(values, linear({1, 1}), shape), ErrorCode::malformed, order},
      {"descending", of_sparse(values, linear({2, 1}), shape), ErrorCode::malformed, order},
      // 1 * 3 + 4 would be within the whole.
      {"index past an axis", of_sparse(values, pairs({0, 1, 0, 4}), shape), ErrorCode::malformed,
       "sparse: index 4 on an axis of 3"},
      {"pairs twice", of_sparse(values, pairs({0, 1, 0, 1}), shape), ErrorCode::malformed, order},
      {"more indices than values", of_sparse(values, linear({1, 2, 3}), shape),
       ErrorCode::malformed, apart},
      {"pairs for three axes", of_sparse(values, pairs({0, 1, 1, 1}), shape + number(3, 1)),
       ErrorCode::malformed, apart},
      {"indices that are no int64", of_sparse(values, floats("", {2}), shape), ErrorCode::malformed,
       apart},
      {"values of two axes", of_sparse(floats("w", {2, 1}), linear({1, 2}), shape),
       ErrorCode::malformed, apart},
      {"a dense shape out of all proportion",
       of_sparse(values, linear({1, 2}), number(3, 1 << 15) + number(3, 1 << 15)),
       ErrorCode::limit_exceeded, "sparse: takes 8589934592 bytes of memory and stores 24, "},
  };
}

std::vector<Lie> external_lies() {
  const std::string at = entry("location", "weights.bin");
  return {
      {"no location", external(""), ErrorCode::malformed, "external data without a location"},
      {"upwards", external(entry("location", "../weights.bin")), ErrorCode::malformed,
       "file '../weights.bin': its name leads upwards"},
      {"absolute", external(entry("location", "/dev/zero")), ErrorCode::malformed,
       "file '/dev/zero': its name is absolute"},
      {"negative offset", external(at + entry("offset", "-1")), ErrorCode::malformed,
       "external data offset '-1' is not a count"},
      {"offset not decimal", external(at + entry("offset", "0x4")), ErrorCode::malformed,
       "external data offset '0x4' is not a count"},
      {"offset above 64 bits", external(at + entry("offset", "18446744073709551616")),
       ErrorCode::malformed, "external data offset '18446744073709551616' is not a count"},
      {"length of another tensor", external(at + entry("length", "12")), ErrorCode::malformed,
       "external data of 12 bytes, its shape and type need 8"},
      {"one key twice", external(at + at), ErrorCode::malformed,
       "external data has the key 'location' twice"},
      {"past the end", external(at + entry("offset", "9") + entry("length", "8")), ErrorCode::io,
       "external file 'weights.bin' has 7 bytes from offset 9, the tensor needs 8"},
      // offset + 8 wraps to 4.
      {"an offset that wraps", external(at + entry("offset", "18446744073709551612")),
       ErrorCode::io,
       "external file 'weights.bin' has 16 bytes, the tensor begins at 18446744073709551612"},
      {"more than the tensor", external(at), ErrorCode::io,
       "external file 'weights.bin' has 16 bytes from offset 0, the tensor needs 8"},
      {"missing", external(entry("location", "nope.bin")), ErrorCode::io,
       "external file 'nope.bin': no such file or directory"},
      {"a symbolic link", external(entry("location", "link.bin") + entry("length", "8")),
       ErrorCode::io, "external file 'link.bin': is, or lies behind, a symbolic link"},
      {"a hard link", external(entry("location", "hard.bin") + entry("length", "8")), ErrorCode::io,
       "external file 'hard.bin': has 2 hard links"},
      {"a folder", external(entry("location", ".")), ErrorCode::io,
       "external file '.': is a directory"},
  };
}

void check_lies(const std::vector<Lie>& lies) {
  const test::TemporaryDirectory directory;
  directory.write("weights.bin", std::string(16, '\0'));
  directory.write("other.bin", std::string(8, '\0'));
  std::filesystem::create_symlink("other.bin", directory.path() / "link.bin");
  std::filesystem::create_hard_link(directory.path() / "other.bin", directory.path() / "hard.bin");
  for (const Lie& lie : lies) {
    CAPTURE(lie.what);
    try {
      static_cast<void>(open_text(directory, lie.content));
      FAIL_CHECK("was accepted");
    } catch (const Error& error) {
      CHECK(error.code() == lie.code);
      CHECK(std::string(error.what()).find(lie.message) != std::string::npos);
      CHECK(printable(error.what()) == error.what());
      CAPTURE(error.what());
    }
  }
}

TEST_CASE("onnx lies: tensors") {
  check_lies(tensor_lies());
}

TEST_CASE("onnx lies: graphs") {
  check_lies(graph_lies());
}

TEST_CASE("onnx lies: sparse tensors") {
  check_lies(sparse_lies());
}

TEST_CASE("onnx lies: external data") {
  check_lies(external_lies());
}

TEST_CASE("onnx lies: a number that its type cannot hold is refused when it is read") {
  const test::TemporaryDirectory directory;
  const auto message_for = [&](int type, unsigned field, std::uint64_t value) -> std::string {
    const auto checkpoint =
        open_text(directory, of_tensor(dims({1}) + number(2, type) + bytes(field, varint(value))));
    std::vector<double> out(1);
    try {
      checkpoint->read(0, out);
    } catch (const Error& error) {
      return error.what();
    }
    return "was read";
  };
  CHECK(message_for(2, 5, 255) == "was read");
  CHECK(message_for(2, 5, 256) == "element 256 does not fit its type");
  CHECK(message_for(3, 5, 128) == "element 128 does not fit its type");
  CHECK(message_for(4, 5, 65536) == "element 65536 does not fit its type");
  CHECK(message_for(5, 5, 32768) == "element 32768 does not fit its type");
  CHECK(message_for(10, 5, 65536) == "element 65536 does not fit its type");
  CHECK(message_for(12, 11, 1ULL << 32U) == "element 4294967296 does not fit its type");
}

TEST_CASE("onnx lies: a tensor whose file is missing costs that tensor only") {
  const test::TemporaryDirectory directory;
  const auto checkpoint =
      open_text(directory, model(initializer(floats("here", {2})) +
                                 initializer(dims({2}) + number(2, float32) + bytes(8, "gone") +
                                             entry("location", "gone.bin") + number(14, 1))));
  REQUIRE(checkpoint->tensors().size() == 2);
  CHECK(checkpoint->tensors()[0].unreadable.empty());
  CHECK(checkpoint->tensors()[1].unreadable ==
        "external file 'gone.bin': no such file or directory");
  read_all(*checkpoint);
}

TEST_CASE("onnx lies: the limits hold") {
  const test::TemporaryDirectory directory;
  const auto message_for = [&](const std::string& content, const Limits& limits) -> std::string {
    try {
      static_cast<void>(open_text(directory, content, limits));
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::limit_exceeded);
      return error.what();
    }
    return "was accepted";
  };
  const auto contains = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const std::string two = model(initializer(floats("a", {2})) + initializer(floats("b", {2})));
  CHECK(message_for(two, {.tensors = 2}) == "was accepted");
  CHECK(contains(message_for(two, {.tensors = 1}), "too many tensors in the model"));
  const std::string nodes =
      model(node_field({"Relu"}) + node_field({"Relu"}) + initializer(floats("a", {2})));
  CHECK(contains(message_for(nodes, {.tensors = 1}), "too many nodes in the model"));
  const std::string attributes = model(node_field(
      {"F",
       {},
       {"y"},
       "",
       tensor_attribute("a", floats("", {2})) + tensor_attribute("b", floats("", {2}))}));
  CHECK(message_for(attributes, {.tensors = 2}) == "was accepted");
  CHECK(contains(message_for(attributes, {.tensors = 1}), "more than 1 tensors"));
  const std::string matrix = model(initializer(floats("a", {2, 2})));
  CHECK(contains(message_for(matrix, {.rank = 1}), "more than 1 axes"));
  CHECK(contains(message_for(matrix, {.tensor_values = 3}), "declares 4 values, the limit is 3"));
  CHECK(contains(message_for(model(initializer(floats("long name", {2}))), {.name_bytes = 8}),
                 "a name of 9 bytes, the limit is 8"));
  std::string nested = initializer(floats("a", {2}));
  for (int i = 0; i < 300; ++i) {
    nested = node_field({"If", {"c"}, {}, "", graph_attribute("then_branch", nested)});
  }
  CHECK(contains(message_for(model(nested), {}), "subgraphs nested deeper than 256"));
}

// A little of everything.
std::string sample() {
  const std::string branch =
      node_field({"Constant", {}, {"k"}, "", tensor_attribute("value", floats("", {2, 2}))}) +
      node_field({"MatMul", {"y", "k"}, {"z"}}) + output("z");
  return model(
      node_field({"Conv", {"x", "w"}, {"c"}, "/c/Conv", list_attribute("pads", {1, 1})}) +
          node_field({"DequantizeLinear", {"q", "s", "z"}, {"d"}, "", attribute("axis", 1)}) +
          node_field({"Transpose", {"d"}, {"t"}, "", list_attribute("perm", {1, 0})}) +
          node_field({"Gemm", {"c", "t"}, {"y"}, "", attribute("transB", 1)}) +
          node_field({"If", {"i"}, {"o"}, "", graph_attribute("then_branch", branch)}) +
          initializer(floats("w", {2, 1, 2, 2})) +
          initializer(raw_tensor("q", {2, 2}, int8, "abcd")) + initializer(floats("s", {2})) +
          initializer(raw_tensor("z", {2}, int8, "ab")) +
          bytes(15, bytes(1, floats("sparse", {2})) + bytes(2, integers("", {1, 2})) +
                        number(3, 2) + number(3, 2)) +
          input("x") + input("i") + output("o"),
      bytes(14, bytes(1, "epoch") + bytes(2, "3")));
}

TEST_CASE("onnx lies: a model cut short is refused, at every length") {
  const test::TemporaryDirectory directory;
  const std::string whole = sample();
  read_all(*open_text(directory, whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_THROWS_AS(static_cast<void>(open_text(directory, whole.substr(0, length))), Error);
  }
}

TEST_CASE("onnx lies: a model whose end is missing is called truncated") {
  const test::TemporaryDirectory directory;
  const std::string whole = model(initializer(floats("w", {40, 30})));
  CHECK_THROWS_WITH_AS(static_cast<void>(open_text(directory, whole.substr(0, 1000))),
                       doctest::Contains("truncated: need "), Error);
}

TEST_CASE("onnx lies: flipped bytes never crash the reader") {
  const test::TemporaryDirectory directory;
  const std::string whole = sample();
  constexpr unsigned kSeed = 20240607;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<std::size_t> place(0, whole.size() - 1);
  std::uniform_int_distribution<int> byte(0, 255);
  const Limits limits{.tensors = 100, .tensor_values = 10'000};
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (int flips = 0; flips <= round % 3; ++flips) {
      damaged[place(random)] = static_cast<char>(byte(random));
    }
    CAPTURE(round);
    try {
      read_all(*open_text(directory, damaged, limits));
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("onnx lies: the probe knows a model from its neighbours") {
  const auto probe = [](std::string_view content) {
    return onnx_format.probe(std::as_bytes(std::span(content.data(), content.size())));
  };
  const std::string whole = sample();
  CHECK(probe(whole));
  CHECK(probe(whole.substr(0, 200)));  // Cut off: opening it says so.
  CHECK_FALSE(probe(""));
  CHECK_FALSE(probe("<!DOCTYPE html><html></html>"));
  CHECK_FALSE(probe(number(1, 0) + whole.substr(2)));
  CHECK_FALSE(probe(number(1, 8) + bytes(7, "")));
  CHECK_FALSE(probe(number(1, 8) + bytes(7, number(1, 1))));
  // TensorFlow: a GraphDef is nodes from field 1 on, a SavedModel has meta graphs in field 2.
  CHECK_FALSE(probe(bytes(1, bytes(1, "X") + bytes(2, "NoOp"))));
  CHECK_FALSE(probe(number(1, 1) + bytes(2, bytes(2, bytes(1, "node")))));
}

TEST_CASE("onnx lies: a file of more than 4 GiB is read where a 32-bit length would lose it") {
  const test::TemporaryDirectory directory;
  constexpr std::uint64_t kHole = (1ULL << 32U) + 64;  // Of 2^29 + 8 doubles.
  const std::string head =
      bytes(8, "huge") + number(2, 11) + number(1, static_cast<std::int64_t>(kHole / 8));
  const std::string raw_key = varint((9U << 3U) | 2U) + varint(kHole);
  const std::string after = initializer(floats("w", {2, 3}));
  const std::uint64_t tensor_bytes = head.size() + raw_key.size() + kHole;
  const std::string tensor_key = varint((5U << 3U) | 2U) + varint(tensor_bytes);
  const std::uint64_t graph_bytes = tensor_key.size() + tensor_bytes + after.size();
  const auto path =
      directory.write("big.onnx", number(1, 8) + varint((7U << 3U) | 2U) + varint(graph_bytes) +
                                      tensor_key + head + raw_key);
  const auto begin = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, begin + kHole);
  std::ofstream(path, std::ios::binary | std::ios::app) << after << bytes(8, number(2, 17));

  const auto file = std::make_shared<const MappedFile>(path);
  CHECK(onnx_format.probe(file->bytes()));
  const auto checkpoint = onnx_format.open(file, Limits{});
  REQUIRE(checkpoint->tensors().size() == 2);
  CHECK(checkpoint->tensors()[0].shape == std::vector<std::uint64_t>{kHole / 8});
  std::vector<double> values(6);
  checkpoint->read(1, values);
  CHECK(values == std::vector<double>{1, 2, 3, 4, 5, 6});
}

}  // namespace
}  // namespace hindcast::io
