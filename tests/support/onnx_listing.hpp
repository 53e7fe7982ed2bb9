#pragma once

// A model as the reader lists it and as it is classified, tensor by tensor.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hindcast/io/format.hpp"
#include "hindcast/tensor/classification.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {
extern const Format onnx_format;
}

namespace hindcast::test::onnx {

struct Listed {
  tensor::TensorInfo info;
  tensor::Classification verdict;
  std::vector<double> values;

  [[nodiscard]] std::string layout() const {
    return verdict.layout ? verdict.layout->letters() : "-";
  }
  [[nodiscard]] std::vector<std::string> parts() const {
    return verdict.split ? verdict.split->parts : std::vector<std::string>();
  }
};

/// By path.
inline std::map<std::string, Listed> listed(const std::string& model, bool split_fused = false) {
  const TemporaryDirectory directory;
  const auto path = directory.write("model.onnx", model);
  const auto checkpoint =
      io::onnx_format.open(std::make_shared<const MappedFile>(path), io::Limits{});
  tensor::Selection selection;
  selection.split_fused = split_fused;
  const auto verdicts = tensor::classify(checkpoint->tensors(), selection);
  std::map<std::string, Listed> result;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const tensor::TensorInfo& info = checkpoint->tensors()[i];
    std::vector<double> values;
    if (info.unreadable.empty() && tensor::is_real(info.dtype)) {
      values.resize(element_count(info.shape));
      checkpoint->read(i, values);
    }
    result.emplace(info.path, Listed{.info = info, .verdict = verdicts[i], .values = values});
  }
  return result;
}

}  // namespace hindcast::test::onnx
