// .npy files: the header, the order of the values, the types.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "support/npy_bytes.hpp"
#include "support/sha256.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {

extern const Format npy_format;

namespace {

using tensor::DType;
using test::npy_of;
using test::npy_with_text;

std::unique_ptr<Checkpoint> open_path(const std::filesystem::path& path,
                                      const Limits& limits = {}) {
  return npy_format.open(std::make_shared<const MappedFile>(path), limits);
}

std::unique_ptr<Checkpoint> open_bytes(const std::string& bytes, const Limits& limits = {}) {
  const test::TemporaryDirectory directory;
  return open_path(directory.write("weights.npy", bytes), limits);
}

struct Refusal {
  std::string message = "not refused";
  ErrorCode code = ErrorCode::usage;
};

Refusal refusal_of(const std::string& bytes, const Limits& limits = {}) {
  try {
    (void)open_bytes(bytes, limits);
  } catch (const Error& error) {
    return {.message = error.what(), .code = error.code()};
  }
  return {};
}

std::vector<double> values_of(const Checkpoint& checkpoint) {
  std::vector<double> values(element_count(checkpoint.tensors()[0].shape));
  checkpoint.read(0, values);
  return values;
}

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

template <typename Number>
std::string stored_as(const std::vector<double>& values) {
  std::vector<Number> numbers;
  std::ranges::transform(values, std::back_inserter(numbers),
                         [](double value) { return static_cast<Number>(value); });
  return bytes_of(numbers);
}

struct Lie {
  const char* text;  // The header's text.
  std::size_t data_bytes;
  ErrorCode code;
  const char* message;  // Part of it.
};

constexpr auto kMalformed = ErrorCode::malformed;
constexpr auto kUnsupported = ErrorCode::unsupported;
constexpr const char* kNoDictionary = "is not a dictionary of";

constexpr std::array kLies = {
    Lie{"", 8, kMalformed, kNoDictionary},
    Lie{"__import__('os').system('true')\n", 8, kMalformed, kNoDictionary},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)\n", 8, kMalformed, kNoDictionary},
    Lie{"{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}\n", 8, kMalformed, kNoDictionary},
    Lie{"{descr: '<f4', 'fortran_order': False, 'shape': (2,)}\n", 8, kMalformed, kNoDictionary},
    Lie{"{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}\n", 8, kMalformed, kNoDictionary},
    Lie{"{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2,)}\n", 8, kMalformed, "escapes"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} or {}\n", 8, kMalformed,
        "goes on after"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}\n", 8, kMalformed,
        "unknown key 'x'"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}\n", 8, kMalformed,
        "'shape' twice"},
    Lie{"{'descr': '<f4', 'fortran_order': False, }\n", 8, kMalformed, "lacks one"},
    Lie{"{'descr': '<f4', 'shape': (2,), }\n", 8, kMalformed, "lacks one"},
    Lie{"{'fortran_order': False, 'shape': (2,), }\n", 8, kMalformed, "lacks one"},
    Lie{"{'descr': '<f4', 'fortran_order': 'False', 'shape': (2,), }\n", 8, kMalformed,
        "neither True nor False"},
    Lie{"{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }\n", 8, kMalformed,
        "neither True nor False"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': 2, }\n", 8, kMalformed, "not a tuple"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (2), }\n", 8, kMalformed, "not a tuple"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': [2], }\n", 8, kMalformed, "not a tuple"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }\n", 8, kMalformed,
        "something else than sizes"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (+2,), }\n", 8, kMalformed,
        "something else than sizes"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (,), }\n", 4, kMalformed,
        "something else than sizes"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,), }\n", 8, kMalformed,
        "not a tuple"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2.0), }\n", 8, kMalformed,
        kNoDictionary},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,), }\n", 0,
        kMalformed, "something else than sizes"},
    // 2^62 * 4 bytes wraps to 0.
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }\n", 0,
        kMalformed, "does not fit 64 bits"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }\n", 0,
        kMalformed, "does not fit 64 bits"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", 8, kMalformed,
        "needs 12 bytes of values, 8 are there"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", 8, kUnsupported,
        "4 bytes follow"},
    Lie{"{'descr': '<q9', 'fortran_order': False, 'shape': (1,), }\n", 8, kMalformed,
        "unknown 'descr' '<q9'"},
    Lie{"{'descr': '<f5', 'fortran_order': False, 'shape': (1,), }\n", 5, kMalformed,
        "unknown 'descr'"},
    Lie{"{'descr': 'f4', 'fortran_order': False, 'shape': (2,), }\n", 8, kMalformed,
        "unknown 'descr'"},
    Lie{"{'descr': '', 'fortran_order': False, 'shape': (2,), }\n", 8, kMalformed,
        "unknown 'descr'"},
    Lie{"{'descr': '<', 'fortran_order': False, 'shape': (2,), }\n", 8, kMalformed,
        "unknown 'descr'"},
    Lie{"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", 8, kUnsupported,
        "Python objects"},
    Lie{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }\n", 8, kUnsupported,
        "records"},
    Lie{"{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }\n", 8, kUnsupported, "strings"},
    Lie{"{'descr': '|S8', 'fortran_order': False, 'shape': (1,), }\n", 8, kUnsupported, "strings"},
    Lie{"{'descr': '|V2', 'fortran_order': False, 'shape': (4,), }\n", 8, kUnsupported,
        "raw bytes"},
    Lie{"{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }\n", 8, kUnsupported, "times"},
    Lie{"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
        "1,1,1,1,1,1,1,1,1,1,1,1,1,2), }\n",
        8, ErrorCode::limit_exceeded, "more than 32 axes"},
};

TEST_CASE("npy: every way a header can lie is refused with its reason") {
  for (const Lie& lie : kLies) {
    CAPTURE(lie.text);
    const Refusal refused = refusal_of(npy_with_text(lie.text, std::string(lie.data_bytes, '\0')));
    CAPTURE(refused.message);
    CHECK(refused.message.find(lie.message) != std::string::npos);
    CHECK(refused.code == lie.code);
  }
}

TEST_CASE("npy: the bytes before the header's text can lie too") {
  const std::string valid = npy_of("<f4", "(2,)", std::string(8, '\0'));
  const auto with = [&](std::size_t at, char value) {
    std::string bytes = valid;
    bytes[at] = value;
    return refusal_of(bytes);
  };
  CHECK(with(1, 'M').message == "no NumPy array");
  CHECK(with(6, 4).message == "version 4.0 of NumPy arrays is not supported");
  CHECK(with(6, 0).code == kUnsupported);
  CHECK(with(7, 1).message == "version 1.1 of NumPy arrays is not supported");
  CHECK(with(9, '\xFF').message.find("truncated: need ") == 0);
  std::string huge = npy_with_text("{}", "", 2);
  huge.replace(8, 4, "\xFF\xFF\xFF\xFF");
  CHECK(refusal_of(huge).code == ErrorCode::limit_exceeded);
}

TEST_CASE("npy: the array is named after its file and has the shape and type of the header") {
  const auto checkpoint = open_bytes(npy_of("<f4", "(2, 3)", std::string(24, '\0')));
  REQUIRE(checkpoint->tensors().size() == 1);
  const tensor::TensorInfo& info = checkpoint->tensors()[0];
  CHECK(info.path == "weights");
  CHECK(info.name == "weights");
  CHECK(info.shape == std::vector<std::uint64_t>{2, 3});
  CHECK(info.dtype == DType::float32);
  CHECK(info.unreadable.empty());
}

TEST_CASE("npy: every type of number is read, in either byte order") {
  struct Sample {
    const char* descr;
    std::string bytes;
    DType dtype;
    double value;
  };
  const std::vector<Sample> samples = {
      {"<f8", bytes_of<double>({-1.5}), DType::float64, -1.5},
      {">f8", std::string("\xBF\xF8\0\0\0\0\0\0", 8), DType::float64, -1.5},
      {"<f4", bytes_of<float>({-1.5F}), DType::float32, -1.5},
      {"=f4", bytes_of<float>({-1.5F}), DType::float32, -1.5},
      {">f4", std::string("\xBF\xC0\0\0", 4), DType::float32, -1.5},
      {"<f2", std::string("\0\xBE", 2), DType::float16, -1.5},
      {">f2", std::string("\xBE\0", 2), DType::float16, -1.5},
      {"<i8", bytes_of<std::int64_t>({-3}), DType::int64, -3},
      {">i4", std::string("\xFF\xFF\xFF\xFD", 4), DType::int32, -3},
      {"<i2", bytes_of<std::int16_t>({-3}), DType::int16, -3},
      {"|i1", bytes_of<std::int8_t>({-3}), DType::int8, -3},
      {"<u8", bytes_of<std::uint64_t>({1ULL << 63U}), DType::uint64, 0x1p63},
      {">u4", std::string("\x80\0\0\0", 4), DType::uint32, 0x1p31},
      {">u2", std::string("\1\2", 2), DType::uint16, 258},
      {"|u1", "\xFD", DType::uint8, 253},
      {"|b1", "\1", DType::boolean, 1},
  };
  for (const Sample& sample : samples) {
    CAPTURE(sample.descr);
    const auto checkpoint = open_bytes(npy_of(sample.descr, "()", sample.bytes));
    CHECK(checkpoint->tensors()[0].dtype == sample.dtype);
    CHECK(values_of(*checkpoint) == std::vector<double>{sample.value});
  }
}

TEST_CASE("npy: complex numbers and long doubles are listed, not read") {
  CHECK(open_bytes(npy_of("<c8", "(1,)", std::string(8, '\0')))->tensors()[0].dtype ==
        DType::complex64);
  CHECK(open_bytes(npy_of("<c16", "(1,)", std::string(16, '\0')))->tensors()[0].dtype ==
        DType::complex128);
  const auto wide = open_bytes(npy_of("<f16", "(1,)", std::string(16, '\0')));
  CHECK(wide->tensors()[0].dtype == DType::float128);
  CHECK(wide->tensors()[0].unreadable == "long double values are not supported");
}

TEST_CASE("npy: values in Fortran order come out in C order") {
  // The element (i, j, k) of this array is 100 i + 10 j + k.
  std::vector<std::int16_t> stored;
  std::vector<double> expected;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) {
        stored.push_back(static_cast<std::int16_t>(100 * i + 10 * j + k));
      }
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 4; ++k) {
        expected.push_back(100 * i + 10 * j + k);
      }
    }
  }
  CHECK(values_of(*open_bytes(npy_of("<i2", "(2, 3, 4)", bytes_of(stored), true))) == expected);
}

TEST_CASE("npy: Fortran order holds for arrays larger than one piece, and for odd shapes") {
  constexpr std::size_t kRows = 130;
  constexpr std::size_t kColumns = 70;
  std::vector<float> stored;
  for (std::size_t j = 0; j < kColumns; ++j) {
    for (std::size_t i = 0; i < kRows; ++i) {
      stored.push_back(static_cast<float>(i * kColumns + j));
    }
  }
  const std::vector<double> values =
      values_of(*open_bytes(npy_of("<f4", "(130, 70)", bytes_of(stored), true)));
  REQUIRE(values.size() == kRows * kColumns);
  CHECK(std::ranges::is_sorted(values));
  CHECK(values.back() == kRows * kColumns - 1);
  CHECK(values_of(*open_bytes(npy_of("<f8", "()", bytes_of<double>({7}), true))) ==
        std::vector<double>{7});
  CHECK(values_of(*open_bytes(npy_of("<f8", "(0, 5)", "", true))).empty());
}

TEST_CASE("npy: more values than the limit are listed and not read") {
  const auto checkpoint =
      open_bytes(npy_of("<f4", "(3,)", std::string(12, '\0')), {.tensor_values = 2});
  CHECK(checkpoint->tensors()[0].unreadable ==
        "declares 3 values, the limit is 2; raise it with --max-tensor-values");
}

TEST_CASE("npy: no proper prefix of a file opens") {
  const std::string whole = npy_of("<f4", "(2,)", std::string(8, '\0'));
  REQUIRE(refusal_of(whole).message == "not refused");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(refusal_of(whole.substr(0, length)).message != "not refused");
  }
}

TEST_CASE("npy: no flipped bit crashes the reader") {
  const std::string whole = npy_of("<f4", "(2, 3)", std::string(24, '\1'), true);
  const test::TemporaryDirectory directory;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] =
        static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << bit % 8));
    try {
      const auto checkpoint = open_path(directory.write("f.npy", bytes));
      if (is_real(checkpoint->tensors()[0].dtype)) {
        (void)values_of(*checkpoint);
      }
    } catch (const Error&) {
      continue;
    }
  }
}

TEST_CASE("npy: the content decides, not the name") {
  const auto path = test::shared_file("corpus/not_a_checkpoint/really_an_npy.npz");
  if (!path) {
    return;
  }
  const MappedFile file(*path);
  CHECK(npy_format.probe(file.bytes()));
  CHECK(open_path(*path)->tensors()[0].name == "really_an_npy");
}

TEST_CASE("npy: hostile files are read or refused as their index says") {
  const auto index = test::shared_file("hostile/index.json");
  if (!index) {
    return;
  }
  std::ifstream stream(*index);
  const auto listed = nlohmann::json::parse(stream);
  std::size_t files = 0;
  for (const auto& entry : listed["files"]) {
    const auto file = entry["file"].get<std::string>();
    if (!file.starts_with("numpy/") || !file.ends_with(".npy")) {
      continue;
    }
    CAPTURE(file);
    ++files;
    const auto path = index->parent_path() / file;
    if (entry["expect"] != "ok") {
      CHECK_THROWS_AS((void)open_path(path), Error);
      continue;
    }
    const auto checkpoint = open_path(path);
    const auto& expected = entry["tensors"][0];
    const tensor::TensorInfo& info = checkpoint->tensors()[0];
    CHECK(info.shape == expected["shape"].get<std::vector<std::uint64_t>>());
    const auto dtype = expected["dtype"].get<std::string>();
    CHECK(info.dtype == (dtype == "F64" ? DType::float64 : DType::float32));
    const std::vector<double> values = values_of(*checkpoint);
    const std::string bytes = dtype == "F64" ? stored_as<double>(values) : stored_as<float>(values);
    CHECK(test::sha256(bytes) == expected["sha256"].get<std::string>());
  }
  CHECK(files >= 20);
}

}  // namespace
}  // namespace hindcast::io
