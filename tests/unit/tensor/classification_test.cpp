#include "hindcast/tensor/classification.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast;
using namespace hindcast::tensor;

namespace {

using Shape = std::vector<std::uint64_t>;

TensorInfo tensor_info(std::string_view name, Shape shape, Dialect dialect) {
  TensorInfo info;
  info.path = name;
  info.name = name;
  info.shape = std::move(shape);
  info.dtype = DType::float32;
  info.evidence.dialect = dialect;
  return info;
}

TensorInfo of_class(std::string_view layer_class, TensorInfo info) {
  info.evidence.layer_class = layer_class;
  return info;
}

TensorInfo of_type(DType dtype, TensorInfo info) {
  info.dtype = dtype;
  return info;
}

Classification classify_alone(const TensorInfo& info, const Selection& selection = {}) {
  return classify(std::vector{info}, selection).at(0);
}

std::string letters(const Classification& result) {
  return result.layout ? result.layout->letters() : "";
}

TensorInfo pytorch(std::string_view name, Shape shape) {
  return tensor_info(name, std::move(shape), Dialect::pytorch);
}

TensorInfo keras2(std::string_view name, Shape shape) {
  return tensor_info(name, std::move(shape), Dialect::keras2);
}

TensorInfo keras3(std::string_view name, Shape shape) {
  return tensor_info(name, std::move(shape), Dialect::keras3);
}

struct WeightCase {
  std::string_view name;
  Shape shape;
  std::string_view letters;
  LayerKind kind = LayerKind::other;
};

void check_weights(Dialect dialect, const std::vector<WeightCase>& cases) {
  for (const WeightCase& expected : cases) {
    CAPTURE(expected.name);
    const auto result = classify_alone(tensor_info(expected.name, expected.shape, dialect));
    CHECK(result.role == Role::weight);
    CHECK(letters(result) == expected.letters);
    CHECK(name(result.kind) == name(expected.kind));
    CHECK(result.skip_reason.empty());
    CHECK_FALSE(result.layout_reason.empty());
    CHECK(result.is_parameter);
  }
}

struct SkipCase {
  std::string_view name;
  Shape shape;
  Role role = Role::other;
  std::string_view reason;
  bool is_parameter = false;
};

void check_skips(Dialect dialect, const std::vector<SkipCase>& cases) {
  for (const SkipCase& expected : cases) {
    CAPTURE(expected.name);
    const auto result = classify_alone(tensor_info(expected.name, expected.shape, dialect));
    CHECK(name(result.role) == name(expected.role));
    CHECK(result.skip_reason == expected.reason);
    CHECK(result.is_parameter == expected.is_parameter);
    CHECK_FALSE(result.layout.has_value());
    CHECK(result.layout_reason.empty());
  }
}

}  // namespace

TEST_CASE("classification: PyTorch weights have their outputs first") {
  check_weights(
      Dialect::pytorch,
      {{"conv1.weight", {8, 3, 5, 5}, "OIHW", LayerKind::conv},
       {"features/0/weight", {8, 3, 5}, "OIW", LayerKind::conv},
       {"conv3d.weight", {8, 3, 2, 2, 2}, "OIDHW", LayerKind::conv},
       {"fc.weight", {10, 64}, "OI", LayerKind::linear},
       {"attn.in_proj_weight", {48, 16}, "OI", LayerKind::linear},
       {"conv.weight_v", {8, 3, 5, 5}, "OIHW", LayerKind::conv},
       {"conv.weight_orig", {8, 3, 5, 5}, "OIHW", LayerKind::conv},
       {"conv.parametrizations.weight.original1", {8, 3, 5, 5}, "OIHW", LayerKind::conv}});
}

TEST_CASE("classification: a PyTorch layout is never decided by the shape") {
  // Shapes that would suggest HWIO, (in, out) or a transposed convolution.
  check_weights(Dialect::pytorch, {{"conv.weight", {3, 3, 16, 32}, "OIHW", LayerKind::conv},
                                   {"fc.weight", {512, 10}, "OI", LayerKind::linear}});
}

TEST_CASE("classification: a transposed PyTorch convolution is one that its name says") {
  check_weights(Dialect::pytorch,
                {{"up.conv_transpose.weight", {8, 4, 2, 2}, "IOHW", LayerKind::conv},
                 {"deconv_layers.0.weight", {8, 4, 2, 2}, "IOHW", LayerKind::conv},
                 {"upconv4.weight", {8, 4, 2, 2}, "IOHW", LayerKind::conv},
                 {"ConvTranspose1d_0.weight", {8, 4, 2}, "IOW", LayerKind::conv},
                 {"dec.conv_t2.weight", {8, 4, 2}, "IOW", LayerKind::conv},
                 {"up_conv5.conv.0.weight", {8, 4, 3, 3}, "OIHW", LayerKind::conv},
                 {"conv_two.weight", {8, 4, 3, 3}, "OIHW", LayerKind::conv}});
}

TEST_CASE("classification: PyTorch embeddings, recurrent layers and GPT-2's Conv1D") {
  check_weights(Dialect::pytorch,
                {{"embeddings.word_embeddings.weight", {100, 16}, "OI", LayerKind::embedding},
                 {"transformer.wte.weight", {100, 16}, "OI", LayerKind::embedding},
                 {"tok_emb.weight", {100, 16}, "OI", LayerKind::embedding},
                 {"patch_embed.proj.weight", {16, 3, 4, 4}, "OIHW", LayerKind::conv},
                 {"time_embed.0.weight", {16, 4}, "OI", LayerKind::linear},
                 {"lstm.weight_ih_l0", {64, 8}, "OI", LayerKind::recurrent},
                 {"lstm.weight_hh_l1_reverse", {64, 16}, "OI", LayerKind::recurrent},
                 {"h.0.attn.c_attn.weight", {16, 48}, "IO", LayerKind::linear},
                 {"transformer.h.11.mlp.c_fc.weight", {16, 64}, "IO", LayerKind::linear},
                 {"visual.attnpool.c_proj.weight", {16, 64}, "OI", LayerKind::linear}});
}

TEST_CASE("classification: the bias beside a weight tells its outputs more surely than a name") {
  struct Case {
    std::string_view owner;
    Shape shape;
    std::uint64_t bias;
    std::string_view letters;
  };
  for (const Case& one : {
           Case{"h.0.attn.c_attn", {48, 16}, 48, "OI"},  // nanoGPT
           Case{"h.0.attn.c_attn", {16, 48}, 48, "IO"},  // GPT-2
           Case{"h.0.mlp.c_fc", {64, 16}, 64, "OI"},
           Case{"h.0.mlp.c_proj", {16, 64}, 16, "OI"},
           Case{"h.0.attn.c_proj", {16, 16}, 16, "IO"},
           Case{"up", {4, 6, 3}, 6, "IOW"},
           Case{"up", {4, 6, 3, 3}, 6, "IOHW"},
           Case{"up", {4, 6, 3, 3, 3}, 6, "IODHW"},
           Case{"conv", {4, 6, 3, 3}, 4, "OIHW"},
           Case{"conv", {4, 4, 3, 3}, 4, "OIHW"},
           Case{"upconv", {4, 6, 3, 3}, 4, "OIHW"},
           Case{"deconv", {4, 1, 3, 3}, 4, "IOHW"},  // One group for each channel.
           Case{"fc", {512, 10}, 10, "OI"},
       }) {
    const std::string owner(one.owner);
    CAPTURE(owner);
    CAPTURE(one.shape.size());
    const auto results = classify(
        std::vector{pytorch(owner + ".weight", one.shape), pytorch(owner + ".bias", {one.bias})},
        {});
    CHECK(letters(results[0]) == one.letters);
  }
}

TEST_CASE("classification: the query, key and value of a linear c_attn lie along its first axis") {
  Selection selection;
  selection.split_fused = true;
  const auto results = classify(std::vector{pytorch("h.0.attn.c_attn.weight", {12, 4}),
                                            pytorch("h.0.attn.c_attn.bias", {12})},
                                selection);
  REQUIRE(results[0].split);
  CHECK(results[0].split->axis == 0);
  CHECK(results[0].split->parts == std::vector<std::string>{"q", "k", "v"});
}

TEST_CASE(
    "classification: what PyTorch does not train or is no matrix is skipped with its reason") {
  check_skips(
      Dialect::pytorch,
      {{"fc.bias", {10}, Role::bias, "bias", true},
       {"lstm.bias_ih_l0", {64}, Role::bias, "bias", true},
       {"attn.in_proj_bias", {48}, Role::bias, "bias", true},
       {"bn1.weight", {8}, Role::normalisation, "normalisation", true},
       {"norm.gamma", {8}, Role::normalisation, "normalisation", true},
       {"bn1.running_var", {8}, Role::statistics, "statistics", false},
       {"rope.inv_freq", {8}, Role::other, "not_a_weight", false},
       {"h.0.attn.bias", {1, 1, 16, 16}, Role::other, "not_a_weight", false},
       {"cls_token", {1, 1, 16}, Role::weight, "too_small", true},
       {"logit_scale", {}, Role::other, "not_a_weight", true},
       {"conv.weight_g", {8, 1, 1, 1}, Role::weight, "too_small", true},
       {"optimizer.state.0.exp_avg", {8, 8}, Role::optimizer_state, "optimizer_state", false},
       {"state/3/momentum_buffer", {8, 8}, Role::optimizer_state, "optimizer_state", false}});
}

TEST_CASE(
    "classification: the shift beside a 1-D scale is a normalisation, beside a matrix a bias") {
  const auto results = classify(std::vector{pytorch("bn.weight", {8}), pytorch("bn.bias", {8}),
                                            pytorch("fc.weight", {4, 8}), pytorch("fc.bias", {4})},
                                {});
  CHECK(results[1].role == Role::normalisation);
  CHECK(results[3].role == Role::bias);
}

TEST_CASE("classification: the shift beside running statistics is a normalisation") {
  const auto results =
      classify(std::vector{pytorch("bn.bias", {8}), pytorch("bn.running_mean", {8})}, {});
  CHECK(results[0].role == Role::normalisation);
}

TEST_CASE("classification: spectral normalisation's vectors are not weights") {
  const auto results = classify(std::vector{pytorch("c.weight_orig", {8, 4}),
                                            pytorch("c.weight_u", {8}), pytorch("c.weight_v", {4})},
                                {});
  CHECK(results[0].analysed());
  CHECK(results[1].skip_reason == "not_a_weight");
  CHECK(results[2].skip_reason == "not_a_weight");
  CHECK_FALSE(results[2].is_parameter);
}

TEST_CASE("classification: an unknown trained matrix is analysed and says that nothing is known") {
  const auto result = classify_alone(pytorch("relation_table", {16, 8}));
  CHECK(letters(result) == "OI");
  CHECK(result.layout_reason == "no evidence: taken as PyTorch's order");
  CHECK(letters(classify_alone(pytorch("pos_embed", {1, 197, 16}))) == "OIW");
}

TEST_CASE(
    "classification: more axes than a layout has letters for is no weight unless the user says") {
  const auto info = pytorch("odd.weight", {2, 2, 2, 2, 2, 2});
  CHECK(classify_alone(info).skip_reason == "not_a_weight");
  const Selection selection{
      .include = {}, .exclude = {}, .layouts = {parse_layout_rule("*=OIIDHW")}};
  CHECK(letters(classify_alone(info, selection)) == "OIIDHW");
}

TEST_CASE("classification: Keras 2 kernels by layer name and rank") {
  check_weights(
      Dialect::keras2,
      {{"dense_1/dense_1/kernel:0", {4, 6}, "IO", LayerKind::linear},
       {"enc0/enc0/kernel:0", {9, 35, 9}, "WIO", LayerKind::conv},
       {"conv2d_1/conv2d_1_1/kernel:0", {3, 3, 1, 8}, "HWIO", LayerKind::conv},
       {"conv3d/kernel:0", {3, 3, 3, 1, 8}, "DHWIO", LayerKind::conv},
       {"separable_conv2d_1/separable_conv2d_1_1/depthwise_kernel:0",
        {3, 3, 8, 1},
        "HWIM",
        LayerKind::conv},
       {"separable_conv2d_1/pointwise_kernel", {1, 1, 8, 16}, "HWIO", LayerKind::conv},
       {"separable_conv1d/depthwise_kernel:0", {3, 8, 1}, "WIM", LayerKind::conv},
       {"conv2d_transpose_3/kernel:0", {3, 3, 8, 4}, "HWOI", LayerKind::conv},
       {"conv1d_transpose/kernel:0", {3, 8, 4}, "WOI", LayerKind::conv},
       {"embedding_1/embeddings:0", {100, 8}, "OI", LayerKind::embedding},
       {"bidirectional/forward_lstm/lstm_cell_1/kernel:0", {4, 12}, "IO", LayerKind::recurrent},
       {"gru/gru_cell/recurrent_kernel:0", {3, 9}, "IO", LayerKind::recurrent},
       {"multi_head_attention/query/kernel:0", {16, 2, 8}, "IOO", LayerKind::linear},
       {"multi_head_attention/attention_output/kernel:0", {2, 8, 16}, "IIO", LayerKind::linear},
       {"query/kernel:0", {3, 16, 8}, "WIO", LayerKind::conv}});
}

TEST_CASE("classification: the class in the configuration outranks the layer's name") {
  const auto transposed =
      classify_alone(of_class("Conv2DTranspose", keras2("conv2d/kernel:0", {3, 3, 8, 4})));
  CHECK(letters(transposed) == "HWOI");
  CHECK(transposed.layout_reason == "layer class Conv2DTranspose in model_config");
  CHECK(letters(classify_alone(of_class("DepthwiseConv2D", keras2("dw/kernel:0", {3, 3, 8, 2})))) ==
        "HWIM");
  CHECK(letters(classify_alone(of_class("my_package>EinsumDense", keras2("e/kernel:0", {4, 6})))) ==
        "IO");
  CHECK(letters(classify_alone(of_class("EinsumDense", keras2("e/kernel:0", {4, 2, 6})))) == "IIO");
  CHECK(classify_alone(of_class("CuDNNLSTM", keras2("x/kernel:0", {4, 12}))).kind ==
        LayerKind::recurrent);
}

TEST_CASE("classification: a class that Keras does not know leaves the decision to the names") {
  const auto result =
      classify_alone(of_class("SplineWeight1D", keras2("splinel/splinel/kernel:0", {10, 64})));
  CHECK(letters(result) == "IO");
  CHECK(result.layout_reason == "name ends in 'kernel', Keras");
}

TEST_CASE("classification: a kernel beside a recurrent kernel is recurrent") {
  const auto results = classify(
      std::vector{keras2("memory/kernel:0", {4, 12}), keras2("memory/recurrent_kernel:0", {3, 12})},
      {});
  CHECK(results[0].kind == LayerKind::recurrent);
}

TEST_CASE("classification: Keras 2 variables that are no weights") {
  check_skips(Dialect::keras2,
              {{"dense/bias:0", {6}, Role::bias, "bias", true},
               {"gru/bias:0", {2, 9}, Role::bias, "bias", true},
               {"bn/gamma:0", {6}, Role::normalisation, "normalisation", true},
               {"bn/beta", {6}, Role::normalisation, "normalisation", true},
               {"bn/moving_mean:0", {6}, Role::statistics, "statistics", false},
               {"bn/moving_variance:0", {6}, Role::statistics, "statistics", false},
               {"p_re_lu/alpha:0", {1, 1, 6}, Role::other, "not_a_weight", true},
               {"mean_metric/total:0", {}, Role::other, "not_a_weight", false},
               {"optimizer_weights/Adam/m/kernel:0",
                {4, 6},
                Role::optimizer_state,
                "optimizer_state",
                false}});
}

TEST_CASE("classification: Keras 1 names") {
  check_weights(Dialect::keras1,
                {{"dense_1/dense_1_W:0", {4, 6}, "IO", LayerKind::linear},
                 {"lstm_1/lstm_1_W_i:0", {4, 6}, "IO", LayerKind::recurrent},
                 {"lstm_1/lstm_1_U_o", {6, 6}, "IO", LayerKind::recurrent},
                 {"embedding_1/embedding_1_W:0", {100, 6}, "OI", LayerKind::embedding}});
  check_skips(Dialect::keras1,
              {{"dense_1/dense_1_b:0", {6}, Role::bias, "bias", true},
               {"lstm_1/lstm_1_b_i", {6}, Role::bias, "bias", true},
               {"bn1/bn1_gamma:0", {6}, Role::normalisation, "normalisation", true},
               {"bn1/bn1_running_mean:0", {6}, Role::statistics, "statistics", false},
               {"bn1/bn1_running_std:0", {6}, Role::statistics, "statistics", false},
               {"prelu_1/prelu_1_alphas:0", {6}, Role::other, "not_a_weight", true}});
}

TEST_CASE(
    "classification: a Keras 1 convolution follows dim_ordering, not the backend or the shape") {
  auto info = tensor_info("convolution2d_1/convolution2d_1_W:0", {3, 3, 5, 6}, Dialect::keras1);
  info.evidence.data_format = "tf";
  CHECK(letters(classify_alone(info)) == "HWIO");
  CHECK(classify_alone(info).layout_reason ==
        "layer name 'convolution2d_1', Keras, dim_ordering 'tf'");
  info.evidence.data_format = "th";
  CHECK(letters(classify_alone(info)) == "OIHW");
  info.evidence.data_format = "";
  CHECK(letters(classify_alone(info)) == "OIHW");
  CHECK(classify_alone(info).layout_reason ==
        "layer name 'convolution2d_1', Keras, no dim_ordering stored: taken as 'th'");
}

TEST_CASE("classification: a Keras 1 transposed convolution is stored like any other") {
  auto info = of_class("Deconvolution2D", tensor_info("d/d_W:0", {3, 3, 5, 6}, Dialect::keras1));
  info.evidence.data_format = "tf";
  CHECK(letters(classify_alone(info)) == "HWIO");
}

TEST_CASE("classification: Keras 3 variables by the class in their path") {
  check_weights(
      Dialect::keras3,
      {{"layers/conv2d_10/vars/0", {3, 3, 4, 8}, "HWIO", LayerKind::conv},
       {"layers/dense/vars/0", {64, 4}, "IO", LayerKind::linear},
       {"layers/functional/layers/conv1d_2/vars/0", {3, 4, 8}, "WIO", LayerKind::conv},
       {"_layer_checkpoint_dependencies/conv2d_1/vars/0", {3, 3, 4, 8}, "HWIO", LayerKind::conv},
       {"layers/depthwise_conv2d/vars/0", {3, 3, 4, 1}, "HWIM", LayerKind::conv},
       {"layers/separable_conv2d/vars/0", {3, 3, 4, 1}, "HWIM", LayerKind::conv},
       {"layers/separable_conv2d/vars/1", {1, 1, 4, 8}, "HWIO", LayerKind::conv},
       {"layers/conv2d_transpose/vars/0", {3, 3, 8, 4}, "HWOI", LayerKind::conv},
       {"layers/embedding/vars/0", {100, 8}, "OI", LayerKind::embedding},
       {"token_embedding/vars/0", {100, 8}, "OI", LayerKind::embedding},
       {"layers/lstm/cell/vars/0", {4, 12}, "IO", LayerKind::recurrent},
       {"layers/lstm/cell/vars/1", {3, 12}, "IO", LayerKind::recurrent},
       {"layers/bidirectional/forward_layer/cell/vars/1", {3, 12}, "IO", LayerKind::recurrent},
       {"layers/multi_head_attention/query_dense/vars/0", {16, 2, 8}, "IOO", LayerKind::linear},
       {"layers/multi_head_attention/_output_dense/vars/0", {2, 8, 16}, "IIO", LayerKind::linear},
       {"layers/einsum_dense/vars/0", {4, 6}, "IO", LayerKind::linear},
       {"layers/my_layer/vars/0", {4, 6}, "IO", LayerKind::linear},
       {"layers/my_layer/vars/3", {3, 3, 4, 6}, "HWIO", LayerKind::conv}});
}

TEST_CASE("classification: Keras 3 variables that are no weights") {
  check_skips(
      Dialect::keras3,
      {{"layers/conv2d/vars/1", {8}, Role::bias, "bias", true},
       {"layers/lstm/cell/vars/2", {12}, Role::bias, "bias", true},
       {"layers/separable_conv2d/vars/2", {8}, Role::bias, "bias", true},
       {"layers/dense/vars/2", {8}, Role::other, "not_a_weight", false},
       {"layers/layer_normalization/vars/1", {8}, Role::normalisation, "normalisation", true},
       {"layers/normalization/vars/0", {8}, Role::statistics, "statistics", false},
       {"layers/p_re_lu/vars/0", {4, 8}, Role::other, "not_a_weight", true},
       {"layers/my_layer/vars/1", {8}, Role::bias, "bias", true},
       {"layers/my_layer/vars/0", {8}, Role::other, "not_a_weight", true},
       {"_loss_tracker/vars/0", {}, Role::other, "not_a_weight", false},
       {"optimizer/vars/2", {3, 3, 4, 8}, Role::optimizer_state, "optimizer_state", false}});
}

TEST_CASE(
    "classification: the last two variables of a Keras 3 batch normalisation are statistics") {
  const auto statistics_of = [](std::size_t count) {
    std::vector<TensorInfo> tensors;
    for (std::size_t i = 0; i < count; ++i) {
      tensors.push_back(keras3("layers/batch_normalization/vars/" + std::to_string(i), {8}));
    }
    std::string roles;
    for (const Classification& result : classify(tensors, {})) {
      roles += result.role == Role::statistics ? 's' : 'n';
    }
    return roles;
  };
  CHECK(statistics_of(4) == "nnss");
  CHECK(statistics_of(3) == "nss");
  CHECK(statistics_of(2) == "ss");
}

TEST_CASE("classification: without a dialect the name's ending tells the family") {
  check_weights(Dialect::unknown,
                {{"params/Conv_0/kernel", {3, 3, 4, 8}, "HWIO", LayerKind::conv},
                 {"params/Embed_0/embedding", {100, 8}, "OI", LayerKind::embedding},
                 {"conv1.weight", {8, 4, 3, 3}, "OIHW", LayerKind::conv},
                 {"W1", {8, 4}, "OI", LayerKind::linear},
                 {"matrix", {8, 4}, "OI", LayerKind::linear}});
  CHECK(classify_alone(tensor_info("a/kernel", {4, 8}, Dialect::unknown)).layout_reason ==
        "name ends in 'kernel', Keras or Flax");
  CHECK(classify_alone(tensor_info("conv1.weight", {8, 4}, Dialect::unknown)).layout_reason ==
        "name ends in 'weight': taken as PyTorch's order");
  CHECK(classify_alone(tensor_info("matrix", {8, 4}, Dialect::unknown)).layout_reason ==
        "no evidence: taken as PyTorch's order");
}

TEST_CASE("classification: what the format states outranks the names") {
  auto info = pytorch("fc.weight", {8, 4});
  info.evidence.layout = Layout::parse("IO");
  info.evidence.layout_reason = "MatMul input B";
  const auto result = classify_alone(info);
  CHECK(letters(result) == "IO");
  CHECK(result.layout_reason == "MatMul input B");
}

TEST_CASE("classification: the user's first matching rule outranks everything") {
  auto info = of_class("Dense", keras2("dense/kernel:0", {8, 4}));
  info.evidence.layout = Layout::parse("IO");
  Selection selection;
  selection.layouts = {parse_layout_rule("conv*=OIHW"), parse_layout_rule("dense/*=OI"),
                       parse_layout_rule("*=IO")};
  const auto result = classify_alone(info, selection);
  CHECK(letters(result) == "OI");
  CHECK(result.layout_reason == "--layout 'dense/*=OI'");
}

TEST_CASE("classification: a rule with another number of axes names the tensor and both ranks") {
  Selection selection;
  selection.layouts = {parse_layout_rule("*=OIHW")};
  CHECK_THROWS_WITH_AS(static_cast<void>(classify_alone(pytorch("fc.weight", {8, 4}), selection)),
                       "fc.weight: layout '*=OIHW' has 4 axes, the tensor has 2 (8, 4)", Error);
}

TEST_CASE("classification: a rule leaves biases, small weights and excluded ones alone") {
  Selection selection;
  selection.layouts = {parse_layout_rule("*=OIHW")};
  selection.exclude = {"fc.*"};
  CHECK(classify_alone(pytorch("conv.bias", {8}), selection).skip_reason == "bias");
  CHECK(classify_alone(pytorch("cls_token", {1, 1, 8}), selection).skip_reason == "too_small");
  CHECK(classify_alone(pytorch("fc.weight", {8, 4}), selection).skip_reason == "excluded");
}

TEST_CASE("classification: a rule can force a tensor that looked like no weight") {
  Selection selection;
  selection.layouts = {parse_layout_rule("*mask*=OI")};
  const auto result = classify_alone(pytorch("block.attn_mask", {8, 4}), selection);
  CHECK(result.role == Role::weight);
  CHECK(letters(result) == "OI");
  CHECK(result.is_parameter);
}

TEST_CASE("classification: a rule forces nothing that has no values, or none that are real") {
  Selection selection;
  selection.layouts = {parse_layout_rule("*=OIW")};
  CHECK_FALSE(classify_alone(pytorch("attn_mask", {0, 4, 4}), selection).analysed());
  CHECK_FALSE(
      classify_alone(of_type(DType::string, pytorch("words", {4, 4, 4})), selection).analysed());
}

TEST_CASE("classification: element types that are no real numbers are skipped") {
  CHECK(classify_alone(of_type(DType::int8, pytorch("fc.weight", {8, 4}))).skip_reason ==
        "integer");
  CHECK(classify_alone(of_type(DType::boolean, pytorch("mask", {8, 4}))).skip_reason == "integer");
  CHECK(classify_alone(of_type(DType::int64, pytorch("bn.num_batches_tracked", {}))).skip_reason ==
        "integer");
  CHECK(classify_alone(of_type(DType::complex64, pytorch("fc.weight", {8, 4}))).skip_reason ==
        "not_a_weight");
  CHECK(classify_alone(of_type(DType::string, pytorch("vocabulary", {8, 4}))).skip_reason ==
        "not_a_weight");
  CHECK_FALSE(classify_alone(of_type(DType::int8, pytorch("fc.weight", {8, 4}))).is_parameter);
  CHECK(classify_alone(of_type(DType::bfloat16, pytorch("fc.weight", {8, 4}))).analysed());
}

TEST_CASE("classification: empty, small and unreadable weights say so and stay parameters") {
  CHECK(classify_alone(pytorch("fc.weight", {0, 4})).skip_reason == "empty");
  CHECK(classify_alone(pytorch("fc.weight", {1, 4})).skip_reason == "too_small");
  CHECK(classify_alone(pytorch("fc.weight", {1, 4})).is_parameter);
  auto info = pytorch("fc.weight", {8, 4});
  info.unreadable = "stored outside the file";
  CHECK(classify_alone(info).skip_reason == "unreadable");
  CHECK(classify_alone(info).is_parameter);
}

TEST_CASE("classification: include and exclude apply to what would be analysed") {
  Selection selection;
  selection.include = {"conv*"};
  selection.exclude = {"*2.weight"};
  CHECK(classify_alone(pytorch("conv1.weight", {8, 4, 3, 3}), selection).analysed());
  CHECK(classify_alone(pytorch("conv2.weight", {8, 4, 3, 3}), selection).skip_reason == "excluded");
  const auto excluded = classify_alone(pytorch("fc.weight", {8, 4}), selection);
  CHECK(excluded.skip_reason == "excluded");
  CHECK(excluded.is_parameter);
  CHECK(classify_alone(pytorch("fc.bias", {8}), selection).skip_reason == "bias");
}

TEST_CASE("classification: a glob takes a part by its name, as a pattern and as it is") {
  const TensorInfo fused = pytorch("attn.in_proj_weight", {12, 4});
  Selection selection;
  selection.split_fused = true;
  using Parts = std::vector<std::size_t>;
  CHECK(classify_alone(fused, selection).split->selected == Parts{0, 1, 2});
  for (const char* glob : {"attn.in_proj_weight[q]", "*[[]q]", "attn.in_proj_weight?q?"}) {
    CAPTURE(glob);
    selection.include = {glob};
    CHECK(classify_alone(fused, selection).split->selected == Parts{0});
    selection.include = {};
    selection.exclude = {glob};
    CHECK(classify_alone(fused, selection).split->selected == Parts{1, 2});
    selection.exclude = {};
  }
  selection.exclude = {"*q]", "*k]", "*v]"};
  CHECK(classify_alone(fused, selection).skip_reason == "excluded");
  selection.exclude = {};
  selection.min_size = 17;  // A part has 16 weights, the tensor 48.
  CHECK(classify_alone(fused, selection).skip_reason == "excluded");
}

TEST_CASE("classification: a glob may also be the path that inspect shows") {
  TensorInfo info = pytorch("net.0.weight", {8, 4});
  info.path = "state_dict.net.0.weight";
  Selection selection;
  selection.include = {"state_dict.*"};
  CHECK(classify_alone(info, selection).analysed());
  selection.include = {"other.*"};
  CHECK(classify_alone(info, selection).skip_reason == "excluded");
}

TEST_CASE("classification: a layout rule splits at the last equals sign") {
  const LayoutRule rule = parse_layout_rule("a=b*=OIHW");
  CHECK(rule.glob == "a=b*");
  CHECK(rule.layout.letters() == "OIHW");
  for (const char* text : {"conv*", "=OI", "conv*=", "conv*=ABC"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(static_cast<void>(parse_layout_rule(text)), Error);
  }
}

TEST_CASE("classification: a name of separators only is no trouble") {
  for (const Dialect dialect :
       {Dialect::unknown, Dialect::pytorch, Dialect::keras1, Dialect::keras2, Dialect::keras3}) {
    for (const char* text :
         {"", "/", ".", "//..", ":0", "vars/0", "0", "_W", "/vars/99999999999999"}) {
      CAPTURE(text);
      CHECK(classify_alone(tensor_info(text, {4, 4}, dialect)).analysed());
    }
  }
}
