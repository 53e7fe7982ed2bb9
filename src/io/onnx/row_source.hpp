#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// Neighbouring positions on one axis of a stored tensor.
struct Run {
  std::size_t constant = kNone;  ///< Which tensor.
  std::size_t axis = 0;          ///< Of the tensor.
  std::uint64_t begin = 0;
  std::uint64_t length = 0;
};

/// An axis of a value: which one, of how many.
struct ValueAxis {
  std::size_t axis = 0;
  std::size_t rank = 0;
};

/// What the positions along one axis of a value are in the tensors they were sliced from and joined
/// of. Where tensors are joined along another axis, the one in question is `wanted`. Nothing where
/// an operator on the way does more than move values.
[[nodiscard]] std::optional<std::vector<Run>> row_source(const Dataflow& flow, std::size_t value,
                                                         const ValueAxis& at, std::size_t wanted);

/// The positions [begin, begin + length) of such runs, neighbours merged.
[[nodiscard]] std::vector<Run> cut(const std::vector<Run>& runs, std::uint64_t begin,
                                   std::uint64_t length);

}  // namespace hindcast::io::onnx
