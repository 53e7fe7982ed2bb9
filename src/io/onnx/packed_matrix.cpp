// MatMulNBits of ONNX Runtime:
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
//
// B is (N, blocks, block / 2) bytes of two elements each, the lower half first; the last block of a
// row is filled up. weight = (q - zero_point) * scale, both one a block; zero points are packed
// like B, row by row, or stored like the scales, or left out and 8.

#include "io/onnx/packed_matrix.hpp"

#include <fmt/format.h>

#include "base/checked.hpp"
#include "io/onnx/tensor_values.hpp"

namespace hindcast::io::onnx {
namespace {

constexpr std::size_t kMatrix = 1;
constexpr std::size_t kScales = 2;
constexpr std::size_t kZeroPoints = 3;
constexpr std::size_t kGroupIndex = 4;
constexpr double kMiddle = 8;

std::uint64_t divided_up(std::uint64_t number, std::uint64_t by) {
  return number / by + (number % by == 0 ? 0 : 1);
}

// The stored tensor at an input, kNone where it is left out or computed.
std::size_t constant_at(const Dataflow& flow, const Operation& operation, std::size_t input) {
  const bool given = input < operation.inputs.size() && operation.inputs[input] != kNone;
  return given ? flow.values()[operation.inputs[input]].tensor : kNone;
}

bool is_given(const Operation& operation, std::size_t input) {
  return input < operation.inputs.size() && operation.inputs[input] != kNone;
}

bool is_readable(const StoredTensor& tensor) {
  return !tensor.indices && tensor.values.unreadable.empty() &&
         tensor::is_real(tensor.values.type.dtype);
}

// The half of the byte that element `index` of a packed row is in.
double nibble(double byte, std::uint64_t index) {
  const auto both = static_cast<unsigned>(byte);
  return index % 2 == 0 ? both & 0xFU : both >> 4U;
}

std::vector<double> values_of(const StoredTensor& tensor) {
  std::vector<double> values(static_cast<std::size_t>(element_count(tensor.shape)));
  read_values(tensor, values);
  return values;
}

std::string shape_objection(const Dataflow& flow, const PackedMatrix& matrix, std::size_t packed) {
  const std::uint64_t blocks = divided_up(matrix.columns, matrix.block);
  const auto& constants = flow.constants();
  const StoredTensor& stored = constants[packed].tensor;
  const StoredTensor& scale = constants[matrix.scale].tensor;
  if (stored.values.type.dtype != tensor::DType::uint8 ||
      stored.shape != std::vector<std::uint64_t>{matrix.rows, blocks, matrix.block / 2}) {
    return fmt::format("its shape does not fit N = {}, K = {} and blocks of {}", matrix.rows,
                       matrix.columns, matrix.block);
  }
  if (!is_readable(scale) || scale.values.count != matrix.rows * blocks) {
    return fmt::format("{} scales for {} blocks", scale.values.count, matrix.rows * blocks);
  }
  if (matrix.zero_point == kNone) {
    return "";
  }
  const StoredTensor& zero_point = constants[matrix.zero_point].tensor;
  const bool bytes = zero_point.values.type.dtype == tensor::DType::uint8;
  const std::uint64_t expected = matrix.rows * (bytes ? divided_up(blocks, 2) : blocks);
  return is_readable(zero_point) && zero_point.values.count == expected
             ? ""
             : fmt::format("{} zero points, expected {}", zero_point.values.count, expected);
}

}  // namespace

bool is_packed_matrix(const Node& node, std::size_t input) {
  return node.op == "MatMulNBits" && node.domain == "com.microsoft" && input == kMatrix;
}

PackedMatrix packed_matrix(const Dataflow& flow, Use use) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 31U;
  const Operation& operation = flow.operation(use);
  const auto number = [&](std::string_view name, std::int64_t otherwise) {
    return operation.node->attribute(name).integer.value_or(otherwise);
  };
  PackedMatrix matrix;
  const std::int64_t bits = number("bits", 4);
  const std::int64_t rows = number("N", 0);
  const std::int64_t columns = number("K", 0);
  const std::int64_t block = number("block_size", 0);
  const std::size_t packed = constant_at(flow, operation, kMatrix);
  const auto in_range = [](std::int64_t n) { return n > 0 && n <= kLargest; };
  if (bits != 4) {
    matrix.obstacle = fmt::format("MatMulNBits of {} bits is not read", bits);
  } else if (!in_range(rows) || !in_range(columns) || !in_range(block) || block % 2 != 0 ||
             packed == kNone) {
    matrix.obstacle = "MatMulNBits without sound N, K and block_size";
  } else if (is_given(operation, kGroupIndex)) {
    matrix.obstacle = "MatMulNBits with columns in another order (g_idx) is not read";
  }
  if (!matrix.obstacle.empty()) {
    return matrix;
  }
  matrix.rows = static_cast<std::uint64_t>(rows);
  matrix.columns = static_cast<std::uint64_t>(columns);
  matrix.block = static_cast<std::uint64_t>(block);
  matrix.scale = constant_at(flow, operation, kScales);
  matrix.zero_point = constant_at(flow, operation, kZeroPoints);
  const bool computed =
      matrix.scale == kNone || (matrix.zero_point == kNone && is_given(operation, kZeroPoints));
  const std::string why =
      computed ? "its scales or zero points are computed" : shape_objection(flow, matrix, packed);
  if (!why.empty()) {
    matrix.obstacle = "MatMulNBits: " + why;
  }
  return matrix;
}

std::vector<double> unpack(const PackedMatrix& matrix, std::span<const Constant> constants,
                           std::size_t packed) {
  const std::vector<double> bytes = values_of(constants[packed].tensor);
  const std::vector<double> scales = values_of(constants[matrix.scale].tensor);
  std::vector<double> zeros;
  bool packed_zeros = false;
  if (matrix.zero_point != kNone) {
    zeros = values_of(constants[matrix.zero_point].tensor);
    packed_zeros = constants[matrix.zero_point].tensor.values.type.dtype == tensor::DType::uint8;
  }
  const std::uint64_t blocks = divided_up(matrix.columns, matrix.block);
  const auto zero_of = [&](std::uint64_t row, std::uint64_t block) {
    if (zeros.empty()) {
      return kMiddle;
    }
    return packed_zeros ? nibble(zeros[row * divided_up(blocks, 2) + block / 2], block)
                        : zeros[row * blocks + block];
  };
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(checked_mul(matrix.rows, matrix.columns)));
  for (std::uint64_t row = 0; row < matrix.rows; ++row) {
    for (std::uint64_t column = 0; column < matrix.columns; ++column) {
      const std::uint64_t block = row * blocks + column / matrix.block;
      const std::uint64_t within = column % matrix.block;
      const double byte = bytes[block * (matrix.block / 2) + within / 2];
      out.push_back((nibble(byte, within) - zero_of(row, column / matrix.block)) * scales[block]);
    }
  }
  return out;
}

}  // namespace hindcast::io::onnx
