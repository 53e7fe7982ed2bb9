// Layers that share a tensor: gates, projections, directions and experts, by the graph that takes
// them apart and not by their names.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/onnx_listing.hpp"
#include "support/onnx_models.hpp"

namespace hindcast::io {
namespace {

using namespace test::onnx;
using Names = std::vector<std::string>;

std::string recurrent(const std::string& op, const std::string& w, const std::string& r) {
  return node_field({op, {"x", w, r}, {"y"}, "/rnn/" + op});
}

// Rows [begin, end) of `from`.
std::string rows(const std::string& from, std::int64_t begin, std::int64_t end,
                 const std::string& to) {
  return node_field({"Slice", {from, to + "b", to + "e", "zero"}, {to}}) +
         initializer(integers(to + "b", {begin})) + initializer(integers(to + "e", {end}));
}

// W and R of a layer with three units, blocks of the stored rows put in another order first.
std::string reordered(const std::string& op, const std::vector<std::int64_t>& blocks,
                      std::int64_t gates) {
  std::string graph = initializer(integers("zero", {0})) + input("x");
  for (const std::string weight : {"rnn.weight_ih_l0", "rnn.weight_hh_l0"}) {
    graph += initializer(floats(weight, {3 * gates, weight == "rnn.weight_ih_l0" ? 5 : 3}));
    std::vector<std::string> pieces;
    for (const std::int64_t block : blocks) {
      pieces.push_back(weight + "_" + std::to_string(pieces.size()));
      graph += rows(weight, 3 * block, 3 * block + 3, pieces.back());
    }
    graph += node_field({"Concat", pieces, {weight + "c"}, "", attribute("axis", 0)}) +
             node_field({"Unsqueeze", {weight + "c", "zero"}, {weight + "u"}});
  }
  return model(graph + recurrent(op, "rnn.weight_ih_l0u", "rnn.weight_hh_l0u"));
}

TEST_CASE("onnx parts: gates are those of the stored order, whatever order the node takes") {
  struct Case {
    const char* op;
    std::vector<std::int64_t> blocks;  // In the order i o f c, z r h.
    std::int64_t gates = 0;
    Names expected;
  };
  for (const Case& c : {
           Case{"LSTM", {0, 3, 1, 2}, 4, {"i", "f", "g", "o"}},  // PyTorch's.
           Case{"LSTM", {0, 1, 2, 3}, 4, {"i", "o", "f", "c"}},
           Case{"LSTM", {3, 2, 1, 0}, 4, {"c", "f", "o", "i"}},
           Case{"GRU", {1, 0, 2}, 3, {"r", "z", "n"}},  // PyTorch's.
           Case{"GRU", {0, 1, 2}, 3, {"z", "r", "h"}},
       }) {
    CAPTURE(c.op);
    CAPTURE(c.blocks[0]);
    const auto all = listed(reordered(c.op, c.blocks, c.gates), true);
    CHECK(all.at("rnn.weight_ih_l0").parts() == c.expected);
    CHECK(all.at("rnn.weight_hh_l0").parts() == c.expected);
    CHECK(all.at("rnn.weight_ih_l0").verdict.split->axis == 0);
  }
}

TEST_CASE("onnx parts: an order that cannot be told is not guessed") {
  const auto twice = listed(reordered("LSTM", {0, 1, 1, 2}, 4), true).at("rnn.weight_ih_l0");
  CHECK(twice.parts().empty());
  CHECK(twice.verdict.layout_reason.ends_with(
      "; not split: the order of its gates is not known: they are not whole blocks of the tensor"));
  const auto scaled =
      listed(model(node_field({"Mul", {"W", "s"}, {"V"}}) + recurrent("LSTM", "V", "R") +
                   initializer(floats("W", {1, 12, 5})) + initializer(floats("R", {1, 12, 3})) +
                   initializer(floats("s", {})) + input("x")),
             true);
  CHECK(scaled.at("W").parts().empty());
  CHECK(scaled.at("W").verdict.layout_reason.find("not split") != std::string::npos);
  CHECK(scaled.at("R").parts() == Names{"i", "o", "f", "c"});
}

TEST_CASE("onnx parts: gates are told by the node, under any name") {
  for (const std::string name : {"W", "lstm_W", "kern", "a.weight", "onnx::LSTM_1"}) {
    CAPTURE(name);
    const auto all =
        listed(model(recurrent("LSTM", name, "R") + initializer(floats(name, {1, 12, 5})) +
                     initializer(floats("R", {1, 12, 3})) + input("x")),
               true);
    CHECK(all.at(name).parts() == Names{"i", "o", "f", "c"});
    CHECK(all.at("R").parts() == Names{"i", "o", "f", "c"});
  }
  const auto plain =
      listed(model(recurrent("RNN", "W", "lstm.weight_hh") + initializer(floats("W", {1, 3, 5})) +
                   initializer(floats("lstm.weight_hh", {1, 3, 3})) + input("x")),
             true);
  CHECK(plain.at("W").parts().empty());
}

TEST_CASE("onnx parts: a bidirectional layer is a matrix for each direction") {
  const auto all = listed(model(node_field({"LSTM", {"x", "onnx::LSTM_7", "R"}, {"y"}, "/l/LSTM"}) +
                                initializer(floats("onnx::LSTM_7", {2, 4, 3})) +
                                initializer(floats("R", {2, 4, 1})) + input("x")),
                          true);
  const Listed& forward = all.at("onnx::LSTM_7:forward");
  const Listed& reverse = all.at("onnx::LSTM_7:reverse");
  CHECK(forward.info.name == "l.weight_ih");
  CHECK(reverse.info.name == "l.weight_ih_reverse");
  for (const Listed* const direction : {&forward, &reverse}) {
    CHECK(direction->info.shape == std::vector<std::uint64_t>{4, 3});
    CHECK(direction->layout() == "OI");
    CHECK(direction->parts() == Names{"i", "o", "f", "c"});
    CHECK(direction->verdict.kind == tensor::LayerKind::recurrent);
  }
  CHECK(forward.values.front() == 1);
  CHECK(reverse.values == std::vector<double>{13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24});
  CHECK_FALSE(all.at("onnx::LSTM_7").verdict.analysed());
  CHECK(all.at("R:reverse").info.name == "R:reverse");
}

// A product with three times four results, what follows it, and a softmax of the first part.
Listed projection(const std::string& cut, const std::string& after) {
  return listed(
             model(node_field({"MatMul", {"x", "onnx::MatMul_3"}, {"h"}, "/mha/MatMul"}) +
                   node_field({"Add", {"b", "h"}, {"p"}}) + cut +
                   node_field({"MatMul", {"q", "k"}, {"s"}}) + node_field({after, {"s"}, {"t"}}) +
                   initializer(floats("onnx::MatMul_3", {4, 12})) + initializer(floats("b", {12})) +
                   initializer(integers("m1", {-1})) + initializer(integers("n0", {0})) +
                   initializer(integers("n1", {1})) + initializer(integers("n2", {2})) +
                   initializer(integers("n3", {3})) + input("x")),
             true)
      .at("onnx::MatMul_3");
}

TEST_CASE("onnx parts: a projection is split in three where the graph does") {
  const std::string split =
      node_field({"Split", {"p"}, {"q", "k", "v"}, "", attribute("axis", -1)});
  // The bounds of slices as PyTorch writes them.
  const std::string slices =
      node_field({"Shape", {"p"}, {"shape"}}) + node_field({"Gather", {"shape", "m1"}, {"width"}}) +
      node_field({"Div", {"width", "n3"}, {"d"}}) + node_field({"Mul", {"d", "n1"}, {"d1"}}) +
      node_field({"Mul", {"d", "n2"}, {"d2"}}) + node_field({"Mul", {"d", "n3"}, {"d3"}}) +
      node_field({"Slice", {"p", "n0", "d1", "m1"}, {"q"}}) +
      node_field({"Slice", {"p", "d1", "d2", "m1"}, {"k"}}) +
      node_field({"Slice", {"p", "d2", "d3", "m1"}, {"v"}});
  for (const std::string& cut : {split, slices}) {
    const Listed weight = projection(cut, "Softmax");
    CHECK(weight.parts() == Names{"q", "k", "v"});
    CHECK(weight.verdict.split->axis == 1);
    CHECK(projection(cut, "Tanh").parts() == Names{"0", "1", "2"});
  }
  const std::string unequal =
      node_field({"Split",
                  {"p"},
                  {"q", "k", "v"},
                  "",
                  attribute("axis", -1) + list_attribute("split", {6, 3, 3})});
  CHECK(projection(unequal, "Softmax").parts().empty());
  const std::string two = node_field({"Split", {"p"}, {"q", "k"}, "", attribute("axis", -1)});
  CHECK(projection(two, "Softmax").parts().empty());
}

TEST_CASE("onnx parts: matrices that are gathered for a product are experts") {
  const auto gathered = [](const std::string& more, const std::string& weight) {
    return listed(model(node_field({"Gather", {"W", "ids"}, {"w"}}) + more +
                        node_field({"MatMul", {"x", weight}, {"y"}, "/moe/MatMul"}) +
                        initializer(floats("W", {3, 4, 5})) + input("x") + input("ids")))
        .at("W");
  };
  const Listed plain = gathered("", "w");
  CHECK(plain.layout() == "EIO");
  CHECK(plain.parts() == Names{"0", "1", "2"});
  CHECK(plain.verdict.layout_reason == "consumed by MatMul node '/moe/MatMul' through Gather");
  const std::string swap =
      node_field({"Transpose", {"w"}, {"v"}, "", list_attribute("perm", {0, 2, 1})});
  CHECK(gathered(swap, "v").layout() == "EOI");
}

}  // namespace
}  // namespace hindcast::io
