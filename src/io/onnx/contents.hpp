#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/onnx/dataflow.hpp"
#include "io/onnx/trace.hpp"

namespace hindcast::io::onnx {

/// A tensor as it is listed, and what its values are made of.
struct Entry {
  tensor::TensorInfo tensor;
  std::size_t constant = kNone;
  std::optional<Quantisation> quantisation =
      {};  ///< Integers that are given as what they stand for.
};

/// Everything of a model that a checkpoint keeps.
struct Contents {
  std::vector<Entry> entries;  ///< In order of first use.
  std::vector<Constant> constants;
  std::vector<Problem> problems;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
};

/// Lists the tensors of the model in `file`, which lies in `folder`. Stored integers that a graph
/// multiplies by a scale are listed twice: as stored, and as ":dequantised". Throws Error.
[[nodiscard]] Contents read_contents(std::span<const std::byte> file,
                                     const std::filesystem::path& folder, const Limits& limits);

}  // namespace hindcast::io::onnx
