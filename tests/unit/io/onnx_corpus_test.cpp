// The ONNX reader on files that nobody here made, where the shared corpus is present: real models
// against norms from independent programs, odd and hostile files against their index.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"
#include "hindcast/tensor/classification.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "support/checkpoint_values.hpp"
#include "support/sha256.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {

extern const Format onnx_format;

namespace {

using nlohmann::json;
using tensor::DType;
using tensor::TensorInfo;
using test::frobenius_norm;
using test::values_at;

json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::unique_ptr<Checkpoint> open_path(const std::filesystem::path& path) {
  return onnx_format.open(std::make_shared<const MappedFile>(path), Limits{});
}

std::size_t find(const Checkpoint& checkpoint, const std::string& path) {
  const auto tensors = checkpoint.tensors();
  const auto found = std::ranges::find(tensors, path, &TensorInfo::path);
  REQUIRE(found != tensors.end());
  return static_cast<std::size_t>(found - tensors.begin());
}

// The oracle and the index each spell types in their own way.
DType type_named(const std::string& spelled) {
  static const std::map<std::string, DType> types = {{"FLOAT", DType::float32},
                                                     {"INT64", DType::int64},
                                                     {"INT32", DType::int32},
                                                     {"INT8", DType::int8},
                                                     {"F32", DType::float32},
                                                     {"F16", DType::float16},
                                                     {"BF16", DType::bfloat16},
                                                     {"I8", DType::int8},
                                                     {"F8_E4M3", DType::float8_e4m3},
                                                     {"F8_E5M2", DType::float8_e5m2},
                                                     {"F8_E4M3FNUZ", DType::float8_e4m3fnuz},
                                                     {"F8_E5M2FNUZ", DType::float8_e5m2fnuz},
                                                     {"I4", DType::int4},
                                                     {"U4", DType::uint4}};
  return types.at(spelled);
}

TEST_CASE("onnx corpus: every tensor of every real file is found, with its norm") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  const json listed = read_json(*oracle);
  std::size_t files = 0;
  for (const auto& item : listed.items()) {
    const std::string& file = item.key();
    if (!file.starts_with("onnx/")) {
      continue;
    }
    CAPTURE(file);
    ++files;
    const auto checkpoint = open_path(test::shared_file("corpus/" + file).value());
    const auto stored = std::ranges::count_if(checkpoint->tensors(), [](const TensorInfo& info) {
      return !info.evidence.dequantised && !info.path.ends_with(":forward") &&
             !info.path.ends_with(":reverse");
    });
    CHECK(static_cast<std::size_t>(stored) == item.value().size());
    for (const json& expected : item.value()) {
      const auto path = expected["name"].get<std::string>();
      CAPTURE(path);
      const std::size_t index = find(*checkpoint, path);
      const TensorInfo& info = checkpoint->tensors()[index];
      CHECK(info.shape == expected["shape"].get<std::vector<std::uint64_t>>());
      CHECK(info.dtype == type_named(expected["dtype"].get<std::string>()));
      const std::vector<double> values = values_at(*checkpoint, index);
      const auto norm = expected["frobenius_norm"].get<double>();
      CHECK(std::abs(frobenius_norm(values) - norm) <= 1e-12 * norm);
      if (values.empty()) {
        continue;
      }
      CHECK(values.front() == expected["first"].get<double>());
      CHECK(values.back() == expected["last"].get<double>());
    }
  }
  CHECK(files >= 12);
}

TEST_CASE("onnx corpus: narrow types have the values of their index") {
  const auto folder = test::shared_file("hostile/onnx/made");
  if (!folder) {
    return;
  }
  const auto values = [&](const char* file, const char* path) {
    const auto checkpoint = open_path(*folder / file);
    return values_at(*checkpoint, find(*checkpoint, path));
  };
  CHECK(values("int4.onnx", "i4") == std::vector<double>{1, -1, -8});
  CHECK(values("int4.onnx", "u4") == std::vector<double>{15, 3});
  CHECK(values("float8.onnx", "fnuz").front() == 1);
  CHECK(std::isnan(values("float8.onnx", "fnuz").back()));
  CHECK(values("float8.onnx", "e5fnuz") == std::vector<double>{1});
}

TEST_CASE("onnx corpus: names are unique, and what is analysed is what one would expect") {
  const auto folder = test::shared_file("corpus/onnx");
  if (!folder) {
    return;
  }
  struct Expected {
    const char* file;
    std::ptrdiff_t analysed;
    const char* first;
    std::size_t problems;
  };
  for (const Expected& expected : {
           Expected{"ch_PP-OCRv4_det_infer.onnx", 64, "conv2d_0.w_0", 0},
           Expected{"ch_ppocr_mobile_v2.0_cls_infer.onnx", 54, "conv2d_0.w_0", 0},
           Expected{"factorio_mnist.onnx", 3, "fc1.weight", 0},
           Expected{"factorio_mnist_int8.onnx", 3, "fc1.weight", 0},
           Expected{"onnx_light_resnet50.onnx", 0, "", 1},
           Expected{"silero_vad_v5.onnx", 12,
                    "If_0_else_branch__Inline_0__encoder.0.reparam_conv.weight", 0},
           Expected{"super_resolution.onnx", 4, "Conv_0.weight", 0},
           Expected{"ultraface_RFB-320.onnx", 52, "base_net.0.0.weight", 0},
           Expected{"ultraface_RFB-320_simplified.onnx", 52, "Conv_0.weight", 0},
           Expected{"weightwatcher_example.onnx", 5, "conv_1_W", 0},
           Expected{"weightwatcher_tempNetwork.onnx", 6, "convolution_1_W", 0},
           Expected{"wonnx_opt-mnist.onnx", 3, "Parameter5", 0},
       }) {
    CAPTURE(expected.file);
    const auto checkpoint = open_path(*folder / expected.file);
    const auto verdicts = tensor::classify(checkpoint->tensors(), {});
    CHECK(std::ranges::count_if(verdicts, &tensor::Classification::analysed) == expected.analysed);
    CHECK(checkpoint->problems().size() == expected.problems);
    std::map<std::string, std::size_t> names;
    std::string first;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      const TensorInfo& info = checkpoint->tensors()[i];
      CHECK(++names[info.name] == 1);
      if (verdicts[i].analysed()) {
        CHECK(verdicts[i].layout_reason.starts_with("consumed by "));
        first = first.empty() ? info.name : first;
      }
    }
    CHECK(first == expected.first);
  }
}

TEST_CASE("onnx corpus: ultraface has the parameters of its PyTorch twin, by the same names") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  const json twin = read_json(*oracle).at("torch/ultraface_RFB-320.pth");
  const auto checkpoint =
      open_path(test::shared_file("corpus/onnx/ultraface_RFB-320.onnx").value());
  std::map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < checkpoint->tensors().size(); ++i) {
    by_name.emplace(checkpoint->tensors()[i].name, i);
  }
  std::size_t found = 0;
  for (const json& expected : twin) {
    const auto name = expected["name"].get<std::string>();
    CAPTURE(name);
    if (!by_name.contains(name)) {
      CHECK(name.ends_with("num_batches_tracked"));
      continue;
    }
    ++found;
    const std::size_t index = by_name[name];
    CHECK(checkpoint->tensors()[index].shape ==
          expected["shape"].get<std::vector<std::uint64_t>>());
    const auto norm = expected["frobenius_norm"].get<double>();
    CHECK(std::abs(frobenius_norm(values_at(*checkpoint, index)) - norm) <= 1e-12 * norm);
  }
  CHECK(found >= 200);
}

template <typename Stored>
std::string stored_as(const std::vector<double>& values) {
  std::string bytes;
  for (const double value : values) {
    const auto stored = static_cast<Stored>(value);
    bytes.append(reinterpret_cast<const char*>(&stored), sizeof(stored));
  }
  return bytes;
}

void check_readable(const Checkpoint& checkpoint, const json& entry) {
  const json& tensors = entry["tensors"];
  REQUIRE(checkpoint.tensors().size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorInfo& info = checkpoint.tensors()[i];
    CAPTURE(info.path);
    CHECK(info.path == tensors[i]["name"].get<std::string>());
    CHECK(info.shape == tensors[i]["shape"].get<std::vector<std::uint64_t>>());
    CHECK(info.dtype == type_named(tensors[i]["dtype"].get<std::string>()));
    CHECK(info.unreadable.empty() == (info.dtype != DType::other));
    if (!tensors[i].contains("sha256") || info.dtype == DType::float16) {
      continue;
    }
    const std::vector<double> values = values_at(checkpoint, i);
    const std::string bytes =
        info.dtype == DType::int8 ? stored_as<std::int8_t>(values) : stored_as<float>(values);
    CHECK(test::sha256(bytes) == tensors[i]["sha256"].get<std::string>());
  }
}

TEST_CASE("onnx corpus: odd and hostile files are read or refused as their index says") {
  const auto index = test::shared_file("hostile/index.json");
  if (!index) {
    return;
  }
  const json listed = read_json(*index);
  std::size_t files = 0;
  for (const json& entry : listed["files"]) {
    const auto file = entry["file"].get<std::string>();
    if (!file.starts_with("onnx/") || entry["expect"] == "support") {
      continue;
    }
    CAPTURE(file);
    ++files;
    const auto path = index->parent_path() / file;
    if (entry["expect"] == "ok") {
      CHECK(onnx_format.probe(MappedFile(path).bytes()));
      check_readable(*open_path(path), entry);
    } else {
      CHECK_THROWS_AS(static_cast<void>(open_path(path)), Error);
    }
  }
  CHECK(files >= 58);
}

TEST_CASE("onnx corpus: half precision values are what they were") {
  const auto folder = test::shared_file("hostile/onnx/made");
  if (!folder) {
    return;
  }
  const auto values = [&](const char* file) {
    const auto checkpoint = open_path(*folder / file);
    return values_at(*checkpoint, 0);
  };
  CHECK(values("fp16_raw.onnx") == values("fp16_int32_data.onnx"));
  const std::vector<double> expected = {1.5, -2.25, INFINITY};
  CHECK(values("bf16.onnx") == expected);
}

TEST_CASE("onnx corpus: what is no ONNX file is not claimed") {
  const auto folder = test::shared_file("corpus");
  if (!folder) {
    return;
  }
  for (const char* other :
       {"not_a_checkpoint/html_page.onnx", "not_a_checkpoint/tf_ae0_frozen.pb",
        "not_a_checkpoint/git_lfs_pointer.safetensors", "not_a_checkpoint/really_an_npy.npz",
        "not_a_checkpoint/broken.pt", "torch/burn_mnist.pt", "torch/pyhessian_net.pkl",
        "safetensors/burn_mnist.safetensors", "keras/zinc_encoder.h5", "npz/candle_test.npz"}) {
    CAPTURE(other);
    CHECK_FALSE(onnx_format.probe(MappedFile(*folder / other).bytes()));
  }
}

}  // namespace
}  // namespace hindcast::io
