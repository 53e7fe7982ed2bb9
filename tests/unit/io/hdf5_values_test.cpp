// The HDF5 reader: element types, layouts and filters.

#include <limits>

#include <doctest/doctest.h>

#include "support/hdf5_files.hpp"

namespace hindcast::io {
namespace {

using namespace test;
using tensor::DType;
using tensor::TensorInfo;

struct TypeOf {
  std::string path;
  DType dtype;
};

TEST_CASE("hdf5: floating-point types are told by size and fields, in both byte orders") {
  const auto checkpoint = open_made("types.h5");
  const std::vector<double> expected = {1.5, -2.25, std::numeric_limits<double>::infinity(),
                                        0x1p-14};
  const std::vector<TypeOf> cases = {
      {"float/f2le", DType::float16},     {"float/f2be", DType::float16},
      {"float/f4le", DType::float32},     {"float/f4be", DType::float32},
      {"float/f8le", DType::float64},     {"float/f8be", DType::float64},
      {"float/extended", DType::float128}};
  for (const TypeOf& stored : cases) {
    CAPTURE(stored.path);
    CHECK(tensor_at(*checkpoint, stored.path).dtype == stored.dtype);
    CHECK(values_of(*checkpoint, stored.path) == expected);
  }
}

TEST_CASE("hdf5: bfloat16 is read from a float type and from Keras' opaque type") {
  const auto checkpoint = open_made("types.h5");
  const std::vector<double> expected = {1.5, -2.25, std::numeric_limits<double>::infinity(),
                                        0x1p-133};
  for (const char* path : {"bf16/float", "bf16/opaque"}) {
    CAPTURE(path);
    CHECK(tensor_at(*checkpoint, path).dtype == DType::bfloat16);
    CHECK(values_of(*checkpoint, path) == expected);
  }
}

TEST_CASE("hdf5: both float8 formats are decoded, E4M3 without infinities") {
  const auto checkpoint = open_made("types.h5");
  for (const char* path : {"float8/e4m3", "float8/opaque_float8_e4m3fn"}) {
    CAPTURE(path);
    CHECK(tensor_at(*checkpoint, path).dtype == DType::float8_e4m3);
    CHECK(values_of(*checkpoint, path) == std::vector<double>{448, 256, 1, -1, 0x1p-9});
  }
  for (const char* path : {"float8/e5m2", "float8/opaque_float8_e5m2"}) {
    CAPTURE(path);
    CHECK(tensor_at(*checkpoint, path).dtype == DType::float8_e5m2);
    CHECK(values_of(*checkpoint, path) ==
          std::vector<double>{57344, std::numeric_limits<double>::infinity(), 1, -1, 0x1p-16});
  }
}

TEST_CASE("hdf5: a float8 with another bias is not guessed at") {
  CHECK(tensor_at(*open_made("types.h5"), "float8/e4m3_bias8").dtype == DType::other);
}

TEST_CASE("hdf5: integers of every size, byte order and sign are read, and enumerations as such") {
  const auto checkpoint = open_made("types.h5");
  const std::vector<TypeOf> cases = {{"int/i1be", DType::int8},   {"int/i2be", DType::int16},
                                     {"int/i4be", DType::int32},  {"int/i8be", DType::int64},
                                     {"int/u1le", DType::uint8},  {"int/u2le", DType::uint16},
                                     {"int/u4le", DType::uint32}, {"int/u8le", DType::uint64}};
  for (const TypeOf& expected : cases) {
    CAPTURE(expected.path);
    CHECK(tensor_at(*checkpoint, expected.path).dtype == expected.dtype);
    CHECK(values_of(*checkpoint, expected.path) == (expected.path.starts_with("int/i")
                                                        ? std::vector<double>{-3, 0, 100}
                                                        : std::vector<double>{3, 0, 200}));
  }
  CHECK(tensor_at(*checkpoint, "int/enum").dtype == DType::int16);
  CHECK(values_of(*checkpoint, "int/enum") == std::vector<double>{7, -1});
  CHECK(tensor_at(*checkpoint, "int/three_values").dtype == DType::int8);
  CHECK(tensor_at(*checkpoint, "int/wide_flag").dtype == DType::int16);
  CHECK(tensor_at(*checkpoint, "flag").dtype == DType::boolean);
  CHECK(values_of(*checkpoint, "flag") == std::vector<double>{1, 0, 1});
}

TEST_CASE("hdf5: what is not a real number is listed with its type") {
  const auto checkpoint = open_made("types.h5");
  const std::vector<TypeOf> cases = {
      {"complex64", DType::complex64}, {"complex128", DType::complex128},
      {"fixed_string", DType::string}, {"string", DType::string},
      {"record", DType::other},        {"opaque", DType::other},
      {"lopsided", DType::other},      {"triple", DType::other},
      {"int/i16", DType::other}};
  for (const TypeOf& stored : cases) {
    CAPTURE(stored.path);
    CHECK(tensor_at(*checkpoint, stored.path).dtype == stored.dtype);
  }
  CHECK(checkpoint->problems().empty());
}

TEST_CASE("hdf5: scalars have no axes, empty and null dataspaces no values") {
  const auto checkpoint = open_made("types.h5");
  CHECK(tensor_at(*checkpoint, "scalar").shape.empty());
  CHECK(values_of(*checkpoint, "scalar") == std::vector<double>{2.5});
  CHECK(tensor_at(*checkpoint, "none").shape == std::vector<std::uint64_t>{0});
  CHECK(tensor_at(*checkpoint, "nothing").shape == std::vector<std::uint64_t>{0, 5});
  CHECK(values_of(*checkpoint, "none").empty());
  CHECK(values_of(*checkpoint, "nothing").empty());
}

TEST_CASE("hdf5: every layout and filter the library knows gives the same values") {
  const auto checkpoint = open_made("storage.h5");
  CHECK(checkpoint->problems().empty());
  for (const char* path : {"contiguous", "compact", "chunked", "gzip", "gzip_shuffle", "fletcher32",
                           "lzf", "lzf_shuffle_fletcher32", "szip", "scaleoffset", "nbit"}) {
    CAPTURE(path);
    const TensorInfo& tensor = tensor_at(*checkpoint, path);
    CHECK(tensor.unreadable.empty());
    CHECK(tensor.shape == std::vector<std::uint64_t>{20, 30});
    CHECK(values_of(*checkpoint, path) == counting(600));
  }
  // Chunks that LZF cannot shorten are stored as they are, and marked.
  CHECK(values_of(*checkpoint, "lzf_incompressible") == values_of(*checkpoint, "noise"));
}

TEST_CASE("hdf5: values that were never written are the fill value") {
  const auto checkpoint = open_made("storage.h5");
  CHECK(values_of(*checkpoint, "fill") == std::vector<double>(12, 2.5));
  std::vector<double> expected(14, -1.0);
  std::fill_n(expected.begin(), 7, 5.0);
  CHECK(values_of(*checkpoint, "partly_filled") == expected);
}

TEST_CASE("hdf5: a dataset with an unknown filter says which, the others are read") {
  const auto checkpoint = open_made("filters.h5");
  CHECK(tensor_at(*checkpoint, "filter_32015").unreadable ==
        "filter 32015 (zstd) is not supported");
  CHECK(tensor_at(*checkpoint, "filter_32013").unreadable == "filter 32013 (zfp) is not supported");
  CHECK(tensor_at(*checkpoint, "filter_31999").unreadable == "filter 31999 is not supported");
  CHECK(values_of(*checkpoint, "fine") == counting(3));
}

// h5py's parameters of LZF: revision of the filter, version of LZF, bytes of a chunk.
std::string lzf_parameters(std::uint32_t chunk_bytes) {
  return bytes_of(std::vector<std::uint32_t>{4, 0x105, chunk_bytes});
}

TEST_CASE("hdf5: an LZF filter that lies about the size of its chunks is not decoded") {
  for (const std::uint32_t lie : {0x80000000U, 255U, 0U}) {
    CAPTURE(lie);
    std::string content = content_of(test::made_file("one_lzf_chunk.h5"));
    replace(content, lzf_parameters(256), lzf_parameters(lie));
    const auto checkpoint = open_content(content);
    CHECK(tensor_at(*checkpoint, "w").unreadable ==
          "the lzf filter states chunks of " + std::to_string(lie) + " bytes, they hold 256");
  }
}

TEST_CASE("hdf5: an LZF filter that states no size of its chunks is not decoded") {
  std::string content = content_of(test::made_file("one_lzf_chunk.h5"));
  // Version 1 of the filter message: id, length of the name, flags, number of parameters.
  const auto head = [](std::uint16_t count) {
    return bytes_of(std::vector<std::uint16_t>{32000, 8, 1, count}) +
           std::string("lzf\0\0\0\0\0", 8);
  };
  replace(content, head(3), head(1));
  CHECK(tensor_at(*open_content(content), "w").unreadable ==
        "the lzf filter does not state the size of a chunk");
}

// The stored bytes of the only chunk of one_lzf_chunk.h5: 64 zero floats. A literal zero, then
// copies of it: 264 bytes at most each, so the last but one byte is a length.
TEST_CASE("hdf5: an LZF chunk that decodes to another size than it should is an error") {
  const std::string original = content_of(test::made_file("one_lzf_chunk.h5"));
  const std::string chunk("\x01\x00\x00\xe0\xf3\x00\x01\x00\x00", 9);
  for (const char length : {'\xf2', '\xf4'}) {
    std::string content = original;
    std::string changed = chunk;
    changed[4] = length;
    replace(content, chunk, changed);
    const auto checkpoint = open_content(content);
    CHECK_THROWS_WITH_AS(values_of(*checkpoint, "w"),
                         "its values cannot be decoded, they are corrupt", Error);
  }
}

TEST_CASE("hdf5: damaged values are an error when they are read, not before") {
  struct Damage {
    const char* file;
    std::string stored;  // The beginning of the stored chunk.
  };
  const std::vector<Damage> cases = {
      {"one_gzip_chunk.h5", "\x78\x5e"},
      {"one_fletcher32_chunk.h5", bytes_of(std::vector<float>{0, 1, 2, 3})}};
  for (const Damage& damage : cases) {
    CAPTURE(damage.file);
    std::string content = content_of(test::made_file(damage.file));
    const std::size_t at = content.find(damage.stored);
    REQUIRE(at != std::string::npos);
    content[at] = static_cast<char>(content[at] ^ 1);
    const auto checkpoint = open_content(content);
    CHECK(tensor_at(*checkpoint, "w").unreadable.empty());
    CHECK_THROWS_WITH_AS(values_of(*checkpoint, "w"),
                         "its values cannot be decoded, they are corrupt", Error);
  }
}

TEST_CASE("hdf5: a span of the wrong size is refused, not overrun") {
  const auto checkpoint = open_made("second.h5");
  std::vector<double> values(3);
  CHECK_THROWS_WITH_AS(checkpoint->read(0, values), "holds 4 values, expected 3", Error);
}

}  // namespace
}  // namespace hindcast::io
