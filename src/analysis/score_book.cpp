#include "analysis/score_book.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/match_scores.hpp"
#include "analysis/used_rates.hpp"
#include "base/text.hpp"
#include "io/scores/name_metrics.hpp"
#include "io/series_survey.hpp"

namespace hindcast::analysis {
namespace {

namespace fs = std::filesystem;

std::string place_of(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored).string();
}

// The checkpoints of the series that could be read, which are those of the report.
std::vector<io::CheckpointFile> reported(const std::vector<io::CheckpointFile>& files,
                                         const report::RunReport& run) {
  std::vector<io::CheckpointFile> out;
  for (const report::CheckpointReport& checkpoint : run.checkpoints) {
    const auto file = std::ranges::find(files, checkpoint.name, &io::CheckpointFile::name);
    out.push_back(file == files.end() ? io::CheckpointFile() : *file);
  }
  return out;
}

// "'a', 'b', 'c' and 4 more"
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) {
    out += fmt::format("{}'{}'", i == 0 ? "" : ", ", printable(names[i]));
  }
  return names.size() > kShown ? fmt::format("{} and {} more", out, names.size() - kShown) : out;
}

void warn(report::RunReport& run, const std::string& file, std::string_view what) {
  run.warnings.push_back(fmt::format("{}: {}", printable(file), what));
}

// Checkpoints of which the log says nothing; the initial one usually is.
void warn_of_unmatched(report::RunReport& run, const std::vector<io::CheckpointFile>& files,
                       const std::string& file) {
  std::vector<std::string> unmatched;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const report::CheckpointReport& checkpoint = run.checkpoints[i];
    if (checkpoint.scores.empty() && checkpoint.used_rates.empty() && !files[i].initial) {
      unmatched.push_back(checkpoint.name);
    }
  }
  if (!unmatched.empty()) {
    warn(run, file, fmt::format("has no row for {}", some_of(unmatched)));
  }
}

// Checkpoints between the steps at which losses and metrics were logged have rates at best.
void warn_of_rates_alone(report::RunReport& run, const std::vector<io::CheckpointFile>& files,
                         const std::string& file, const io::ScoreLog& log, std::string_view by) {
  const bool logs_scores = std::ranges::any_of(log.rows, [&](const io::LogRow& row) {
    return std::ranges::any_of(row.values, [&](const io::LoggedValue& value) {
      return !log.columns[value.column].is_rate;
    });
  });
  std::vector<std::string> without;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const report::CheckpointReport& checkpoint = run.checkpoints[i];
    if (checkpoint.scores.empty() && !checkpoint.used_rates.empty() && !files[i].initial) {
      without.push_back(checkpoint.name);
    }
  }
  if (logs_scores && !without.empty()) {
    warn(run, file,
         fmt::format("has no loss or metric for the {} of {}: rates only", by, some_of(without)));
  }
}

std::int64_t matched_checkpoints(const report::RunReport& run) {
  return std::ranges::count_if(run.checkpoints, [](const report::CheckpointReport& checkpoint) {
    return !checkpoint.scores.empty() || !checkpoint.used_rates.empty();
  });
}

void write_matched(report::RunReport& run, const std::vector<io::CheckpointFile>& all_files,
                   const io::ScoreSource& source, const std::string& file,
                   const io::ScoreLog& log) {
  const std::vector<io::CheckpointFile> files = reported(all_files, run);
  ScoreMatch match = match_scores(log, source, files);
  if (match.by.empty()) {
    warn(run, file, fmt::format("no scores from it: {}", match.reason));
    return;
  }
  for (const std::string& warning : match.warnings) {
    warn(run, file, warning);
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    report::CheckpointReport& checkpoint = run.checkpoints[i];
    checkpoint.scores = std::move(match.checkpoints[i].scores);
    checkpoint.used_rates = std::move(match.checkpoints[i].used_rates);
    checkpoint.next_used_rates = std::move(match.checkpoints[i].next_used_rates);
  }
  const std::int64_t matched = matched_checkpoints(run);
  if (matched == 0) {
    warn(run, file,
         fmt::format("no scores from it: none of its {} rows has the {} of a checkpoint",
                     log.rows.size(), match.by));
    return;
  }
  warn_of_unmatched(run, files, file);
  warn_of_rates_alone(run, files, file, log, match.by);
  run.scores = report::ScoresReport{.source = std::string(source.id),
                                    .file = file,
                                    .matched_by = match.by,
                                    .reason = match.reason,
                                    .rows = std::ssize(log.rows),
                                    .matched = matched};
}

// A number that is the same in all names is no measurement but part of the model's own name.
bool says_nothing(const std::vector<std::vector<io::NameMetric>>& named) {
  std::size_t with_metrics = 0;
  bool any_differs = false;
  const std::vector<io::NameMetric>* first = nullptr;
  for (const std::vector<io::NameMetric>& metrics : named) {
    if (metrics.empty()) {
      continue;
    }
    ++with_metrics;
    first = first == nullptr ? &metrics : first;
    any_differs = any_differs || !std::ranges::equal(metrics, *first, {}, &io::NameMetric::value,
                                                     &io::NameMetric::value);
  }
  return with_metrics == 0 || (with_metrics > 1 && !any_differs);
}

void write_names(report::RunReport& run, const std::vector<io::CheckpointFile>& all_files) {
  std::vector<std::vector<io::NameMetric>> named;
  for (const io::CheckpointFile& file : reported(all_files, run)) {
    named.push_back(io::metrics_in_name(file.named_by));
  }
  if (says_nothing(named)) {
    return;
  }
  bool is_labelled = true;
  for (std::size_t i = 0; i < named.size(); ++i) {
    for (const io::NameMetric& metric : named[i]) {
      is_labelled = is_labelled && !metric.name.starts_with("name_metric");
      run.checkpoints[i].scores.push_back({.name = metric.name, .value = metric.value});
    }
  }
  run.scores = report::ScoresReport{
      .source = "names",
      .file = "",
      .matched_by = "name",
      .reason = is_labelled ? "numbers in the names of the checkpoints"
                            : "numbers in the names of the checkpoints, which do not say of what",
      .rows = 0,
      .matched = matched_checkpoints(run)};
}

std::int64_t last_step(const io::ScoreLog& log) {
  std::int64_t last = -1;
  for (const io::LogRow& row : log.rows) {
    last = std::max(last, row.step.value_or(-1));
  }
  return last;
}

}  // namespace

ScoreBook::ScoreBook(ScoresRequest request, bool follow_links)
    : request_(std::move(request)), follow_links_(follow_links) {
  if (request_.file) {
    const std::string file = io::shown(*request_.file);
    given_ = with_context(printable(file), [&] {
      return ReadLog{.source = &io::given_scores,
                     .file = file,
                     .log = io::read_log(io::given_scores, *request_.file)};
    });
  }
}

void ScoreBook::require_fit(std::size_t runs) const {
  if (given_ && runs > 1 && !given_->log.names_runs) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: there are {} runs, and no column 'run' says whose a row is",
                            printable(given_->file), runs));
  }
}

void ScoreBook::add(const io::CheckpointSeries& series) {
  Run& run = runs_.emplace_back();
  run.checkpoints = series.checkpoints;
  if (request_.search && !given_) {
    run.found = io::find_logs(run.checkpoints, follow_links_);
    for (const io::FoundLog& log : run.found.logs) {
      ++holders_[place_of(log.path)];
    }
  }
}

void ScoreBook::write(std::vector<report::RunReport>& runs) const {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (given_) {
      write_given(runs_[i], runs[i]);
    } else if (request_.search) {
      write_found(runs_[i], runs[i]);
    }
    set_used_rates(runs[i]);
  }
  warn_of_strangers(runs);
}

// A name in the table that is mistyped takes its run's scores away. Told with the first run.
void ScoreBook::warn_of_strangers(std::vector<report::RunReport>& runs) const {
  if (!given_ || !given_->log.names_runs || runs.empty()) {
    return;
  }
  std::vector<std::string> strangers;
  for (const io::LogRow& row : given_->log.rows) {
    if (std::ranges::find(runs, row.run, &report::RunReport::name) == runs.end() &&
        std::ranges::find(strangers, row.run) == strangers.end()) {
      strangers.push_back(row.run);
    }
  }
  if (!strangers.empty()) {
    warn(runs.front(), given_->file,
         fmt::format("has rows of {} that {} not here", some_of(strangers),
                     strangers.size() == 1 ? "is" : "are"));
  }
}

void ScoreBook::write_given(const Run& of, report::RunReport& run) const {
  if (!given_->log.names_runs) {
    if (runs_.size() > 1) {
      warn(run, given_->file,
           fmt::format("not used: there are {} runs, and no column 'run' says whose a row is",
                       runs_.size()));
      return;
    }
    write_matched(run, of.checkpoints, *given_->source, given_->file, given_->log);
    return;
  }
  io::ScoreLog own = given_->log;
  std::erase_if(own.rows, [&](const io::LogRow& row) { return row.run != run.name; });
  if (own.rows.empty()) {
    warn(run, given_->file, fmt::format("has no row of the run '{}'", printable(run.name)));
    return;
  }
  write_matched(run, of.checkpoints, *given_->source, given_->file, own);
}

void ScoreBook::write_found(const Run& of, report::RunReport& run) const {
  run.warnings.insert(run.warnings.end(), of.found.warnings.begin(), of.found.warnings.end());
  if (const std::optional<ReadLog> log = chosen_log(of, run)) {
    write_matched(run, of.checkpoints, *log->source, log->file, log->log);
  }
  if (!run.scores) {
    write_names(run, of.checkpoints);
  }
}

// The one log of the most telling source; a choice among several would be a guess.
std::optional<ScoreBook::ReadLog> ScoreBook::chosen_log(const Run& of,
                                                        report::RunReport& run) const {
  std::vector<const io::FoundLog*> logs;
  std::vector<std::string> others;
  for (const io::FoundLog& log : of.found.logs) {
    if (holders_.at(place_of(log.path)) > 1) {
      warn(run, log.shown_path,
           "not used: it lies beside several runs, and nothing says whose it is; give it with "
           "--scores and a column 'run'");
    } else if (logs.empty() || logs.front()->source == log.source) {
      logs.push_back(&log);
    } else {
      others.push_back(log.shown_path);
    }
  }
  if (logs.empty()) {
    return std::nullopt;
  }
  // Each of its checkpoints' folders has the history up to it.
  const bool is_repeated = logs.front()->source->id == "hugging_face";
  if (logs.size() > 1 && !is_repeated) {
    std::vector<std::string> names;
    for (const io::FoundLog* const log : logs) {
      names.push_back(log->shown_path);
    }
    run.warnings.push_back(fmt::format(
        "several logs lie beside the checkpoints, {}: none is used; name one with --scores",
        some_of(names)));
    return std::nullopt;
  }
  if (!others.empty()) {
    run.warnings.push_back(fmt::format("scores are read from '{}', not from {}",
                                       printable(logs.front()->shown_path), some_of(others)));
  }
  return read_first(logs, run);
}

// The longest of the run's own and the last checkpoint's history; others where those are damaged.
std::optional<ScoreBook::ReadLog> ScoreBook::read_first(
    const std::vector<const io::FoundLog*>& logs, report::RunReport& run) {
  constexpr std::size_t kTried = 3;
  std::optional<ReadLog> best;
  std::size_t read = 0;
  for (std::size_t i = 0; i < std::min(kTried, logs.size()) && read < 2; ++i) {
    try {
      ReadLog log{.source = logs[i]->source,
                  .file = logs[i]->shown_path,
                  .log = io::read_log(*logs[i]->source, logs[i]->path)};
      ++read;
      if (!best || last_step(log.log) > last_step(best->log)) {
        best = std::move(log);
      }
    } catch (const Error& error) {
      warn(run, logs[i]->shown_path, fmt::format("no scores from it: {}", error.what()));
    }
  }
  return best;
}

}  // namespace hindcast::analysis
