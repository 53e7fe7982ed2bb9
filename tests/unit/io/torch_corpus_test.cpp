// The PyTorch readers on files that nobody here made, where the shared corpus is present: real
// checkpoints against norms from independent programs, hostile files against their index, and the
// recorded run against its HDF5 twins.

#include <algorithm>
#include <bit>
#include <chrono>
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
#include "support/checkpoint_values.hpp"
#include "support/sha256.hpp"
#include "support/test_files.hpp"
#include "tensor/half.hpp"

namespace hindcast::io {

extern const Format torch_zip_format;
extern const Format torch_legacy_format;
extern const Format hdf5_format;

namespace {

using nlohmann::json;
using tensor::DType;
using tensor::TensorInfo;
using test::find_tensor;
using test::frobenius_norm;
using test::values_at;

json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

// Null where neither format recognises the file.
std::unique_ptr<Checkpoint> open_path(const std::filesystem::path& path) {
  auto file = std::make_shared<const MappedFile>(path);
  for (const Format* format : {&torch_zip_format, &torch_legacy_format}) {
    if (format->probe(file->bytes())) {
      return format->open(std::move(file), Limits{});
    }
  }
  return nullptr;
}

// The oracle joins the keys of nested dicts by slashes and keeps NumPy's names of types.
std::string path_of(std::string name) {
  std::ranges::replace(name, '/', '.');
  return name;
}

std::string type_of(const std::string& code) {
  static const std::map<std::string, std::string> names = {
      {"f8", "float64"}, {"f4", "float32"}, {"f2", "float16"}, {"bf16", "bfloat16"},
      {"i8", "int64"},   {"i4", "int32"},   {"i2", "int16"},   {"i1", "int8"},
      {"u1", "uint8"},   {"?", "bool"}};
  const auto known = names.find(code);
  return known != names.end() ? known->second : code;
}

void check_values(const Checkpoint& checkpoint, std::size_t index, const json& expected) {
  const std::vector<double> values = values_at(checkpoint, index);
  if (expected.contains("frobenius_norm")) {
    const auto norm = expected["frobenius_norm"].get<double>();
    CHECK(std::abs(frobenius_norm(values) - norm) <= 1e-12 * norm);
  }
  if (expected.contains("last") && expected["last"].is_number()) {
    CHECK(values.back() == expected["last"].get<double>());
  }
}

TEST_CASE("torch corpus: every tensor of every real file is found, with its norm") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  const json listed = read_json(*oracle);
  std::size_t files = 0;
  for (const auto& item : listed.items()) {
    if (!item.key().starts_with("torch/")) {
      continue;
    }
    CAPTURE(item.key());
    ++files;
    const auto checkpoint = open_path(test::shared_file("corpus/" + item.key()).value());
    REQUIRE(checkpoint != nullptr);
    CHECK(checkpoint->problems().empty());
    CHECK(checkpoint->order_evidence() == OrderEvidence::creation);
    CHECK(checkpoint->tensors().size() == item.value().size());
    for (const json& expected : item.value()) {
      const std::string path = path_of(expected["name"].get<std::string>());
      CAPTURE(path);
      const auto index = find_tensor(*checkpoint, path);
      REQUIRE(index.has_value());
      const TensorInfo& tensor = checkpoint->tensors()[*index];
      CHECK(tensor.shape == expected["shape"].get<std::vector<std::uint64_t>>());
      CHECK(name(tensor.dtype) == type_of(expected["dtype"].get<std::string>()));
      check_values(*checkpoint, *index, expected);
    }
  }
  CHECK(files >= 36);
}

TEST_CASE("torch corpus: real files are in the order in which they were saved") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  const json listed = read_json(*oracle);
  const std::string file = "torch/ultraface_RFB-320.pth";
  const auto checkpoint = open_path(test::shared_file("corpus/" + file).value());
  std::vector<std::string> expected;
  for (const json& tensor : listed[file]) {
    expected.push_back(tensor["name"].get<std::string>());
  }
  std::vector<std::string> found;
  for (const TensorInfo& tensor : checkpoint->tensors()) {
    found.push_back(tensor.path);
  }
  CHECK(found == expected);
}

TEST_CASE("torch corpus: wrappers are no part of names, optimiser state is marked") {
  const auto checkpoint_file = test::shared_file("corpus/torch/burn_reader_testdata/checkpoint.pt");
  const auto parallel_file = test::shared_file("corpus/torch/pyhessian_net.pkl");
  if (!checkpoint_file || !parallel_file) {
    return;
  }
  const auto checkpoint = open_path(*checkpoint_file);
  CHECK(checkpoint->tensors().front().path == "model_state_dict.fc1.weight");
  CHECK(checkpoint->tensors().front().name == "fc1.weight");
  const TensorInfo& last = checkpoint->tensors().back();
  CHECK(last.path == "optimizer_state_dict.state.0.momentum_buffer");
  CHECK(last.evidence.optimizer_state);
  CHECK(checkpoint->epoch().has_value());

  const auto parallel = open_path(*parallel_file);
  CHECK(parallel->tensors().front().path == "module.conv1.weight");
  CHECK(parallel->tensors().front().name == "conv1.weight");
}

// What the index calls a tensor's elements.
std::string named(const std::string& code) {
  static const std::map<std::string, std::string> names = {
      {"F64", "float64"},   {"F32", "float32"}, {"F16", "float16"},
      {"BF16", "bfloat16"}, {"I64", "int64"},   {"I8", "int8"},
      {"C64", "complex64"}, {"BOOL", "bool"},   {"QI8", "float32"}};
  return names.at(code);
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

std::string stored_as_bits(const std::vector<double>& values, double (*decode)(std::uint16_t)) {
  std::map<std::uint64_t, std::uint16_t> bits_of;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto narrow = static_cast<std::uint16_t>(bits);
    bits_of.emplace(std::bit_cast<std::uint64_t>(decode(narrow)), narrow);
  }
  std::string bytes;
  for (const double value : values) {
    const std::uint16_t narrow = bits_of.at(std::bit_cast<std::uint64_t>(value));
    bytes.append(reinterpret_cast<const char*>(&narrow), sizeof(narrow));
  }
  return bytes;
}

// Little-endian bytes of the values in their own type.
std::string stored_bytes(DType dtype, const std::vector<double>& values) {
  switch (dtype) {
    case DType::float64:
      return stored_as<double>(values);
    case DType::float32:
      return stored_as<float>(values);
    case DType::float16:
      return stored_as_bits(values, [](std::uint16_t bits) { return tensor::from_float16(bits); });
    case DType::bfloat16:
      return stored_as_bits(values, [](std::uint16_t bits) { return tensor::from_bfloat16(bits); });
    case DType::int64:
      return stored_as<std::int64_t>(values);
    case DType::int8:
      return stored_as<std::int8_t>(values);
    case DType::boolean:
      return stored_as<std::uint8_t>(values);
    default:
      return "";
  }
}

// The index lists the indices and values of a sparse tensor.
bool is_part_of_sparse(std::string_view name) {
  return name == "s.1.0" || name == "s.1.1";
}

// Where the index and this reader differ in what they call a thing.
std::string our_path(const std::string& name) {
  if (name.empty()) {
    return "tensor";  // A file that is one tensor.
  }
  return is_part_of_sparse(name) ? "s" : name;
}

void check_tensor(const Checkpoint& checkpoint, const json& expected) {
  const auto listed_name = expected["name"].get<std::string>();
  CAPTURE(listed_name);
  const auto index = find_tensor(checkpoint, our_path(listed_name));
  REQUIRE(index.has_value());
  const TensorInfo& tensor = checkpoint.tensors()[*index];
  if (is_part_of_sparse(listed_name)) {
    CHECK(tensor.unreadable == "a sparse tensor, which is not supported");
    CHECK(tensor.shape == std::vector<std::uint64_t>{4, 4});
    return;
  }
  CHECK(tensor.unreadable.empty());
  CHECK(tensor.shape == expected["shape"].get<std::vector<std::uint64_t>>());
  const auto code = expected["dtype"].get<std::string>();
  CHECK(name(tensor.dtype) == named(code));
  if (is_real(tensor.dtype) && code != "QI8") {
    CHECK(test::sha256(stored_bytes(tensor.dtype, values_at(checkpoint, *index))) ==
          expected["sha256"].get<std::string>());
  }
}

// Opened, if at all, and every tensor read; the message, or "" if nothing was refused.
std::string refusal(const std::filesystem::path& path) {
  try {
    const auto checkpoint = open_path(path);
    if (checkpoint == nullptr) {
      return "not recognised";
    }
    for (std::size_t i = 0; i < checkpoint->tensors().size(); ++i) {
      const TensorInfo& tensor = checkpoint->tensors()[i];
      if (tensor.unreadable.empty() && is_real(tensor.dtype)) {
        values_at(*checkpoint, i);
      }
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void check_entry(const std::filesystem::path& path, const json& entry) {
  const std::string expect = entry["expect"].get<std::string>();
  const std::string message = refusal(path);
  CAPTURE(message);
  if (expect == "error") {
    CHECK_FALSE(message.empty());
  }
  if (expect == "ok") {
    REQUIRE(message.empty());
  }
  if (expect == "refuse-part" && message.empty()) {
    CHECK_FALSE(open_path(path)->problems().empty());
  }
  if (message.empty()) {
    const auto checkpoint = open_path(path);
    for (const json& expected : entry.value("tensors", json::array())) {
      check_tensor(*checkpoint, expected);
    }
  }
}

TEST_CASE("torch corpus: odd and hostile files are read or refused as their index says") {
  const auto index = test::shared_file("hostile/index.json");
  if (!index) {
    return;
  }
  std::size_t files = 0;
  const json listed = read_json(*index);
  for (const json& entry : listed["files"]) {
    const auto file = entry["file"].get<std::string>();
    if (!file.starts_with("pt/") && !file.starts_with("pickle/") && !file.starts_with("zip/")) {
      continue;
    }
    CAPTURE(file);
    ++files;
    const auto begin = std::chrono::steady_clock::now();
    check_entry(index->parent_path() / file, entry);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  }
  CHECK(files >= 68);
}

TEST_CASE("torch corpus: code in a pickle is named beside the tensors that are read") {
  struct Expected {
    const char* file;
    std::string reason;
  };
  for (const Expected& expected :
       {Expected{"reduce_os_system", "refers to posix.system; not run"},
        Expected{"reduce_eval_first", "refers to builtins.eval; not run"},
        Expected{"getattr_chain", "refers to builtins.getattr, os.path; not run"}}) {
    CAPTURE(expected.file);
    const auto path = test::shared_file(std::string("hostile/pt/hostile/") + expected.file + ".pt");
    if (!path) {
      return;
    }
    const auto checkpoint = open_path(*path);
    REQUIRE(checkpoint->problems().size() == 1);
    CHECK(checkpoint->problems().front().reason == expected.reason);
    CHECK(checkpoint->tensors().size() == 1);
  }
}

TEST_CASE("torch corpus: the recorded run is the same in both formats") {
  const auto folder = test::shared_file("oracle/rmsgd_run");
  if (!folder) {
    return;
  }
  for (const std::string stem : {"init", "epoch_11"}) {
    CAPTURE(stem);
    const auto ours = open_path(*folder / (stem + ".pt"));
    const auto theirs =
        hdf5_format.open(std::make_shared<const MappedFile>(*folder / (stem + ".h5")), Limits{});
    REQUIRE(ours->tensors().size() == theirs->tensors().size());
    for (std::size_t i = 0; i < ours->tensors().size(); ++i) {
      CAPTURE(ours->tensors()[i].name);
      CHECK(ours->tensors()[i].name == theirs->tensors()[i].name);
      CHECK(ours->tensors()[i].shape == theirs->tensors()[i].shape);
      CHECK(values_at(*ours, i) == values_at(*theirs, i));
    }
  }
}

}  // namespace
}  // namespace hindcast::io
