// The rows of W and R lie gate after gate, i o f c for an LSTM and z r h for a GRU:
// https://onnx.ai/onnx/operators/onnx__LSTM.html, onnx__GRU.html. PyTorch keeps i f g o and r z n,
// and its exporter either writes the rows in ONNX's order or slices and joins them in the graph.

#include "io/onnx/gates.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "io/onnx/row_source.hpp"

namespace hindcast::io::onnx {
namespace {

using tensor::FusedParts;
using Names = std::vector<std::string>;

Names gates_taken_by(const Node& node) {
  if (node.is("LSTM")) {
    return {"i", "o", "f", "c"};
  }
  return node.is("GRU") ? Names{"z", "r", "h"} : Names{};
}

// PyTorch has its own letters in its own order.
Names spelled(Names names) {
  if (names == Names{"i", "f", "c", "o"}) {
    return {"i", "f", "g", "o"};
  }
  return names == Names{"r", "z", "h"} ? Names{"r", "z", "n"} : names;
}

FusedParts unknown(std::string_view why) {
  return {.names = {}, .obstacle = fmt::format("the order of its gates is not known: {}", why)};
}

// The gates by their place in the tensor; empty where the tensor does not hold each of them whole.
Names in_stored_order(const std::vector<Run>& rows, const Names& taken, std::size_t constant,
                      std::uint64_t units) {
  Names stored(taken.size());
  for (std::size_t gate = 0; gate < taken.size(); ++gate) {
    const std::vector<Run> source = cut(rows, gate * units, units);
    if (source.size() != 1 || source[0].constant != constant || source[0].begin % units != 0 ||
        source[0].begin / units >= taken.size()) {
      return {};
    }
    stored[source[0].begin / units] = taken[gate];
  }
  return std::ranges::count(stored, "") == 0 ? stored : Names{};
}

}  // namespace

FusedParts gates_of(const Dataflow& flow, std::size_t constant, Use use, std::string_view letters) {
  constexpr ValueAxis kRows = {.axis = 1, .rank = 3};  // Of (directions, gates x units, inputs).
  const Operation& operation = flow.operation(use);
  const Names taken = gates_taken_by(*operation.node);
  const std::size_t axis = letters.rfind('O');
  if (taken.empty() || axis == std::string_view::npos) {
    return {};
  }
  const auto rows = row_source(flow, operation.inputs[use.input], kRows, constant);
  if (!rows) {
    return unknown("it is more than sliced and joined on its way to the node");
  }
  std::uint64_t length = 0;
  for (const Run& run : *rows) {
    length += run.length;
    if (run.constant == constant && run.axis != axis) {
      return unknown("the node takes another axis for them");
    }
  }
  const std::uint64_t units = length / taken.size();
  const std::uint64_t stored = flow.constants()[constant].tensor.shape[axis];
  if (units == 0 || length % taken.size() != 0) {
    return unknown(fmt::format("{} rows are no {} gates", length, taken.size()));
  }
  if (stored <= units) {
    return {};  // One gate, or less: nothing is fused.
  }
  Names names = in_stored_order(*rows, taken, constant, units);
  if (names.empty() || stored != length) {
    return unknown("they are not whole blocks of the tensor");
  }
  return {.names = spelled(std::move(names)), .obstacle = {}};
}

}  // namespace hindcast::io::onnx
