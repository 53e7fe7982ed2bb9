// The comparison as one tidy table. `scope` says what a row is of: "layer", "summary" or "score"
// for a value on both sides, "layer" and "tensor" with the metric "presence" for what only one side
// has, "counter" likewise where that is no difference, "layer" with "status" or "shape" for what is
// no number, "tensor" and "weights" for distances, which stand under `change`.

#include <algorithm>

#include "base/text.hpp"
#include "compare/wording.hpp"
#include "compare/writers.hpp"
#include "report/csv_rows.hpp"

namespace hindcast::compare {
namespace {

std::string status_text(const metrics::StatusSet& status) {
  std::vector<std::string> names;
  for (const metrics::Status one : status.list()) {
    names.emplace_back(metrics::name(one));
  }
  return names.empty() ? "ok" : join(names, ";");
}

// A tensor that is listed is not identical, whatever a distance of 0 says.
std::string_view effect_of(const TensorDistance& tensor) {
  if (!tensor.is_compared) {
    return "not_compared";
  }
  return tensor.is_within_tolerance ? "within_tolerance" : "changed";
}

class Table {
 public:
  explicit Table(std::optional<std::size_t> top) : top_(top) {
    for (const std::string_view title :
         {"run_a", "checkpoint_a", "run_b", "checkpoint_b", "scope", "name_a", "name_b", "metric",
          "a", "b", "change", "relative_change", "better", "effect", "reason"}) {
      csv_.field(title);
    }
    csv_.end_row();
  }

  void add(const Pair& pair) {
    pair_ = &pair;
    add_changes("layer", pair.changes);
    add_changes("summary", pair.summary);
    add_changes("score", pair.scores);
    for (const LayerPair& layers : pair.layers) {
      add_remarks(layers);
    }
    for (const LonelyLayer& layer : pair.layers_only_in_a) {
      add_words("layer", layer.name, "", "presence", join(layer.shape, "x"), "");
    }
    for (const LonelyLayer& layer : pair.layers_only_in_b) {
      add_words("layer", "", layer.name, "presence", "", join(layer.shape, "x"));
    }
    if (pair.weights) {
      add_weights(*pair.weights);
    }
  }

  void add_lonely(const Comparison& comparison) {
    for (const std::string& run : comparison.runs_only_in_a) {
      add_place(run, "", "", "", "run");
    }
    for (const std::string& run : comparison.runs_only_in_b) {
      add_place("", "", run, "", "run");
    }
    for (const Moment& moment : comparison.checkpoints_only_in_a) {
      add_place(moment.run, moment.checkpoint, "", "", "checkpoint");
    }
    for (const Moment& moment : comparison.checkpoints_only_in_b) {
      add_place("", "", moment.run, moment.checkpoint, "checkpoint");
    }
  }

  [[nodiscard]] std::string take() { return csv_.take(); }

 private:
  void begin(std::string_view scope) {
    csv_.field(pair_->a.run).field(pair_->a.checkpoint);
    csv_.field(pair_->b.run).field(pair_->b.checkpoint).field(scope);
  }

  [[nodiscard]] std::size_t shown(std::size_t all) const {
    return top_ ? std::min(*top_, all) : all;
  }

  void add_changes(std::string_view scope, const std::vector<Change>& changes) {
    for (std::size_t i = 0; i < shown(changes.size()); ++i) {
      const Change& change = changes[i];
      begin(scope);
      csv_.field(change.layer_a).field(change.layer_b).field(change.metric);
      csv_.field(change.a).field(change.b).field(change.change).field(change.relative);
      csv_.field(metrics::name(change.better)).field(name(change.effect)).field(change.reason);
      csv_.end_row();
    }
  }

  // Of what is no number.
  void add_words(std::string_view scope, std::string_view name_a, std::string_view name_b,
                 std::string_view metric, std::string_view in_a, std::string_view in_b) {
    begin(scope);
    csv_.field(name_a).field(name_b).field(metric).field(in_a).field(in_b);
    const std::string_view effect =
        name_b.empty() ? "only_in_a" : (name_a.empty() ? "only_in_b" : "changed");
    csv_.field("").field("").field("").field(effect).field("");
    csv_.end_row();
  }

  void add_remarks(const LayerPair& layers) {
    if (layers.is_reshaped) {
      add_words("layer", layers.name_a, layers.name_b, "shape", join(layers.shape_a, "x"),
                join(layers.shape_b, "x"));
    }
    if (layers.status_a.list() != layers.status_b.list()) {
      add_words("layer", layers.name_a, layers.name_b, "status", status_text(layers.status_a),
                status_text(layers.status_b));
    }
  }

  void add_weights(const WeightsComparison& weights) {
    const std::string layers = layers_measured_in(weights);
    add_distances({.scope = "weights", .effect = weights.effect(), .reason = layers},
                  weights.cosine_distance, weights.relative_l2);
    for (std::size_t i = 0; i < shown(weights.tensors.size()); ++i) {
      const TensorDistance& tensor = weights.tensors[i];
      add_distances({.scope = "tensor",
                     .name_a = tensor.name_a,
                     .name_b = tensor.name_b,
                     .effect = effect_of(tensor),
                     .reason = tensor.reason},
                    tensor.cosine_distance, tensor.relative_l2);
    }
    for (const std::string& name : weights.only_in_a) {
      add_words("tensor", name, "", "presence", "", "");
    }
    for (const std::string& name : weights.only_in_b) {
      add_words("tensor", "", name, "presence", "", "");
    }
    for (const std::string& name : weights.counters_only_in_a) {
      add_words("counter", name, "", "presence", "", "");
    }
    for (const std::string& name : weights.counters_only_in_b) {
      add_words("counter", "", name, "presence", "", "");
    }
  }

  struct Measured {
    std::string_view scope;
    std::string_view name_a = {};
    std::string_view name_b = {};
    std::string_view effect;
    std::string_view reason;
  };

  void add_distances(const Measured& what, const std::optional<double>& cosine_distance,
                     const std::optional<double>& relative_l2) {
    const auto row = [&](std::string_view metric, const std::optional<double>& value) {
      begin(what.scope);
      csv_.field(what.name_a).field(what.name_b).field(metric);
      csv_.field("").field("").field(value).field("").field("");
      csv_.field(what.effect).field(what.reason);
      csv_.end_row();
    };
    row("cosine_distance", cosine_distance);
    row("relative_l2", relative_l2);
  }

  void add_place(std::string_view run_a, std::string_view checkpoint_a, std::string_view run_b,
                 std::string_view checkpoint_b, std::string_view scope) {
    csv_.field(run_a).field(checkpoint_a).field(run_b).field(checkpoint_b).field(scope);
    csv_.field("").field("").field("presence").field("").field("").field("").field("").field("");
    csv_.field(run_b.empty() ? "only_in_a" : "only_in_b").field("");
    csv_.end_row();
  }

  std::optional<std::size_t> top_;
  const Pair* pair_ = nullptr;
  report::CsvRows csv_;
};

}  // namespace

std::string to_csv(const Comparison& comparison, std::optional<std::size_t> top) {
  Table table(top);
  for (const Pair& pair : comparison.pairs) {
    table.add(pair);
  }
  table.add_lonely(comparison);
  return table.take();
}

}  // namespace hindcast::compare
