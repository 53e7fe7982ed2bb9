#pragma once

// Opens what a test wrote as either of PyTorch's formats.

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

extern const Format torch_zip_format;
extern const Format torch_legacy_format;

}  // namespace hindcast::io

namespace hindcast::test {

using Values = std::vector<double>;
using Names = std::vector<std::string>;

/// A checkpoint that a test wrote.
struct OpenedTorch {
  TemporaryDirectory directory;
  std::unique_ptr<io::Checkpoint> checkpoint;

  explicit OpenedTorch(const std::string& bytes, const io::Limits& limits = {}) {
    auto file = std::make_shared<const MappedFile>(directory.write("model.pt", bytes));
    const bool zip = io::torch_zip_format.probe(file->bytes());
    REQUIRE(zip != io::torch_legacy_format.probe(file->bytes()));
    const io::Format& format = zip ? io::torch_zip_format : io::torch_legacy_format;
    checkpoint = format.open(std::move(file), limits);
  }

  const io::Checkpoint* operator->() const { return checkpoint.get(); }

  [[nodiscard]] Values values(std::size_t index) const {
    Values out(element_count(checkpoint->tensors()[index].shape));
    checkpoint->read(index, out);
    return out;
  }

  [[nodiscard]] Names names() const {
    Names out;
    for (const auto& tensor : checkpoint->tensors()) {
      out.push_back(tensor.name);
    }
    return out;
  }

  [[nodiscard]] Names paths() const {
    Names out;
    for (const auto& tensor : checkpoint->tensors()) {
      out.push_back(tensor.path);
    }
    return out;
  }
};

struct Refusal {
  std::string message;  ///< Empty if the file opens.
  ErrorCode code = ErrorCode::usage;
};

inline Refusal refusal(const std::string& bytes, const io::Limits& limits = {}) {
  try {
    const OpenedTorch opened(bytes, limits);
  } catch (const Error& error) {
    return {.message = error.what(), .code = error.code()};
  }
  return {};
}

}  // namespace hindcast::test
