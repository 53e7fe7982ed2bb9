// Who uses a stored tensor, and for what. Breadth first from the tensor through operators that
// pass it on (passing.hpp) as long as what comes out is still constant, because a class token that
// is joined to the activations is not the weight of the next layer. Each value is visited once, so
// that a loop in a broken graph ends.

#include "io/onnx/trace.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "hindcast/base/error.hpp"

#include "io/onnx/elementwise.hpp"
#include "io/onnx/initial_state.hpp"
#include "io/onnx/matrix_stack.hpp"
#include "io/onnx/passing.hpp"
#include "io/onnx/quantisation.hpp"
#include "io/onnx/traced_axes.hpp"

namespace hindcast::io::onnx {

using tensor::LayerKind;
using tensor::Role;

// A value on the way from the tensor.
struct Tracer::State {
  std::size_t value = kNone;
  std::optional<TracedAxes> axes;  // Nothing where they were lost.
  std::vector<std::string_view> through = {};
  std::optional<Quantisation> quantisation = {};
  std::string quantisation_obstacle = {};
};

namespace {

constexpr std::size_t kMostValues = 256;  // On the ways from one tensor.
constexpr std::uint64_t kFreeSteps = 1'000'000;
constexpr std::uint64_t kStepsForEachOperation = 8;

// The more an operation tells, the smaller.
int rank_of(const Consumption& consumption) {
  if (!consumption.role) {
    return 3;
  }
  if (*consumption.role == Role::weight) {
    return consumption.letters.empty() ? 1 : 0;
  }
  return *consumption.role == Role::other ? 4 : 2;
}

bool is_better(const Consumption& a, const Consumption& b) {
  const auto key = [](const Consumption& c) {
    return std::tuple(rank_of(c), c.use.node, c.use.input);
  };
  return key(a) < key(b);
}

bool is_made_up(const Dataflow& flow, std::size_t value) {
  constexpr std::size_t kSteps = 16;
  for (std::size_t step = 0; step < kSteps && value != kNone; ++step) {
    const std::size_t producer = flow.values()[value].producer;
    if (producer == kNone || flow.values()[value].tensor != kNone) {
      return false;
    }
    const Operation& operation = flow.operations()[producer];
    if (operation.node->is("ConstantOfShape") || operation.node->op.starts_with("Random")) {
      return true;
    }
    if (operation.inputs.empty() || !passes_on(*operation.node, 0)) {
      return false;
    }
    value = operation.inputs.front();
  }
  return false;
}

}  // namespace

Tracer::Tracer(const Dataflow& flow)
    : flow_(flow), steps_left_(kFreeSteps + kStepsForEachOperation * flow.operations().size()) {}

std::optional<Consumption> Tracer::trace(std::size_t constant, bool anonymous) {
  const Constant& origin = flow_.constants()[constant];
  std::optional<Consumption> best;
  if (origin.value == kNone) {
    return Consumption{.use = {.node = origin.operation, .input = kNone}, .role = Role::other};
  }
  std::unordered_set<std::size_t> seen = {origin.value};
  std::vector<State> states = {{.value = origin.value, .axes = TracedAxes(origin.tensor.shape)}};
  for (std::size_t i = 0; i < states.size() && i < kMostValues; ++i) {
    const State state = states[i];
    for (const Use& use : flow_.values()[state.value].uses) {
      if (steps_left_ == 0) {
        throw Error(ErrorCode::limit_exceeded, "the graph passes its tensors on without end");
      }
      --steps_left_;
      if (!passes_on(state, use)) {
        consider(state, use, anonymous, best);
        continue;
      }
      std::vector<State> next;
      follow(state, use, next);
      for (State& reached : next) {
        if (seen.insert(reached.value).second) {
          states.push_back(std::move(reached));
        }
      }
    }
  }
  if (best && best->role == Role::weight && !best->quantisation) {
    best->quantisation =
        from_consumer(flow_, {.tensor = origin.tensor, .use = best->use, .letters = best->letters});
  }
  return best;
}

bool Tracer::passes_on(const State& state, const Use& use) const {
  const Operation& operation = flow_.operation(use);
  if (!onnx::passes_on(*operation.node, use.input)) {
    return false;
  }
  const bool still_constant = std::ranges::any_of(operation.outputs, [&](std::size_t output) {
    return output != kNone && flow_.values()[output].constant;
  });
  // Next to a constant matrix, a constant number is no parameter that the matrix becomes.
  return still_constant &&
         (!is_elementwise(*operation.node) || !state.axes || state.axes->long_axes() > 1);
}

void Tracer::follow(const State& state, const Use& use, std::vector<State>& next) {
  const Operation& operation = flow_.operation(use);
  State reached = state;
  if (state.axes) {
    reached.axes = axes_after(flow_, operation, *state.axes);
  }
  if (operation.node->is("DequantizeLinear") && state.axes) {
    reached.quantisation = from_dequantize_linear(flow_, operation, *state.axes);
    if (!reached.quantisation) {
      reached.quantisation_obstacle = misfit(flow_, operation);
    }
  }
  if (!operation.node->is("Identity")) {
    reached.through.push_back(operation.node->op);
  }
  for (const std::size_t output : operation.outputs) {
    if (output != kNone) {
      reached.value = output;
      next.push_back(reached);
    }
  }
}

void Tracer::consider(const State& state, const Use& use, bool anonymous,
                      std::optional<Consumption>& best) const {
  const Operation& operation = flow_.operation(use);
  Consumption consumption{.use = use,
                          .through = state.through,
                          .quantisation = state.quantisation,
                          .quantisation_obstacle = state.quantisation_obstacle};
  const std::size_t axes = state.axes ? state.axes->rank() : 0;
  if (is_elementwise(*operation.node)) {
    const ElementwiseConstant constant{.use = use,
                                       .long_axes = state.axes ? state.axes->long_axes() : axes,
                                       .anonymous = anonymous};
    const ElementwiseVerdict verdict = judge_elementwise(flow_, constant);
    consumption.role = verdict.role;
    consumption.part = verdict.part;
  } else if (const auto purpose = purpose_of(*operation.node, use.input, axes)) {
    consumption.role = purpose->role;
    consumption.kind = purpose->kind;
    consumption.part = purpose->part;
    if (state.axes && !purpose->letters.empty()) {
      consumption.letters = state.axes->stored_letters(purpose->letters).value_or("");
    }
    if (state.axes && purpose->role == Role::weight && purpose->kind == LayerKind::recurrent) {
      consumption.directions = state.axes->stored_axis(0);
    }
  } else if (auto stack = matrix_stack(flow_, use, axes)) {
    consumption.use = stack->use;
    consumption.role = Role::weight;
    consumption.kind = LayerKind::linear;
    consumption.part = "weight";
    consumption.letters = state.axes->stored_letters(stack->letters).value_or("");
    consumption.through.push_back(operation.node->op);
  }
  if (operation.node->is("DequantizeLinear") && use.input == 0) {
    consumption.note = misfit(flow_, operation);
  } else if (!consumption.role || consumption.role == Role::other) {
    consumption.note = initial_state_note(flow_, state.value);
    if (!consumption.note.empty()) {
      consumption.role = Role::other;
    }
  }
  if (!best || is_better(consumption, *best)) {
    best = std::move(consumption);
  }
}

std::size_t Tracer::computed_weights() const {
  std::size_t count = 0;
  for (const Operation& operation : flow_.operations()) {
    for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
      const auto purpose = purpose_of(*operation.node, i, 0);
      const bool takes_weight = purpose && purpose->role == Role::weight;
      if (takes_weight && operation.inputs[i] != kNone && is_made_up(flow_, operation.inputs[i])) {
        ++count;
      }
    }
  }
  return count;
}

}  // namespace hindcast::io::onnx
