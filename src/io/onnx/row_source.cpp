// Backwards from a value through slices, joins and what leaves an axis as it is. A graph may join a
// value with itself over and over, so steps and runs are counted.

#include "io/onnx/row_source.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

namespace hindcast::io::onnx {
namespace {

using Runs = std::vector<Run>;

constexpr std::size_t kMostSteps = 4096;
constexpr std::size_t kMostRuns = 256;

constexpr std::array<std::string_view, 6> kKeepsAxes = {
    "Identity", "Cast", "CastLike", "Dropout", "QuantizeLinear", "DequantizeLinear"};

std::uint64_t length_of(const Runs& runs) {
  return std::accumulate(runs.begin(), runs.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Run& run) { return sum + run.length; });
}

bool continues(const Run& before, const Run& next) {
  return before.constant == next.constant && before.axis == next.axis &&
         before.begin + before.length == next.begin;
}

void append(Runs& runs, const Run& run) {
  if (!runs.empty() && continues(runs.back(), run)) {
    runs.back().length += run.length;
  } else if (run.length > 0) {
    runs.push_back(run);
  }
}

std::optional<std::size_t> index_of(std::int64_t axis, std::size_t rank) {
  const std::int64_t index = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  if (index < 0 || index >= static_cast<std::int64_t>(rank)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(index);
}

// An attribute up to some version of the operator, an input from then on.
std::optional<std::vector<std::int64_t>> integers_of(const Dataflow& flow,
                                                     const Operation& operation,
                                                     std::string_view attribute,
                                                     std::size_t input) {
  if (operation.node->has_attribute(attribute)) {
    return operation.node->attribute(attribute).integers;
  }
  if (input >= operation.inputs.size() || operation.inputs[input] == kNone) {
    return std::vector<std::int64_t>();
  }
  return flow.integer_input(operation, input);
}

class Search {
 public:
  Search(const Dataflow& flow, std::size_t wanted) : flow_(flow), wanted_(wanted) {}

  std::optional<Runs> runs(std::size_t value, const ValueAxis& at) {
    if (value == kNone || steps_left_ == 0 || at.axis >= at.rank) {
      return std::nullopt;
    }
    --steps_left_;
    if (const std::size_t tensor = flow_.values()[value].tensor; tensor != kNone) {
      return stored(tensor, at);
    }
    const std::size_t producer = flow_.values()[value].producer;
    if (producer == kNone || !flow_.operations()[producer].node->domain.empty()) {
      return std::nullopt;
    }
    const Operation& operation = flow_.operations()[producer];
    return operation.inputs.empty() ? std::nullopt : through(operation, value, at);
  }

 private:
  [[nodiscard]] std::optional<Runs> stored(std::size_t tensor, const ValueAxis& at) const {
    const std::vector<std::uint64_t>& shape = flow_.constants()[tensor].tensor.shape;
    if (shape.size() != at.rank) {
      return std::nullopt;
    }
    return Runs{{.constant = tensor, .axis = at.axis, .begin = 0, .length = shape[at.axis]}};
  }

  std::optional<Runs> through(const Operation& operation, std::size_t value, const ValueAxis& at) {
    const std::string_view op = operation.node->op;
    if (std::ranges::find(kKeepsAxes, op) != kKeepsAxes.end()) {
      return runs(operation.inputs.front(), at);
    }
    if (op == "Concat") {
      return joined(operation, at);
    }
    if (op == "Slice") {
      return sliced(operation, at);
    }
    if (op == "Split") {
      return part(operation, value, at);
    }
    if (op == "Transpose") {
      return transposed(operation, at);
    }
    return op == "Unsqueeze" || op == "Squeeze" ? reranked(operation, at) : std::nullopt;
  }

  std::optional<Runs> joined(const Operation& operation, const ValueAxis& at) {
    const auto axis = index_of(operation.node->attribute("axis").integer.value_or(0), at.rank);
    if (axis != at.axis) {
      return beside_others(operation, at);
    }
    Runs all;
    for (const std::size_t input : operation.inputs) {
      const std::optional<Runs> next = runs(input, at);
      if (!next || all.size() + next->size() > kMostRuns) {
        return std::nullopt;
      }
      for (const Run& run : *next) {
        append(all, run);
      }
    }
    return all;
  }

  // The one input that has the wanted tensor in it.
  std::optional<Runs> beside_others(const Operation& operation, const ValueAxis& at) {
    std::optional<Runs> found;
    for (const std::size_t input : operation.inputs) {
      std::optional<Runs> next = runs(input, at);
      const auto is_wanted = [this](const Run& run) { return run.constant == wanted_; };
      if (next && std::ranges::any_of(*next, is_wanted)) {
        if (found) {
          return std::nullopt;
        }
        found = std::move(next);
      }
    }
    return found;
  }

  std::optional<Runs> sliced(const Operation& operation, const ValueAxis& at) {
    const auto starts = integers_of(flow_, operation, "starts", 1);
    const auto ends = integers_of(flow_, operation, "ends", 2);
    const auto axes = integers_of(flow_, operation, "axes", 3);
    const auto steps = integers_of(flow_, operation, "steps", 4);
    const std::optional<Runs> whole = runs(operation.inputs.front(), at);
    if (!starts || !ends || !axes || !steps || !whole || starts->size() != ends->size() ||
        (!axes->empty() && axes->size() != starts->size()) ||
        (!steps->empty() && steps->size() != starts->size())) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < starts->size(); ++i) {
      const auto axis = axes->empty() ? i : index_of((*axes)[i], at.rank);
      if (axis != at.axis) {
        continue;
      }
      if (!steps->empty() && (*steps)[i] != 1) {
        return std::nullopt;
      }
      const auto length = static_cast<std::int64_t>(length_of(*whole));
      const auto bounded = [length](std::int64_t position) {
        return std::clamp(position < 0 ? position + length : position, std::int64_t{0}, length);
      };
      const std::int64_t begin = bounded((*starts)[i]);
      const std::int64_t end = std::max(begin, bounded((*ends)[i]));
      return cut(*whole, static_cast<std::uint64_t>(begin),
                 static_cast<std::uint64_t>(end - begin));
    }
    return whole;
  }

  std::optional<Runs> part(const Operation& operation, std::size_t value, const ValueAxis& at) {
    const auto axis = index_of(operation.node->attribute("axis").integer.value_or(0), at.rank);
    const std::optional<Runs> whole = runs(operation.inputs.front(), at);
    if (!whole || axis != at.axis) {
      return whole;
    }
    auto sizes = integers_of(flow_, operation, "split", 1);
    if (!sizes) {
      return std::nullopt;
    }
    const std::size_t outputs = operation.outputs.size();
    const std::uint64_t length = length_of(*whole);
    if (sizes->empty() && length % outputs == 0) {
      sizes->assign(outputs, static_cast<std::int64_t>(length / outputs));
    }
    if (sizes->size() != outputs || std::ranges::any_of(*sizes, [](auto n) { return n < 0; })) {
      return std::nullopt;
    }
    std::uint64_t begin = 0;
    for (std::size_t i = 0; operation.outputs[i] != value; ++i) {
      begin += static_cast<std::uint64_t>((*sizes)[i]);
      if (i + 1 == outputs) {
        return std::nullopt;
      }
    }
    const auto index = std::ranges::find(operation.outputs, value) - operation.outputs.begin();
    return cut(*whole, begin,
               static_cast<std::uint64_t>((*sizes)[static_cast<std::size_t>(index)]));
  }

  std::optional<Runs> transposed(const Operation& operation, const ValueAxis& at) {
    const std::vector<std::int64_t>& permutation = operation.node->attribute("perm").integers;
    if (permutation.empty()) {
      return runs(operation.inputs.front(), {.axis = at.rank - 1 - at.axis, .rank = at.rank});
    }
    const auto axis =
        permutation.size() == at.rank ? index_of(permutation[at.axis], at.rank) : std::nullopt;
    return axis ? runs(operation.inputs.front(), {.axis = *axis, .rank = at.rank}) : std::nullopt;
  }

  std::optional<Runs> reranked(const Operation& operation, const ValueAxis& at) {
    const auto axes = integers_of(flow_, operation, "axes", 1);
    const bool grows = operation.node->is("Unsqueeze");
    if (!axes || axes->empty() || (grows && axes->size() >= at.rank)) {
      return std::nullopt;
    }
    const std::size_t larger = grows ? at.rank : at.rank + axes->size();
    std::vector<bool> extra(larger, false);
    for (const std::int64_t axis : *axes) {
      const auto place = index_of(axis, larger);
      if (!place) {
        return std::nullopt;
      }
      extra[*place] = true;
    }
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < larger; ++i) {
      if (!extra[i]) {
        kept.push_back(i);
      }
    }
    if (!grows) {
      return at.axis < kept.size()
                 ? runs(operation.inputs.front(), {.axis = kept[at.axis], .rank = larger})
                 : std::nullopt;
    }
    const auto place = std::ranges::find(kept, at.axis);
    const auto axis = static_cast<std::size_t>(place - kept.begin());
    return place == kept.end()
               ? std::nullopt
               : runs(operation.inputs.front(), {.axis = axis, .rank = kept.size()});
  }

  const Dataflow& flow_;
  std::size_t wanted_;
  std::size_t steps_left_ = kMostSteps;
};

}  // namespace

std::optional<std::vector<Run>> row_source(const Dataflow& flow, std::size_t value,
                                           const ValueAxis& at, std::size_t wanted) {
  return Search(flow, wanted).runs(value, at);
}

std::vector<Run> cut(const std::vector<Run>& runs, std::uint64_t begin, std::uint64_t length) {
  Runs out;
  std::uint64_t at = 0;
  const std::uint64_t end = begin + length;
  for (const Run& run : runs) {
    const std::uint64_t from = std::max(at, begin);
    const std::uint64_t to = std::min(at + run.length, end);
    if (from < to) {
      append(out, {.constant = run.constant,
                   .axis = run.axis,
                   .begin = run.begin + (from - at),
                   .length = to - from});
    }
    at += run.length;
  }
  return out;
}

}  // namespace hindcast::io::onnx
