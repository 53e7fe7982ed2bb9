#include "analysis/shard.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/carry_on.hpp"
#include "analysis/conclusion.hpp"
#include "analysis/cost.hpp"
#include "analysis/file_identity.hpp"
#include "analysis/flow.hpp"
#include "analysis/record_maker.hpp"
#include "analysis/series_opener.hpp"
#include "analysis/share_out.hpp"
#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

// Costs are shared out as whole numbers of a thousand operations, so that all machines add them up
// alike. What a tensor takes besides its operations is worth a million of them.
constexpr double kUnit = 1e3;
constexpr std::uint64_t kPerTensor = 1'000;

std::vector<double> flops_of(const CheckpointInFlight& checkpoint,
                             const metrics::MetricSet& asked) {
  std::vector<double> out;
  for (const std::size_t index : checkpoint.tensors) {
    out.push_back(
        cost_of(checkpoint.table->info(index), checkpoint.table->verdict(index), asked, false)
            .flops);
  }
  return out;
}

// Calls `use` for every tensor, with its operations, in the order of the plan.
template <typename Use>
void for_each_tensor(std::span<SeriesWork> works, const Use& use) {
  for (SeriesWork& work : works) {
    for (std::size_t c = 0; c < work.record.checkpoints.size(); ++c) {
      for (std::size_t t = 0; t < work.flops[c].size(); ++t) {
        use(work.record.checkpoints[c].tensors[t], work.flops[c][t]);
      }
    }
  }
}

EarlierLayers described_layers(const report::CheckpointRecord* checkpoint) {
  EarlierLayers out;
  if (checkpoint != nullptr) {
    for (const report::TensorRecord& tensor : checkpoint->tensors) {
      for (const report::LayerReport& layer : tensor.layers) {
        out.add(layer);
      }
    }
  }
  return out;
}

// Also those of other shards are opened that a checkpoint of this one is compared with: the first
// that could be opened, and the last one before it.
void mark_needed(const std::vector<report::CheckpointRecord>& records, SeriesShare& share) {
  std::optional<std::size_t> first;
  std::optional<std::size_t> previous;
  for (std::size_t c = 0; c < records.size(); ++c) {
    if (records[c].failure) {
      continue;
    }
    first = first ? first : c;
    if (!share.checkpoints[c].tensors.empty()) {
      share.checkpoints[c].is_needed = true;
      share.checkpoints[previous.value_or(c)].is_needed = true;
      share.checkpoints[*first].is_needed = true;
    }
    previous = c;
  }
}

// Collects the outcomes of a share as they come out of the flow.
class Collector {
 public:
  Collector(const SeriesWork& work, const SeriesShare& share, std::int64_t run)
      : records_(work.record.checkpoints), share_(share), run_(run) {}

  void take(CheckpointInFlight& checkpoint) {
    const std::size_t c = next_++;
    if (!share_.checkpoints[c].is_needed) {
      return;
    }
    require_unchanged(checkpoint, records_[c]);
    for (const SeriesShare::Tensor& tensor : share_.checkpoints[c].tensors) {
      outcomes_.push_back({.run = run_,
                           .checkpoint = static_cast<std::int64_t>(c),
                           .tensor = static_cast<std::int64_t>(tensor.position),
                           .outcome = std::move(checkpoint.outcomes[tensor.position])});
    }
  }

  std::vector<report::PlannedOutcome> outcomes() { return std::move(outcomes_); }

 private:
  static void require_unchanged(const CheckpointInFlight& checkpoint,
                                const report::CheckpointRecord& record) {
    if (checkpoint.failure) {
      throw Error(ErrorCode::io,
                  fmt::format("{}: {}", printable(record.path), checkpoint.failure->what()));
    }
    if (checkpoint.tensors.size() != record.tensors.size() ||
        file_identity(checkpoint.file->path) != record.identity) {
      throw Error(ErrorCode::io,
                  fmt::format("{}: changed while it was analysed", printable(record.path)));
    }
  }

  const std::vector<report::CheckpointRecord>& records_;
  const SeriesShare& share_;
  std::int64_t run_;
  std::size_t next_ = 0;
  std::vector<report::PlannedOutcome> outcomes_;
};

}  // namespace

SeriesWork record_series(const io::CheckpointSeries& series, const AnalysisOptions& options) {
  SeriesOpener opener(series, options);
  RecordMaker maker(series, options.selection);
  SeriesWork work{.record = {.header = maker.header(), .checkpoints = {}, .unmatched_globs = {}},
                  .flops = {}};
  while (!opener.at_end()) {
    const std::shared_ptr<CheckpointInFlight> checkpoint = opener.open_next();
    work.record.checkpoints.push_back(maker.record_of(*checkpoint));
    work.record.checkpoints.back().identity = file_identity(checkpoint->file->path);
    work.flops.push_back(flops_of(*checkpoint, options.metrics));
  }
  work.record.unmatched_globs = maker.unmatched_globs();
  return work;
}

void assign_shards(std::span<SeriesWork> works, std::int64_t shards) {
  std::vector<std::uint64_t> costs;
  for_each_tensor(works, [&](const report::TensorRecord& /*tensor*/, double flops) {
    costs.push_back(kPerTensor + static_cast<std::uint64_t>(std::llround(flops / kUnit)));
  });
  const std::vector<std::size_t> whose = share_out(costs, static_cast<std::size_t>(shards));
  std::size_t next = 0;
  for_each_tensor(works, [&](report::TensorRecord& tensor, double /*flops*/) {
    tensor.shard = static_cast<std::int64_t>(whose[next++]) + 1;
  });
}

SeriesShare share_of(const SeriesWork& work, std::int64_t shard) {
  const std::vector<report::CheckpointRecord>& records = work.record.checkpoints;
  SeriesShare share;
  share.checkpoints.resize(records.size());
  const report::CheckpointRecord* previous = nullptr;
  for (std::size_t c = 0; c < records.size(); ++c) {
    if (records[c].failure) {
      continue;
    }
    const EarlierLayers before = described_layers(previous);
    for (std::size_t t = 0; t < records[c].tensors.size(); ++t) {
      const report::TensorRecord& tensor = records[c].tensors[t];
      if (tensor.shard == shard) {
        share.checkpoints[c].tensors.push_back(
            {.position = t, .has_predecessor = !before.all_of(tensor.layers).empty()});
        share.flops += work.flops[c][t];
      }
    }
    previous = &records[c];
  }
  mark_needed(records, share);
  return share;
}

std::vector<report::PlannedOutcome> measure_shard(const io::CheckpointSeries& series,
                                                  const SeriesWork& work, std::int64_t shard,
                                                  std::int64_t run, const AnalysisOptions& options,
                                                  const Progress& progress) {
  const SeriesShare share = share_of(work, shard);
  Collector collector(work, share, run);
  const FlowListener listener{
      .checkpoint_done = [&](CheckpointInFlight& checkpoint) { collector.take(checkpoint); },
      .progressed =
          [&](const FlowState& state) {
            progress({.done = state.checkpoints_done,
                      .total = series.checkpoints.size(),
                      .flops_done = state.flops_done,
                      .flops_in_all = state.flops_in_all});
          }};
  measure_series(series, options, listener, &share);
  return collector.outcomes();
}

report::RunReport report_without_layers(const report::RunRecord& record,
                                        const ScheduleOptions& schedule) {
  Conclusion conclusion(record.header);
  for (const report::CheckpointRecord& checkpoint : record.checkpoints) {
    report::CheckpointRecord without = checkpoint;
    without.tensors.clear();
    conclusion.add(std::move(without));
  }
  return conclusion.finish(record.unmatched_globs, schedule);
}

}  // namespace hindcast::analysis
