// The report as tidy CSV.

#include <optional>
#include <string_view>

#include "hindcast/metrics/metric.hpp"
#include "hindcast/report/writers.hpp"

#include "base/text.hpp"
#include "report/csv_rows.hpp"

namespace hindcast::report {
namespace {

std::string status_text(const metrics::StatusSet& status) {
  if (status.ok()) {
    return "ok";
  }
  std::string out;
  for (const metrics::Status one : status.list()) {
    out += (out.empty() ? "" : ";") + std::string(metrics::name(one));
  }
  return out;
}

void write_low_rank_header(CsvRows& csv, std::string_view minimiser) {
  for (const std::string_view field :
       {"status", "rank", "rank_ratio", "knowledge_gain", "mapping_condition", "noise_variance"}) {
    csv.field(std::string(minimiser) + "_" + std::string(field));
  }
}

void write_low_rank(CsvRows& csv, const metrics::LowRankMeasurement& low_rank) {
  const auto member = [&](auto spectral::LowRank::*field) {
    if (low_rank.value) {
      csv.field((*low_rank.value).*field);
    } else {
      csv.field("");
    }
  };
  csv.field(status_text(low_rank.status));
  member(&spectral::LowRank::rank);
  member(&spectral::LowRank::rank_ratio);
  member(&spectral::LowRank::knowledge_gain);
  member(&spectral::LowRank::mapping_condition);
  member(&spectral::LowRank::noise_variance);
}

void write_layers_header(CsvRows& csv) {
  for (const std::string_view field : {"run",
                                       "checkpoint",
                                       "step",
                                       "epoch",
                                       "layer",
                                       "kind",
                                       "shape",
                                       "layout",
                                       "dtype",
                                       "rotation",
                                       "step_rotation",
                                       "relative_distance",
                                       "unfolding",
                                       "rows",
                                       "cols",
                                       "status",
                                       "solver",
                                       "computed_values",
                                       "spectral_norm",
                                       "frobenius_norm",
                                       "stable_rank",
                                       "effective_rank",
                                       "smallest_singular_value",
                                       "condition_number"}) {
    csv.field(field);
  }
  write_low_rank_header(csv, "exact");
  write_low_rank_header(csv, "reference");
  csv.end_row();
}

void write_layer_row(CsvRows& csv, const LayerReport& layer,
                     const metrics::UnfoldingMeasurement& unfolding) {
  csv.field(layer.name).field(layer.kind).field(join(layer.shape, "x"));
  csv.field(layer.layout).field(layer.dtype);
  csv.field(layer.measured.rotation).field(layer.measured.step_rotation);
  csv.field(layer.measured.relative_distance);
  csv.field(tensor::name(unfolding.unfolding)).field(unfolding.rows).field(unfolding.cols);
  csv.field(status_text(unfolding.status)).field(spectral::name(unfolding.solver));
  csv.field(unfolding.computed_values).field(unfolding.spectral_norm);
  csv.field(unfolding.frobenius_norm).field(unfolding.stable_rank);
  csv.field(unfolding.effective_rank).field(unfolding.smallest_singular_value);
  csv.field(unfolding.condition_number);
  write_low_rank(csv, unfolding.exact);
  write_low_rank(csv, unfolding.reference);
  csv.end_row();
}

std::string layers_csv(const Report& report) {
  CsvRows csv;
  write_layers_header(csv);
  for (const RunReport& run : report.runs) {
    for (const CheckpointReport& checkpoint : run.checkpoints) {
      for (const LayerReport& layer : checkpoint.layers) {
        for (const metrics::UnfoldingMeasurement& unfolding : layer.measured.unfoldings) {
          csv.field(run.name).field(checkpoint.name).field(checkpoint.step).field(checkpoint.epoch);
          write_layer_row(csv, layer, unfolding);
        }
      }
    }
  }
  return csv.take();
}

void write_summary_header(CsvRows& csv) {
  for (const std::string_view field :
       {"run", "checkpoint", "step", "epoch", "tensors", "analysed"}) {
    csv.field(field);
  }
  for (const metrics::Metric& metric : metrics::metrics()) {
    for (const std::string_view aggregate :
         {"layers", "mean", "weighted_mean", "l2", "geometric_mean", "min", "max"}) {
      csv.field(std::string(metric.key) + "_" + std::string(aggregate));
    }
  }
  for (const std::string_view key : metrics::total_keys()) {
    csv.field(key);
  }
  csv.end_row();
}

std::string summary_csv(const Report& report) {
  CsvRows csv;
  write_summary_header(csv);
  for (const RunReport& run : report.runs) {
    for (const CheckpointReport& checkpoint : run.checkpoints) {
      csv.field(run.name).field(checkpoint.name).field(checkpoint.step).field(checkpoint.epoch);
      csv.field(checkpoint.ledger.tensors).field(checkpoint.ledger.analysed);
      for (const metrics::Aggregate& one : checkpoint.summary.aggregates) {
        csv.field(one.layers).field(one.mean).field(one.weighted_mean).field(one.l2);
        csv.field(one.geometric_mean).field(one.min).field(one.max);
      }
      for (const metrics::Total& total : checkpoint.summary.totals) {
        csv.field(total.value);
      }
      csv.end_row();
    }
  }
  return csv.take();
}

std::string scores_csv(const Report& report) {
  CsvRows csv;
  for (const std::string_view field :
       {"run", "checkpoint", "step", "epoch", "kind", "name", "value"}) {
    csv.field(field);
  }
  csv.end_row();
  for (const RunReport& run : report.runs) {
    for (const CheckpointReport& checkpoint : run.checkpoints) {
      const auto write = [&](std::string_view kind, const std::vector<LoggedNumber>& numbers) {
        for (const LoggedNumber& number : numbers) {
          csv.field(run.name).field(checkpoint.name).field(checkpoint.step).field(checkpoint.epoch);
          csv.field(kind).field(number.name).field(number.value);
          csv.end_row();
        }
      };
      write("score", checkpoint.scores);
      write("used_rate", checkpoint.used_rates);
      write("next_used_rate", checkpoint.next_used_rates);
    }
  }
  return csv.take();
}

}  // namespace

std::string to_schedule_csv(const Report& report) {
  CsvRows csv;
  csv.field("run").field("epoch").field("after").field("parameter").field("tracked").field("rate");
  csv.field("used_rate");
  csv.end_row();
  for (const RunReport& run : report.runs) {
    if (!run.schedule) {
      continue;
    }
    const ScheduleReport& schedule = *run.schedule;
    for (std::size_t t = 0; t < schedule.epochs.size(); ++t) {
      for (std::size_t p = 0; p < schedule.parameters.size(); ++p) {
        csv.field(run.name).field(t).field(schedule.epochs[t].after);
        csv.field(schedule.parameters[p]).field(schedule.tracked[p] ? "true" : "false");
        csv.field(schedule.epochs[t].rates[p]);
        csv.field(schedule.epochs[t].used.empty() ? std::nullopt : schedule.epochs[t].used[p]);
        csv.end_row();
      }
    }
  }
  return csv.take();
}

std::vector<CsvFile> to_csv(const Report& report) {
  return {{.name = "layers.csv", .content = layers_csv(report)},
          {.name = "summary.csv", .content = summary_csv(report)},
          {.name = "scores.csv", .content = scores_csv(report)},
          {.name = "schedule.csv", .content = to_schedule_csv(report)}};
}

}  // namespace hindcast::report
