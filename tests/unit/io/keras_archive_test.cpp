// .keras archives: the weights file within, and the order and classes of its configuration.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "io/hdf5/keras_paths.hpp"
#include "support/checkpoint_values.hpp"
#include "support/hdf5_files.hpp"
#include "support/zip_bytes.hpp"

namespace hindcast::io {

extern const Format keras_archive_format;

namespace {

using hdf5::KerasPaths;
using nlohmann::ordered_json;
using test::frobenius_norm;
using test::Names;
using test::zip_of;
using test::ZipPart;

constexpr const char* kWeights = "model.weights.h5";

std::unique_ptr<Checkpoint> open_keras(const std::filesystem::path& path,
                                       const Limits& limits = {}) {
  return keras_archive_format.open(std::make_shared<const MappedFile>(path), limits);
}

std::unique_ptr<Checkpoint> open_bytes(const std::string& bytes, const Limits& limits = {}) {
  const test::TemporaryDirectory directory;
  return open_keras(directory.write("model.keras", bytes), limits);
}

std::string refusal_of(const std::string& bytes, const Limits& limits = {}) {
  try {
    (void)open_bytes(bytes, limits);
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

bool is_recognised(const std::string& bytes) {
  return keras_archive_format.probe(std::as_bytes(std::span(bytes)));
}

std::string made_weights(const char* name = "keras_archive.weights.h5") {
  return test::content_of(test::made_file(name));
}

ordered_json layer(const std::string& class_name,
                   const ordered_json& config = ordered_json::object()) {
  return {{"class_name", class_name}, {"config", config}};
}

ordered_json model(const std::vector<ordered_json>& layers,
                   const std::string& class_name = "Functional") {
  return layer(class_name, {{"name", "m"}, {"layers", layers}});
}

ordered_json sample_config() {
  const ordered_json lstm = layer("LSTM");
  const ordered_json gru = layer("GRU");
  return model({layer("InputLayer"), layer("PReLU"), layer("Dense"), layer("Conv2D"),
                model({layer("Conv2D"), layer("Dense")}, "Sequential"),
                layer("TimeDistributed", {{"layer", layer("Dense")}}),
                layer("Bidirectional", {{"layer", lstm}, {"backward_layer", gru}}),
                layer("MultiHeadAttention"), layer("Dropout"), layer("Dense")});
}

std::string archive_with(const std::string& config) {
  return zip_of({{.name = "metadata.json", .content = "{}"},
                 {.name = "config.json", .content = config},
                 {.name = kWeights, .content = made_weights()}});
}

TEST_CASE("keras: an archive is recognised by its members, also when it is cut short") {
  const ZipPart weights{.name = kWeights, .content = "x"};
  const ZipPart config{.name = "config.json", .content = "{}"};
  const ZipPart metadata{.name = "metadata.json", .content = "{}"};
  CHECK(is_recognised(zip_of({weights})));
  CHECK(is_recognised(zip_of({config, metadata})));
  CHECK(is_recognised(zip_of({weights}).substr(0, 60)));
  CHECK_FALSE(is_recognised(zip_of({config})));
  CHECK_FALSE(is_recognised(zip_of({})));
  CHECK_FALSE(is_recognised(made_weights()));
  CHECK_FALSE(is_recognised(zip_of({weights, {.name = "archive/data.pkl", .content = "x"}})));
}

TEST_CASE("keras: the configuration gives the order of the layers") {
  const auto checkpoint = open_bytes(archive_with(sample_config().dump()));
  CHECK(checkpoint->order_evidence() == OrderEvidence::config);
  CHECK(checkpoint->problems().empty());
  CHECK(test::paths_of(*checkpoint) ==
        Names{"layers/p_re_lu/vars/0", "layers/dense/vars/0", "layers/conv2d/vars/0",
              "layers/sequential/layers/conv2d/vars/0", "layers/sequential/layers/dense/vars/0",
              "layers/time_distributed/layer/vars/0",
              "layers/bidirectional/forward_layer/cell/vars/0",
              "layers/bidirectional/backward_layer/cell/vars/0",
              "layers/multi_head_attention/query_dense/vars/0",
              "layers/multi_head_attention/key_dense/vars/0",
              "layers/multi_head_attention/value_dense/vars/0",
              "layers/multi_head_attention/output_dense/vars/0",
              "layers/dropout/seed_generator/vars/0", "layers/dense_1/vars/0", "_aside/vars/0",
              "optimizer/vars/0"});
  CHECK(test::names_of(*checkpoint) == test::paths_of(*checkpoint));
}

TEST_CASE("keras: layers are called what their author called them, paths stay what they are") {
  const auto named = [](const char* class_name, const char* name, ordered_json config = {}) {
    config["name"] = name;
    return layer(class_name, config);
  };
  ordered_json inner = model({named("Conv2D", "alpha"), named("Dense", "beta")}, "Sequential");
  inner["config"]["name"] = "inner";
  const auto config = model(
      {named("PReLU", "slopes"), named("Dense", "zeta"), layer("Conv2D"), inner,
       named("TimeDistributed", "td", {{"layer", named("Dense", "each")}}),
       named("Bidirectional", "both",
             {{"layer", named("LSTM", "l")}, {"backward_layer", named("GRU", "g")}}),
       named("MultiHeadAttention", "attn"), named("Dropout", "drop"), named("Dense", "optimizer")});
  const auto checkpoint = open_bytes(archive_with(config.dump()));
  CHECK(checkpoint->tensors()[1].path == "layers/dense/vars/0");
  CHECK(test::names_of(*checkpoint) ==
        Names{"slopes/vars/0", "zeta/kernel", "layers/conv2d/vars/0", "inner/alpha/kernel",
              "inner/beta/kernel", "td/layer/kernel", "both/forward_layer/cell/kernel",
              "both/backward_layer/cell/kernel", "attn/query_dense/kernel", "attn/key_dense/kernel",
              "attn/value_dense/kernel", "attn/output_dense/kernel", "drop/seed_generator/vars/0",
              "optimizer/kernel", "_aside/vars/0", "optimizer/vars/0"});
  CHECK_FALSE(test::tensor_at(*checkpoint, "layers/dense_1/vars/0").evidence.optimizer_state);
}

TEST_CASE("keras: names that would make two variables one are not used") {
  const auto config =
      model({layer("Dense", {{"name", "same"}}), layer("Dense", {{"name", "same"}})});
  const auto checkpoint = open_bytes(archive_with(config.dump()));
  CHECK(test::names_of(*checkpoint) == test::paths_of(*checkpoint));
}

TEST_CASE("keras: values, classes and evidence are those of the tensor they stand at") {
  const auto checkpoint = open_bytes(archive_with(sample_config().dump()));
  const std::map<std::string, std::pair<double, std::string>> expected = {
      {"_aside/vars/0", {0, ""}},
      {"layers/dense/vars/0", {1, "Dense"}},
      {"layers/sequential/layers/conv2d/vars/0", {6, "Conv2D"}},
      {"layers/time_distributed/layer/vars/0", {7, "Dense"}},
      {"layers/bidirectional/backward_layer/cell/vars/0", {8, "GRU"}},
      {"layers/bidirectional/forward_layer/cell/vars/0", {9, "LSTM"}},
      {"layers/multi_head_attention/query_dense/vars/0", {12, "MultiHeadAttention"}},
      {"layers/p_re_lu/vars/0", {14, "PReLU"}}};
  for (const auto& entry : expected) {
    const auto& [path, value] = entry;
    CAPTURE(entry.first);
    CHECK(test::values_of(*checkpoint, path) == std::vector<double>{value.first});
    const tensor::Evidence& evidence = test::tensor_at(*checkpoint, path).evidence;
    CHECK(evidence.layer_class == value.second);
    CHECK(evidence.dialect == tensor::Dialect::keras3);
  }
  CHECK(test::tensor_at(*checkpoint, "optimizer/vars/0").evidence.optimizer_state);
}

TEST_CASE("keras: weights can be deflated, and then limits bound them") {
  const std::string bytes =
      zip_of({{.name = "config.json", .content = sample_config().dump(), .deflated = true},
              {.name = kWeights, .content = made_weights(), .deflated = true}});
  CHECK(test::paths_of(*open_bytes(bytes)) ==
        test::paths_of(*open_bytes(archive_with(sample_config().dump()))));
  CHECK(refusal_of(bytes, {.expansion = 1, .expansion_free_bytes = 1000})
            .find("model.weights.h5: has ") == 0);
  CHECK(refusal_of(archive_with("{}"), {.expansion_free_bytes = 1000}) == "not refused");
}

TEST_CASE("keras: tf.keras 2.13 files its layers under another name") {
  const std::string bytes =
      zip_of({{.name = "config.json", .content = model({layer("Dense")}).dump()},
              {.name = kWeights, .content = made_weights("keras213.weights.h5")}});
  const auto checkpoint = open_bytes(bytes);
  CHECK(checkpoint->order_evidence() == OrderEvidence::config);
  CHECK(test::tensor_at(*checkpoint, "_layer_checkpoint_dependencies/dense/vars/0")
            .evidence.layer_class == "Dense");
}

TEST_CASE("keras: without a usable configuration the names give the order, and that is said") {
  struct Case {
    const char* config;
    const char* reason;
  };
  for (const Case& broken :
       {Case{"nonsense", "not well-formed"}, Case{"[]", "is not the configuration"},
        Case{"{}", "is not the configuration"}, Case{R"({"class_name":7})", "is not the config"},
        Case{R"({"class_name":"M","class_name":"N"})", "twice"},
        Case{R"({"class_name":"M","config":{"layers":[{"class_name":"Flatten","config":{}}]}})",
             "none of its layers"}}) {
    CAPTURE(broken.config);
    const auto checkpoint = open_bytes(archive_with(broken.config));
    CHECK(checkpoint->tensors().size() == 16);
    CHECK(checkpoint->order_evidence() == OrderEvidence::names);
    REQUIRE(test::problems_at(*checkpoint, "config.json").size() == 1);
    CHECK(test::problems_at(*checkpoint, "config.json")[0].find(broken.reason) !=
          std::string::npos);
  }
  const auto without = open_bytes(zip_of({{.name = kWeights, .content = made_weights()}}));
  CHECK(test::problems_at(*without, "config.json") ==
        Names{"is missing; the order is that of the names"});
}

TEST_CASE("keras: a model that is no list of layers is no problem") {
  const auto checkpoint = open_bytes(archive_with(layer("MyModel", {{"width", 3}}).dump()));
  CHECK(checkpoint->order_evidence() == OrderEvidence::names);
  CHECK(checkpoint->problems().empty());
}

TEST_CASE("keras: what is wrong with the archive is one error that names the member") {
  CHECK(refusal_of(zip_of({{.name = kWeights, .content = "not HDF5"}})) ==
        "model.weights.h5: no HDF5 signature");
  CHECK(refusal_of(zip_of({{.name = kWeights, .content = made_weights().substr(0, 3000)}}))
            .find("model.weights.h5: truncated") == 0);
  CHECK(refusal_of(zip_of({{.name = "config.json", .content = "{}"}})) ==
        "a Keras archive without model.weights.h5");
  CHECK(refusal_of(zip_of({{.name = "model.weights.npz", .content = "x"}}))
            .find("whose arrays are pickles") != std::string::npos);
  CHECK(refusal_of(zip_of({{.name = kWeights, .content = made_weights()},
                           {.name = kWeights, .content = made_weights()}})) ==
        "the zip archive has two members named 'model.weights.h5'");
  std::string damaged = zip_of({{.name = kWeights, .content = made_weights()}});
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  CHECK(refusal_of(damaged) ==
        "model.weights.h5: its content does not match its checksum (CRC-32)");
}

TEST_CASE("keras: no proper prefix of an archive opens") {
  const std::string whole = archive_with("{}");
  for (std::size_t length = 0; length < whole.size(); length += 37) {
    CAPTURE(length);
    CHECK(refusal_of(whole.substr(0, length)) != "not refused");
  }
  CHECK(refusal_of(whole.substr(0, whole.size() - 1)) != "not refused");
}

TEST_CASE("keras: no damaged configuration crashes the reader") {
  const std::string whole = sample_config().dump();
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 2);
    try {
      const auto json = ordered_json::parse(text, nullptr, false);
      (void)KerasPaths(json).find("layers/dense/vars/0");
    } catch (const Error&) {
      continue;
    }
  }
}

TEST_CASE("keras paths: class names become file names as Keras makes them") {
  const std::map<std::string, std::string> expected = {
      {"Dense", "dense"},
      {"Conv2D", "conv2d"},
      {"Conv2DTranspose", "conv2d_transpose"},
      {"BatchNormalization", "batch_normalization"},
      {"LSTM", "lstm"},
      {"ReLU", "re_lu"},
      {"PReLU", "p_re_lu"},
      {"InputLayer", "input_layer"},
      {"MaxPooling2D", "max_pooling2d"},
      {"MyABCLayer", "my_abc_layer"},
      {"ABcDe", "a_bc_de"},
      {"Custom>Layer", "custom_layer"},
      {"", ""}};
  for (const auto& entry : expected) {
    CAPTURE(entry.first);
    CHECK(hdf5::to_snake_case(entry.first) == entry.second);
  }
}

TEST_CASE("keras paths: every layer counts, also one without weights or without a place here") {
  const KerasPaths paths(model({layer("InputLayer"), layer("InputLayer"), layer("Dense"),
                                layer("Add"), layer("Dense"), layer("InputLayer")}));
  REQUIRE(paths.find("layers/input_layer_2/vars/0") != nullptr);
  CHECK(paths.find("layers/input_layer_2/vars/0")->rank == 5);
  CHECK(paths.find("layers/dense_1/vars/1")->rank == 4);
  CHECK(paths.find("layers/dense_2/vars/0") == nullptr);
  CHECK(paths.find("layers/dense") == nullptr);
  CHECK(paths.find("dense_1/vars/0") == nullptr);
  CHECK(paths.find("") == nullptr);
}

TEST_CASE("keras paths: what is no layer is passed over") {
  const KerasPaths paths(model({nullptr,
                                7,
                                "Dense",
                                ordered_json::array(),
                                layer(""),
                                {{"class_name", "Dense"}},
                                {{"config", 1}}}));
  CHECK(paths.find("layers/dense/vars/0") != nullptr);
  CHECK(paths.find("layers/dense_1/vars/0") == nullptr);
}

TEST_CASE("keras paths: wrappers in wrappers do not multiply, long paths do not pile up") {
  ordered_json nested = layer("Dense");
  for (int i = 0; i < 50; ++i) {
    nested = layer("Bidirectional", {{"layer", nested}});
  }
  const KerasPaths paths(model({nested}));
  CHECK(paths.find("layers/bidirectional/layer/layer/vars/0") != nullptr);
  const std::vector<ordered_json> many(2000, layer("D"));
  const ordered_json huge = model({model(many, std::string(60'000, 'x'))});
  CHECK_THROWS_AS(KerasPaths{huge}, Error);
}

TEST_CASE("keras: every tensor of every real archive is found, with its norm") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  std::ifstream stream(*oracle);
  const auto listed = nlohmann::json::parse(stream);
  std::size_t files = 0;
  for (const auto& item : listed.items()) {
    if (!item.key().ends_with(".keras")) {
      continue;
    }
    CAPTURE(item.key());
    ++files;
    const auto path = test::shared_file("corpus/" + item.key()).value();
    CHECK(keras_archive_format.probe(MappedFile(path).bytes()));
    const auto checkpoint = open_keras(path);
    CHECK(checkpoint->problems().empty());
    REQUIRE(checkpoint->tensors().size() == item.value().size());
    for (const auto& expected : item.value()) {
      const auto name_there = expected["name"].get<std::string>();
      CAPTURE(name_there);
      const tensor::TensorInfo& info = test::tensor_at(*checkpoint, name_there);
      CHECK(info.shape == expected["shape"].get<std::vector<std::uint64_t>>());
      CHECK(name(info.dtype) == expected["dtype"].get<std::string>());
      const auto norm = expected["frobenius_norm"].get<double>();
      CHECK(std::abs(frobenius_norm(test::values_of(*checkpoint, name_there)) - norm) <=
            1e-12 * norm);
    }
  }
  CHECK(files >= 8);
}

TEST_CASE("keras: the order of a real model alternates as its layers do") {
  const auto path = test::shared_file("corpus/keras/wordsearch_font_identifier.keras");
  if (!path) {
    return;
  }
  const auto checkpoint = open_keras(*path);
  CHECK(checkpoint->order_evidence() == OrderEvidence::config);
  Names owners;
  for (const tensor::TensorInfo& info : checkpoint->tensors()) {
    const std::string owner = info.path.substr(0, info.path.find("/vars/"));
    if (owners.empty() || owners.back() != owner) {
      owners.push_back(owner);
    }
  }
  CHECK(owners == Names{"layers/conv2d", "layers/batch_normalization", "layers/conv2d_1",
                        "layers/batch_normalization_1", "layers/conv2d_2",
                        "layers/batch_normalization_2", "layers/dense", "layers/dense_1",
                        "optimizer"});
  CHECK(test::tensor_at(*checkpoint, "layers/conv2d_2/vars/0").evidence.layer_class == "Conv2D");
}

TEST_CASE("keras: hostile archives are refused, or read as the index says") {
  const auto folder = test::shared_file("hostile/keras/made");
  if (!folder) {
    return;
  }
  const std::map<std::string, std::string> refused = {
      {"no_weights.keras", "a Keras archive without model.weights.h5"},
      {"zipslip.keras", "the zip archive names a member '../../evil', a name that is never right"},
      {"dup_members.keras", "the zip archive has two members named 'model.weights.h5'"},
      {"corrupt_weights.keras", "model.weights.h5: no HDF5 signature"}};
  for (const auto& entry : refused) {
    CAPTURE(entry.first);
    const std::string content = test::content_of(*folder / entry.first);
    CHECK(is_recognised(content));
    CHECK(refusal_of(content) == entry.second);
  }
  const auto deflated = open_keras(*folder / "deflated.keras");
  const auto plain = test::open_path(*folder / "keras3_paths.weights.h5");
  CHECK(test::paths_of(*deflated) == test::paths_of(*plain));
}

}  // namespace
}  // namespace hindcast::io
