#include "cli/analyse_shard.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/version.hpp"

#include "analysis/conclusion.hpp"
#include "analysis/shard.hpp"
#include "base/text.hpp"
#include "cli/analyse_runs.hpp"
#include "cli/progress.hpp"

namespace hindcast::cli {
namespace {

// What a score book has set in a report that had no warnings before.
report::LoggedRecord logged_in(report::RunReport& run) {
  report::LoggedRecord logged{.source = std::move(run.scores), .warnings = std::move(run.warnings)};
  for (report::CheckpointReport& checkpoint : run.checkpoints) {
    logged.checkpoints.push_back({.scores = std::move(checkpoint.scores),
                                  .used_rates = std::move(checkpoint.used_rates),
                                  .next_used_rates = std::move(checkpoint.next_used_rates)});
  }
  return logged;
}

// Everything that was found, and the work in it.
class Survey {
 public:
  Survey(const analysis::AnalysisOptions& options, analysis::ScoreBook& book)
      : options_(options), book_(book) {}

  void add(io::CheckpointSeries found, bool is_one_run) {
    report::FoundRecord record{.name = found.name};
    std::vector<io::CheckpointSeries> series;
    std::vector<analysis::SeriesWork> works;
    std::vector<report::RunReport> reports;
    try {
      series = runs_of(std::move(found), is_one_run, options_);
      for (const io::CheckpointSeries& one : series) {
        works.push_back(analysis::record_series(one, options_));
        // Throws where the options do not fit the run, which then fails as it would as a whole.
        reports.push_back(analysis::report_without_layers(works.back().record, options_.schedule));
      }
    } catch (const Error& error) {
      first_failure_ = first_failure_ ? first_failure_ : error;
      record.failure = error.what();
      found_.push_back({.record = std::move(record)});
      reports_.push_back(analysis::failed_run(found_.back().record.name, error.what()));
      book_.add_failed();
      return;
    }
    for (const io::CheckpointSeries& one : series) {
      book_.add(one);
    }
    found_.push_back({.record = std::move(record), .runs = works.size()});
    std::ranges::move(series, std::back_inserter(series_));
    std::ranges::move(works, std::back_inserter(works_));
    std::ranges::move(reports, std::back_inserter(reports_));
  }

  // After all that was found: a log that lies beside several runs is nobody's.
  void add_logged() {
    for (report::RunReport& run : reports_) {
      run.warnings.clear();
    }
    book_.write(reports_);
    std::size_t next = 0;
    for (Found& found : found_) {
      for (std::size_t i = 0; i < (found.record.failure ? 1 : found.runs); ++i) {
        found.record.logged.push_back(logged_in(reports_[next++]));
      }
    }
  }

  // Throws the first failure if there is nothing else.
  void require_any() const {
    if (first_failure_ && works_.empty()) {
      throw Error(*first_failure_);
    }
  }

  // The runs, and what there is to do in each.
  [[nodiscard]] const std::vector<io::CheckpointSeries>& series() const { return series_; }
  [[nodiscard]] std::vector<analysis::SeriesWork>& works() { return works_; }

  // Takes the records out of the works.
  report::Plan take_plan() {
    report::Plan plan;
    std::size_t next = 0;
    for (Found& found : found_) {
      for (std::size_t i = 0; i < found.runs; ++i) {
        found.record.runs.push_back(std::move(works_[next++].record));
      }
      plan.push_back(std::move(found.record));
    }
    return plan;
  }

  // What was found but cannot be analysed.
  [[nodiscard]] std::vector<report::RunReport> failed() const {
    std::vector<report::RunReport> out;
    for (const Found& found : found_) {
      if (found.record.failure) {
        out.push_back(analysis::failed_run(found.record.name, *found.record.failure));
      }
    }
    return out;
  }

 private:
  struct Found {
    report::FoundRecord record;
    std::size_t runs = 0;
  };

  const analysis::AnalysisOptions& options_;
  analysis::ScoreBook& book_;
  std::vector<Found> found_;
  std::vector<report::RunReport> reports_;  // As far as they are known without measurements.
  std::vector<io::CheckpointSeries> series_;
  std::vector<analysis::SeriesWork> works_;
  std::optional<Error> first_failure_;
};

// How much of the work is a shard's.
struct Amount {
  std::int64_t layers = 0;
  double flops = 0.0;
};

Amount amount_of(const std::vector<analysis::SeriesWork>& works,
                 std::optional<std::int64_t> shard) {
  Amount amount;
  for (const analysis::SeriesWork& work : works) {
    for (std::size_t c = 0; c < work.flops.size(); ++c) {
      for (std::size_t t = 0; t < work.flops[c].size(); ++t) {
        const report::TensorRecord& tensor = work.record.checkpoints[c].tensors[t];
        if (!shard || tensor.shard == shard) {
          amount.layers += std::ssize(tensor.layers);
          amount.flops += work.flops[c][t];
        }
      }
    }
  }
  return amount;
}

std::string summary_of(const std::vector<analysis::SeriesWork>& works, const ShardNumber& number) {
  const Amount all = amount_of(works, std::nullopt);
  const Amount own = amount_of(works, number.shard);
  return fmt::format("shard {} of {}: {} of {} layers, {:.2f} % of the work", number.shard,
                     number.shards, own.layers, all.layers,
                     all.flops > 0.0 ? 100.0 * own.flops / all.flops : 0.0);
}

bool is_problem(const report::Outcome& outcome) {
  return !outcome.unchanged && outcome.layers.empty();
}

// What went wrong here; the rest is for the whole report to say.
report::RunReport told_of(const report::RunRecord& record,
                          const std::vector<report::PlannedOutcome>& outcomes) {
  report::RunReport told;
  told.name = record.header.name;
  told.unread = record.header.failed;
  for (const report::CheckpointRecord& checkpoint : record.checkpoints) {
    if (checkpoint.failure) {
      told.unread.push_back({.path = checkpoint.path, .reason = *checkpoint.failure});
    }
  }
  for (const report::PlannedOutcome& planned : outcomes) {
    if (is_problem(planned.outcome)) {
      const auto place = static_cast<std::size_t>(planned.checkpoint);
      told.warnings.push_back(fmt::format("{}: {}", printable(record.checkpoints[place].path),
                                          planned.outcome.problem));
    }
  }
  return told;
}

bool has_checkpoint(const analysis::SeriesWork& work) {
  return std::ranges::any_of(work.record.checkpoints,
                             [](const auto& checkpoint) { return !checkpoint.failure; });
}

Troubles troubles_of_share(const std::vector<analysis::SeriesWork>& works,
                           const report::Report& told) {
  const bool incomplete = std::ranges::any_of(told.runs, [](const report::RunReport& run) {
    return !run.unread.empty() || !run.warnings.empty();
  });
  const bool nothing_read = std::ranges::none_of(works, has_checkpoint);
  return {.nothing_read = nothing_read, .nothing_judged = nothing_read, .incomplete = incomplete};
}

}  // namespace

ShardAnalysis analyse_shard(const io::SeriesRequest& request, const analysis::ScoresRequest& scores,
                            const analysis::AnalysisOptions& options, report::OptionsEcho echo,
                            const ShardNumber& number, const Messages& messages,
                            bool shows_progress) {
  analysis::ScoreBook book(scores, options.limits.follow_links);
  Survey survey(options, book);
  std::vector<io::CheckpointSeries> all = io::discover(request, options.limits);
  book.require_fit(all.size());
  for (io::CheckpointSeries& found : all) {
    survey.add(std::move(found), request.one_run);
  }
  survey.require_any();
  survey.add_logged();
  std::vector<analysis::SeriesWork>& works = survey.works();
  analysis::assign_shards(works, number.shards);

  ShardAnalysis out;
  out.summary = summary_of(works, number);
  out.told.runs = survey.failed();
  ProgressDisplay display(messages, shows_progress);
  for (std::size_t run = 0; run < works.size(); ++run) {
    display.start();
    std::vector<report::PlannedOutcome> outcomes = analysis::measure_shard(
        survey.series()[run], works[run], number.shard, static_cast<std::int64_t>(run), options,
        [&](const analysis::RunProgress& state) { display.show(work_done(state)); });
    display.clear();
    out.told.runs.push_back(told_of(works[run].record, outcomes));
    std::ranges::move(outcomes, std::back_inserter(out.part.outcomes));
  }
  out.troubles = troubles_of_share(works, out.told);

  report::Plan plan = survey.take_plan();
  out.part.shard = number.shard;
  out.part.shards = number.shards;
  out.part.version = version();
  out.part.options = std::move(echo);
  out.part.schedule = {.rmsgd = options.schedule.rmsgd,
                       .evbmf = options.schedule.evbmf,
                       .parameter_order = options.schedule.parameter_order};
  out.part.plan_digest = digest_of(plan);
  if (number.shard == 1) {
    out.part.plan = std::move(plan);
  }
  return out;
}

}  // namespace hindcast::cli
