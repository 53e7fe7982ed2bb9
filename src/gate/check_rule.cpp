#include "gate/check_rule.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "hindcast/tensor/role.hpp"

#include "base/text.hpp"
#include "gate/metric_names.hpp"

namespace hindcast::gate {
namespace {

using tensor::LayerKind;

constexpr std::array kKinds = {LayerKind::conv, LayerKind::linear, LayerKind::embedding,
                               LayerKind::recurrent, LayerKind::other};

}  // namespace

bool is_layer_kind(std::string_view word) noexcept {
  return std::ranges::any_of(kKinds, [word](LayerKind kind) { return tensor::name(kind) == word; });
}

std::string unknown_kind(std::string_view word) {
  std::vector<std::string> names;
  for (const LayerKind kind : kKinds) {
    names.emplace_back(tensor::name(kind));
  }
  return fmt::format("unknown kind of layer '{}', expected one of {}", printable(word),
                     join(names, ", "));
}

std::string too_short_a_trend(std::int64_t checkpoints) {
  return fmt::format("a trend is over at least {} checkpoints, not {}", kLeastTrend, checkpoints);
}

std::string contradiction_in(const Rule& rule) {
  const bool of_summary = rule.metric.of_summary;
  if (of_summary && rule.aggregate != Aggregate::summary) {
    return fmt::format("{} is one number for a checkpoint; leave out '{}'", expression(rule.metric),
                       name(rule.aggregate));
  }
  if (!of_summary && rule.aggregate == Aggregate::summary) {
    return fmt::format("{} is a number of each layer; say which of them, as in 'min({})'",
                       expression(rule.metric), expression(rule.metric));
  }
  if (of_summary && !(rule.selection.layers.empty() && rule.selection.kinds.empty())) {
    return fmt::format("{} is one number for all layers of a checkpoint; it cannot select layers",
                       expression(rule.metric));
  }
  const CheckpointChoice& choice = rule.selection.checkpoints;
  if (choice.first && choice.last && *choice.first > *choice.last) {
    return fmt::format("the range {}..{} is empty", *choice.first, *choice.last);
  }
  if (rule.trend && choice.kind == CheckpointChoice::Kind::every) {
    return "a trend is over the last checkpoints; it cannot be judged at every one";
  }
  return "";
}

}  // namespace hindcast::gate
