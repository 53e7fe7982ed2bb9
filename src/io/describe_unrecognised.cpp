// What a file is that no reader recognises: the usual accidents (an empty file, a Git LFS pointer,
// a web page saved under a checkpoint's name, what is left of a checkpoint) and the formats of
// other programs, each by the magic number of its specification. ONNX and TensorFlow graphs have
// none, so the fields of the outermost protobuf message decide
// (https://protobuf.dev/programming-guides/encoding/).

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "hindcast/io/format.hpp"

#include "base/text.hpp"
#include "io/foreign_format.hpp"
#include "io/torch/bare_pickle.hpp"

namespace hindcast::io {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kNotReadYet = ", which this version does not read";
constexpr std::string_view kUnknown = "not a checkpoint format that hindcast reads";
constexpr std::string_view kTextFile = "a text file";
constexpr std::string_view kNoCheckpoint = ", not a checkpoint";

constexpr ForeignFormat checkpoint(std::string_view one, std::string_view many) {
  return {.one = one, .many = many, .note = kNotReadYet};
}

constexpr ForeignFormat stranger(std::string_view one, std::string_view note = kNoCheckpoint) {
  return {.one = one, .many = "", .note = note};
}

// Of a format that has a reader, which did not know it.
constexpr ForeignFormat damaged(std::string_view one) {
  return stranger(one, ", but damaged or cut short");
}

constexpr ForeignFormat pickle() {
  return {.one = "a bare pickle",
          .many = "bare pickles",
          .note = ", not a PyTorch checkpoint: pickles can run code, so it is not read"};
}

struct Magic {
  std::size_t offset = 0;
  std::string_view bytes;
  ForeignFormat format;
};

// Longer ones first where one begins another.
constexpr std::array kMagics = {
    Magic{0, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv,
          damaged("a PyTorch file of the time before zip archives")},
    Magic{0, "\x80\x02"sv, pickle()},
    Magic{0, "\x80\x03"sv, pickle()},
    Magic{0, "\x80\x04"sv, pickle()},
    Magic{0, "\x80\x05"sv, pickle()},
    Magic{0, "\x93NUMPY"sv, damaged("a NumPy array")},
    Magic{0, "GGUF"sv, checkpoint("a GGUF file", "GGUF files")},
    Magic{257, "ustar"sv, checkpoint("a tar archive", "tar archives")},
    Magic{4, "TFL3"sv, checkpoint("a TensorFlow Lite model", "TensorFlow Lite models")},
    Magic{0, "MATLAB 5.0 MAT-file"sv, stranger("a MATLAB file of version 5 to 7")},
    Magic{0, "CDF\x01"sv, stranger("a classic NetCDF file")},
    Magic{0, "CDF\x02"sv, stranger("a classic NetCDF file")},
    Magic{0, "\x0e\x03\x13\x01"sv, stranger("an HDF4 file", ", which is not HDF5")},
    Magic{0, "Rar!\x1a\x07"sv, stranger("a RAR archive", "; extract it first")},
    Magic{0, "7z\xbc\xaf\x27\x1c"sv, stranger("a 7-Zip archive", "; extract it first")},
    Magic{0, "\x1f\x8b"sv, stranger("gzip-compressed", "; decompress it first")},
    Magic{0, "BZh"sv, stranger("bzip2-compressed", "; decompress it first")},
    Magic{0, "\xfd\x37zXZ\x00"sv, stranger("xz-compressed", "; decompress it first")},
    Magic{0, "\x28\xb5\x2f\xfd"sv, stranger("Zstandard-compressed", "; decompress it first")},
    Magic{0,
          "\x7f"
          "ELF"sv,
          stranger("an executable or library")},
    Magic{0, "MZ"sv, stranger("an executable or library")},
    Magic{0, "\x89PNG"sv, stranger("a PNG image")},
    Magic{0, "\xff\xd8\xff"sv, stranger("a JPEG image")},
    Magic{0, "%PDF"sv, stranger("a PDF document")},
};

std::string_view text_of(std::span<const std::byte> file) {
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The names of a zip archive's members are repeated in its central directory, at the end.
ForeignFormat zip_format(std::string_view file) {
  constexpr std::size_t kDirectory = 1U << 18U;
  const std::string_view names = file.substr(file.size() - std::min(file.size(), kDirectory));
  if (contains(names, "/data.pkl")) {
    return damaged("a PyTorch zip archive");
  }
  if (contains(names, "model.weights.h5") || contains(names, "model.weights.npz")) {
    return damaged("a Keras 3 model archive");
  }
  if (contains(names, ".npy")) {
    return damaged("a NumPy archive");
  }
  return checkpoint("a zip archive", "zip archives");
}

std::uint64_t little_endian_64(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

bool is_safetensors(std::string_view file) {
  constexpr std::uint64_t kLongestHeader = 100'000'000;
  return file.size() > 8 && file[8] == '{' && little_endian_64(file) <= kLongestHeader;
}

// LevelDB's table format ends in this number; TensorFlow's checkpoint index is such a table.
bool is_tensor_bundle(std::string_view file) {
  constexpr std::uint64_t kTableMagic = 0xdb4775248b80fb57;
  return file.size() >= 48 && little_endian_64(file.substr(file.size() - 8)) == kTableMagic;
}

// Reads one protobuf varint off the front of `rest`, or nothing where there is none.
struct Varint {
  std::uint64_t value = 0;
  std::string_view rest;
};

std::optional<Varint> varint(std::string_view bytes) {
  Varint result;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    result.value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if (byte < 0x80) {
      result.rest = bytes.substr(i + 1);
      return result;
    }
  }
  return std::nullopt;
}

struct Field {
  std::uint64_t number = 0;
  std::uint64_t wire_type = 0;
  std::string_view rest;  // What follows the field.
};

std::optional<Field> protobuf_field(std::string_view bytes) {
  constexpr std::uint64_t kVarint = 0;
  constexpr std::uint64_t kFixed64 = 1;
  constexpr std::uint64_t kBytes = 2;
  constexpr std::uint64_t kFixed32 = 5;
  const auto tag = varint(bytes);
  if (!tag || tag->value < 8) {
    return std::nullopt;
  }
  Field field{.number = tag->value / 8, .wire_type = tag->value % 8, .rest = tag->rest};
  if (field.wire_type == kFixed64 || field.wire_type == kFixed32) {
    const std::size_t length = field.wire_type == kFixed64 ? 8 : 4;
    if (field.rest.size() < length) {
      return std::nullopt;
    }
    field.rest.remove_prefix(length);
    return field;
  }
  const auto number = varint(field.rest);
  if (!number || (field.wire_type != kVarint && field.wire_type != kBytes)) {
    return std::nullopt;
  }
  field.rest = number->rest;
  if (field.wire_type == kBytes) {
    if (number->value > field.rest.size()) {
      return std::nullopt;
    }
    field.rest.remove_prefix(number->value);
  }
  return field;
}

// Top-level fields: ONNX's ModelProto has ir_version = 1 (a number) and graph = 7 (a message);
// TensorFlow's GraphDef has node = 1 (messages) and then versions = 4 or library = 2.
std::optional<ForeignFormat> protobuf_format(std::string_view file) {
  constexpr int kEnough = 100'000;
  bool version = false;
  bool graph = false;
  bool nodes = false;
  std::string_view rest = file;
  for (int i = 0; i < kEnough && !rest.empty(); ++i) {
    const auto field = protobuf_field(rest);
    if (!field) {
      return std::nullopt;
    }
    version = version || (field->number == 1 && field->wire_type == 0);
    graph = graph || (field->number == 7 && field->wire_type == 2);
    nodes = nodes || (field->number == 1 && field->wire_type == 2);
    rest = field->rest;
  }
  if (version && graph) {
    return damaged("an ONNX model");
  }
  // Short texts can look like nodes by accident; a graph never has printable text alone.
  return nodes && !graph ? std::optional(stranger("perhaps a TensorFlow graph",
                                                  ", which hindcast does not read"))
                         : std::nullopt;
}

// Flax writes one msgpack map from names: a map's head, then a text's.
bool is_msgpack_map(std::string_view file) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(file[i]); };
  if (file.size() < 4) {
    return false;
  }
  const bool fixed = byte(0) > 0x80 && byte(0) < 0x90;
  const std::size_t next = fixed ? 1 : byte(0) == 0xDE ? 3 : 0;
  const bool text = (byte(next) >= 0xA1 && byte(next) <= 0xBF) || byte(next) == 0xD9;
  return next > 0 && text;
}

bool is_text(std::string_view file) {
  constexpr std::size_t kSample = 4096;
  std::string_view sample = file.substr(0, kSample);
  const bool has_controls = std::ranges::any_of(sample, [](char c) {
    const bool is_space = c == '\t' || c == '\n' || c == '\r' || c == '\f';
    return (static_cast<unsigned char>(c) < 0x20 && !is_space) || c == '\x7f';
  });
  // The sample may end inside a character.
  while (!sample.empty() && sample.size() == kSample && (sample.back() & '\x80') != 0) {
    sample.remove_suffix(1);
  }
  return !has_controls && valid_utf8(sample) == sample;
}

ForeignFormat text_format(std::string_view file) {
  if (file.starts_with("version https://git-lfs")) {
    return stranger("a Git LFS pointer", ", not the file itself; run 'git lfs pull'");
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (file.starts_with(kByteOrderMark)) {
    file.remove_prefix(kByteOrderMark.size());
  }
  const std::size_t begin = std::min(file.find_first_not_of(" \t\r\n"), file.size());
  const std::string start = lowered(file.substr(begin, 64));
  if (start.starts_with("<!doctype html") || start.starts_with("<html") ||
      start.starts_with("<head")) {
    return stranger("an HTML page", ", not a checkpoint: the download went wrong");
  }
  if (start.starts_with("<?xml")) {
    return stranger("an XML text");
  }
  return start.starts_with('{') || start.starts_with('[') ? stranger("a JSON text")
                                                          : stranger(kTextFile);
}

}  // namespace

ForeignFormat foreign_format(std::span<const std::byte> file) {
  const std::string_view bytes = text_of(file);
  if (bytes.empty()) {
    return stranger("an empty file", "");
  }
  if (is_text(bytes)) {
    return text_format(bytes);
  }
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) {
    return zip_format(bytes);
  }
  if (is_safetensors(bytes)) {
    return damaged("a safetensors file");
  }
  for (const Magic& magic : kMagics) {
    if (bytes.size() > magic.offset && bytes.substr(magic.offset).starts_with(magic.bytes)) {
      return magic.format;
    }
  }
  if (is_tensor_bundle(bytes)) {
    return checkpoint("the index of a TensorFlow checkpoint", "TensorFlow checkpoint indexes");
  }
  if (is_msgpack_map(bytes)) {
    return checkpoint("a msgpack file such as Flax writes", "msgpack files");
  }
  return protobuf_format(bytes).value_or(stranger(kUnknown, ""));
}

std::string describe_unrecognised(std::span<const std::byte> file) {
  const ForeignFormat format = foreign_format(file);
  // Pickles of protocols 0 and 1 are texts, or begin with anything: only reading tells them.
  if (format.one == pickle().one || format.one == kTextFile || format.one == kUnknown) {
    if (const auto pickled = torch::describe_bare_pickle(file)) {
      return *pickled;
    }
  }
  return std::string(format.one).append(format.note);
}

}  // namespace hindcast::io
