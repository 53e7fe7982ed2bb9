// The correlations as tidy CSV.

#include <optional>
#include <string_view>

#include "correlate/writers.hpp"
#include "report/csv_rows.hpp"

namespace hindcast::correlate {
namespace {

using statistics::kCoefficients;

void write_numbers(report::CsvRows& csv, const CoefficientResult& result) {
  std::optional<double> low;
  std::optional<double> high;
  if (result.interval) {
    low = result.interval->low;
    high = result.interval->high;
  }
  csv.field(result.value).field(low).field(high).field(result.test.p).field(result.corrected_p);
  csv.field(result.test.smallest).field(result.test.arrangements);
  csv.field(result.test.exact ? "true" : "false");
}

void write_view(report::CsvRows& csv, const CorrelationReport& report, const MetricResult& metric,
                std::string_view key, const ViewResult& view) {
  for (std::size_t c = 0; c < kCoefficients.size(); ++c) {
    const bool is_judged = kCoefficients[c] == report.options.judged;
    csv.field(report.score.name).field(metric.name).field(key);
    csv.field(statistics::name(kCoefficients[c])).field(name(view.status));
    csv.field(view.runs).field(view.checkpoints);
    if (view.status == Status::ok) {
      write_numbers(csv, view.coefficients[c]);
    } else {
      constexpr int kNumbers = 8;
      for (int i = 0; i < kNumbers; ++i) {
        csv.field("");
      }
    }
    csv.field(is_judged && view.flagged ? "true" : "false");
    csv.field(name(is_judged ? metric.contradiction : Contradiction::none));
    csv.end_row();
  }
}

}  // namespace

std::string to_csv(const CorrelationReport& report) {
  report::CsvRows csv;
  for (const std::string_view field :
       {"score", "metric", "view", "coefficient", "status", "runs", "checkpoints", "value",
        "interval_low", "interval_high", "p", "corrected_p", "smallest_p", "arrangements", "exact",
        "flagged", "contradiction"}) {
    csv.field(field);
  }
  csv.end_row();
  for (const MetricResult& metric : report.metrics) {
    write_view(csv, report, metric, "across_runs", metric.across);
    write_view(csv, report, metric, "within_runs", metric.within);
  }
  return csv.take();
}

}  // namespace hindcast::correlate
