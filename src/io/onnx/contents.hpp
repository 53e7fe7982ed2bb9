#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/onnx/dataflow.hpp"
#include "io/onnx/packed_matrix.hpp"
#include "io/onnx/trace.hpp"

namespace hindcast::io::onnx {

/// What the values of a listed tensor are made of.
struct Source {
  std::size_t constant = kNone;
  std::optional<Quantisation> quantisation = {};  ///< Integers, given as what they stand for.
  std::optional<PackedMatrix> packed = {};        ///< Blocks of them.
  std::optional<std::size_t> direction = {};      ///< Which of a recurrent layer's two ...
  std::size_t direction_axis = 0;                 ///< ... along this stored axis.
};

/// A tensor as it is listed.
struct Entry {
  tensor::TensorInfo tensor;
  Source source;
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
/// multiplies by a scale are listed twice: as stored, and as ":dequantised"; so are the weights of
/// both directions of a recurrent layer: as stored, and as ":forward" and ":reverse". Throws Error.
[[nodiscard]] Contents read_contents(std::span<const std::byte> file,
                                     const std::filesystem::path& folder, const Limits& limits);

}  // namespace hindcast::io::onnx
