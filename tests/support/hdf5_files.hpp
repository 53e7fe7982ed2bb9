#pragma once

// What the tests of the HDF5 reader share. The files are those of make_hdf5_files.py; values are
// 0, 1, 2, ... unless a test says otherwise.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {
extern const Format hdf5_format;
}

namespace hindcast::test {

using Names = std::vector<std::string>;

inline std::unique_ptr<io::Checkpoint> open_path(const std::filesystem::path& path,
                                                 const io::Limits& limits = {}) {
  return io::hdf5_format.open(std::make_shared<const MappedFile>(path), limits);
}

inline std::unique_ptr<io::Checkpoint> open_made(std::string_view name,
                                                 const io::Limits& limits = {}) {
  return open_path(made_file(name), limits);
}

inline std::size_t index_of(const io::Checkpoint& checkpoint, std::string_view path) {
  const auto tensors = checkpoint.tensors();
  const auto found = std::ranges::find(tensors, path, &tensor::TensorInfo::path);
  if (found == tensors.end()) {
    FAIL("no tensor " << path);
  }
  return static_cast<std::size_t>(found - tensors.begin());
}

inline const tensor::TensorInfo& tensor_at(const io::Checkpoint& checkpoint,
                                           std::string_view path) {
  return checkpoint.tensors()[index_of(checkpoint, path)];
}

inline std::vector<double> values_of(const io::Checkpoint& checkpoint, std::string_view path) {
  const std::size_t index = index_of(checkpoint, path);
  std::vector<double> values(element_count(checkpoint.tensors()[index].shape));
  checkpoint.read(index, values);
  return values;
}

inline std::vector<double> counting(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<double>(i);
  }
  return values;
}

inline Names paths_of(const io::Checkpoint& checkpoint) {
  Names paths;
  for (const tensor::TensorInfo& tensor : checkpoint.tensors()) {
    paths.push_back(tensor.path);
  }
  return paths;
}

inline Names names_of(const io::Checkpoint& checkpoint) {
  Names names;
  for (const tensor::TensorInfo& tensor : checkpoint.tensors()) {
    names.push_back(tensor.name);
  }
  return names;
}

struct ReasonAt {
  std::string where;
  std::string reason;
};

// The reasons given for a place in the file, in order.
inline Names problems_at(const io::Checkpoint& checkpoint, std::string_view where) {
  Names reasons;
  for (const io::Problem& problem : checkpoint.problems()) {
    if (problem.where == where) {
      reasons.push_back(problem.reason);
    }
  }
  return reasons;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

// Writes `content` to a file of its own and opens it.
inline std::unique_ptr<io::Checkpoint> open_content(const std::string& content,
                                                    const io::Limits& limits = {}) {
  const TemporaryDirectory directory;
  return open_path(directory.write("copy.h5", content), limits);
}

inline std::string open_error(const std::string& content) {
  try {
    (void)open_content(content);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline void replace(std::string& content, const std::string& from, const std::string& to) {
  const std::size_t at = content.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(from.size() == to.size());
  content.replace(at, from.size(), to);
}

}  // namespace hindcast::test
