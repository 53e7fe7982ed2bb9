#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "hindcast/analysis/options.hpp"

#include "analysis/measurement_cache.hpp"
#include "cli/messages.hpp"

namespace hindcast::cli {

/// How the work is done, as typed: nothing of it changes a number.
struct WorkArguments {
  std::optional<std::int64_t> threads;
  std::optional<std::uint64_t> memory;
  std::string cache;
  bool cache_stats = false;
  bool progress = false;
};

void add_work_options(CLI::App& app, WorkArguments& arguments);

/// What work goes on with, for as long as it lasts.
class Work {
 public:
  /// Throws Error: usage for values out of range, io where there can be no cache.
  explicit Work(const WorkArguments& arguments);

  /// For an analysis that is made again and again: keeps what is measured in memory, unless there
  /// is a directory for it, and does not read again what did not change.
  void remember();

  /// Forgets what the last analysis had no use for.
  void forget_unused() const;

  void apply(analysis::AnalysisOptions& options) const;

  [[nodiscard]] bool shows_progress() const noexcept { return shows_progress_; }

  /// Says what became of the cache, where something is to be said.
  void tell(const Messages& messages) const;

 private:
  unsigned threads_;
  std::optional<std::uint64_t> memory_;
  std::unique_ptr<analysis::MeasurementCache> cache_;
  bool cache_stats_;
  bool shows_progress_;
};

}  // namespace hindcast::cli
