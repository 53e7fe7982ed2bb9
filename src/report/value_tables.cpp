// Every number of a report as one table of CSV: a row for each, or a column for each.

#include <unordered_map>

#include "report/csv_rows.hpp"
#include "report/exports.hpp"
#include "report/safe_names.hpp"

namespace hindcast::report {
namespace {

void write_place(CsvRows& csv, const RunReport& run, const CheckpointReport& checkpoint) {
  csv.field(run.name).field(checkpoint.name).field(checkpoint.step).field(checkpoint.epoch);
}

// The columns of all numbers of a report, in the order in which they first occur.
class Columns {
 public:
  Columns(const Report& report, const ScalarChoice& choice) {
    for (const RunReport& run : report.runs) {
      const Scalars scalars(run, choice);
      for (const CheckpointReport& checkpoint : run.checkpoints) {
        scalars.for_each(checkpoint, [&](const Scalar& scalar) {
          const std::string key = identity(scalar);
          if (places_.try_emplace(key, names_.size()).second) {
            names_.push_back(unique_.of(key, [&] { return tag_of(scalar); }));
          }
        });
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::size_t place_of(const Scalar& scalar) const {
    return places_.at(identity(scalar));
  }

 private:
  UniqueNames unique_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> names_;
};

// A row for each number: run, checkpoint, step, epoch, scope, layer, unfolding, metric, value.
Exported write_long(const Report& report, const ScalarChoice& choice, const Sink& sink) {
  Exported done;
  CsvRows csv;
  for (const std::string_view field :
       {"run", "checkpoint", "step", "epoch", "scope", "layer", "unfolding", "metric", "value"}) {
    csv.field(field);
  }
  csv.end_row();
  for (const RunReport& run : report.runs) {
    const Scalars scalars(run, choice);
    for (const CheckpointReport& checkpoint : run.checkpoints) {
      scalars.for_each(checkpoint, [&](const Scalar& scalar) {
        write_place(csv, run, checkpoint);
        csv.field(name(scalar.scope)).field(scalar.layer).field(scalar.unfolding);
        csv.field(scalar.metric).field(scalar.value);
        csv.end_row();
        ++done.numbers;
      });
      sink(csv.take());
    }
  }
  sink(csv.take());  // The header, where there is no checkpoint.
  return done;
}

// A row for each checkpoint with a column for each number, named as its chart.
Exported write_wide(const Report& report, const ScalarChoice& choice, const Sink& sink) {
  Exported done;
  CsvRows csv;
  const Columns columns(report, choice);
  csv.field("run").field("checkpoint").field("step").field("epoch");
  for (const std::string& column : columns.names()) {
    csv.field(column);
  }
  csv.end_row();
  for (const RunReport& run : report.runs) {
    const Scalars scalars(run, choice);
    for (const CheckpointReport& checkpoint : run.checkpoints) {
      std::vector<std::optional<double>> row(columns.names().size());
      scalars.for_each(checkpoint, [&](const Scalar& scalar) {
        row[columns.place_of(scalar)] = scalar.value;
        ++done.numbers;
      });
      write_place(csv, run, checkpoint);
      for (const std::optional<double>& value : row) {
        csv.field(value);
      }
      csv.end_row();
      sink(csv.take());
    }
  }
  sink(csv.take());
  return done;
}

}  // namespace

extern const TextExport long_csv_export;
const TextExport long_csv_export = {
    .option = "--long-csv",
    .help = "Write a table with a row for each number; '-' is stdout",
    .is_json = false,
    .write = write_long,
};

extern const TextExport wide_csv_export;
const TextExport wide_csv_export = {
    .option = "--wide-csv",
    .help =
        "Write a table with a row for each checkpoint and a column for each number; '-' is stdout",
    .is_json = false,
    .write = write_wide,
};

}  // namespace hindcast::report
