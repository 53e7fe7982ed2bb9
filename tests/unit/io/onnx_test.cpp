// The ONNX reader on models that these tests write themselves: what a tensor is, how its axes lie
// and what it is called follow from the nodes that use it.

#include <cmath>
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
using tensor::Role;
using tensor::TensorInfo;

// A model in a file of its own, opened.
struct Opened {
  test::TemporaryDirectory directory;
  std::unique_ptr<Checkpoint> checkpoint;

  explicit Opened(const std::string& content) {
    const auto path = directory.write("model.onnx", content);
    checkpoint = onnx_format.open(std::make_shared<const MappedFile>(path), Limits{});
  }

  [[nodiscard]] std::size_t index(std::string_view path) const {
    const auto tensors = checkpoint->tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].path == path) {
        return i;
      }
    }
    FAIL("no tensor " << path);
    return 0;
  }
  [[nodiscard]] const TensorInfo& tensor(std::string_view path) const {
    return checkpoint->tensors()[index(path)];
  }
  [[nodiscard]] std::string layout(std::string_view path) const {
    const auto& layout = tensor(path).evidence.layout;
    return layout ? layout->letters() : "-";
  }
  [[nodiscard]] std::vector<double> values(std::string_view path) const {
    std::vector<double> values(element_count(tensor(path).shape));
    checkpoint->read(index(path), values);
    return values;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const TensorInfo& info : checkpoint->tensors()) {
      names.push_back(info.name);
    }
    return names;
  }
};

// A graph with input x, output y, and one node that takes x and w.
std::string one_node(const NodeText& text, const Dims& shape) {
  return model(node_field(text) + initializer(floats("w", shape)) + input("x") + output("y"));
}

TEST_CASE("onnx: the consuming node settles the axes") {
  struct Case {
    NodeText node;
    Dims shape;
    const char* layout;
  };
  for (const Case& c : {
           Case{{"Conv", {"x", "w"}, {"y"}}, {4, 3, 5}, "OIW"},
           Case{{"Conv", {"x", "w"}, {"y"}}, {4, 3, 5, 5}, "OIHW"},
           Case{{"Conv", {"x", "w"}, {"y"}}, {4, 3, 2, 5, 5}, "OIDHW"},
           Case{{"ConvTranspose", {"x", "w"}, {"y"}}, {4, 3, 5, 5}, "IOHW"},
           Case{{"ConvInteger", {"x", "w"}, {"y"}}, {4, 3, 5, 5}, "OIHW"},
           Case{{"Gemm", {"x", "w"}, {"y"}}, {4, 3}, "IO"},
           Case{{"Gemm", {"x", "w"}, {"y"}, "", attribute("transB", 1)}, {4, 3}, "OI"},
           Case{{"Gemm", {"w", "x"}, {"y"}}, {4, 3}, "OI"},
           Case{{"Gemm", {"w", "x"}, {"y"}, "", attribute("transA", 1)}, {4, 3}, "IO"},
           Case{{"MatMul", {"x", "w"}, {"y"}}, {4, 3}, "IO"},
           Case{{"MatMul", {"w", "x"}, {"y"}}, {4, 3}, "OI"},
           Case{{"MatMul", {"x", "w"}, {"y"}}, {2, 4, 3}, "EIO"},
           Case{{"MatMul", {"w", "x"}, {"y"}}, {2, 4, 3}, "EOI"},
           Case{{"MatMul", {"x", "w"}, {"y"}}, {1, 4, 3}, "IIO"},
           Case{{"MatMul", {"x", "w"}, {"y"}}, {2, 5, 4, 3}, "OOIO"},
           Case{{"Gather", {"w", "x"}, {"y"}}, {4, 3}, "OI"},
           Case{{"LSTM", {"x", "w"}, {"y"}}, {1, 8, 3}, "OOI"},
           Case{{"GRU", {"x", "r", "w"}, {"y"}}, {1, 6, 2}, "OOI"},
           Case{{"Einsum", {"x", "w"}, {"y"}, "", text_attribute("equation", "bi,io->bo")},
                {4, 3},
                "IO"},
           Case{{"Einsum", {"x", "w"}, {"y"}, "", text_attribute("equation", "bi, hoi -> bho")},
                {2, 4, 3},
                "OOI"},
           Case{{"Attention", {"x", "w"}, {"y"}, "", "", "com.microsoft"}, {4, 12}, "IO"},
           // Not the operators they are named like, or not matrices.
           Case{{"Attention", {"x", "w"}, {"y"}}, {4, 12}, "-"},
           Case{{"Conv", {"x", "w"}, {"y"}, "", "", "org.example"}, {4, 3, 5, 5}, "-"},
           Case{{"Gather", {"w", "x"}, {"y"}, "", attribute("axis", 1)}, {4, 3}, "-"},
           Case{{"MatMul", {"x", "w"}, {"y"}}, {4}, "-"},
           Case{{"Relu", {"w"}, {"y"}}, {4, 3}, "-"},
       }) {
    CAPTURE(c.node.op);
    CAPTURE(c.layout);
    CHECK(Opened(one_node(c.node, c.shape)).layout("w") == c.layout);
  }
}

TEST_CASE("onnx: axes are followed through what moves them") {
  struct Case {
    NodeText node;
    Dims shape;
    const char* layout;  // Where a Conv or MatMul takes what comes out.
  };
  const auto perm = [](const std::vector<std::int64_t>& axes) {
    return list_attribute("perm", axes);
  };
  const auto shape = [](const std::vector<std::int64_t>& s) { return list_attribute("shape", s); };
  const auto axes = [](const std::vector<std::int64_t>& a) { return list_attribute("axes", a); };
  for (const Case& c : {
           Case{{"Identity", {"w"}, {"v"}}, {4, 3}, "IO"},
           Case{{"Cast", {"w"}, {"v"}}, {4, 3}, "IO"},
           Case{{"Transpose", {"w"}, {"v"}}, {4, 3}, "OI"},
           Case{{"Transpose", {"w"}, {"v"}, "", perm({1, 0})}, {4, 3}, "OI"},
           Case{{"Transpose", {"w"}, {"v"}, "", perm({2, 0, 1})}, {4, 3, 2}, "IOE"},
           Case{{"Reshape", {"w"}, {"v"}, "", shape({-1, 6})}, {2, 2, 6}, "IIO"},
           Case{{"Reshape", {"w"}, {"v"}, "", shape({0, 6})}, {4, 2, 3}, "IOO"},
           Case{{"Flatten", {"w"}, {"v"}, "", attribute("axis", 2)}, {4, 2, 3}, "IIO"},
           Case{{"Squeeze", {"w"}, {"v"}, "", axes({0})}, {1, 4, 3}, "IIO"},
           Case{{"Squeeze", {"w"}, {"v"}}, {1, 4, 3}, "IIO"},
           Case{{"Unsqueeze", {"w"}, {"v"}, "", axes({0})}, {4, 3}, "IO"},
           // It splits an axis, repeats one, or loses count.
           Case{{"Reshape", {"w"}, {"v"}, "", shape({2, 12})}, {4, 6}, "-"},
           Case{{"Reshape", {"w"}, {"v"}, "", shape({5, 5})}, {4, 6}, "-"},
           Case{{"Transpose", {"w"}, {"v"}, "", perm({1, 1})}, {4, 3}, "-"},
           Case{{"Transpose", {"w"}, {"v"}, "", perm({1, 0, 2})}, {4, 3}, "-"},
           Case{{"Squeeze", {"w"}, {"v"}, "", axes({7})}, {4, 3}, "-"},
       }) {
    CAPTURE(c.node.op);
    CAPTURE(c.layout);
    const Opened opened(model(node_field(c.node) + node_field({"MatMul", {"x", "v"}, {"y"}}) +
                              initializer(floats("w", c.shape)) + input("x")));
    CHECK(opened.layout("w") == c.layout);
  }
}

TEST_CASE("onnx: shapes and axes may be inputs, as from opset 13 on") {
  const Opened opened(model(
      node_field({"Reshape", {"w", "s"}, {"v"}}) + node_field({"Unsqueeze", {"v", "a"}, {"u"}}) +
      node_field({"Conv", {"x", "u"}, {"y"}, "/conv/Conv"}) + initializer(floats("w", {4, 1, 6})) +
      initializer(integers("s", {4, 6})) + initializer(integers("a", {2})) + input("x")));
  CHECK(opened.layout("w") == "OII");
  CHECK(opened.tensor("w").evidence.layout_reason ==
        "consumed by Conv node '/conv/Conv' through Reshape, Unsqueeze");
}

TEST_CASE("onnx: weight normalisation and sliced weights are followed") {
  const Opened normalised(
      model(node_field({"ReduceL2", {"v"}, {"n"}}) + node_field({"Div", {"v", "n"}, {"d"}}) +
            node_field({"Mul", {"d", "g"}, {"w"}}) + node_field({"Conv", {"x", "w"}, {"y"}}) +
            initializer(floats("v", {4, 3, 5, 5})) + initializer(floats("g", {4, 1, 1, 1})) +
            input("x")));
  CHECK(normalised.layout("v") == "OIHW");
  const Opened gates(
      model(node_field({"Slice", {"w", "a", "b"}, {"i"}}) +
            node_field({"Slice", {"w", "b", "c"}, {"o"}}) +
            node_field({"Concat", {"o", "i"}, {"io"}, "", attribute("axis", 0)}) +
            node_field({"Unsqueeze", {"io"}, {"W"}, "", list_attribute("axes", {0})}) +
            node_field({"RNN", {"x", "W"}, {"y"}}) + initializer(floats("w", {8, 3})) +
            initializer(integers("a", {0})) + initializer(integers("b", {4})) +
            initializer(integers("c", {8})) + input("x")));
  CHECK(gates.layout("w") == "OI");
}

TEST_CASE("onnx: a constant that joins the activations is not the next layer's weight") {
  const Opened opened(
      model(node_field({"Concat", {"token", "x"}, {"xs"}, "", attribute("axis", 1)}) +
            node_field({"MatMul", {"xs", "w"}, {"y"}}) + initializer(floats("token", {2, 1, 3})) +
            initializer(floats("w", {3, 4})) + input("x")));
  CHECK(opened.layout("token") == "-");
  CHECK(opened.layout("w") == "IO");
}

TEST_CASE("onnx: what is no weight is known for what it is") {
  const Opened opened(model(
      node_field({"Sub", {"x", "mean"}, {"a"}}) + node_field({"Conv", {"a", "w", "b"}, {"c"}}) +
      node_field({"BatchNormalization", {"c", "s", "t", "m", "v"}, {"d"}}) +
      node_field({"Mul", {"d", "1"}, {"e"}}) + node_field({"Add", {"e", "2"}, {"f"}}) +
      node_field({"Mul", {"f", "3"}, {"y"}}) +
      node_field({"LSTM", {"y", "W", "", "B", "", "h"}, {"z"}}) +
      initializer(floats("mean", {1, 3, 8, 8})) + initializer(floats("w", {4, 3, 5, 5})) +
      initializer(floats("b", {4})) + initializer(floats("s", {4})) +
      initializer(floats("t", {4})) + initializer(floats("m", {4})) +
      initializer(floats("v", {4})) + initializer(floats("1", {4, 1, 1})) +
      initializer(floats("2", {1, 4, 9, 9})) + initializer(floats("3", {})) +
      initializer(floats("W", {1, 8, 4})) + initializer(floats("B", {1, 16})) +
      initializer(floats("h", {1, 6, 2})) + input("x")));
  const auto role = [&](std::string_view path) { return opened.tensor(path).evidence.role; };
  CHECK(role("mean") == Role::other);
  CHECK(role("w") == Role::weight);
  CHECK(role("b") == Role::bias);
  CHECK(role("s") == Role::normalisation);
  CHECK(role("t") == Role::normalisation);
  CHECK(role("m") == Role::statistics);
  CHECK(role("v") == Role::statistics);
  CHECK(role("1") == Role::normalisation);
  CHECK(role("2") == Role::other);
  CHECK(role("3") == Role::other);
  CHECK(role("W") == Role::weight);
  CHECK(role("B") == Role::bias);
  CHECK(role("h") == Role::other);
  const auto verdicts = tensor::classify(opened.checkpoint->tensors(), {});
  CHECK(verdicts[opened.index("W")].kind == tensor::LayerKind::recurrent);
  CHECK(verdicts[opened.index("W")].analysed());
  CHECK(verdicts[opened.index("b")].skip_reason == "bias");
  CHECK(verdicts[opened.index("mean")].skip_reason == "not_a_weight");
}

TEST_CASE("onnx: an embedding that is also the output projection is an embedding") {
  const Opened opened(model(node_field({"Gather", {"wte", "ids"}, {"h"}}) +
                            node_field({"Transpose", {"wte"}, {"t"}}) +
                            node_field({"MatMul", {"h", "t"}, {"y"}}) +
                            initializer(floats("wte", {6, 4})) + input("ids")));
  CHECK(opened.layout("wte") == "OI");
  CHECK(opened.tensor("wte").evidence.kind == tensor::LayerKind::embedding);
}

TEST_CASE("onnx: order is that of first use; what nobody uses comes last") {
  const Opened opened(
      model(initializer(floats("unused", {2})) + initializer(floats("third", {3, 2})) +
            initializer(floats("second", {3})) + initializer(floats("first", {4, 3})) +
            node_field({"Gemm", {"x", "first", "second"}, {"h"}}) +
            node_field({"MatMul", {"h", "third"}, {"y"}}) + input("x")));
  CHECK(opened.names() == std::vector<std::string>{"first", "second", "third", "unused"});
  CHECK(opened.checkpoint->order_evidence() == OrderEvidence::graph);
}

std::string anonymous_model(const std::string& first, const std::string& second) {
  return model(node_field({"Conv", {"x", first}, {"a"}, "/layer1/layer1.0/conv1/Conv"}) +
               node_field({"MatMul", {"a", second}, {"b"}, "/head/query/MatMul"}) +
               node_field({"MatMul", {"b", "onnx::Other"}, {"c"}, "/head/query/MatMul_1"}) +
               node_field({"Conv", {"c", "7"}, {"y"}}) + initializer(floats(first, {4, 3, 5, 5})) +
               initializer(floats(second, {4, 3})) + initializer(floats("onnx::Other", {3, 3})) +
               initializer(floats("7", {4, 3, 1, 1})) + input("x"));
}

TEST_CASE("onnx: anonymous tensors are called by their consumers, however they are numbered") {
  const std::vector<std::string> expected = {"layer1.0.conv1.weight", "head.query.weight",
                                             "head.query.MatMul_1.weight", "Conv_0.weight"};
  CHECK(Opened(anonymous_model("onnx::Conv_12", "onnx::MatMul_345")).names() == expected);
  CHECK(Opened(anonymous_model("onnx::Conv_99", "/head/Constant_3_output_0")).names() == expected);
}

TEST_CASE("onnx: a folded batch normalisation is told of") {
  const std::string head = node_field({"Gemm", {"a", "fc.weight"}, {"y"}, "/fc/Gemm"}) +
                           initializer(floats("fc.weight", {4, 2})) + input("x");
  const Opened folded(
      model(node_field({"Conv", {"x", "onnx::Conv_1", "onnx::Conv_2"}, {"a"}, "/conv1/Conv"}) +
            initializer(floats("onnx::Conv_1", {4, 3, 5, 5})) +
            initializer(floats("onnx::Conv_2", {4})) + head));
  CHECK(folded.names() == std::vector<std::string>{"conv1.weight", "conv1.bias", "fc.weight"});
  CHECK(folded.tensor("onnx::Conv_1").evidence.batch_norm == tensor::BatchNorm::folded);
  CHECK(folded.tensor("onnx::Conv_1").evidence.layout_reason ==
        "consumed by Conv node '/conv1/Conv'; batch normalisation folded in by the exporter");
}

TEST_CASE("onnx: constants, subgraphs and functions hold weights, too") {
  const std::string branch =
      node_field({"Constant", {}, {"w"}, "", tensor_attribute("value", floats("", {4, 3}))}) +
      node_field({"MatMul", {"x", "w"}, {"b"}, "/branch/MatMul"}) + output("b");
  const std::string loop_body = input("i") + input("go") + input("carried") +
                                node_field({"MatMul", {"x", "carried"}, {"z"}}) + output("go") +
                                output("carried");
  const std::string function =
      bytes(1, "Dense") + bytes(4, "data") + bytes(4, "matrix") + bytes(5, "result") +
      bytes(7, node({"Constant",
                     {},
                     {"bias"},
                     "",
                     bytes(5, bytes(1, "value_floats") + bytes(7, raw<float>({1, 2, 3})))})) +
      bytes(7, node({"MatMul", {"data", "matrix"}, {"product"}})) +
      bytes(7, node({"Add", {"product", "bias"}, {"result"}})) + bytes(10, "local");
  const Opened opened(model(
      node_field(
          {"If",
           {"c"},
           {"y"},
           "if",
           graph_attribute("then_branch", branch) + graph_attribute("else_branch", branch)}) +
          node_field({"Loop", {"", "", "l"}, {"q"}, "loop", graph_attribute("body", loop_body)}) +
          node_field({"Dense", {"x", "f"}, {"d"}, "", "", "local"}) +
          node_field({"Dense", {"d", "g"}, {"e"}, "", "", "local"}) +
          initializer(floats("l", {4, 3})) + initializer(floats("f", {4, 3})) +
          initializer(floats("g", {3, 3})) + input("x") + input("c"),
      bytes(25, function)));
  CHECK(opened.layout("w") == "IO");
  CHECK(opened.layout("if/else_branch/w") == "IO");
  CHECK(opened.layout("l") == "IO");
  CHECK(opened.layout("f") == "IO");
  CHECK(opened.layout("g") == "IO");
  CHECK(opened.tensor("Dense/bias").evidence.role == Role::bias);
  CHECK(opened.values("Dense/bias") == std::vector<double>{1, 2, 3});
}

TEST_CASE("onnx: typed fields give the values that raw data does") {
  const auto typed = [](DataType type, unsigned field, std::string_view content) {
    return Opened(model(initializer(dims({2}) + number(2, type) + bytes(8, "w") +
                                    bytes(field, content))))
        .values("w");
  };
  const auto type = [](int code) { return static_cast<DataType>(code); };
  CHECK(typed(float32, 4, raw<float>({1.5F, -2})) == std::vector<double>{1.5, -2});
  CHECK(typed(type(11), 10, raw<double>({1.5, -2})) == std::vector<double>{1.5, -2});
  const std::string minus_one = varint(~0ULL);
  CHECK(typed(int8, 5, varint(127) + minus_one) == std::vector<double>{127, -1});
  CHECK(typed(int32, 5, varint(0xffffffff) + minus_one) == std::vector<double>{-1, -1});
  CHECK(typed(int64, 7, varint(5) + minus_one) == std::vector<double>{5, -1});
  CHECK(typed(type(12), 11, varint(5) + varint(0xffffffff)) == std::vector<double>{5, 4294967295});
  CHECK(typed(type(10), 5, varint(0x3c00) + varint(0xc000)) == std::vector<double>{1, -2});
  CHECK(typed(type(16), 5, varint(0x3f80) + varint(0xc000)) == std::vector<double>{1, -2});
  CHECK(typed(type(17), 5, varint(0x38) + varint(0x7e)) == std::vector<double>{1, 448});
  CHECK(typed(type(9), 5, varint(1) + varint(0)) == std::vector<double>{1, 0});
}

TEST_CASE("onnx: sparse initializers are filled with zeros") {
  const auto sparse = [](const std::string& indices) {
    return bytes(15, bytes(1, floats("w", {2})) + bytes(2, indices) + number(3, 2) + number(3, 3));
  };
  const std::string linear = raw_tensor("", {2}, int64, raw<std::int64_t>({1, 5}));
  const std::string pairs = raw_tensor("", {2, 2}, int64, raw<std::int64_t>({0, 1, 1, 2}));
  const std::vector<double> expected = {0, 1, 0, 0, 0, 2};
  CHECK(Opened(model(sparse(linear))).values("w") == expected);
  CHECK(Opened(model(sparse(pairs))).values("w") == expected);
}

TEST_CASE("onnx: step and epoch come from the metadata") {
  const Opened opened(
      model(initializer(floats("w", {2})), bytes(14, bytes(1, "epoch") + bytes(2, "7")) +
                                               bytes(14, bytes(1, "step") + bytes(2, "seven"))));
  CHECK(opened.checkpoint->epoch() == 7);
  CHECK_FALSE(opened.checkpoint->step().has_value());
}

TEST_CASE("onnx: weights that the graph computes are reported, their recipes listed") {
  const std::string fill = tensor_attribute("value", floats("", {1}));
  const Opened opened(model(node_field({"ConstantOfShape", {"s"}, {"w"}, "", fill}) +
                            node_field({"Conv", {"x", "w"}, {"y"}}) +
                            initializer(integers("s", {4, 3, 5, 5})) + input("x")));
  REQUIRE(opened.checkpoint->problems().size() == 1);
  CHECK(opened.checkpoint->problems()[0].reason ==
        "all 1 weights are computed in the graph (ConstantOfShape or random numbers) instead of "
        "stored");
  CHECK(opened.tensor("w").evidence.role == Role::other);
}

TEST_CASE("onnx: a loop in the graph, and a function that calls itself, end") {
  const std::string self = bytes(1, "F") + bytes(4, "a") + bytes(5, "b") +
                           bytes(7, node({"F", {"a"}, {"b"}, "", "", "local"})) +
                           bytes(10, "local");
  const Opened opened(
      model(node_field({"Identity", {"w"}, {"v"}}) + node_field({"Identity", {"v"}, {"u"}}) +
                node_field({"Identity", {"u"}, {"v"}}) +
                node_field({"F", {"u"}, {"t"}, "", "", "local"}) + initializer(floats("w", {4, 3})),
            bytes(25, self)));
  CHECK(opened.layout("w") == "-");
}

}  // namespace
}  // namespace hindcast::io
