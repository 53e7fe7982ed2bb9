// Integers with scale and zero point: listed as stored, and once more as what they stand for.

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"
#include "hindcast/tensor/classification.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "support/onnx_models.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {

extern const Format onnx_format;

namespace {

using namespace test::onnx;
using Values = std::vector<double>;

struct Listed {
  tensor::TensorInfo info;
  tensor::Classification verdict;
  Values values;
};

std::map<std::string, Listed> by_path(const std::string& content) {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("model.onnx", content);
  const auto checkpoint = onnx_format.open(std::make_shared<const MappedFile>(path), Limits{});
  const auto verdicts = tensor::classify(checkpoint->tensors(), {});
  std::map<std::string, Listed> listed;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const tensor::TensorInfo& info = checkpoint->tensors()[i];
    Values values(element_count(info.shape));
    checkpoint->read(i, values);
    listed.emplace(info.path, Listed{info, verdicts[i], values});
  }
  return listed;
}

std::string int8_tensor(std::string_view name, const Dims& extents,
                        const std::vector<std::int8_t>& values) {
  return initializer(raw_tensor(name, extents, int8, raw(values)));
}

std::string scales(std::string_view name, const Dims& extents, const std::vector<float>& values) {
  return initializer(raw_tensor(name, extents, float32, raw(values)));
}

std::string weights() {
  return int8_tensor("q", {2, 3}, {0, 1, 2, 3, 4, 5});
}

// What q stands for when DequantizeLinear and MatMul take it.
std::map<std::string, Listed> dequantised(const std::string& attributes,
                                          const std::string& parameters) {
  return by_path(model(node_field({"DequantizeLinear", {"q", "s", "z"}, {"w"}, "", attributes}) +
                       node_field({"MatMul", {"x", "w"}, {"y"}, "/fc/MatMul"}) + weights() +
                       parameters + input("x")));
}

TEST_CASE("onnx quantised: DequantizeLinear with one scale, one an axis, one a block") {
  struct Case {
    const char* what;
    std::string attributes;
    std::string parameters;
    Values expected;
  };
  for (const Case& c : {
           Case{"one",
                "",
                scales("s", {}, {0.5}) + int8_tensor("z", {}, {1}),
                {-0.5, 0, 0.5, 1, 1.5, 2}},
           Case{"one a column, the default",
                "",
                scales("s", {3}, {1, 10, 100}) + int8_tensor("z", {3}, {0, 1, 2}),
                {0, 0, 0, 3, 30, 300}},
           Case{"one a row",
                attribute("axis", 0),
                scales("s", {2}, {1, 10}) + int8_tensor("z", {2}, {0, 3}),
                {0, 1, 2, 0, 10, 20}},
           Case{"one a row, counted from the end",
                attribute("axis", -2),
                scales("s", {2}, {1, 10}) + int8_tensor("z", {2}, {0, 3}),
                {0, 1, 2, 0, 10, 20}},
           Case{"one for two of a row",
                attribute("axis", 1) + attribute("block_size", 2),
                scales("s", {2, 2}, {1, 10, 100, 1000}) + int8_tensor("z", {2, 2}, {0, 0, 0, 0}),
                {0, 1, 20, 300, 400, 5000}},
       }) {
    CAPTURE(c.what);
    const auto listed = dequantised(c.attributes, c.parameters);
    const Listed& weight = listed.at("q:dequantised");
    CHECK(weight.values == c.expected);
    CHECK(weight.verdict.analysed());
    CHECK(weight.info.dtype == tensor::DType::int8);
    CHECK(weight.info.evidence.dequantised);
    CHECK(weight.verdict.layout_reason ==
          "consumed by MatMul node '/fc/MatMul' through DequantizeLinear; dequantised from int8, "
          "scale 's'");
    const Listed& stored = listed.at("q");
    CHECK(stored.values == Values{0, 1, 2, 3, 4, 5});
    CHECK(stored.verdict.skip_reason == "integer");
    CHECK_FALSE(stored.verdict.is_parameter);
  }
}

TEST_CASE("onnx quantised: scales that do not fit leave the integers as they are") {
  struct Case {
    const char* what;
    std::string attributes;
    std::string parameters;
  };
  const std::string zero = int8_tensor("z", {}, {0});
  for (const Case& c : {
           Case{"too many", "", scales("s", {4}, {1, 1, 1, 1}) + zero},
           Case{"none", "", scales("s", {0}, {}) + zero},
           Case{"integers", "", int8_tensor("s", {}, {1}) + zero},
           Case{"no such axis", attribute("axis", 2), scales("s", {3}, {1, 1, 1}) + zero},
           Case{"zero points of another number", "",
                scales("s", {3}, {1, 1, 1}) + int8_tensor("z", {2}, {0, 0})},
           Case{"blocks of another shape", attribute("block_size", 2),
                scales("s", {2, 3}, {1, 1, 1, 1, 1, 1}) + zero},
           Case{"negative blocks", attribute("block_size", -2), scales("s", {2, 1}, {1, 1}) + zero},
           Case{"a scale that is computed", "", input("s") + zero},
           Case{"a zero point that is computed", "", scales("s", {}, {1}) + input("z")},
       }) {
    CAPTURE(c.what);
    const auto listed = dequantised(c.attributes, c.parameters);
    CHECK_FALSE(listed.contains("q:dequantised"));
    CHECK(listed.at("q").verdict.skip_reason == "integer");
  }
}

TEST_CASE("onnx quantised: why a scale cannot be applied is told") {
  const std::string zero = int8_tensor("z", {}, {0});
  const auto note = [&](const std::string& parameters) {
    return dequantised("", parameters).at("q").info.evidence.note;
  };
  CHECK(note(scales("s", {4}, {1, 1, 1, 1}) + zero) ==
        "scale 's' of shape (4) does not fit axis 1");
  CHECK(note(input("s") + zero) == "its scale or zero point is computed in the graph");
  CHECK(note(scales("s", {3}, {1, 1, 1}) + int8_tensor("z", {2}, {0, 0})) ==
        "zero point 'z' has 2 values for 3 scales");
  const auto bare =
      by_path(model(node_field({"MatMulInteger", {"x", "q"}, {"y"}}) + weights() + input("x")));
  CHECK(bare.at("q").info.evidence.note == "integers without a scale");
}

TEST_CASE("onnx quantised: numbers of four bits, two a byte") {
  const auto weight = [](const std::string& tensor) {
    const auto listed = by_path(model(node_field({"DequantizeLinear", {"q", "s"}, {"w"}}) +
                                      node_field({"MatMul", {"x", "w"}, {"y"}}) +
                                      initializer(tensor) + scales("s", {}, {0.5}) + input("x")));
    CHECK(listed.at("q").verdict.skip_reason == "integer");
    CHECK(listed.at("q:dequantised").info.evidence.layout->letters() == "IO");
    return listed.at("q:dequantised").values;
  };
  const std::string packed = "\xF1\x78\x05";  // 1, 15 | 8, 7 | 5
  CHECK(weight(raw_tensor("q", {5, 1}, uint4, packed)) == Values{0.5, 7.5, 4, 3.5, 2.5});
  CHECK(weight(raw_tensor("q", {5, 1}, int4, packed)) == Values{0.5, -0.5, -4, 3.5, 2.5});
  const std::string typed = dims({5, 1}) + number(2, int4) + bytes(8, "q") + number(5, 0xF1) +
                            number(5, 0x78) + number(5, 0x05);
  CHECK(weight(typed) == Values{0.5, -0.5, -4, 3.5, 2.5});
}

// Two rows of six numbers, in blocks of four, the second filled up.
std::map<std::string, Listed> packed_matrix(const std::string& attributes,
                                            const std::string& zero_points) {
  const std::string more = attribute("N", 2) + attribute("K", 6) + attribute("block_size", 4);
  return by_path(
      model(node_field({"MatMulNBits",
                        {"x", "q", "s", zero_points.empty() ? "" : "z"},
                        {"y"},
                        "/fc/MatMul_Q4",
                        more + attributes,
                        "com.microsoft"}) +
            initializer(raw_tensor("q", {2, 2, 2}, uint8, "\x98\xBA\xDC\x07\x10\x32\x54\x06")) +
            scales("s", {4}, {1, 2, 4, 8}) + zero_points + input("x")));
}

TEST_CASE("onnx quantised: MatMulNBits keeps a matrix in blocks") {
  const auto plain = packed_matrix("", "");
  const Listed& weight = plain.at("q:dequantised");
  CHECK(weight.info.shape == std::vector<std::uint64_t>{2, 6});
  CHECK(weight.verdict.layout->letters() == "OI");
  CHECK(weight.values == Values{0, 1, 2, 3, 8, 10, -32, -28, -24, -20, -32, -24});
  CHECK(plain.at("q").verdict.skip_reason == "integer");
  const auto shifted =
      packed_matrix("", initializer(raw_tensor("z", {2}, uint8, std::string_view("\x18\x00", 2))));
  CHECK(shifted.at("q:dequantised").values == Values{0, 1, 2, 3, 22, 24, 0, 4, 8, 12, 32, 40});
  const auto floats = packed_matrix("", scales("z", {4}, {8, 8, 8, 8}));
  CHECK(floats.at("q:dequantised").values == weight.values);
}

TEST_CASE("onnx quantised: a MatMulNBits that is not read says so") {
  const auto note = [](const std::map<std::string, Listed>& listed) {
    CHECK_FALSE(listed.contains("q:dequantised"));
    return listed.at("q").info.evidence.note;
  };
  CHECK(note(packed_matrix(attribute("bits", 8), "")) == "MatMulNBits of 8 bits is not read");
  CHECK(note(packed_matrix("", scales("z", {3}, {8, 8, 8}))) ==
        "MatMulNBits: 3 zero points, expected 4");
}

TEST_CASE("onnx quantised: no scales for no elements") {
  const auto listed = by_path(
      model(node_field({"DequantizeLinear", {"q", "s", "z"}, {"w"}, "", attribute("axis", 1)}) +
            node_field({"MatMul", {"x", "w"}, {"y"}}) + int8_tensor("q", {2, 0}, {}) +
            scales("s", {0}, {}) + int8_tensor("z", {0}, {}) + input("x")));
  CHECK_FALSE(listed.contains("q:dequantised"));
}

TEST_CASE("onnx quantised: operators that carry their scale") {
  const auto check = [](const NodeText& node, const std::string& more, const Values& expected) {
    CAPTURE(node.op);
    const auto listed = by_path(model(node_field(node) + weights() + more + input("x")));
    REQUIRE(listed.contains("q:dequantised"));
    CHECK(listed.at("q:dequantised").values == expected);
  };
  const std::string scale = scales("s", {3}, {1, 10, 100}) + int8_tensor("z", {}, {1});
  const Values by_column = {-1, 0, 100, 2, 30, 400};
  check({"QLinearMatMul", {"x", "xs", "xz", "q", "s", "z", "ys", "yz"}, {"y"}}, scale, by_column);
  check({"DynamicQuantizeMatMul", {"x", "q", "s", "z"}, {"y"}, "", "", "com.microsoft"}, scale,
        by_column);
  check({"MatMulIntegerToFloat", {"x", "q", "xs", "s", "xz", "z"}, {"y"}, "", "", "com.microsoft"},
        scale, by_column);
  const std::string rows = scales("s", {2}, {1, 10}) + int8_tensor("z", {2}, {0, 3});
  check({"QGemm",
         {"x", "xs", "xz", "q", "s", "z"},
         {"y"},
         "",
         attribute("transB", 1),
         "com.microsoft"},
        rows, {0, 1, 2, 0, 10, 20});
}

TEST_CASE("onnx quantised: a convolution's scales go by output channel") {
  const auto listed = by_path(
      model(node_field({"QLinearConv", {"x", "xs", "xz", "q", "s", "z", "ys", "yz"}, {"y"}}) +
            int8_tensor("q", {2, 1, 1, 2}, {1, 2, 3, 4}) + scales("s", {2}, {1, 10}) +
            int8_tensor("z", {2}, {0, 0}) + input("x")));
  CHECK(listed.at("q:dequantised").values == Values{1, 2, 30, 40});
  CHECK(listed.at("q:dequantised").verdict.layout->letters() == "OIHW");
}

std::string integer_product(const std::string& scale_node) {
  return model(node_field({"MatMulInteger", {"x", "q", "xz", "z"}, {"p"}, "/fc/MatMul_quant"}) +
               node_field({"Cast", {"p"}, {"c"}}) + scale_node +
               node_field({"Mul", {"c", "f"}, {"y"}}) + weights() + scales("s", {3}, {1, 10, 100}) +
               int8_tensor("z", {3}, {0, 1, 2}) + input("x") + input("xs"));
}

TEST_CASE("onnx quantised: an integer product takes its scale from the multiplication after it") {
  const auto listed = by_path(integer_product(node_field({"Mul", {"xs", "s"}, {"f"}})));
  CHECK(listed.at("q:dequantised").values == Values{0, 0, 0, 3, 30, 300});
  CHECK_FALSE(
      by_path(integer_product(node_field({"Mul", {"xs", "xs"}, {"f"}}))).contains("q:dequantised"));
  // Which of two stored scales is the weight's, nothing tells.
  CHECK_FALSE(
      by_path(integer_product(node_field({"Mul", {"s", "s"}, {"f"}}))).contains("q:dequantised"));
}

TEST_CASE("onnx quantised: the weight is called what its float twin is called") {
  const auto name_of = [](const std::string& stored) {
    const auto listed = by_path(model(node_field({"DequantizeLinear", {stored, "s"}, {"w"}}) +
                                      node_field({"MatMul", {"x", "w"}, {"y"}, "/head/fc/MatMul"}) +
                                      int8_tensor(stored, {2, 3}, {0, 1, 2, 3, 4, 5}) +
                                      scales("s", {}, {1}) + input("x")));
    return listed.at(stored + ":dequantised").info.name;
  };
  CHECK(name_of("onnx::MatMul_13_quantized") == "head.fc.weight");
  CHECK(name_of("fc.weight_quantized") == "fc.weight");
  CHECK(name_of("fc.weight") == "fc.weight:dequantised");
}

TEST_CASE("onnx quantised: weights that training only pretends to quantise are floats") {
  const auto listed =
      by_path(model(node_field({"QuantizeLinear", {"w", "s"}, {"q"}}) +
                    node_field({"DequantizeLinear", {"q", "s"}, {"v"}}) +
                    node_field({"MatMul", {"x", "v"}, {"y"}}) + initializer(floats("w", {2, 3})) +
                    scales("s", {}, {1}) + input("x")));
  CHECK(listed.at("w").verdict.analysed());
  CHECK_FALSE(listed.contains("w:dequantised"));
}

TEST_CASE("onnx quantised: factorio's integers stand for what its floats are, within 2 %") {
  const auto folder = test::shared_file("corpus/onnx");
  if (!folder) {
    return;
  }
  const auto weights_of = [&](const char* file) {
    const auto path = *folder / file;
    const auto checkpoint = onnx_format.open(std::make_shared<const MappedFile>(path), Limits{});
    const auto verdicts = tensor::classify(checkpoint->tensors(), {});
    std::map<std::string, Values> weights;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (verdicts[i].analysed()) {
        const tensor::TensorInfo& info = checkpoint->tensors()[i];
        checkpoint->read(i, weights.emplace(info.name, element_count(info.shape)).first->second);
      }
    }
    return weights;
  };
  const auto floats_of = weights_of("factorio_mnist.onnx");
  const auto integers_of = weights_of("factorio_mnist_int8.onnx");
  CHECK(floats_of.size() == 3);
  CHECK(integers_of.size() == 3);
  for (const auto& weight : floats_of) {
    const std::string& name = weight.first;
    const Values& expected = weight.second;
    CAPTURE(name);
    const Values& values = integers_of.at(name);
    REQUIRE(values.size() == expected.size());
    double difference = 0;
    double norm = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      difference += std::pow(values[i] - expected[i], 2);
      norm += std::pow(expected[i], 2);
    }
    CHECK(std::sqrt(difference / norm) < 0.02);
  }
}

}  // namespace
}  // namespace hindcast::io
