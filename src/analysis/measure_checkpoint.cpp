#include "analysis/measure_checkpoint.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "hindcast/base/checked.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/tensor/part.hpp"

namespace hindcast::analysis {
namespace {

// The layers of one tensor, or why it could not be read.
struct Outcome {
  std::vector<metrics::LayerMeasurement> layers;
  std::string problem;
};

// The values of one tensor at the three moments; empty where there is nothing to compare with.
struct Moments {
  std::vector<double> now;
  std::vector<double> initial;
  std::vector<double> previous;
};

// None where there is no such checkpoint, it lacks the tensor, or cannot read it: what was told of
// that checkpoint must not cost this one its layer.
std::vector<double> values_in(const OpenedTable* table, const tensor::TensorInfo& like,
                              const tensor::Layout& layout) {
  if (table == nullptr) {
    return {};
  }
  const std::optional<Counterpart> counterpart = table->find(like, layout);
  try {
    return counterpart ? table->read(*counterpart) : std::vector<double>();
  } catch (const Error&) {
    return {};
  }
}

metrics::LayerMeasurement measure_values(const Moments& values,
                                         std::span<const std::uint64_t> shape,
                                         const tensor::Layout& layout,
                                         metrics::SolverChoice solver) {
  return metrics::measure_layer({.shape = shape,
                                 .layout = layout,
                                 .now = values.now,
                                 .initial = values.initial,
                                 .previous = values.previous},
                                solver);
}

std::vector<metrics::LayerMeasurement> measure_parts(const Moments& whole,
                                                     std::span<const std::uint64_t> shape,
                                                     const tensor::Classification& verdict,
                                                     metrics::SolverChoice solver) {
  const tensor::Split& split = *verdict.split;
  const tensor::Part part = part_of(shape, *verdict.layout, split);
  std::vector<metrics::LayerMeasurement> out;
  for (const std::size_t i : split.selected) {
    const auto slice = [&](const std::vector<double>& values) {
      return values.empty() ? values : part_values(values, shape, split, i);
    };
    const Moments values{.now = slice(whole.now),
                         .initial = slice(whole.initial),
                         .previous = slice(whole.previous)};
    out.push_back(measure_values(values, part.shape, part.layout, solver));
  }
  return out;
}

Outcome measure(const OpenedTable& table, std::size_t index, const Comparison& comparison,
                metrics::SolverChoice solver) {
  try {
    const tensor::TensorInfo& info = table.info(index);
    const tensor::Classification& verdict = table.verdict(index);
    const Moments values{.now = table.read(index),
                         .initial = values_in(comparison.initial, info, *verdict.layout),
                         .previous = values_in(comparison.previous, info, *verdict.layout)};
    if (verdict.split) {
      return {.layers = measure_parts(values, info.shape, verdict, solver), .problem = {}};
    }
    return {.layers = {measure_values(values, info.shape, *verdict.layout, solver)}, .problem = {}};
  } catch (const Error& error) {
    return {.layers = {},
            .problem = fmt::format("{}: {}", printable(table.info(index).path), error.what())};
  }
}

std::vector<std::size_t> analysed_tensors(const OpenedTable& table) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.verdict(i).analysed()) {
      out.push_back(i);
    }
  }
  return out;
}

// Positions in `tensors`, largest tensor first, so that no thread is left alone with it at the end.
std::vector<std::size_t> largest_first(const OpenedTable& table,
                                       const std::vector<std::size_t>& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t position) {
    return element_count(table.info(tensors[position]).shape);
  });
  return order;
}

std::vector<Outcome> measure_all(const OpenedTable& table, const std::vector<std::size_t>& tensors,
                                 const Comparison& comparison, const AnalysisOptions& options) {
  std::vector<Outcome> outcomes(tensors.size());
  const std::vector<std::size_t> order = largest_first(table, tensors);
  tbb::task_arena arena(static_cast<int>(options.threads));
  arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, order.size(), 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
          for (std::size_t i = range.begin(); i < range.end(); ++i) {
            const std::size_t position = order[i];
            outcomes[position] = measure(table, tensors[position], comparison, options.solver);
          }
        },
        tbb::simple_partitioner());
  });
  return outcomes;
}

// The layer at `index` of those of a tensor that are measured.
report::LayerReport describe_layer(const tensor::TensorInfo& info,
                                   const tensor::Classification& verdict, std::size_t index,
                                   metrics::LayerMeasurement measured) {
  report::LayerReport out{.name = info.name,
                          .kind = std::string(tensor::name(verdict.kind)),
                          .shape = info.shape,
                          .layout = verdict.layout->letters(),
                          .layout_reason = verdict.layout_reason,
                          .dtype = std::string(tensor::name(info.dtype)),
                          .measured = std::move(measured)};
  if (verdict.split) {
    const tensor::Part part = part_of(info.shape, *verdict.layout, *verdict.split);
    out.name = part_name(info.name, *verdict.split, verdict.split->selected[index]);
    out.shape = part.shape;
    out.layout = part.layout.letters();
  }
  return out;
}

}  // namespace

MeasuredCheckpoint measure_checkpoint(const OpenedTable& table, const Comparison& comparison,
                                      const AnalysisOptions& options) {
  MeasuredCheckpoint out;
  out.ledger.tensors = static_cast<std::int64_t>(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!table.verdict(i).analysed()) {
      ++out.ledger.skipped[table.verdict(i).skip_reason];
    }
  }
  const std::vector<std::size_t> tensors = analysed_tensors(table);
  std::vector<Outcome> outcomes = measure_all(table, tensors, comparison, options);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (outcomes[i].layers.empty()) {
      ++out.ledger.skipped["unreadable"];
      out.problems.push_back(outcomes[i].problem);
      continue;
    }
    ++out.ledger.analysed;
    for (std::size_t part = 0; part < outcomes[i].layers.size(); ++part) {
      out.layers.push_back(describe_layer(table.info(tensors[i]), table.verdict(tensors[i]), part,
                                          std::move(outcomes[i].layers[part])));
    }
  }
  return out;
}

}  // namespace hindcast::analysis
