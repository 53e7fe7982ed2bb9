// The HDF5 reader: order, names, dialects and what the file says about itself.

#include <doctest/doctest.h>

#include "support/hdf5_files.hpp"

namespace hindcast::io {
namespace {

using namespace test;
using tensor::Dialect;
using tensor::TensorInfo;

TEST_CASE("hdf5: link creation order is kept where every group that needs one tracks it") {
  const auto checkpoint = open_made("created.h5");
  CHECK(paths_of(*checkpoint) == Names{"z_first/b", "z_first/a", "a_second", "single/w"});
  CHECK(checkpoint->order_evidence() == OrderEvidence::creation);
}

TEST_CASE("hdf5: one group that does not track creation leaves natural order for all") {
  const auto checkpoint = open_made("created_in_part.h5");
  CHECK(paths_of(*checkpoint) == Names{"untracked/w9", "untracked/w10", "z"});
  CHECK(checkpoint->order_evidence() == OrderEvidence::names);
}

TEST_CASE("hdf5: without evidence the order is natural") {
  const auto checkpoint = open_made("natural.h5");
  CHECK(paths_of(*checkpoint) == Names{"conv1.weight", "conv2.weight", "conv10.weight"});
  CHECK(checkpoint->order_evidence() == OrderEvidence::names);
  CHECK(open_made("second.h5")->order_evidence() == OrderEvidence::names);
}

TEST_CASE("hdf5: Keras' layer_names and weight_names make the order, the rest follows") {
  const auto checkpoint = open_made("keras2_weights.h5");
  CHECK(paths_of(*checkpoint) == Names{"zeta/zeta/kernel:0", "zeta/zeta/bias:0",
                                       "conv2d_10/conv2d_10/kernel:0", "conv2d_10/conv2d_10/bias:0",
                                       "conv2d_2/conv2d_2/kernel:0", "conv2d_2/conv2d_2/bias:0",
                                       "top_level_model_weights/temperature:0", "a_unlisted9",
                                       "a_unlisted10"});
  CHECK(checkpoint->order_evidence() == OrderEvidence::layer_names);
  CHECK(checkpoint->problems().empty());
  CHECK(checkpoint->tensors()[0].evidence.dialect == Dialect::keras2);
}

TEST_CASE("hdf5: split layer_names and weight_names are joined") {
  const auto checkpoint = open_made("keras_split.h5");
  CHECK(paths_of(*checkpoint) == Names{"dense_3/dense_3/kernel:0", "dense_3/dense_3/bias:0",
                                       "dense_1/dense_1/kernel:0", "dense_1/dense_1/bias:0",
                                       "dense_4/dense_4/kernel:0", "dense_4/dense_4/bias:0",
                                       "dense_2/dense_2/kernel:0", "dense_2/dense_2/bias:0"});
  CHECK(checkpoint->problems().empty());
}

TEST_CASE("hdf5: a full Keras model has names without model_weights and its layers' classes") {
  const auto checkpoint = open_made("keras2_model.h5");
  CHECK(names_of(*checkpoint) ==
        Names{"stem/stem_3/kernel:0", "encoder/mix/depthwise_kernel:0",
              "encoder/innermost/embeddings:0", "both_ways/both_ways/forward_lstm/kernel:0",
              "head/head/kernel:0", "z_unlisted", "optimizer_weights/Adam/m:0"});
  Names classes;
  for (const TensorInfo& tensor : checkpoint->tensors()) {
    classes.push_back(tensor.evidence.layer_class);
    CHECK(tensor.evidence.dialect == Dialect::keras2);
    CHECK(tensor.evidence.optimizer_state == tensor.path.starts_with("optimizer_weights/"));
  }
  CHECK(classes == Names{"Conv2D", "DepthwiseConv2D", "Embedding", "LSTM", "Dense", "", ""});
  CHECK(checkpoint->tensors()[0].path == "model_weights/stem/stem_3/kernel:0");
}

TEST_CASE("hdf5: models nested deeper than the limit are reported, the tensors are read") {
  const auto checkpoint = open_made("keras2_model.h5", {.depth = 1});
  CHECK(problems_at(*checkpoint, "/") ==
        Names{"attribute model_config: more than 1 models within models, the limit; raise it with "
              "--max-depth"});
  CHECK(values_of(*checkpoint, "z_unlisted") == counting(2));
}

TEST_CASE("hdf5: a Keras file that lists weights it lacks, or that lie elsewhere, is refused") {
  CHECK_THROWS_WITH_AS(
      open_made("keras_missing.h5"),
      "d/d/gone:0: listed in weight_names, but there is no such dataset; d//secret: listed in "
      "weight_names: not a path below its group; d/../secret: listed in weight_names: not a path "
      "below its group; and 6 more",
      Error);
  CHECK_THROWS_WITH_AS(open_made("keras_ghost.h5"),
                       "ghost: listed in layer_names, but there is no such group", Error);
}

TEST_CASE("hdf5: Keras attributes that make no sense are reported, the rest is read") {
  const auto checkpoint = open_made("keras_troubled.h5");
  CHECK(paths_of(*checkpoint) == Names{"d/d/kernel:0", "secret"});
  CHECK(tensor_at(*checkpoint, "d/d/kernel:0").aliases == Names{"hidden/w"});
  CHECK(values_of(*checkpoint, "d/d/kernel:0") == counting(3));
  const std::vector<ReasonAt> expected = {
      {"/", "attribute model_config: is not JSON"},
      {"keras_version", "attribute keras_version: holds 2 strings, expected one"},
      {"bare", "the layer has no weight_names"},
      {"numeric", "attribute weight_names: does not hold strings"}};
  for (const ReasonAt& entry : expected) {
    CAPTURE(entry.where);
    CHECK(problems_at(*checkpoint, entry.where) == Names{entry.reason});
  }
  CHECK(checkpoint->problems().size() == expected.size());
}

TEST_CASE("hdf5: layer_names that are not names are reported, the tensors are read") {
  const auto checkpoint = open_made("keras_layer_names_numeric.h5");
  CHECK(values_of(*checkpoint, "w") == counting(2));
  CHECK(checkpoint->order_evidence() == OrderEvidence::names);
  CHECK(problems_at(*checkpoint, "/") == Names{"attribute layer_names: does not hold strings"});
}

TEST_CASE("hdf5: Keras 1 is told by its version or its names, with its dim_ordering") {
  const auto model = open_made("keras1_model.h5");
  CHECK(model->tensors().size() == 4);
  for (const TensorInfo& tensor : model->tensors()) {
    CAPTURE(tensor.name);
    CHECK(tensor.evidence.dialect == Dialect::keras1);
    CHECK(tensor.evidence.layer_class == "Convolution2D");
    CHECK(tensor.evidence.data_format == (tensor.name.starts_with("conv_th") ? "th" : "tf"));
  }
  CHECK(paths_of(*open_made("keras1_weights.h5")) ==
        Names{"lstm_1/lstm_1_W_i:0", "lstm_1/lstm_1_U_i:0", "lstm_1/lstm_1_b_i:0"});
  CHECK(open_made("keras1_weights.h5")->tensors()[0].evidence.dialect == Dialect::keras1);
  CHECK(open_made("keras_unversioned.h5")->tensors()[0].evidence.dialect == Dialect::keras2);
}

TEST_CASE("hdf5: Keras 3 is told by its vars groups and ordered naturally") {
  const auto checkpoint = open_made("keras3.weights.h5");
  CHECK(paths_of(*checkpoint) == Names{"layers/conv2d/vars/0", "layers/conv2d_1/vars/0",
                                       "layers/conv2d_2/vars/0", "layers/conv2d_10/vars/0",
                                       "optimizer/vars/0"});
  CHECK(checkpoint->tensors()[0].evidence.dialect == Dialect::keras3);
  CHECK_FALSE(checkpoint->tensors()[0].evidence.optimizer_state);
  CHECK(checkpoint->tensors()[4].evidence.optimizer_state);
  const auto older = open_made("keras213.weights.h5");
  CHECK(older->tensors()[0].evidence.dialect == Dialect::keras3);
  CHECK(tensor_at(*older, "_optimizer/vars/0").evidence.optimizer_state);
}

TEST_CASE("hdf5: a wrapper's prefix goes where all dotted names have it, and only there") {
  const auto wrapped = open_made("pytorch_flat.h5");
  CHECK(names_of(*wrapped) == Names{"conv1.weight", "conv1.bias", "bn.running_mean",
                                    "optimizer.state.0.exp_avg", "steps"});
  CHECK(wrapped->tensors()[0].path == "module._orig_mod.conv1.weight");
  CHECK(wrapped->tensors()[0].evidence.dialect == Dialect::pytorch);
  CHECK(wrapped->tensors()[3].evidence.optimizer_state);
  CHECK(names_of(*open_made("pytorch_half_wrapped.h5")) ==
        Names{"module.conv1.weight", "head.weight"});
}

TEST_CASE("hdf5: a nested state dict keeps its slashes") {
  const auto checkpoint = open_made("pytorch_nested.h5");
  CHECK(names_of(*checkpoint) ==
        Names{"conv1/bias", "conv1/weight", "optim/exp_avg", "optimal.weight"});
  CHECK(checkpoint->tensors()[0].evidence.dialect == Dialect::pytorch);
  CHECK(checkpoint->tensors()[2].evidence.optimizer_state);
  CHECK_FALSE(checkpoint->tensors()[3].evidence.optimizer_state);
}

TEST_CASE("hdf5: names that would collide without their prefix keep it") {
  CHECK(names_of(*open_made("colliding_names.h5")) == Names{"model_weights/w", "w"});
}

TEST_CASE("hdf5: a file without evidence has no dialect") {
  CHECK(open_made("second.h5")->tensors()[0].evidence.dialect == Dialect::unknown);
}

TEST_CASE("hdf5: step and epoch are single integral numbers at the root") {
  const auto flat = open_made("pytorch_flat.h5");
  CHECK(flat->epoch() == -1);
  CHECK(flat->step() == 1500);
  // The epoch is 2.5 and there are two steps; the iteration is an integer.
  const auto nested = open_made("pytorch_nested.h5");
  CHECK_FALSE(nested->epoch().has_value());
  CHECK(nested->step() == 9);
  CHECK_FALSE(open_made("natural.h5")->step().has_value());  // It is 1e300.
  CHECK_FALSE(open_made("second.h5")->step().has_value());
}

}  // namespace
}  // namespace hindcast::io
