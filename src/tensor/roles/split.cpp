// Tensors that hold several layers. A stack of experts is as many layers as it has experts. Gates
// of recurrent layers and the query, key and value of a fused attention projection share a tensor
// too; they are one layer by default, as the optimiser sees them, and parts on request.
//
// Order of the gates: PyTorch LSTM i f g o, GRU r z n; Keras LSTM i f c o, GRU z r h. Where a
// format settles the order itself (ONNX, by the graph), that holds.

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "tensor/roles/verdict.hpp"

namespace hindcast::tensor::roles {
namespace {

using Names = std::vector<std::string>;

std::size_t first_axis(const Layout& layout, Axis wanted) {
  std::size_t axis = 0;
  while (axis < layout.rank() && layout.axis(axis) != wanted) {
    ++axis;
  }
  return axis;
}

// The axis that counts gate x unit: the last of the output axes (ONNX puts directions before it).
std::size_t last_output_axis(const Layout& layout) {
  std::size_t axis = layout.rank();
  while (axis-- > 0) {
    if (layout.axis(axis) == Axis::out) {
      break;
    }
  }
  return axis;
}

Split experts(std::size_t axis, std::uint64_t count) {
  Split split{.axis = axis, .parts = {}};
  for (std::uint64_t i = 0; i < count; ++i) {
    split.parts.push_back(std::to_string(i));
  }
  return split;
}

// The recurrent matrix of the cell this one belongs to: the only one whose shape tells the gates.
const TensorInfo* recurrent_matrix(const Subject& subject) {
  const std::string_view last = subject.last();
  if (last.starts_with("weight_ih")) {
    return subject.table.sibling(subject.tensor, "weight_hh" + std::string(last.substr(9)));
  }
  if (last == "kernel") {
    return subject.table.sibling(subject.tensor, "recurrent_kernel");
  }
  if (subject.tensor.evidence.dialect == Dialect::keras3 && last == "0") {
    return subject.table.sibling(subject.tensor, "1");
  }
  return &subject.tensor;
}

// Gates of a recurrent matrix: (gates x units) by units, whichever axis comes first.
std::uint64_t gates_of(const TensorInfo& recurrent) {
  if (recurrent.shape.size() < 2) {
    return 0;
  }
  const std::uint64_t a = recurrent.shape[recurrent.shape.size() - 2];
  const std::uint64_t b = recurrent.shape[recurrent.shape.size() - 1];
  const std::uint64_t units = std::min(a, b);
  return units > 0 && std::max(a, b) % units == 0 ? std::max(a, b) / units : 0;
}

Names gate_names(const Subject& subject, std::uint64_t gates) {
  const Dialect dialect = subject.tensor.evidence.dialect;
  const bool keras =
      dialect == Dialect::keras1 || dialect == Dialect::keras2 || dialect == Dialect::keras3;
  if (gates == 4) {
    return keras ? Names{"i", "f", "c", "o"} : Names{"i", "f", "g", "o"};
  }
  if (gates == 3) {
    return keras ? Names{"z", "r", "h"} : Names{"r", "z", "n"};
  }
  return {};
}

bool is_fused_projection(const Subject& subject) {
  static constexpr std::array<std::string_view, 5> kModules = {"c_attn", "qkv", "qkv_proj",
                                                               "query_key_value", "in_proj"};
  return subject.last() == "in_proj_weight" ||
         std::ranges::find(kModules, subject.owner()) != kModules.end();
}

}  // namespace

std::optional<Split> split_of(const Subject& subject, const Classification& verdict,
                              bool split_fused) {
  const Layout& layout = *verdict.layout;
  const std::size_t expert_axis = first_axis(layout, Axis::expert);
  if (expert_axis < layout.rank()) {
    return experts(expert_axis, subject.tensor.shape[expert_axis]);
  }
  const std::size_t axis = last_output_axis(layout);
  if (!split_fused || axis >= layout.rank()) {
    return std::nullopt;
  }
  Names names;
  if (subject.tensor.evidence.fused) {
    names = subject.tensor.evidence.fused->names;
  } else if (verdict.kind == LayerKind::recurrent) {
    const TensorInfo* const recurrent = recurrent_matrix(subject);
    names = recurrent == nullptr ? Names{} : gate_names(subject, gates_of(*recurrent));
  } else if (is_fused_projection(subject)) {
    names = {"q", "k", "v"};
  }
  // Unequal parts (grouped-query attention) cannot be told apart by a name alone: left as one.
  const bool fits = !names.empty() && subject.tensor.shape[axis] % names.size() == 0;
  return fits ? std::optional(Split{.axis = axis, .parts = std::move(names)}) : std::nullopt;
}

}  // namespace hindcast::tensor::roles
