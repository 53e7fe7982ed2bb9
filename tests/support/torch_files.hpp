#pragma once

// Writes PyTorch checkpoints for tests, piece by piece, so that lies can be put in at known places
// and no test needs PyTorch.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/zip_bytes.hpp"

/// Instructions of the pickle machine, each of which leaves one value on its stack.
namespace hindcast::test::pickled {

inline std::string text(std::string_view value) {
  return "X" + little_endian(value.size(), 4) + std::string(value);
}

inline std::string integer(std::int64_t value) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}

inline std::string global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) {
    out += item;
  }
  return out + "t";
}

inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) {
    items.push_back(integer(value));
  }
  return tuple(items);
}

inline std::string call(const std::string& callee, const std::vector<std::string>& arguments) {
  return callee + tuple(arguments) + "R";
}

using Entries = std::vector<std::pair<std::string, std::string>>;

inline std::string dict(const Entries& entries) {
  std::string out = "}(";
  for (const auto& [key, value] : entries) {
    out += text(key) + value;
  }
  return out + "u";
}

inline std::string ordered_dict(const Entries& entries) {
  std::string out = call(global("collections", "OrderedDict"), {}) + "(";
  for (const auto& [key, value] : entries) {
    out += text(key) + value;
  }
  return out + "u";
}

/// A float32 matrix of 2 by 2, unless told otherwise.
struct Tensor {
  std::string key = "0";
  std::string storage = "FloatStorage";
  std::int64_t storage_elements = 4;
  std::int64_t offset = 0;
  std::vector<std::int64_t> size = {2, 2};
  std::vector<std::int64_t> strides = {2, 1};
};

inline std::string storage(const Tensor& t) {
  return tuple({text("storage"), global("torch", t.storage), text(t.key), text("cpu"),
                integer(t.storage_elements)}) +
         "Q";
}

inline std::vector<std::string> tensor_arguments(const Tensor& t) {
  return {storage(t), integer(t.offset), integers(t.size), integers(t.strides),
          "\x89",     ordered_dict({})};
}

inline std::string tensor(const Tensor& t) {
  return call(global("torch._utils", "_rebuild_tensor_v2"), tensor_arguments(t));
}

/// A NumPy array; `data` is the instruction for its bytes.
inline std::string numpy_array(const std::string& dtype, const std::string& order,
                               const std::vector<std::int64_t>& shape, const std::string& data,
                               bool fortran = false) {
  const auto type = call(global("numpy", "dtype"), {text(dtype), "\x89", "\x88"}) +
                    tuple({integer(3), text(order), "N", "N", "N"}) + "b";
  return call(global("numpy.core.multiarray", "_reconstruct"),
              {global("numpy", "ndarray"), integers({0}),
               "C\x01"
               "b"}) +
         tuple({integer(1), integers(shape), type, fortran ? "\x88" : "\x89", data}) + "b";
}

inline std::string binary(const std::string& bytes) {
  return "B" + little_endian(bytes.size(), 4) + bytes;
}

inline std::string whole(const std::string& value) {
  return "\x80\x02" + value + ".";
}

}  // namespace hindcast::test::pickled

namespace hindcast::test {

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Storages by key: the four numbers 1, 2, 3, 4.
using Records = std::vector<std::pair<std::string, std::string>>;
inline const Records kOneToFour = {{"0", bytes_of<float>({1, 2, 3, 4})}};

/// The parts of an archive that holds `value`.
inline std::vector<ZipPart> torch_zip_parts(const std::string& value, const Records& records) {
  std::vector<ZipPart> parts = {{.name = "archive/data.pkl", .content = pickled::whole(value)}};
  for (const auto& [key, bytes] : records) {
    parts.push_back({.name = "archive/data/" + key, .content = bytes});
  }
  parts.push_back({.name = "archive/version", .content = "3\n"});
  return parts;
}

inline std::string torch_zip(const std::string& value, const Records& records = kOneToFour) {
  return zip_of(torch_zip_parts(value, records));
}

/// The three pickles before that of the object.
inline std::string torch_legacy_header() {
  using namespace std::string_view_literals;
  return pickled::whole("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") +
         pickled::whole(pickled::integer(1001)) +
         pickled::whole(pickled::dict({{"little_endian", "\x88"}}));
}

struct LegacyRecord {
  std::string key = "0";
  std::uint64_t elements = 4;
  std::string bytes = bytes_of<float>({1, 2, 3, 4});
};

/// The list of keys and the storages, which end a file.
inline std::string torch_legacy_storages(const std::vector<LegacyRecord>& records) {
  std::string keys = "](";
  std::string storages;
  for (const LegacyRecord& record : records) {
    keys += pickled::text(record.key);
    storages += little_endian(record.elements, 8) + record.bytes;
  }
  return pickled::whole(keys + "e") + storages;
}

inline std::string torch_legacy(const std::string& value,
                                const std::vector<LegacyRecord>& records = {LegacyRecord{}}) {
  return torch_legacy_header() + pickled::whole(value) + torch_legacy_storages(records);
}

}  // namespace hindcast::test
