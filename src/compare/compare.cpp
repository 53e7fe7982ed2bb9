#include "compare/compare.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "compare/change.hpp"
#include "compare/coverage.hpp"
#include "compare/match.hpp"
#include "gate/baseline.hpp"
#include "report/layer_values.hpp"

namespace hindcast::compare {
namespace {

using metrics::Better;
using metrics::Status;
using metrics::StatusSet;
using Kind = gate::CheckpointChoice::Kind;

Moment moment_of(const report::RunReport& run, const report::CheckpointReport& checkpoint) {
  return {.run = run.name,
          .checkpoint = checkpoint.name,
          .path = checkpoint.path,
          .step = checkpoint.step,
          .epoch = checkpoint.epoch};
}

bool is_new(Status status, const StatusSet& before, const StatusSet& after) {
  return after.has(status) && !before.has(status);
}

std::string new_statuses(const StatusSet& before, const StatusSet& after) {
  std::string out;
  for (const Status status : after.list()) {
    if (is_new(status, before, after)) {
      out += (out.empty() ? "" : ", ") + std::string(metrics::name(status));
    }
  }
  return out;
}

// Why there is no value on one side. NaN in the weights is worse whatever the metric.
void explain(Change& change, const LayerPair& layers) {
  if (change.effect == Effect::lost) {
    change.reason = new_statuses(layers.status_a, layers.status_b);
    if (is_new(Status::non_finite, layers.status_a, layers.status_b)) {
      change.effect = Effect::worse;
    }
  } else if (change.effect == Effect::gained) {
    change.reason = new_statuses(layers.status_b, layers.status_a);
    if (is_new(Status::non_finite, layers.status_b, layers.status_a)) {
      change.effect = Effect::better;
    }
  }
}

// The condition of an unfolding without a low-rank part is 0, and part of the layer's mean.
std::int64_t unfoldings_without_part(const report::LayerReport& layer) {
  return std::ranges::count_if(layer.measured.unfoldings, [](const auto& unfolding) {
    return unfolding.exact.value && unfolding.exact.value->rank == 0;
  });
}

// Which way a metric is better between two layers.
Better better_between(std::string_view metric, const report::LayerReport& a,
                      const report::LayerReport& b, const Values& values) {
  const bool other_parts = unfoldings_without_part(a) != unfoldings_without_part(b);
  const bool is_condition = metric == "mapping_condition";
  return is_condition && (other_parts || values.a == 0.0 || values.b == 0.0)
             ? Better::unknown
             : metrics::better_of_layers(metric);
}

// What a metric is measured from, besides the weights themselves.
enum class Origin { none, initial, previous };

Origin origin_of(std::string_view metric) {
  if (metric.starts_with("step_rotation")) {
    return Origin::previous;
  }
  const bool is_from_initial = metric.starts_with("rotation") ||
                               metric.starts_with("relative_distance") ||
                               metric.starts_with("distance_from_init");
  return is_from_initial ? Origin::initial : Origin::none;
}

// A checkpoint, and what it can be measured from.
struct Side {
  const report::RunReport& run;
  const report::CheckpointReport& checkpoint;

  // Without initial weights rotation is measured from the first checkpoint: of one alone, itself.
  [[nodiscard]] std::string_view initial() const {
    if (run.initial.checkpoint) {
      return "the initial weights";
    }
    return run.checkpoints.size() > 1 ? "the first checkpoint" : "nothing";
  }
  [[nodiscard]] std::string_view previous() const {
    return &checkpoint == &run.checkpoints.front() ? "nothing" : "the checkpoint before";
  }
};

// One number of the checkpoint.
void add_number(std::vector<Change>& out, std::string metric, const Values& values) {
  Change change = change_of(values);
  if (change.effect != Effect::same) {
    change.metric = std::move(metric);
    out.push_back(std::move(change));
  }
}

class PairMaker {
 public:
  PairMaker(const Side& a, const Side& b, const Options& options)
      : a_(a.checkpoint),
        b_(b.checkpoint),
        options_(options),
        matching_(match_layers(a_.layers, b_.layers, options.match)),
        initial_(a.initial() == b.initial()),
        previous_(a.previous() == b.previous()),
        has_initial_(a.initial() != "nothing"),
        has_previous_(a.previous() != "nothing") {}

  void fill(Pair& pair, const Side& a, const Side& b) const {
    if (!initial_) {
      pair.not_comparable.push_back(
          fmt::format("rotation and distances from the start: measured from {} in A, from {} in B",
                      a.initial(), b.initial()));
    }
    if (!previous_) {
      pair.not_comparable.push_back(fmt::format(
          "step_rotation: measured from {} in A, from {} in B", a.previous(), b.previous()));
    }
    add_layers(pair);
    add_aggregates(pair.summary);
    add_totals(pair.summary);
    add_scores(pair.scores);
    sort_worst_first(pair.changes);
    sort_worst_first(pair.summary);
    sort_worst_first(pair.scores);
  }

 private:
  [[nodiscard]] bool is_comparable(std::string_view metric) const {
    switch (origin_of(metric)) {
      case Origin::none:
        break;
      case Origin::initial:
        return initial_;
      case Origin::previous:
        return previous_;
    }
    return true;
  }

  // The 0 that is measured where a checkpoint stands alone says nothing, nor does its loss.
  [[nodiscard]] bool is_from_itself(std::string_view metric, const Values& values) const {
    const Origin origin = origin_of(metric);
    return (values.a || values.b) && values.a.value_or(0.0) == 0.0 &&
           values.b.value_or(0.0) == 0.0 &&
           ((origin == Origin::initial && !has_initial_) ||
            (origin == Origin::previous && !has_previous_));
  }

  void add_layers(Pair& pair) const {
    for (const auto& [index_a, index_b] : matching_.pairs) {
      add_layer(pair, a_.layers[index_a], b_.layers[index_b]);
    }
    for (const std::size_t index : matching_.only_in_a) {
      const report::LayerReport& layer = a_.layers[index];
      pair.layers_only_in_a.push_back({.name = layer.name, .shape = layer.shape});
    }
    for (const std::size_t index : matching_.only_in_b) {
      const report::LayerReport& layer = b_.layers[index];
      pair.layers_only_in_b.push_back({.name = layer.name, .shape = layer.shape});
    }
  }

  void add_layer(Pair& pair, const report::LayerReport& a, const report::LayerReport& b) const {
    const LayerPair& layers = pair.layers.emplace_back(LayerPair{
        .name_a = a.name,
        .name_b = b.name,
        .shape_a = a.shape,
        .shape_b = b.shape,
        .is_reshaped = logical_shape(a.shape, a.layout) != logical_shape(b.shape, b.layout),
        .status_a = a.measured.status,
        .status_b = b.measured.status});
    for (const report::LayerValue& which : report::layer_values()) {
      Values values = with_tolerance(report::value(a, which), report::value(b, which));
      if (!is_comparable(which.key) || is_from_itself(which.key, values)) {
        continue;
      }
      values.better = better_between(which.key, a, b, values);
      Change change = change_of(values);
      if (change.effect == Effect::same) {
        ++(values.a ? pair.same : pair.missing);
        continue;
      }
      change.layer_a = a.name;
      change.layer_b = b.name;
      change.metric = which.key;
      explain(change, layers);
      pair.changes.push_back(std::move(change));
    }
  }

  void add_aggregates(std::vector<Change>& out) const {
    for (const metrics::Aggregate& a : a_.summary.aggregates) {
      const auto b =
          std::ranges::find(b_.summary.aggregates, a.metric, &metrics::Aggregate::metric);
      if (b == b_.summary.aggregates.end() || !is_comparable(a.metric)) {
        continue;
      }
      const Coverage coverage = coverage_of(a.metric, a_, b_, matching_);
      for (const metrics::Statistic& statistic : metrics::statistics()) {
        const std::string key = std::string(a.metric) + "." + std::string(statistic.key);
        add_summary(out, key, with_tolerance(a.*statistic.value, (*b).*statistic.value), coverage);
      }
    }
  }

  void add_totals(std::vector<Change>& out) const {
    for (const metrics::Total& a : a_.summary.totals) {
      const auto b = std::ranges::find(b_.summary.totals, a.key, &metrics::Total::key);
      if (b != b_.summary.totals.end() && is_comparable(a.key)) {
        const std::string_view metric = metrics::metric_left_out_by(a.key);
        add_summary(out, std::string(a.key), with_tolerance(a.value, b->value),
                    coverage_of(metric, a_, b_, matching_));
      }
    }
  }

  // What is made of other layers may be higher for these layers' sake alone: a bad layer that
  // turned to NaN leaves a better mean.
  void add_summary(std::vector<Change>& out, std::string key, Values values,
                   const Coverage& coverage) const {
    if (is_from_itself(key, values)) {
      return;
    }
    values.better = coverage.is_equal ? metrics::better_of_summary(key) : Better::unknown;
    Change change = change_of(values);
    if (change.effect == Effect::same) {
      return;
    }
    change.metric = std::move(key);
    change.layers_a = coverage.a;
    change.layers_b = coverage.b;
    change.reason = coverage.is_equal ? "" : describe(coverage);
    out.push_back(std::move(change));
  }

  void add_scores(std::vector<Change>& out) const {
    const auto value_in = [](const std::vector<report::LoggedNumber>& scores,
                             const std::string& name) -> std::optional<double> {
      const auto place = std::ranges::find(scores, name, &report::LoggedNumber::name);
      return place == scores.end() ? std::nullopt : place->value;
    };
    const auto add = [&](const std::string& name) {
      Values values = with_tolerance(value_in(a_.scores, name), value_in(b_.scores, name));
      values.better = metrics::better_of_score(name);
      add_number(out, name, values);
    };
    for (const report::LoggedNumber& score : a_.scores) {
      add(score.name);
    }
    for (const report::LoggedNumber& score : b_.scores) {
      if (std::ranges::find(a_.scores, score.name, &report::LoggedNumber::name) ==
          a_.scores.end()) {
        add(score.name);
      }
    }
  }

  [[nodiscard]] Values with_tolerance(std::optional<double> a, std::optional<double> b) const {
    return {.a = a, .b = b, .better = Better::unknown, .tolerance = options_.tolerance};
  }

  const report::CheckpointReport& a_;
  const report::CheckpointReport& b_;
  const Options& options_;
  Matching matching_;
  bool initial_;       // Is what is measured from the initial weights comparable?
  bool previous_;      // And from the checkpoint before?
  bool has_initial_;   // Is it measured from anything?
  bool has_previous_;  // Likewise.
};

using Checkpoints = std::vector<const report::CheckpointReport*>;

bool is_called(const report::CheckpointReport& checkpoint, const std::string& name) {
  return checkpoint.name == name || checkpoint.path == name ||
         std::ranges::find(checkpoint.aliases, name) != checkpoint.aliases.end();
}

// Of a run, the one checkpoint of this name or, where there is none given, those of this kind.
Checkpoints chosen(const report::RunReport& run, Kind kind, const std::string& name) {
  Checkpoints out;
  for (const report::CheckpointReport& one : run.checkpoints) {
    const bool is_wanted = name.empty() ? kind == Kind::every || &one == &run.checkpoints.back()
                                        : is_called(one, name) && out.empty();
    if (is_wanted) {
      out.push_back(&one);
    }
  }
  return out;
}

void require_checkpoint(const report::Report& report, const std::string& name,
                        std::string_view letter) {
  std::vector<std::string_view> names;
  for (const report::RunReport& run : report.runs) {
    for (const report::CheckpointReport& one : run.checkpoints) {
      if (name.empty() || is_called(one, name)) {
        return;
      }
      names.push_back(one.name);
    }
  }
  if (!name.empty()) {
    const std::string near = printable(nearest(name, names));
    throw Error(ErrorCode::usage,
                fmt::format("{} has no checkpoint '{}'{}", letter, printable(name),
                            near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
  }
}

// The counterpart of each checkpoint of A; null where there is none. One by one there is no choice.
Checkpoints counterparts(const Checkpoints& in_a, const Checkpoints& in_b,
                         const report::RunReport& b, Kind kind) {
  Checkpoints out;
  const gate::Counterpart<report::RunReport> run{.part = &b, .cause = {}, .reason = {}};
  for (const report::CheckpointReport* one : in_a) {
    out.push_back(kind == Kind::every ? gate::matching_checkpoint(run, *one, kind).part
                                      : (in_b.empty() ? nullptr : in_b.front()));
  }
  return out;
}

void compare_runs(Comparison& out, const report::RunReport& a, const report::RunReport& b) {
  const Kind kind = out.options.moments == Moments::every ? Kind::every : Kind::last;
  const Checkpoints in_a = chosen(a, kind, out.options.checkpoint_a);
  const Checkpoints in_b = chosen(b, kind, out.options.checkpoint_b);
  const Checkpoints matched = counterparts(in_a, in_b, b, kind);
  for (std::size_t i = 0; i < in_a.size(); ++i) {
    if (matched[i] == nullptr) {
      out.checkpoints_only_in_a.push_back(moment_of(a, *in_a[i]));
      continue;
    }
    Pair& pair = out.pairs.emplace_back();
    pair.a = moment_of(a, *in_a[i]);
    pair.b = moment_of(b, *matched[i]);
    const Side side_a{.run = a, .checkpoint = *in_a[i]};
    const Side side_b{.run = b, .checkpoint = *matched[i]};
    PairMaker(side_a, side_b, out.options).fill(pair, side_a, side_b);
  }
  for (const report::CheckpointReport* one : in_b) {
    if (std::ranges::find(matched, one) == matched.end()) {
      out.checkpoints_only_in_b.push_back(moment_of(b, *one));
    }
  }
}

bool is_unchanged(const LayerPair& layers) {
  return !layers.is_reshaped && layers.status_a.list() == layers.status_b.list();
}

}  // namespace

std::int64_t Pair::count(Effect effect) const noexcept {
  return effect == Effect::same ? same : std::ranges::count(changes, effect, &Change::effect);
}

bool Pair::is_same() const noexcept {
  const bool same_weights = !weights || (weights->different == 0 && weights->only_in_a.empty() &&
                                         weights->only_in_b.empty());
  return same_weights && changes.empty() && summary.empty() && scores.empty() &&
         layers_only_in_a.empty() && layers_only_in_b.empty() &&
         std::ranges::all_of(layers, is_unchanged);
}

bool Comparison::is_same() const noexcept {
  return runs_only_in_a.empty() && runs_only_in_b.empty() && checkpoints_only_in_a.empty() &&
         checkpoints_only_in_b.empty() && std::ranges::all_of(pairs, &Pair::is_same);
}

std::int64_t Comparison::layers() const noexcept {
  std::int64_t total = 0;
  for (const Pair& pair : pairs) {
    total += std::ssize(pair.layers);
  }
  return total;
}

std::int64_t Comparison::tensors() const noexcept {
  std::int64_t total = 0;
  for (const Pair& pair : pairs) {
    if (pair.weights) {
      total += pair.weights->identical + pair.weights->within_tolerance + pair.weights->different;
    }
  }
  return total;
}

std::int64_t Comparison::not_compared() const noexcept {
  std::int64_t total = 0;
  for (const Pair& pair : pairs) {
    total += pair.weights ? pair.weights->not_compared : 0;
  }
  return total;
}

Comparison compare(const report::Report& a, const report::Report& b, const Options& options) {
  require_checkpoint(a, options.checkpoint_a, "A");
  require_checkpoint(b, options.checkpoint_b, "B");
  Comparison out;
  out.options = options;
  for (const report::RunReport& run : a.runs) {
    const auto other = gate::matching_run(&b, a, run);
    if (other.part == nullptr) {
      out.runs_only_in_a.push_back(run.name);
    } else {
      compare_runs(out, run, *other.part);
    }
  }
  for (const report::RunReport* run : gate::missing_runs(b, a)) {
    out.runs_only_in_b.push_back(run->name);
  }
  return out;
}

}  // namespace hindcast::compare
