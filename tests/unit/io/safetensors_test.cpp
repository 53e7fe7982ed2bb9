#include <array>
#include <bit>
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "support/matrices.hpp"
#include "support/test_files.hpp"

using namespace hindcast;

namespace hindcast::io {
extern const Format safetensors_format;
}

namespace {

std::string file_of(const std::string& header, std::size_t data_bytes) {
  std::string out;
  for (unsigned i = 0; i < 8; ++i) {
    out += static_cast<char>((header.size() >> (8 * i)) & 0xFFU);
  }
  out += header;
  out.append(data_bytes, '\0');
  return out;
}

struct Opened {
  test::TemporaryDirectory directory;
  std::unique_ptr<io::Checkpoint> checkpoint;

  explicit Opened(const std::string& bytes) {
    auto file = std::make_shared<const MappedFile>(directory.write("f.safetensors", bytes));
    checkpoint = io::safetensors_format.open(std::move(file), {});
  }
};

// The message with which a file is refused, or "" if it opens.
std::string refusal(const std::string& bytes) {
  try {
    const Opened opened(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

struct Lie {
  const char* what;
  const char* header;
  std::size_t data_bytes;
  const char* message;  // Part of it.
};

// Values are chosen so that code without the check would accept the file.
constexpr std::array kLies = {
    Lie{"not JSON", "{nope", 0, "not well-formed"},
    Lie{"an array", R"([1])", 0, "not a JSON object"},
    Lie{"text after the object", R"({} {})", 0, "not well-formed"},
    Lie{"a number no double holds", R"({"__metadata__":1e999})", 0, "beyond the range"},
    Lie{"a name twice",
        R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
        R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
        4, "'w' twice"},
    // 2^62 * 32 bits wraps to 0.
    Lie{"a shape that overflows",
        R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0,
        "does not fit 64 bits"},
    Lie{"a negative extent", R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}})", 0,
        "-1 is not an unsigned integer"},
    Lie{"half an extent", R"({"w":{"dtype":"F32","shape":[0.5],"data_offsets":[0,0]}})", 0,
        "0.5 is not an unsigned integer"},
    Lie{"offsets and shape disagree", R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",
        4, "do not hold its 8 bytes"},
    Lie{"offsets backwards", R"({"w":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}})", 4,
        "do not hold"},
    Lie{"three offsets", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", 4,
        "not two numbers"},
    Lie{"an unknown dtype", R"({"w":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4,
        "\"F31\" is not a known dtype"},
    Lie{"no shape", R"({"w":{"dtype":"F32","data_offsets":[0,4]}})", 4, "has no 'shape'"},
    Lie{"a hole at the start", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
        "gap or overlap at data offset 0"},
    Lie{"a hole between",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
        R"("b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
        12, "gap or overlap"},
    Lie{"an overlap",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
        R"("b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
        6, "gap or overlap"},
    Lie{"bytes after the last tensor", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
        5, "1 bytes follow"},
    Lie{"data cut off", R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7,
        "truncated"},
    Lie{"metadata that is not texts", R"({"__metadata__":{"n":1}})", 0, "__metadata__"},
    Lie{"bits that do not fill bytes", R"({"w":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})",
        1, "whole bytes"},
    Lie{"33 axes",
        R"({"w":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,)"
        R"(1,1,1],"data_offsets":[0,1]}})",
        1, "33 axes"},
};

std::string valid() {
  return file_of(R"({"__metadata__":{"format":"pt"},)"
                 R"("fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                 R"("fc.bias":{"dtype":"F16","shape":[2],"data_offsets":[24,28]}})",
                 28);
}

}  // namespace

TEST_CASE("safetensors: every way a file can lie is refused with its reason") {
  for (const Lie& lie : kLies) {
    CAPTURE(lie.what);
    const std::string message = refusal(file_of(lie.header, lie.data_bytes));
    CAPTURE(message);
    CHECK(message.find(lie.message) != std::string::npos);
  }
}

TEST_CASE("safetensors: a header longer than the file, or than any header, is refused") {
  CHECK(refusal(std::string("\xff\0\0\0\0\0\0\0{}", 10)).find("truncated: need 255 bytes") == 0);
  CHECK(
      refusal(std::string("\x01\0\0\x10\0\0\0\0{}", 10)).find("the limit is 268435456; raise it") !=
      std::string::npos);
}

TEST_CASE("safetensors: names, shapes, types and values are those of the file") {
  std::string bytes = valid();
  const float value = -1.5F;
  bytes.replace(bytes.size() - 28 + 20, 4, std::string(reinterpret_cast<const char*>(&value), 4));
  const Opened opened(bytes);
  const auto tensors = opened.checkpoint->tensors();
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].path == "fc.bias");  // Natural order of names: the header's is by type.
  CHECK(tensors[1].path == "fc.weight");
  CHECK(tensors[1].shape == std::vector<std::uint64_t>{2, 3});
  CHECK(tensors[1].dtype == tensor::DType::float32);
  CHECK(tensors[0].dtype == tensor::DType::float16);
  CHECK(tensors[1].evidence.dialect == tensor::Dialect::pytorch);
  CHECK(opened.checkpoint->order_evidence() == io::OrderEvidence::names);
  std::vector<double> values(6);
  opened.checkpoint->read(1, values);
  CHECK(values[5] == -1.5);
}

TEST_CASE("safetensors: no proper prefix of a file opens") {
  const std::string whole = valid();
  REQUIRE(refusal(whole).empty());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(refusal(whole.substr(0, length)).empty());
  }
}

TEST_CASE("safetensors: no flipped bit crashes the reader") {
  const std::string whole = valid();
  int opened = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] =
        static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << bit % 8));
    opened += refusal(bytes).empty() ? 1 : 0;
  }
  CHECK(opened >= 28 * 8);  // Flips in the data are only other values.
}

TEST_CASE("safetensors: types below a byte are listed and not read") {
  const Opened opened(file_of(R"({"w":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}})", 2));
  CHECK(opened.checkpoint->tensors()[0].unreadable == "dtype F4 is not supported");
}

TEST_CASE("safetensors: the 8-bit types of other bias and of exponents only are read") {
  std::string bytes = file_of(R"({"a":{"dtype":"F8_E4M3FNUZ","shape":[2],"data_offsets":[0,2]},)"
                              R"("b":{"dtype":"F8_E5M2FNUZ","shape":[1],"data_offsets":[2,3]},)"
                              R"("c":{"dtype":"F8_E8M0","shape":[1],"data_offsets":[3,4]}})",
                              0);
  bytes += "\x40\xC0\x40\x80";
  const Opened opened(bytes);
  std::vector<double> all;
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<double> values(opened.checkpoint->tensors()[i].shape[0]);
    opened.checkpoint->read(i, values);
    all.insert(all.end(), values.begin(), values.end());
  }
  CHECK(all == std::vector<double>{1, -1, 1, 2});
}

TEST_CASE("safetensors: a trained network is the same as its HDF5 twin") {
  const auto twin = test::shared_file("oracle/rmsgd_run/epoch_11.safetensors");
  const auto original = test::shared_file("oracle/rmsgd_run/epoch_11.h5");
  if (!twin || !original) {
    return;
  }
  const auto a = io::open_checkpoint(*twin, {});
  const auto b = io::open_checkpoint(*original, {});
  CHECK(a.format->id == "safetensors");
  std::size_t compared = 0;
  for (std::size_t i = 0; i < a.checkpoint->tensors().size(); ++i) {
    for (std::size_t j = 0; j < b.checkpoint->tensors().size(); ++j) {
      if (a.checkpoint->tensors()[i].name != b.checkpoint->tensors()[j].name) {
        continue;
      }
      std::size_t size = 1;
      for (const std::uint64_t extent : a.checkpoint->tensors()[i].shape) {
        size *= extent;
      }
      std::vector<double> x(size);
      std::vector<double> y(size);
      a.checkpoint->read(i, x);
      b.checkpoint->read(j, y);
      CHECK(x == y);
      ++compared;
    }
  }
  CHECK(compared == b.checkpoint->tensors().size());
}
