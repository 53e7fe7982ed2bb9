// What a graph says of its tensors beyond their axes: who begins with them, whether batch
// normalisation follows, that nobody uses them, and names that stay when exporters renumber.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/onnx_listing.hpp"
#include "support/onnx_models.hpp"

namespace hindcast::io {
namespace {

using namespace test::onnx;
using tensor::BatchNorm;

TEST_CASE("onnx evidence: the state that a recurrent layer begins with is no weight") {
  const std::string layer =
      node_field({"LSTM", {"x", "W", "R", "", "", "e", "c"}, {"y"}, "/l/L"}) +
      initializer(floats("W", {1, 8, 3})) + initializer(floats("R", {1, 8, 2})) + input("x") +
      input("size") + initializer(floats("h", {1, 6, 2})) + initializer(floats("c", {1, 6, 2}));
  const auto all = listed(model(node_field({"Slice", {"h", "size", "size"}, {"s"}}) +
                                node_field({"Expand", {"s", "size"}, {"e"}}) + layer));
  for (const char* const state : {"h", "c"}) {
    CHECK(all.at(state).verdict.skip_reason == "not_a_weight");
    CHECK(all.at(state).info.evidence.note == "the state that LSTM node '/l/L' begins with");
  }
  const auto used = listed(model(node_field({"Expand", {"h", "size"}, {"e"}}) + layer +
                                 node_field({"MatMul", {"x", "h"}, {"z"}})));
  CHECK(used.at("h").verdict.analysed());
}

TEST_CASE("onnx evidence: what a scan or a loop begins with is no weight") {
  const std::string body = node_field({"MatMul", {"s", "w"}, {"t"}}) +
                           initializer(floats("w", {4, 4})) + input("s") + input("i") +
                           output("t") + output("t");
  const auto scan =
      listed(model(node_field({"Scan",
                               {"s0", "x"},
                               {"a", "b"},
                               "/Scan",
                               graph_attribute("body", body) + attribute("num_scan_inputs", 1)}) +
                   initializer(floats("s0", {2, 4})) + input("x")));
  CHECK(scan.at("s0").verdict.skip_reason == "not_a_weight");
  CHECK(scan.at("s0").info.evidence.note == "the state that Scan node '/Scan' begins with");
  CHECK(scan.at("w").verdict.analysed());
  const std::string loop_body = input("n") + input("go") + input("s") +
                                node_field({"MatMul", {"s", "w"}, {"t"}}) +
                                initializer(floats("w", {4, 4})) + output("go") + output("t");
  const auto loop = listed(model(
      node_field({"Loop", {"", "", "s0"}, {"a"}, "/Loop", graph_attribute("body", loop_body)}) +
      initializer(floats("s0", {2, 4}))));
  CHECK(loop.at("s0").verdict.skip_reason == "not_a_weight");
  CHECK(loop.at("w").layout() == "IO");
}

std::string convolution(const std::string& weight, const std::string& after) {
  return model(node_field({"Conv", {"x", weight, "bias"}, {"h"}, "/conv/Conv"}) + after +
               initializer(floats(weight, {4, 3, 5, 5})) + initializer(floats("bias", {4})) +
               initializer(floats("s", {4})) + input("x"));
}

TEST_CASE("onnx evidence: whether batch normalisation follows a layer") {
  const auto after = [](const std::string& nodes) {
    return listed(convolution("w", nodes)).at("w").info.evidence.batch_norm;
  };
  CHECK(after("") == BatchNorm::absent);
  CHECK(after(node_field({"Relu", {"h"}, {"y"}})) == BatchNorm::absent);
  CHECK(after(node_field({"BatchNormalization", {"h", "s", "s", "s", "s"}, {"y"}})) ==
        BatchNorm::follows);
  CHECK(after(node_field({"Cast", {"h"}, {"c"}}) +
              node_field({"BatchNormalization", {"c", "s", "s", "s", "s"}, {"y"}})) ==
        BatchNorm::follows);
}

TEST_CASE("onnx evidence: weights with and without batch normalisation folded in differ") {
  CHECK(differ_by_folding(BatchNorm::follows, BatchNorm::absent));
  CHECK(differ_by_folding(BatchNorm::folded, BatchNorm::follows));
  CHECK(differ_by_folding(BatchNorm::unknown, BatchNorm::folded));
  CHECK_FALSE(differ_by_folding(BatchNorm::unknown, BatchNorm::follows));
  CHECK_FALSE(differ_by_folding(BatchNorm::unknown, BatchNorm::absent));
  CHECK_FALSE(differ_by_folding(BatchNorm::absent, BatchNorm::folded));
  CHECK_FALSE(differ_by_folding(BatchNorm::follows, BatchNorm::follows));
}

TEST_CASE("onnx evidence: a tensor that nobody uses is visible and says so") {
  const Listed unused = listed(model(node_field({"Relu", {"x"}, {"y"}}) +
                                     initializer(floats("w", {4, 3})) + input("x")))
                            .at("w");
  CHECK(unused.verdict.analysed());
  CHECK(unused.verdict.layout_reason.ends_with("; no node uses it"));
}

TEST_CASE("onnx evidence: a position embedding is visible, a mean is not") {
  const auto added = [](const std::string& op, const std::string& name, const Dims& shape) {
    return listed(model(node_field({op, {"x", name}, {"y"}}) + initializer(floats(name, shape)) +
                        input("x")))
        .at(name)
        .verdict.analysed();
  };
  CHECK(added("Add", "pos_embed.weight", {9, 4}));
  CHECK(added("Add", "pos_embed", {1, 9, 16}));
  CHECK_FALSE(added("Sub", "mean", {9, 4}));
  CHECK_FALSE(added("Add", "mean", {1, 3, 1, 1}));
  CHECK_FALSE(added("Add", "/Constant_3_output_0", {9, 4}));
}

std::string numbered(const std::string& first, const std::string& second) {
  return model(node_field({"MatMul", {"x", "11"}, {"h"}, first}) +
               node_field({"MatMul", {"h", "12"}, {"y"}, second}) +
               initializer(floats("11", {4, 3})) + initializer(floats("12", {3, 2})) + input("x"));
}

TEST_CASE("onnx evidence: nodes that are only numbered are counted by their operator") {
  for (const std::string& text : {numbered("MatMul_100", "MatMul_107"),
                                  numbered("MatMul_3", "MatMul_4_quant"), numbered("", "")}) {
    const auto all = listed(text);
    CHECK(all.at("11").info.name == "MatMul_0.weight");
    CHECK(all.at("12").info.name == "MatMul_1.weight");
  }
  CHECK(listed(numbered("layer_7", "fc_8")).at("11").info.name == "layer_7.weight");
}

TEST_CASE("onnx evidence: a graph that only makes its weights up says so") {
  const std::string made_up =
      model(node_field({"RandomNormal", {}, {"w"}, "", list_attribute("shape", {4, 3})}) +
            node_field({"MatMul", {"x", "w"}, {"y"}}) + input("x"));
  CHECK_THROWS_WITH_AS(listed(made_up),
                       "all 1 weights are computed in the graph (ConstantOfShape or random "
                       "numbers) instead of stored",
                       Error);
}

}  // namespace
}  // namespace hindcast::io
