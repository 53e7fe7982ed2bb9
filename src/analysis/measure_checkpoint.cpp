#include "analysis/measure_checkpoint.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "hindcast/base/checked.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"

namespace hindcast::analysis {
namespace {

// One layer, or why it could not be read.
struct Outcome {
  std::optional<metrics::LayerMeasurement> measured;
  std::string problem;
};

// None where there is no such checkpoint, it lacks the tensor, or cannot read it: what was told of
// that checkpoint must not cost this one its layer.
std::vector<double> values_in(const OpenedTable* table, const tensor::TensorInfo& like) {
  if (table == nullptr) {
    return {};
  }
  const std::optional<std::size_t> index = table->find(like);
  try {
    return index ? table->read(*index) : std::vector<double>();
  } catch (const Error&) {
    return {};
  }
}

Outcome measure(const OpenedTable& table, std::size_t index, const Comparison& comparison,
                metrics::SolverChoice solver) {
  try {
    const tensor::TensorInfo& info = table.info(index);
    const std::vector<double> now = table.read(index);
    const std::vector<double> initial = values_in(comparison.initial, info);
    const std::vector<double> previous = values_in(comparison.previous, info);
    return {.measured = metrics::measure_layer({.shape = info.shape,
                                                .layout = *table.verdict(index).layout,
                                                .now = now,
                                                .initial = initial,
                                                .previous = previous},
                                               solver),
            .problem = {}};
  } catch (const Error& error) {
    return {.measured = std::nullopt,
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

report::LayerReport describe_layer(const OpenedTable& table, std::size_t index,
                                   metrics::LayerMeasurement measured) {
  const tensor::TensorInfo& info = table.info(index);
  const tensor::Classification& verdict = table.verdict(index);
  return {.name = info.name,
          .kind = std::string(tensor::name(verdict.kind)),
          .shape = info.shape,
          .layout = verdict.layout->letters(),
          .layout_reason = verdict.layout_reason,
          .dtype = std::string(tensor::name(info.dtype)),
          .measured = std::move(measured)};
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
    if (outcomes[i].measured) {
      ++out.ledger.analysed;
      out.layers.push_back(describe_layer(table, tensors[i], std::move(*outcomes[i].measured)));
    } else {
      ++out.ledger.skipped["unreadable"];
      out.problems.push_back(outcomes[i].problem);
    }
  }
  return out;
}

}  // namespace hindcast::analysis
