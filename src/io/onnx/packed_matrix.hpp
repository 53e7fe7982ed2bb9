#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// The matrix that a MatMulNBits node keeps in blocks of four-bit numbers with a scale each.
struct PackedMatrix {
  std::uint64_t rows = 0;     ///< Outputs.
  std::uint64_t columns = 0;  ///< Inputs.
  std::uint64_t block = 0;    ///< Neighbours in a row that share a scale.
  std::size_t scale = kNone;
  std::size_t zero_point = kNone;  ///< kNone for 8.
  std::string obstacle = {};       ///< Why it is not read; empty if it is.
};

/// Is this the input of such a node that holds the matrix?
[[nodiscard]] bool is_packed_matrix(const Node& node, std::size_t input);

/// What the node says about the matrix that it takes at `use`.
[[nodiscard]] PackedMatrix packed_matrix(const Dataflow& flow, Use use);

/// The elements, rows x columns, of the matrix that is stored in constant `packed`. Throws Error.
[[nodiscard]] std::vector<double> unpack(const PackedMatrix& matrix,
                                         std::span<const Constant> constants, std::size_t packed);

}  // namespace hindcast::io::onnx
