#include "compare/wording.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::compare {
namespace {

bool is_missing(const Change& change) {
  return !change.a || !change.b;
}

bool belong_together(const Change& one, const Change& other) {
  return is_missing(one) && is_missing(other) && one.effect == other.effect &&
         one.reason == other.reason && one.layer_a == other.layer_a &&
         one.layer_b == other.layer_b && !one.layer_a.empty();
}

std::string status_text(const metrics::StatusSet& status) {
  std::vector<std::string> names;
  for (const metrics::Status one : status.list()) {
    names.emplace_back(metrics::name(one));
  }
  return names.empty() ? "ok" : join(names, ", ");
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return shape.empty() ? "scalar" : join(shape, "x");
}

// "1 value", "3 values"
std::string counted(std::int64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

// What became of the values of layers.
struct Counts {
  std::int64_t worse = 0;
  std::int64_t lost = 0;
  std::int64_t changed = 0;
  std::int64_t gained = 0;
  std::int64_t better = 0;
  std::int64_t same = 0;
  using Layer = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::set<Layer> layers = {};  // By run and names: a layer of many checkpoints is one.
  std::set<Layer> worse_layers = {};

  void add(const Pair& pair) {
    worse += pair.count(Effect::worse);
    lost += pair.count(Effect::lost);
    changed += pair.count(Effect::changed);
    gained += pair.count(Effect::gained);
    better += pair.count(Effect::better);
    same += pair.same;
    for (const LayerPair& layer : pair.layers) {
      layers.emplace(pair.a.run, layer.name_a, layer.name_b);
    }
    for (const Change& change : pair.changes) {
      if (change.effect == Effect::worse) {
        worse_layers.emplace(pair.a.run, change.layer_a, change.layer_b);
      }
    }
  }

  [[nodiscard]] bool all_same() const { return worse + lost + changed + gained + better == 0; }

  // "5 values worse (in 3 of 6 layers), 13 better, 59 changed with no known better way, 6 the same"
  [[nodiscard]] std::string text() const {
    if (all_same()) {
      return same == 0
                 ? "no value on both sides"
                 : fmt::format("{} the same", same == 1 ? "the only value is"
                                                        : fmt::format("all {} values are", same));
    }
    std::string out = counted(worse, "value") + " worse";
    out += worse == 0 ? ""
                      : fmt::format(" (in {} of {})", worse_layers.size(),
                                    counted(std::ssize(layers), "layer"));
    out += fmt::format(", {} better", better);
    out += changed == 0 ? "" : fmt::format(", {} changed with no known better way", changed);
    out += lost == 0 ? "" : fmt::format(", {} lost", lost);
    out += gained == 0 ? "" : fmt::format(", {} gained", gained);
    return out + fmt::format(", {} the same", same);
  }
};

// Runs, checkpoints, layers and tensors that only one side has.
std::int64_t count_lonely(const Comparison& comparison) {
  std::int64_t count = std::ssize(lonely_in(comparison));
  for (const Pair& pair : comparison.pairs) {
    count += std::ssize(lonely_in(pair));
  }
  return count;
}

void add_layers(std::vector<std::string>& out, std::string_view side,
                const std::vector<LonelyLayer>& layers) {
  for (const LonelyLayer& layer : layers) {
    out.push_back(fmt::format("only in {}: layer {} ({})", side, printable(layer.name),
                              shape_text(layer.shape)));
  }
}

}  // namespace

// Missing values are the most severe, so that those of one layer stand together.
std::vector<Row> rows_of(const std::vector<Change>& changes) {
  std::vector<Row> rows;
  for (const Change& change : changes) {
    if (!rows.empty() && belong_together(*rows.back().first, change)) {
      rows.back().metrics.push_back(change.metric);
    } else {
      rows.push_back({.first = &change, .metrics = {change.metric}});
    }
  }
  return rows;
}

std::vector<Change> means_of(const std::vector<Change>& summary) {
  std::vector<Change> out;
  for (const Change& change : summary) {
    if (change.metric.find('.') == std::string::npos || change.metric.ends_with(".mean")) {
      out.push_back(change);
    }
  }
  return out;
}

std::string names_of(std::string_view a, std::string_view b) {
  return a == b ? printable(a) : fmt::format("{} -> {}", printable(a), printable(b));
}

std::string metric_of(const Row& row) {
  return row.metrics.size() == 1 ? printable(row.metrics.front())
                                 : fmt::format("{} metrics", row.metrics.size());
}

std::string a_of(const Row& row) {
  return row.metrics.size() > 1 && row.first->a ? "measured" : number(row.first->a);
}

std::string b_of(const Row& row) {
  return row.metrics.size() > 1 && row.first->b ? "measured" : number(row.first->b);
}

std::string change_of(const Row& row) {
  return row.first->change ? fmt::format("{:+.4g}", *row.first->change) : "";
}

std::string relative_of(const Row& row) {
  if (!row.first->relative) {
    return "";
  }
  constexpr double kFewest = 0.1;
  constexpr double kMost = 1e5;
  const double percent = *row.first->relative * 100.0;
  const bool is_plain = std::abs(percent) >= kFewest && std::abs(percent) < kMost;
  return is_plain ? fmt::format("{:+.1f} %", percent) : fmt::format("{:+.2g} %", percent);
}

std::string note_of(const Row& row) {
  constexpr std::size_t kMostNamed = 3;  // Of more it is told how many they are.
  const std::string& reason = row.first->reason;
  if (row.metrics.size() == 1 || row.metrics.size() > kMostNamed) {
    return reason;
  }
  std::string metrics;
  for (const std::string_view metric : row.metrics) {
    metrics += (metrics.empty() ? "" : ", ") + std::string(metric);
  }
  return reason.empty() ? metrics : reason + ": " + metrics;
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

std::string place_of(const Moment& moment) {
  std::vector<std::string> numbers;
  if (moment.step) {
    numbers.push_back(fmt::format("step {}", *moment.step));
  }
  if (moment.epoch) {
    numbers.push_back(fmt::format("epoch {}", *moment.epoch));
  }
  return fmt::format("checkpoint '{}'{} of run '{}'", printable(moment.checkpoint),
                     numbers.empty() ? "" : fmt::format(" ({})", join(numbers, ", ")),
                     printable(moment.run));
}

std::vector<std::string> remarks_on(const Pair& pair) {
  std::vector<std::string> out;
  for (const std::string& metrics : pair.not_comparable) {
    out.push_back("not compared: " + metrics);
  }
  for (const LayerPair& layers : pair.layers) {
    const std::string name = names_of(layers.name_a, layers.name_b);
    if (layers.is_reshaped) {
      out.push_back(fmt::format("{}: the shape was {}, now {}", name, shape_text(layers.shape_a),
                                shape_text(layers.shape_b)));
    }
    if (layers.status_a.list() != layers.status_b.list()) {
      out.push_back(fmt::format("{}: was {}, now {}", name, status_text(layers.status_a),
                                status_text(layers.status_b)));
    }
  }
  return out;
}

std::string counts_of(const Pair& pair) {
  Counts counts;
  counts.add(pair);
  return fmt::format("{} compared: {}", counted(std::ssize(pair.layers), "layer"), counts.text());
}

std::string counts_of(const WeightsComparison& weights) {
  const std::int64_t all = weights.identical + weights.within_tolerance + weights.different +
                           weights.not_compared + weights.without_numbers;
  std::string out = fmt::format("{}: {} identical", counted(all, "tensor"), weights.identical);
  if (weights.within_tolerance > 0) {
    out += fmt::format(", {} within the tolerance", weights.within_tolerance);
  }
  out += fmt::format(", {} different", weights.different);
  if (weights.not_compared > 0) {
    out += fmt::format(", {} not compared", weights.not_compared);
  }
  if (weights.without_numbers > 0) {
    out += fmt::format(", {} without numbers", weights.without_numbers);
  }
  if (weights.cosine_distance && weights.relative_l2) {
    const bool are_all = weights.layers_measured == weights.layers;
    out += fmt::format("; {} as one vector: cosine distance {}, relative L2 {}",
                       are_all ? "all layers" : layers_measured_in(weights),
                       number(weights.cosine_distance), number(weights.relative_l2));
  }
  return out;
}

std::string layers_measured_in(const WeightsComparison& weights) {
  return fmt::format("{} of {}", weights.layers_measured, counted(weights.layers, "layer"));
}

std::string note_of(const TensorDistance& tensor) {
  std::string note = tensor.is_compared ? "" : "not compared: ";
  note += printable_line(tensor.reason);
  if (tensor.is_within_tolerance) {
    note += note.empty() ? "within the tolerance" : "; within the tolerance";
  }
  return note;
}

std::vector<std::string> counters_in(const Pair& pair) {
  std::vector<std::string> out;
  if (!pair.weights) {
    return out;
  }
  const auto add = [&out](std::string_view side, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      out.push_back(fmt::format("only in {}, no difference: counter {}", side, printable(name)));
    }
  };
  add("A", pair.weights->counters_only_in_a);
  add("B", pair.weights->counters_only_in_b);
  return out;
}

std::vector<std::string> lonely_in(const Pair& pair) {
  std::vector<std::string> out;
  add_layers(out, "A", pair.layers_only_in_a);
  add_layers(out, "B", pair.layers_only_in_b);
  if (!pair.weights) {
    return out;
  }
  const auto add_tensors = [&](std::string_view side, const std::vector<std::string>& names,
                               const std::vector<LonelyLayer>& layers) {
    std::unordered_set<std::string_view> told;
    for (const LonelyLayer& layer : layers) {
      told.insert(layer.name);
    }
    for (const std::string& name : names) {
      if (!told.contains(name)) {
        out.push_back(fmt::format("only in {}: tensor {}", side, printable(name)));
      }
    }
  };
  add_tensors("A", pair.weights->only_in_a, pair.layers_only_in_a);
  add_tensors("B", pair.weights->only_in_b, pair.layers_only_in_b);
  return out;
}

std::vector<std::string> lonely_in(const Comparison& comparison) {
  std::vector<std::string> out;
  for (const std::string& run : comparison.runs_only_in_a) {
    out.push_back(fmt::format("only in A: run '{}'", printable(run)));
  }
  for (const std::string& run : comparison.runs_only_in_b) {
    out.push_back(fmt::format("only in B: run '{}'", printable(run)));
  }
  for (const Moment& moment : comparison.checkpoints_only_in_a) {
    out.push_back("only in A: " + place_of(moment));
  }
  for (const Moment& moment : comparison.checkpoints_only_in_b) {
    out.push_back("only in B: " + place_of(moment));
  }
  return out;
}

std::string conclusion(const Comparison& comparison) {
  if (comparison.layers() == 0 && comparison.tensors() == 0) {
    return "nothing to compare";
  }
  if (comparison.is_same()) {
    return comparison.not_compared() == 0 ? "no difference"
                                          : "no difference in what could be compared";
  }
  Counts counts;
  std::int64_t tensors = 0;
  for (const Pair& pair : comparison.pairs) {
    counts.add(pair);
    tensors += pair.weights ? pair.weights->different : 0;
  }
  std::string out = "different";
  out += comparison.layers() == 0 ? "" : ": " + counts.text();
  out += tensors == 0
             ? ""
             : fmt::format("; {} differ{}", counted(tensors, "tensor"), tensors == 1 ? "s" : "");
  const std::int64_t lonely = count_lonely(comparison);
  return lonely == 0 ? out : out + fmt::format("; {} only in one of the two", lonely);
}

}  // namespace hindcast::compare
