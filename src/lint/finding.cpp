#include "lint/finding.hpp"

#include <algorithm>

namespace hindcast::lint {
namespace {

struct KindEntry {
  Kind kind;
  std::string_view name;
  std::string_view explanation;
};

constexpr std::array kEntries = {
    KindEntry{Kind::identical_checkpoints, "identical_checkpoints",
              "two steps have the same weights, to the last bit"},
    KindEntry{Kind::repeated_final, "repeated_final",
              "the final weights stand at an earlier step, too"},
    KindEntry{Kind::reset_to_initial, "reset_to_initial",
              "weights that had moved are the initial ones again, or near to them"},
    KindEntry{Kind::still_initial, "still_initial", "what should be trained is the initialisation"},
    KindEntry{Kind::foreign_shard, "foreign_shard",
              "some layers, but not all, are those of another step"},
    KindEntry{Kind::identical_tensor, "identical_tensor",
              "a layer is that of another step, though it moved in between or before and after"},
    KindEntry{Kind::steps_out_of_order, "steps_out_of_order",
              "the weights lie on the path of the training where another step belongs"},
    KindEntry{Kind::rotation_jump, "rotation_jump",
              "the weights leave the path of the training for one step, or at its end"},
    KindEntry{Kind::two_runs, "two_runs", "from here on, or in between, these are another run's"},
    KindEntry{Kind::step_contradiction, "step_contradiction",
              "a file states another step or epoch than its name"},
    KindEntry{Kind::repeated_step, "repeated_step", "two checkpoints state the same step"},
    KindEntry{Kind::non_finite, "non_finite", "NaN or infinity among the values"},
    KindEntry{Kind::dead_filter, "dead_filter", "a row of the weights is zero beside the others"},
    KindEntry{Kind::frozen_layer, "frozen_layer", "a layer never moved while others did"},
    KindEntry{Kind::moved_once, "moved_once", "a layer changed at one step and at no other"},
    KindEntry{Kind::paused_layer, "paused_layer",
              "a layer stood still at the beginning or the end while others moved"},
    KindEntry{Kind::appeared_layer, "appeared_layer", "a layer that the step before did not have"},
    KindEntry{Kind::vanished_layer, "vanished_layer", "a layer that only the step before had"},
    KindEntry{Kind::reshaped_layer, "reshaped_layer", "a layer has another shape than before"},
    KindEntry{Kind::unread_checkpoint, "unread_checkpoint",
              "a file that could not be read, or a tensor of it: it was not judged"},
};

const KindEntry& entry(Kind kind) {
  return *std::ranges::find(kEntries, kind, &KindEntry::kind);
}

}  // namespace

std::string_view name(Severity severity) noexcept {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

std::span<const Kind> kinds() noexcept {
  static const std::array all = [] {
    std::array<Kind, kEntries.size()> out = {};
    std::ranges::transform(kEntries, out.begin(), &KindEntry::kind);
    return out;
  }();
  return all;
}

std::string_view name(Kind kind) noexcept {
  return entry(kind).name;
}

std::string_view explanation(Kind kind) noexcept {
  return entry(kind).explanation;
}

std::size_t LintReport::count(Severity severity) const {
  std::size_t total = 0;
  for (const RunFindings& run : runs) {
    total +=
        static_cast<std::size_t>(std::ranges::count(run.findings, severity, &Finding::severity));
  }
  return total;
}

}  // namespace hindcast::lint
