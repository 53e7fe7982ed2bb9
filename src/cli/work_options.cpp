#include "cli/work_options.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "cli/options.hpp"
#include "cli/size_text.hpp"

namespace hindcast::cli {
void add_work_options(CLI::App& app, WorkArguments& arguments) {
  add_threads_option(app, arguments.threads, "Layers measured at a time (default: all cores)");
  add_size_option(
      app, "--memory",
      "Bytes that the layers being measured may take, such as 2G; a layer that needs "
      "more by itself is left out (default: half of the machine's or the container's, and none is)",
      kMostOfAnything, [&arguments](std::uint64_t size) { arguments.memory = size; });
  app.add_option("--cache", arguments.cache,
                 "Keep what is measured in this directory, and do not measure it again")
      ->check(is_not_empty())
      ->type_name("DIR");
  app.add_flag("--cache-stats", arguments.cache_stats,
               "Say on stderr how much was found in the cache");
  app.add_flag("--progress", arguments.progress,
               "Say now and then how far the work has come, also where stderr is no terminal");
}

Work::Work(const WorkArguments& arguments)
    : threads_(threads_of(arguments.threads)),
      memory_(arguments.memory),
      cache_stats_(arguments.cache_stats),
      shows_progress_(arguments.progress) {
  if (!arguments.cache.empty()) {
    cache_ = std::make_unique<analysis::MeasurementCache>(arguments.cache);
  } else if (cache_stats_) {
    throw Error(ErrorCode::usage, "--cache-stats needs a cache; give --cache DIR");
  }
}

void Work::remember() {
  if (cache_ == nullptr) {
    cache_ = std::make_unique<analysis::MeasurementCache>();
  }
  cache_->remember_digests();
}

void Work::forget_unused() const {
  if (cache_ != nullptr) {
    cache_->forget_unused();
  }
}

void Work::apply(analysis::AnalysisOptions& options) const {
  options.threads = threads_;
  options.memory = memory_;
  options.cache = cache_.get();
}

void Work::tell(const Messages& messages) const {
  if (cache_ == nullptr) {
    return;
  }
  const analysis::MeasurementCache::Statistics statistics = cache_->statistics();
  if (statistics.failed > 0) {
    messages.warning(fmt::format("{} measurements could not be kept in the cache: {}",
                                 statistics.failed, statistics.first_failure));
  }
  if (cache_stats_) {
    messages.note(fmt::format("cache: {} measurements found, {} made and kept", statistics.found,
                              statistics.kept));
  }
}

}  // namespace hindcast::cli
