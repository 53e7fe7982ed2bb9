// A run on one machine: each checkpoint is concluded as soon as it comes out of the flow.

#include "hindcast/analysis/analyse.hpp"

#include <utility>

#include "analysis/carry_on.hpp"
#include "analysis/conclusion.hpp"
#include "analysis/flow.hpp"
#include "analysis/measure_tensor.hpp"
#include "analysis/record_maker.hpp"

namespace hindcast::analysis {
namespace {

// Where there is nothing to carry on, an unchanged tensor is measured after all.
report::Outcome completed(report::Outcome outcome, const report::TensorRecord& tensor,
                          const EarlierLayers& before, const CheckpointInFlight& checkpoint,
                          std::size_t index, const AnalysisOptions& options) {
  if (!outcome.unchanged || !before.all_of(tensor.layers).empty()) {
    return outcome;
  }
  return measure_tensor(
      *checkpoint.table, index,
      {.initial = checkpoint.initial.get(), .previous = checkpoint.previous.get()},
      {.solver = options.solver,
       .metrics = options.metrics,
       .cache = options.cache,
       .unchanged_too = true,
       .most_whole_values = options.most_whole_values});
}

class Run {
 public:
  Run(const io::CheckpointSeries& series, const AnalysisOptions& options)
      : series_(series),
        options_(options),
        maker_(series, options.selection),
        conclusion_(maker_.header()) {}

  report::RunReport analyse(const Progress& progress) {
    const FlowListener listener{
        .checkpoint_done = [this](CheckpointInFlight& checkpoint) { take(checkpoint); },
        .progressed =
            [&](const FlowState& state) {
              if (!progress) {
                return;
              }
              progress({.done = state.checkpoints_done,
                        .total = series_.checkpoints.size(),
                        .flops_done = state.flops_done,
                        .flops_in_all = state.flops_in_all});
            }};
    measure_series(series_, options_, listener);
    return conclusion_.finish(maker_.unmatched_globs(), options_.schedule);
  }

 private:
  void take(CheckpointInFlight& checkpoint) {
    report::CheckpointRecord record = maker_.record_of(checkpoint);
    const EarlierLayers before = layers_of(conclusion_.last());
    for (std::size_t i = 0; i < record.tensors.size(); ++i) {
      record.tensors[i].outcome = completed(std::move(checkpoint.outcomes[i]), record.tensors[i],
                                            before, checkpoint, checkpoint.tensors[i], options_);
    }
    conclusion_.add(std::move(record));
  }

  const io::CheckpointSeries& series_;
  const AnalysisOptions& options_;
  RecordMaker maker_;
  Conclusion conclusion_;
};

}  // namespace

report::RunReport analyse(const io::CheckpointSeries& series, const AnalysisOptions& options,
                          const Progress& progress) {
  return Run(series, options).analyse(progress);
}

}  // namespace hindcast::analysis
