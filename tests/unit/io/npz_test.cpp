// .npz archives: which members are tensors, and how they are read.

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "support/checkpoint_values.hpp"
#include "support/npy_bytes.hpp"
#include "support/test_files.hpp"
#include "support/zip_bytes.hpp"

namespace hindcast::io {

extern const Format npz_format;

namespace {

using test::frobenius_norm;
using test::npy_of;
using test::values_at;
using test::zip_of;

std::unique_ptr<Checkpoint> open_path(const std::filesystem::path& path,
                                      const Limits& limits = {}) {
  return npz_format.open(std::make_shared<const MappedFile>(path), limits);
}

std::unique_ptr<Checkpoint> open_bytes(const std::string& bytes, const Limits& limits = {}) {
  const test::TemporaryDirectory directory;
  return open_path(directory.write("weights.npz", bytes), limits);
}

std::string refusal_of(const std::string& bytes, const Limits& limits = {}) {
  try {
    const auto checkpoint = open_bytes(bytes, limits);
    for (std::size_t i = 0; i < checkpoint->tensors().size(); ++i) {
      (void)values_at(*checkpoint, i);
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

bool is_recognised(const std::string& bytes) {
  return npz_format.probe(std::as_bytes(std::span(bytes)));
}

const std::string kBytes = npy_of("|i1", "(3,)", "\1\2\3");
const std::string kMatrix = npy_of("|u1", "(2, 2)", "\1\3\2\4", true);

std::string sample() {
  return zip_of({{.name = "fc2.weight.npy", .content = kMatrix, .deflated = true},
                 {.name = "fc1.bias.npy", .content = kBytes}});
}

TEST_CASE("npz: an archive with an array is one, unless it is that of another format") {
  CHECK(is_recognised(sample()));
  CHECK(is_recognised(sample().substr(0, sample().size() - 30)));  // So that truncation is named.
  CHECK_FALSE(is_recognised(zip_of({{.name = "a.txt", .content = kBytes}})));
  CHECK_FALSE(is_recognised(zip_of({})));
  CHECK_FALSE(is_recognised(kBytes));
  for (const char* other : {"data.pkl", "archive/data.pkl", "model.weights.h5"}) {
    CAPTURE(other);
    CHECK_FALSE(is_recognised(
        zip_of({{.name = "a.npy", .content = kBytes}, {.name = other, .content = "x"}})));
  }
}

TEST_CASE("npz: tensors are named after their members and come in the order of the archive") {
  const auto checkpoint = open_bytes(sample());
  const auto tensors = checkpoint->tensors();
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].path == "fc2.weight");
  CHECK(tensors[1].path == "fc1.bias");
  CHECK(tensors[0].shape == std::vector<std::uint64_t>{2, 2});
  CHECK(tensors[0].dtype == tensor::DType::uint8);
  CHECK(tensors[0].evidence.dialect == tensor::Dialect::pytorch);
  CHECK(checkpoint->order_evidence() == OrderEvidence::creation);
  CHECK(checkpoint->problems().empty());
  CHECK(values_at(*checkpoint, 0) == std::vector<double>{1, 2, 3, 4});
  CHECK(values_at(*checkpoint, 1) == std::vector<double>{1, 2, 3});
}

TEST_CASE("npz: a prefix that all tensors share is not part of their names") {
  const auto checkpoint = open_bytes(zip_of({{.name = "module.fc.weight.npy", .content = kMatrix},
                                             {.name = "module.fc.bias.npy", .content = kBytes}}));
  CHECK(checkpoint->tensors()[0].path == "module.fc.weight");
  CHECK(checkpoint->tensors()[0].name == "fc.weight");
}

TEST_CASE("npz: what is no array of numbers is listed with its reason, and the rest is read") {
  const auto checkpoint = open_bytes(
      zip_of({{.name = "meta.npy", .content = npy_of("|O", "(7,)", "pickle")},
              {.name = "notes.txt", .content = "hello"},
              {.name = ".npy", .content = kBytes},
              {.name = "w.npy", .content = kBytes},
              {.name = "words.npy", .content = npy_of("<U2", "(1,)", "12345678")},
              {.name = "long.npy", .content = npy_of("<f16", "(1,)", std::string(16, 0))}}));
  const auto tensors = checkpoint->tensors();
  REQUIRE(tensors.size() == 4);
  CHECK(tensors[0].path == "meta");
  CHECK(tensors[0].shape == std::vector<std::uint64_t>{7});
  CHECK(tensors[0].unreadable.find("Python objects") != std::string::npos);
  CHECK(tensors[1].unreadable.empty());
  CHECK(values_at(*checkpoint, 1) == std::vector<double>{1, 2, 3});
  CHECK(tensors[2].unreadable == "NumPy arrays of strings are not supported");
  CHECK(tensors[3].unreadable == "long double values are not supported");
  REQUIRE(checkpoint->problems().size() == 2);
  CHECK(checkpoint->problems()[0].where == "notes.txt");
  CHECK(checkpoint->problems()[1].where == ".npy");
}

TEST_CASE("npz: records are listed, whatever their fields are called") {
  const std::string fields =
      "{'descr': [('a)]', '<f4'), ('b', [('c', '<i4')], (2,))], 'fortran_order': False, "
      "'shape': (2,), }\n";
  const auto checkpoint =
      open_bytes(zip_of({{.name = "r.npy", .content = test::npy_with_text(fields, "values")},
                         {.name = "w.npy", .content = kBytes}}));
  REQUIRE(checkpoint->tensors().size() == 2);
  CHECK(checkpoint->tensors()[0].unreadable ==
        "NumPy arrays of records (structured arrays) are not supported");
}

TEST_CASE("npz: an archive of nothing but such arrays is refused, as one of them alone is") {
  CHECK(refusal_of(zip_of({{.name = "meta.npy", .content = npy_of("|O", "()", "pickle")}})) ==
        "holds no array that can be read; meta: NumPy arrays of Python objects (a pickle, which "
        "would run code) are not supported");
}

TEST_CASE("npz: a member of an unknown compression method is unreadable, and the rest is read") {
  std::string bytes =
      zip_of({{.name = "v.npy", .content = kBytes}, {.name = "w.npy", .content = kBytes}});
  const std::size_t central = bytes.find("PK\x01\x02");
  bytes[8] = 12;  // The method, in the local header and in the directory.
  bytes[central + 10] = 12;
  const auto checkpoint = open_bytes(bytes);
  REQUIRE(checkpoint->tensors().size() == 2);
  CHECK(checkpoint->tensors()[0].unreadable == "compressed with bzip2, which is not supported");
  CHECK(values_at(*checkpoint, 1) == std::vector<double>{1, 2, 3});
}

TEST_CASE("npz: a corrupt member is an error that names it") {
  for (const bool deflated : {false, true}) {
    CAPTURE(deflated);
    const auto with = [&](const std::string& content) {
      return zip_of({{.name = "ok.npy", .content = kBytes},
                     {.name = "bad.npy", .content = content, .deflated = deflated}});
    };
    CHECK(refusal_of(with("nonsense, and long enough")) == "bad.npy: no NumPy array");
    CHECK(refusal_of(with("")).find("bad.npy: truncated: need 6 bytes") == 0);
    CHECK(refusal_of(with(kBytes.substr(0, kBytes.size() - 1))) ==
          "bad.npy: truncated: the NumPy array needs 3 bytes of values, 2 are there");
    CHECK(refusal_of(with(npy_of("|i1", "(4,)", "\1\2\3")))
              .find("bad.npy: truncated: the NumPy array needs") == 0);
  }
  std::string damaged = zip_of({{.name = "w.npy", .content = kBytes}});
  damaged[30 + 5 + kBytes.size() - 1] = '\4';
  CHECK(refusal_of(damaged) == "w.npy: its content does not match its checksum (CRC-32)");
}

TEST_CASE("npz: limits hold") {
  CHECK(refusal_of(sample(), {.tensors = 1}).find("holds 2 arrays, the limit") == 0);
  const std::string zeros = zip_of({{.name = "w.npy",
                                     .content = npy_of("|i1", "(9000,)", std::string(9000, '\0')),
                                     .deflated = true}});
  const auto checkpoint = open_bytes(zeros, {.expansion = 10, .expansion_free_bytes = 4096});
  CHECK(checkpoint->tensors()[0].unreadable.find("the limit is 10 times as much") !=
        std::string::npos);
  CHECK(open_bytes(zeros, {.expansion = 10})->tensors()[0].unreadable.empty());
}

TEST_CASE("npz: no proper prefix of an archive opens, and no damage crashes the reader") {
  const std::string whole = sample();
  REQUIRE(refusal_of(whole) == "not refused");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(refusal_of(whole.substr(0, length)) != "not refused");
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ '\x41');
    (void)refusal_of(bytes);
  }
}

TEST_CASE("npz: every tensor of every real archive is found, with its norm") {
  const auto oracle = test::shared_file("oracle/corpus_tensors.json");
  if (!oracle) {
    return;
  }
  std::ifstream stream(*oracle);
  const auto listed = nlohmann::json::parse(stream);
  std::size_t files = 0;
  for (const auto& item : listed.items()) {
    if (!item.key().ends_with(".npz") || !item.key().starts_with("npz/")) {
      continue;
    }
    CAPTURE(item.key());
    ++files;
    const auto path = test::shared_file("corpus/" + item.key()).value();
    CHECK(npz_format.probe(MappedFile(path).bytes()));
    const auto checkpoint = open_path(path);
    REQUIRE(checkpoint->tensors().size() == item.value().size());
    for (std::size_t i = 0; i < item.value().size(); ++i) {
      const auto& expected = item.value()[i];
      const tensor::TensorInfo& info = checkpoint->tensors()[i];
      CHECK(info.path == expected["name"].get<std::string>());
      CHECK(info.shape == expected["shape"].get<std::vector<std::uint64_t>>());
      CHECK(name(info.dtype) == expected["dtype"].get<std::string>());
      const auto norm = expected["frobenius_norm"].get<double>();
      CHECK(std::abs(frobenius_norm(values_at(*checkpoint, i)) - norm) <= 1e-12 * norm);
    }
  }
  CHECK(files == 2);
}

TEST_CASE("npz: an archive without members is not one") {
  const auto path = test::shared_file("hostile/numpy/empty.npz");
  if (!path) {
    return;
  }
  CHECK_FALSE(npz_format.probe(MappedFile(*path).bytes()));
}

}  // namespace
}  // namespace hindcast::io
