// The HDF5 reader on files that nobody here made, where the shared corpus is present: real models
// against norms from independent programs, odd and hostile files against their index.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
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

extern const Format hdf5_format;

namespace {

using nlohmann::json;
using tensor::TensorInfo;
using test::find_tensor;
using test::frobenius_norm;
using test::values_at;

json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

bool is_hdf5_name(std::string_view name) {
  return name.ends_with(".h5") || name.ends_with(".hdf5");
}

std::unique_ptr<Checkpoint> open_path(const std::filesystem::path& path) {
  return hdf5_format.open(std::make_shared<const MappedFile>(path), Limits{});
}

TEST_CASE("hdf5 corpus: every tensor of every real file is found, with its norm") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  const json listed = read_json(*oracle);
  std::size_t files = 0;
  for (const auto& item : listed.items()) {
    const std::string& file = item.key();
    const json& tensors = item.value();
    if (!is_hdf5_name(file)) {
      continue;
    }
    CAPTURE(file);
    ++files;
    const auto checkpoint = open_path(test::shared_file("corpus/" + file).value());
    CHECK(checkpoint->tensors().size() == tensors.size());
    CHECK(checkpoint->problems().empty());
    for (const json& expected : tensors) {
      const auto path = expected["name"].get<std::string>();
      CAPTURE(path);
      const auto index = find_tensor(*checkpoint, path);
      REQUIRE(index.has_value());
      const TensorInfo& tensor = checkpoint->tensors()[*index];
      CHECK(tensor.path == path);
      CHECK(tensor.shape == expected["shape"].get<std::vector<std::uint64_t>>());
      CHECK(name(tensor.dtype) == expected["dtype"].get<std::string>());
      const auto norm = expected["frobenius_norm"].get<double>();
      CHECK(std::abs(frobenius_norm(values_at(*checkpoint, *index)) - norm) <= 1e-12 * norm);
    }
  }
  CHECK(files >= 25);
}

TEST_CASE("hdf5 corpus: real files are in their own order and dialect") {
  struct Expected {
    const char* file;
    OrderEvidence order;
    tensor::Dialect dialect;
    const char* first;
    const char* layer_class;
  };
  using tensor::Dialect;
  for (const Expected& expected : {
           Expected{"keras/music_tagger_cnn_theano.h5", OrderEvidence::layer_names, Dialect::keras1,
                    "bn_0_freq/bn_0_freq_gamma", ""},
           Expected{"keras/mmsplice/Exon_prime3.h5", OrderEvidence::layer_names, Dialect::keras2,
                    "conv/conv_5/kernel:0", "Conv1D"},
           Expected{"keras/zinc_encoder.h5", OrderEvidence::layer_names, Dialect::keras2,
                    "encoder_conv0/encoder_conv0/kernel:0", "Conv1D"},
           Expected{"keras/snake_keras3.weights.h5", OrderEvidence::names, Dialect::keras3,
                    "layers/conv2d/vars/0", ""},
       }) {
    CAPTURE(expected.file);
    const auto path = test::shared_file(std::string("corpus/") + expected.file);
    if (!path) {
      return;
    }
    const auto checkpoint = open_path(*path);
    CHECK(checkpoint->order_evidence() == expected.order);
    const TensorInfo& first = checkpoint->tensors().front();
    CHECK(first.name == expected.first);
    CHECK(first.evidence.dialect == expected.dialect);
    CHECK(first.evidence.layer_class == expected.layer_class);
  }
}

TEST_CASE("hdf5 corpus: the recorded runs are in creation order, with their epochs") {
  const auto path = test::shared_file("oracle/rmsgd_run");
  if (!path) {
    return;
  }
  const auto in_order =
      read_json(*path / "oracle.json")["params_in_order"].get<std::vector<std::string>>();
  std::set<std::int64_t> epochs;
  for (const auto& entry : std::filesystem::directory_iterator(*path)) {
    if (!is_hdf5_name(entry.path().string())) {
      continue;
    }
    CAPTURE(entry.path().string());
    const auto checkpoint = open_path(entry.path());
    CHECK(checkpoint->order_evidence() == OrderEvidence::creation);
    epochs.insert(checkpoint->epoch().value());
    std::vector<std::string> parameters;
    for (const TensorInfo& tensor : checkpoint->tensors()) {
      if (std::ranges::find(in_order, tensor.name) != in_order.end()) {
        parameters.push_back(tensor.name);
      }
    }
    CHECK(parameters == in_order);
  }
  CHECK(*epochs.begin() == -1);
  CHECK(epochs.size() == 13);
}

// The index's dtype of a tensor as the program names it.
std::string named(const std::string& code) {
  static const std::map<std::string, std::string> kNames = {
      {"F64", "float64"},  {"F32", "float32"}, {"F16", "float16"}, {"BF16", "bfloat16"},
      {"f16", "float128"}, {"I64", "int64"},   {"I32", "int32"},   {"I16", "int16"},
      {"I8", "int8"},      {"U64", "uint64"},  {"U32", "uint32"},  {"U16", "uint16"},
      {"U8", "uint8"}};
  return kNames.at(code);
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

std::string stored_as_half(const std::vector<double>& values) {
  std::map<std::uint64_t, std::uint16_t> bits_of;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    bits_of.emplace(std::bit_cast<std::uint64_t>(tensor::from_float16(half)), half);
  }
  std::string bytes;
  for (const double value : values) {
    const std::uint16_t half =  // The NaN that numpy stores, of the many.
        std::isnan(value) ? 0x7E00 : bits_of.at(std::bit_cast<std::uint64_t>(value));
    bytes.append(reinterpret_cast<const char*>(&half), sizeof(half));
  }
  return bytes;
}

// Little-endian bytes of the values in their own type; nothing for types that a double or this
// test cannot tell exactly.
std::optional<std::string> stored_bytes(tensor::DType dtype, const std::vector<double>& values) {
  using tensor::DType;
  switch (dtype) {
    case DType::float64:
      return stored_as<double>(values);
    case DType::float32:
      return stored_as<float>(values);
    case DType::float16:
      return stored_as_half(values);
    case DType::int64:
      return stored_as<std::int64_t>(values);
    case DType::int32:
      return stored_as<std::int32_t>(values);
    case DType::int16:
      return stored_as<std::int16_t>(values);
    case DType::int8:
      return stored_as<std::int8_t>(values);
    case DType::uint64:
      return stored_as<std::uint64_t>(values);
    case DType::uint32:
      return stored_as<std::uint32_t>(values);
    case DType::uint8:
      return stored_as<std::uint8_t>(values);
    default:
      return std::nullopt;
  }
}

void check_tensor(const Checkpoint& checkpoint, const json& expected) {
  const auto path = expected["name"].get<std::string>();
  CAPTURE(path);
  const auto index = find_tensor(checkpoint, path);
  REQUIRE(index.has_value());
  const TensorInfo& tensor = checkpoint.tensors()[*index];
  CHECK(tensor.unreadable.empty());
  CHECK(tensor.shape == expected["shape"].get<std::vector<std::uint64_t>>());
  // The index was made with h5py, which knows enumerations only by the type below them.
  CHECK(name(tensor.dtype) == named(expected["dtype"].get<std::string>()));
  const auto bytes = stored_bytes(tensor.dtype, values_at(checkpoint, *index));
  if (bytes && expected.contains("sha256")) {
    CHECK(test::sha256(*bytes) == expected["sha256"].get<std::string>());
  }
}

void check_readable(const Checkpoint& checkpoint, const json& entry) {
  const json none = json::array();
  const json tensors = entry.value("tensors", none);
  for (const json& expected : tensors) {
    check_tensor(checkpoint, expected);
  }
  for (const json& unreadable : entry.value("unreadable_here", none)) {
    const auto index = find_tensor(checkpoint, unreadable.get<std::string>());
    REQUIRE(index.has_value());
    CHECK_FALSE(checkpoint.tensors()[*index].unreadable.empty());
  }
  const std::size_t listed = tensors.size() + entry.value("unreadable_here", none).size() +
                             entry.value("non_numeric", none).size();
  if (entry["expect"] == "refuse-part") {
    CHECK_FALSE((checkpoint.problems().empty() && checkpoint.tensors().empty()));
    return;
  }
  const auto ours = std::ranges::count_if(checkpoint.tensors(), [](const TensorInfo& tensor) {
    return !tensor.evidence.optimizer_state;  // The index leaves them out.
  });
  CHECK(static_cast<std::size_t>(ours) == listed);
}

// An index entry that is an error for a program may, for a reader, be a file in which something is
// named as a problem or as unreadable.
void check_refused(const std::filesystem::path& path) {
  const MappedFile file(path);
  if (!hdf5_format.probe(file.bytes())) {
    return;
  }
  try {
    const auto checkpoint = open_path(path);
    const bool any_unreadable = std::ranges::any_of(
        checkpoint->tensors(), [](const TensorInfo& tensor) { return !tensor.unreadable.empty(); });
    CHECK((!checkpoint->problems().empty() || any_unreadable));
  } catch (const Error& error) {
    const std::string reason = error.what();
    const bool lacks_weights = reason.find("listed in ") != std::string::npos;
    const bool is_bomb = error.code() == ErrorCode::limit_exceeded;
    CHECK((reason.starts_with("truncated") || lacks_weights || is_bomb));
  }
}

bool is_covered(std::string_view file) {
  // Not h5/cve and h5/h5policy, which may end in any way but one: see tests/cli/hostile_test.py.
  return is_hdf5_name(file) && (file.starts_with("h5/valid/") || file.starts_with("h5/links/") ||
                                file.starts_with("keras/made/") || file.starts_with("keras/real/"));
}

TEST_CASE("hdf5 corpus: odd and hostile files are read or refused as their index says") {
  const auto index = test::shared_file("hostile/index.json");
  if (!index) {
    return;
  }
  const json listed = read_json(*index);
  std::size_t files = 0;
  for (const json& entry : listed["files"]) {
    const auto file = entry["file"].get<std::string>();
    if (!is_covered(file)) {
      continue;
    }
    CAPTURE(file);
    ++files;
    const auto path = index->parent_path() / file;
    if (entry["expect"] == "error") {
      check_refused(path);
    } else if (entry["expect"] != "support") {
      check_readable(*open_path(path), entry);
    }
  }
  CHECK(files >= 80);
}

TEST_CASE("hdf5 corpus: where the index gives an order, it is ours") {
  const auto index = test::shared_file("hostile/index.json");
  if (!index) {
    return;
  }
  const json listed = read_json(*index);
  for (const json& entry : listed["files"]) {
    const auto file = entry["file"].get<std::string>();
    if (!is_covered(file) || !file.starts_with("keras/") || entry["expect"] != "ok") {
      continue;
    }
    CAPTURE(file);
    const auto checkpoint = open_path(index->parent_path() / file);
    std::vector<std::size_t> positions;
    for (const json& expected : entry.value("tensors", json::array())) {
      positions.push_back(find_tensor(*checkpoint, expected["name"].get<std::string>()).value());
    }
    CHECK(std::ranges::is_sorted(positions));
  }
}

}  // namespace
}  // namespace hindcast::io
