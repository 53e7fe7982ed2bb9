// What every tensor of a file is, whether it is analysed, and how its axes lie.
//
// A layout is never guessed from the shape. The evidence, strongest first: a rule of the user; what
// the format states; the layer's class in a stored configuration; the name; the dialect; a stated
// default. The naming rules of each dialect are in roles/.

#include "hindcast/tensor/classification.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "base/text.hpp"
#include "tensor/roles/verdict.hpp"

namespace hindcast::tensor {
namespace {

using roles::NameTable;
using roles::Subject;
using roles::Verdict;

std::vector<std::string_view> segments_of(const TensorInfo& tensor) {
  const std::string_view name = roles::without_output_index(roles::place_in_model(tensor));
  const Dialect dialect = tensor.evidence.dialect;
  if (dialect != Dialect::pytorch && dialect != Dialect::unknown) {
    return split(name, '/');  // Layers may have dots in their names.
  }
  std::vector<std::string_view> segments;
  for (const std::string_view part : split(name, '/')) {
    for (const std::string_view segment : split(part, '.')) {
      segments.push_back(segment);
    }
  }
  return segments;
}

// In a state dict only a slot's own name counts: a module may be called "optim", and where the
// format keeps the optimiser is for its reader to say.
bool is_optimizer_state(const Subject& subject) {
  static constexpr std::array<std::string_view, 6> kSlots = {
      "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "acc_delta"};
  const Dialect dialect = subject.tensor.evidence.dialect;
  const bool is_keras = dialect != Dialect::pytorch && dialect != Dialect::unknown;
  return subject.tensor.evidence.optimizer_state ||
         (is_keras && subject.segments.front().starts_with("optimizer")) ||
         std::ranges::find(kSlots, subject.last()) != kSlots.end();
}

Verdict verdict_on(const Subject& subject) {
  const Evidence& evidence = subject.tensor.evidence;
  if (is_optimizer_state(subject)) {
    return {.role = Role::optimizer_state};
  }
  if (evidence.layout && evidence.layout->rank() == subject.rank()) {
    return {.role = Role::weight,
            .trained = true,
            .kind = evidence.kind,
            .letters = evidence.layout->letters(),
            .reason = evidence.layout_reason};
  }
  if (evidence.role && *evidence.role != Role::weight) {
    const bool trained = *evidence.role == Role::bias || *evidence.role == Role::normalisation;
    return {.role = *evidence.role, .trained = trained};
  }
  switch (evidence.dialect) {
    case Dialect::keras1:
    case Dialect::keras2:
      return roles::by_keras_names(subject);
    case Dialect::keras3:
      return roles::by_keras3_path(subject);
    case Dialect::pytorch:
    case Dialect::unknown:
      break;
  }
  return roles::by_pytorch_names(subject);
}

bool is_named_by(std::string_view glob, const TensorInfo& tensor, std::string_view layer) {
  const auto matches = [&](std::string_view text) {
    return glob == text || glob_matches(glob, text);
  };
  return matches(layer) || matches(tensor.name) || matches(tensor.path);
}

// Does the selection leave out this layer, which is the tensor or a part of it?
bool is_excluded(const TensorInfo& tensor, std::string_view layer, std::uint64_t weights,
                 LayerKind kind, const Selection& selection) {
  const auto matches = [&](const std::string& glob) { return is_named_by(glob, tensor, layer); };
  const bool included =
      selection.include.empty() || std::ranges::any_of(selection.include, matches);
  const bool wanted_kind =
      selection.kinds.empty() || std::ranges::find(selection.kinds, kind) != selection.kinds.end();
  return !included || std::ranges::any_of(selection.exclude, matches) || !wanted_kind ||
         weights < selection.min_size;
}

// Leaves out the layers that the selection does; the tensor with the last of them.
void apply_selection(const TensorInfo& tensor, const Selection& selection, Classification& result) {
  const std::uint64_t weights = element_count(tensor.shape);
  if (!result.split) {
    if (is_excluded(tensor, tensor.name, weights, result.kind, selection)) {
      result.skip_reason = "excluded";
    }
    return;
  }
  Split& split = *result.split;
  for (std::size_t i = 0; i < split.parts.size(); ++i) {
    const std::string layer = part_name(tensor.name, split, i);
    if (!is_excluded(tensor, layer, weights / split.parts.size(), result.kind, selection)) {
      split.selected.push_back(i);
    }
  }
  if (split.selected.empty()) {
    result.skip_reason = "excluded";
  }
}

std::string skip_reason(const TensorInfo& tensor, const Verdict& verdict) {
  if (verdict.role == Role::optimizer_state) {
    return "optimizer_state";
  }
  if (!tensor.unreadable.empty()) {
    return "unreadable";
  }
  if (verdict.role != Role::weight && verdict.role != Role::other) {
    return std::string(name(verdict.role));
  }
  const bool whole_numbers = is_integer(tensor.dtype) || tensor.dtype == DType::boolean;
  if (whole_numbers && !tensor.evidence.dequantised) {
    return "integer";
  }
  if (!is_real(tensor.dtype) || verdict.role == Role::other) {
    return "not_a_weight";
  }
  if (std::ranges::count(tensor.shape, 0U) > 0) {
    return "empty";
  }
  if (std::ranges::count_if(tensor.shape, [](std::uint64_t extent) { return extent > 1; }) < 2) {
    return "too_small";
  }
  return verdict.letters.empty() ? "not_a_weight" : "";
}

LayerKind kind_of(const Layout& layout, LayerKind named) {
  if (layout.is_convolution()) {
    return LayerKind::conv;
  }
  return named == LayerKind::other ? LayerKind::linear : named;
}

bool is_parameter(const TensorInfo& tensor, const Verdict& verdict) {
  const bool trainable = is_floating_point(tensor.dtype) || tensor.dtype == DType::complex64 ||
                         tensor.dtype == DType::complex128 || tensor.evidence.dequantised;
  return verdict.trained && trainable;
}

const LayoutRule* rule_for(const TensorInfo& tensor, const Selection& selection) {
  const auto found = std::ranges::find_if(selection.layouts, [&](const LayoutRule& rule) {
    return is_named_by(rule.glob, tensor, tensor.name);
  });
  return found == selection.layouts.end() ? nullptr : &*found;
}

// Could a rule of the user make a weight of what the evidence did not?
bool is_forcible(const TensorInfo& tensor, const LayoutRule& rule) {
  const auto is_long = [](std::uint64_t extent) { return extent > 1; };
  return is_real(tensor.dtype) && rule.layout.rank() == tensor.shape.size() &&
         std::ranges::count(tensor.shape, 0U) == 0 &&
         std::ranges::count_if(tensor.shape, is_long) > 1;
}

Classification with_rule(const TensorInfo& tensor, const LayoutRule& rule, Classification result) {
  if (rule.layout.rank() != tensor.shape.size()) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: layout '{}={}' has {} axes, the tensor has {} ({})",
                            printable(tensor.name), printable(rule.glob), rule.layout.letters(),
                            rule.layout.rank(), tensor.shape.size(), join(tensor.shape, ", ")));
  }
  result.role = Role::weight;
  result.layout = rule.layout;
  result.layout_reason =
      fmt::format("--layout '{}={}'", printable(rule.glob), rule.layout.letters());
  result.kind =
      kind_of(rule.layout, result.kind == LayerKind::conv ? LayerKind::other : result.kind);
  result.skip_reason.clear();
  result.is_parameter = true;
  return result;
}

// What the format has to say beyond the layout.
void add_remarks(const TensorInfo& tensor, const Selection& selection, Classification& result) {
  const auto& fused = tensor.evidence.fused;
  if (selection.split_fused && fused && !fused->obstacle.empty()) {
    result.layout_reason += "; not split: " + fused->obstacle;
  }
  if (!tensor.evidence.note.empty()) {
    result.layout_reason += "; " + tensor.evidence.note;
  }
}

Classification classify_one(const Subject& subject, const Selection& selection) {
  const TensorInfo& tensor = subject.tensor;
  const Verdict verdict = verdict_on(subject);
  Classification result{.role = verdict.role,
                        .kind = LayerKind::other,
                        .layout = std::nullopt,
                        .layout_reason = "",
                        .skip_reason = skip_reason(tensor, verdict),
                        .is_parameter = is_parameter(tensor, verdict)};
  if (verdict.role == Role::weight && !verdict.letters.empty()) {
    result.kind = kind_of(Layout::parse(verdict.letters), verdict.kind);
  }
  const LayoutRule* const rule = rule_for(tensor, selection);
  const bool forced =
      rule != nullptr && result.skip_reason == "not_a_weight" && is_forcible(tensor, *rule);
  if (!result.analysed() && !forced) {
    return result;
  }
  const bool is_unfit = rule != nullptr && rule->layout.rank() != tensor.shape.size();
  if (is_unfit &&
      is_excluded(tensor, tensor.name, element_count(tensor.shape), result.kind, selection)) {
    result.skip_reason = "excluded";  // A rule need not fit what is left out.
    return result;
  }
  if (rule != nullptr) {
    result = with_rule(tensor, *rule, std::move(result));
  } else {
    result.layout = Layout::parse(verdict.letters);
    result.layout_reason = verdict.reason;
  }
  result.split = roles::split_of(subject, result, selection.split_fused);
  apply_selection(tensor, selection, result);
  if (!result.analysed()) {
    result.layout.reset();
  }
  add_remarks(tensor, selection, result);
  return result;
}

}  // namespace

std::string_view name(Role role) noexcept {
  switch (role) {
    case Role::weight:
      return "weight";
    case Role::bias:
      return "bias";
    case Role::normalisation:
      return "normalisation";
    case Role::statistics:
      return "statistics";
    case Role::optimizer_state:
      return "optimizer_state";
    case Role::other:
      break;
  }
  return "other";
}

std::string_view name(LayerKind kind) noexcept {
  switch (kind) {
    case LayerKind::conv:
      return "conv";
    case LayerKind::linear:
      return "linear";
    case LayerKind::embedding:
      return "embedding";
    case LayerKind::recurrent:
      return "recurrent";
    case LayerKind::other:
      break;
  }
  return "other";
}

std::string part_name(std::string_view tensor, const Split& split, std::size_t index) {
  return fmt::format("{}[{}]", tensor, split.parts[index]);
}

LayoutRule parse_layout_rule(std::string_view text) {
  // The last '=', because a tensor's name may hold one and a layout never does.
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw Error(ErrorCode::usage,
                fmt::format("'{}' is not a layout rule; write GLOB=LAYOUT, such as '*conv*=OIHW'",
                            printable(text)));
  }
  return {.glob = std::string(text.substr(0, equals)),
          .layout = Layout::parse(text.substr(equals + 1))};
}

std::vector<Classification> classify(std::span<const TensorInfo> tensors,
                                     const Selection& selection) {
  const NameTable table(tensors);
  std::vector<Classification> results;
  results.reserve(tensors.size());
  for (const TensorInfo& tensor : tensors) {
    const Subject subject{.tensor = tensor, .table = table, .segments = segments_of(tensor)};
    results.push_back(classify_one(subject, selection));
  }
  return results;
}

}  // namespace hindcast::tensor
