#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"

#include "correlate/choose_score.hpp"
#include "statistics/coefficients.hpp"
#include "statistics/intervals.hpp"
#include "statistics/permutation_test.hpp"

namespace hindcast::correlate {

/// Runs that a coefficient over runs takes, and checkpoints that one within a run takes.
inline constexpr std::size_t kLeastRuns = 3;
inline constexpr std::size_t kLeastCheckpoints = 4;

struct Options {
  std::string score = {};                 ///< Its name; empty to choose one.
  std::vector<std::string> metrics = {};  ///< Globs; every metric where there is none.
  /// By which coefficient a metric is judged; the others are only told.
  statistics::Coefficient judged = statistics::Coefficient::spearman;
  double alpha = 0.05;  ///< The chance of any false flag in a view.
  statistics::PermutationOptions permutations = {};
  unsigned threads = 1;  ///< Metrics at a time; changes no number.
};

/// Why there is no coefficient.
enum class Status {
  ok,
  too_few_runs,         ///< Fewer than kLeastRuns have a score.
  too_few_checkpoints,  ///< No run has kLeastCheckpoints with a score.
  not_measured,         ///< So many have a score, but not the metric.
  constant_metric,
  constant_score,
};

/// The report key.
[[nodiscard]] std::string_view name(Status status) noexcept;

struct CoefficientResult {
  double value = 0.0;
  std::optional<statistics::Interval> interval = {};
  statistics::PermutationResult test = {};
  double corrected_p = 1.0;  ///< By Holm, for all metrics of the view.
};

/// One run's part in the coefficient within runs.
struct RunPart {
  std::size_t run = 0;  ///< Its place in CorrelationReport::runs.
  std::size_t checkpoints = 0;
  std::array<double, statistics::kCoefficients.size()> values = {};
};

/// A metric in one view: across runs or within them.
struct ViewResult {
  Status status = Status::ok;
  std::size_t runs = 0;
  std::size_t checkpoints = 0;
  std::array<CoefficientResult, statistics::kCoefficients.size()> coefficients = {};
  std::vector<RunPart> parts = {};  ///< Within runs only.
  bool flagged = false;  ///< Beyond luck: the judged coefficient's corrected p is at most alpha.
};

/// Is its sign within runs the opposite of its sign across runs, and is that more than luck?
enum class Contradiction { none, possible, established };

/// The report key: "none", "possible", "established".
[[nodiscard]] std::string_view name(Contradiction contradiction) noexcept;

struct MetricResult {
  std::string name;
  ViewResult across;  ///< Over runs, each at its last checkpoint with a score.
  ViewResult within;  ///< Over the checkpoints of a run, averaged over runs.
  Contradiction contradiction = Contradiction::none;
};

struct RunUsed {
  std::string name;
  std::size_t checkpoints = 0;
  std::size_t scored = 0;
  std::string end = {};      ///< Its last checkpoint with a score; empty where none has one.
  bool ends_early = false;   ///< Is there a later one without?
  std::string same_as = {};  ///< Left out, as it has the same numbers as this run.
};

/// What is said of all metrics in one view.
struct ViewSummary {
  std::size_t tried = 0;    ///< Metrics with a coefficient.
  std::size_t flagged = 0;  ///< Of those.
  /// The least corrected p that any metric could have had: above alpha, nothing can be flagged.
  double smallest_corrected_p = 1.0;
  /// If that is only because so few arrangements were drawn, how many would do; else 0.
  std::uint64_t draws_needed = 0;
};

struct CorrelationReport {
  Options options;
  ChosenScore score;
  std::vector<RunUsed> runs;
  std::vector<MetricResult> metrics;
  ViewSummary across;
  ViewSummary within;
  std::vector<std::string> warnings;  ///< What to know before believing it, one line each.
};

/// Sets every metric of the checkpoints' summaries against a score.
///
/// Across runs the rows are runs, tested by all arrangements of them (or many). Within runs the
/// coefficient is the mean of the runs' own, weighted by their checkpoints less one, tested by
/// shifts in time. Throws Error: as choose_score, and usage for a glob that matches no metric.
[[nodiscard]] CorrelationReport correlate(const report::Report& report, const Options& options);

}  // namespace hindcast::correlate
