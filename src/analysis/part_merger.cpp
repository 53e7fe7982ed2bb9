#include "analysis/part_merger.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/conclusion.hpp"
#include "analysis/used_rates.hpp"
#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

std::size_t place(std::int64_t shard) {
  return static_cast<std::size_t>(shard - 1);
}

[[noreturn]] void refuse(const std::string& name, std::string_view what) {
  throw Error(ErrorCode::usage, fmt::format("{}: {}", printable(name), what));
}

[[noreturn]] void condemn(const std::string& name, std::string_view what) {
  throw Error(ErrorCode::malformed, fmt::format("{}: {}", printable(name), what));
}

// "shard 3 of 8 is missing", "shards 2-4, 7 of 8 are missing"
std::string missing_text(const std::vector<std::string>& names) {
  std::vector<std::string> ranges;
  std::size_t count = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) {
      continue;
    }
    const std::size_t first = i;
    while (i + 1 < names.size() && names[i + 1].empty()) {
      ++i;
    }
    count += i - first + 1;
    ranges.push_back(first == i ? std::to_string(first + 1)
                                : fmt::format("{}-{}", first + 1, i + 1));
  }
  return count == 1 ? fmt::format("shard {} of {} is missing", ranges.front(), names.size())
                    : fmt::format("shards {} of {} are missing", join(ranges, ", "), names.size());
}

// All runs of the plan, in its order.
std::vector<report::RunRecord*> runs_of(report::Plan& plan) {
  std::vector<report::RunRecord*> out;
  for (report::FoundRecord& found : plan) {
    for (report::RunRecord& run : found.runs) {
      out.push_back(&run);
    }
  }
  return out;
}

template <typename Item>
Item* at(std::vector<Item>& items, std::int64_t index) {
  return static_cast<std::size_t>(index) < items.size() ? &items[static_cast<std::size_t>(index)]
                                                        : nullptr;
}

// The tensor that an outcome is of; null where there is none.
report::TensorRecord* find(std::vector<report::RunRecord*>& runs,
                           const report::PlannedOutcome& planned) {
  report::RunRecord** const run = at(runs, planned.run);
  report::CheckpointRecord* const checkpoint =
      run == nullptr ? nullptr : at((*run)->checkpoints, planned.checkpoint);
  return checkpoint == nullptr ? nullptr : at(checkpoint->tensors, planned.tensor);
}

report::RunReport concluded(report::RunRecord run, const ScheduleOptions& schedule) {
  Conclusion conclusion(run.header);
  for (report::CheckpointRecord& checkpoint : run.checkpoints) {
    conclusion.add(std::move(checkpoint));
  }
  return conclusion.finish(std::move(run.unmatched_globs), schedule);
}

// Sets what was logged beside what was measured, as a ScoreBook does.
void set_logged(report::RunReport& run, report::LoggedRecord& logged) {
  if (!logged.checkpoints.empty() && logged.checkpoints.size() != run.checkpoints.size()) {
    throw Error(ErrorCode::malformed,
                fmt::format("{}: what was logged is not of its checkpoints", printable(run.name)));
  }
  std::ranges::move(logged.warnings, std::back_inserter(run.warnings));
  run.scores = std::move(logged.source);
  for (std::size_t i = 0; i < logged.checkpoints.size(); ++i) {
    run.checkpoints[i].scores = std::move(logged.checkpoints[i].scores);
    run.checkpoints[i].used_rates = std::move(logged.checkpoints[i].used_rates);
    run.checkpoints[i].next_used_rates = std::move(logged.checkpoints[i].next_used_rates);
  }
  set_used_rates(run);
}

}  // namespace

void PartMerger::add(const std::string& name, report::Part part) {
  if (common_) {
    require_fit(name, part);
  } else {
    common_ = {.name = name,
               .shard = part.shard,
               .shards = part.shards,
               .version = part.version,
               .settings = settings_of(part),
               .plan_digest = part.plan_digest};
    names_.resize(static_cast<std::size_t>(part.shards));
    options_ = part.options;
    schedule_ = part.schedule;
  }
  if (part.plan.has_value() != (part.shard == 1)) {
    condemn(name, part.plan ? "only the first shard has the plan" : "lacks the plan");
  }
  if (part.plan) {
    if (digest_of(*part.plan) != part.plan_digest) {
      condemn(name, "its plan is not the one it was made by");
    }
    plan_ = *std::move(part.plan);
  }
  names_[place(part.shard)] = name;
  for (report::PlannedOutcome& outcome : part.outcomes) {
    outcomes_.emplace_back(part.shard, std::move(outcome));
  }
}

void PartMerger::require_fit(const std::string& name, const report::Part& part) const {
  const std::string first = printable(common_->name);
  if (part.shards != common_->shards) {
    refuse(name, fmt::format("is shard {} of {}, but {} is shard {} of {}", part.shard, part.shards,
                             first, common_->shard, common_->shards));
  }
  if (part.version != common_->version) {
    refuse(name, fmt::format("was written by hindcast {}, but {} by {}", printable(part.version),
                             first, printable(common_->version)));
  }
  if (settings_of(part) != common_->settings) {
    refuse(name, fmt::format("was made with other options than {}", first));
  }
  if (part.plan_digest != common_->plan_digest) {
    refuse(name, fmt::format("was made from other checkpoints than {}", first));
  }
  if (const std::string& same = names_[place(part.shard)]; !same.empty()) {
    refuse(name, fmt::format("is shard {} of {}, and so is {}", part.shard, part.shards,
                             printable(same)));
  }
}

void PartMerger::require_all() const {
  if (std::ranges::find(names_, std::string()) != names_.end()) {
    throw Error(ErrorCode::usage, missing_text(names_));
  }
}

void PartMerger::place_outcomes() {
  std::vector<report::RunRecord*> runs = runs_of(plan_);
  for (auto& [shard, planned] : outcomes_) {
    report::TensorRecord* const tensor = find(runs, planned);
    if (tensor == nullptr || tensor->shard != shard || tensor->outcome) {
      condemn(names_[place(shard)],
              fmt::format("tensor {} of checkpoint {} of run {} is not for it to measure, or twice "
                          "in it",
                          planned.tensor, planned.checkpoint, planned.run));
    }
    const std::size_t layers = planned.outcome.layers.size();
    if (layers != 0 && layers != tensor->layers.size()) {
      condemn(names_[place(shard)], fmt::format("'{}' has another number of layers than planned",
                                                printable(tensor->layers.front().name)));
    }
    tensor->outcome = std::move(planned.outcome);
  }
  outcomes_.clear();
}

void PartMerger::require_outcomes() const {
  for (const report::FoundRecord& found : plan_) {
    for (const report::RunRecord& run : found.runs) {
      for (const report::CheckpointRecord& checkpoint : run.checkpoints) {
        for (const report::TensorRecord& tensor : checkpoint.tensors) {
          if (!tensor.outcome) {
            condemn(names_[place(*tensor.shard)],
                    fmt::format("lacks '{}' of '{}'", printable(tensor.layers.front().name),
                                printable(checkpoint.path)));
          }
        }
      }
    }
  }
}

report::Report PartMerger::finish() {
  require_all();
  place_outcomes();
  require_outcomes();
  const ScheduleOptions schedule{.rmsgd = schedule_.rmsgd,
                                 .evbmf = schedule_.evbmf,
                                 .parameter_order = schedule_.parameter_order,
                                 .steps_per_epoch = options_.steps_per_epoch};
  report::Report report{.options = options_, .runs = {}};
  const std::string* failure = nullptr;
  for (report::FoundRecord& found : plan_) {
    if (found.failure) {
      failure = failure == nullptr ? &*found.failure : failure;
      report.runs.push_back(failed_run(found.name, *found.failure));
      set_logged(report.runs.back(), found.logged.front());
    }
    for (std::size_t i = 0; i < found.runs.size(); ++i) {
      report.runs.push_back(concluded(std::move(found.runs[i]), schedule));
      set_logged(report.runs.back(), found.logged[i]);
    }
  }
  if (failure != nullptr &&
      std::ranges::all_of(plan_, [](const auto& found) { return found.failure.has_value(); })) {
    throw Error(ErrorCode::usage, *failure);
  }
  return report;
}

}  // namespace hindcast::analysis
