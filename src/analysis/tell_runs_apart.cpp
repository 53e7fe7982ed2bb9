#include "analysis/tell_runs_apart.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/memory_budget.hpp"
#include "analysis/opened_table.hpp"
#include "analysis/weights_sample.hpp"
#include "base/in_order.hpp"
#include "base/memory_errors.hpp"
#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

// A jump is a turn of at least this much, 1 being a right angle, ...
constexpr double kJump = 0.7;
// ... this many times as far as the last few steps before it turned the weights, ...
constexpr double kAgainstNeighbours = 3.0;
constexpr std::size_t kRecent = 4;
// ... of which there must be as many to compare with.
constexpr std::size_t kNeighbours = 2;

// A step from one checkpoint of a run to the next.
struct Step {
  double rotation = 0.0;
  double gap = 1.0;  // In epochs or updates: how far they were trained apart.
};

double gap_between(const io::CheckpointFile& before, const io::CheckpointFile& after) {
  std::optional<std::int64_t> gap;
  if (before.step && after.step && *before.step != *after.step) {
    gap = *after.step - *before.step;
  } else if (before.epoch && after.epoch) {
    gap = *after.epoch - *before.epoch;
  }
  return gap && *gap > 0 ? static_cast<double>(*gap) : 1.0;
}

// One of the runs, as far as it is known.
struct Part {
  std::vector<io::CheckpointFile> files;
  WeightsSample last;
  std::vector<Step> steps;

  void add(const io::CheckpointFile& file, WeightsSample sample, std::optional<double> rotation) {
    if (rotation) {
      steps.push_back({.rotation = *rotation, .gap = gap_between(files.back(), file)});
    }
    files.push_back(file);
    last = std::move(sample);
  }

  [[nodiscard]] std::span<const Step> recent() const {
    return std::span(steps).last(std::min(steps.size(), kRecent));
  }
};

// Why two checkpoints cannot belong to one run, or empty.
std::string difference(const WeightsSample& before, const WeightsSample& after) {
  std::size_t common = 0;
  for (const auto& [name, shape] : after.shapes) {
    const auto other = before.shapes.find(name);
    if (other == before.shapes.end()) {
      continue;
    }
    if (other->second != shape) {
      return fmt::format("its layer '{}' is {} and was {}", printable(name), join(shape, "x"),
                         join(other->second, "x"));
    }
    ++common;
  }
  const std::size_t least = std::min(before.shapes.size(), after.shapes.size());
  if (2 * common < least) {
    return fmt::format("{} of its {} layers are named differently", after.shapes.size() - common,
                       after.shapes.size());
  }
  return "";
}

double largest_recent(const Part& part) {
  double largest = 0.0;
  for (const Step& step : part.recent()) {
    largest = std::max(largest, step.rotation);
  }
  return largest;
}

// Weights may turn further where they were trained for longer.
bool is_jump(const Part& part, const io::CheckpointFile& file, double rotation) {
  if (rotation < kJump || part.steps.size() < kNeighbours) {
    return false;
  }
  double longest = 1.0;
  for (const Step& step : part.recent()) {
    longest = std::max(longest, step.gap);
  }
  const double allowance = std::max(1.0, gap_between(part.files.back(), file) / longest);
  return rotation > kAgainstNeighbours * allowance * largest_recent(part);
}

// Where a checkpoint belongs: a part, or none and why not the latest of them.
struct Place {
  Part* part = nullptr;
  std::optional<double> rotation;
  std::string reason;
};

Place place_of(const io::CheckpointFile& file, const WeightsSample& sample,
               std::vector<Part>& parts) {
  Place best;
  std::string reason;
  for (Part& part : parts) {
    const std::string why_not = difference(part.last, sample);
    if (!why_not.empty()) {
      reason = why_not;
      continue;
    }
    const std::optional<double> rotation = median_rotation(part.last, sample);
    if (rotation && is_jump(part, file, *rotation)) {
      reason = fmt::format(
          "its layers turned by {:.2f} (median of 1 - cosine) where the steps before it turned "
          "them "
          "by at most {:.2g}",
          *rotation, largest_recent(part));
      continue;
    }
    constexpr double kUnknown = std::numeric_limits<double>::infinity();
    if (best.part == nullptr || rotation.value_or(kUnknown) < best.rotation.value_or(kUnknown)) {
      best = {.part = &part, .rotation = rotation, .reason = {}};
    }
  }
  if (best.part == nullptr) {
    best.reason = reason;
  }
  return best;
}

std::uint64_t memory_of(const AnalysisOptions& options) {
  return options.memory.value_or(default_memory());
}

std::optional<WeightsSample> sample_of(const io::CheckpointFile& file,
                                       const AnalysisOptions& options, std::uint64_t memory) {
  try {
    return with_memory_errors([&] {
      const OpenedTable table(io::open_checkpoint(file.path, options.limits), options.selection);
      return sample_weights(table, memory);
    });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::usage) {
      throw Error(error.code(), fmt::format("{}: {}", printable(file.shown_path), error.what()));
    }
    return std::nullopt;  // The analysis tells of it.
  }
}

// The initial checkpoint begins every run that it fits; the first one in any case.
void add_initial(const io::CheckpointSeries& series, const WeightsSample& initial, const Part& part,
                 io::CheckpointSeries& out) {
  if (out.name == series.name || difference(initial, part.last).empty()) {
    out.checkpoints.push_back(series.checkpoints.front());
    return;
  }
  out.has_initial = false;
  out.how = io::InitialEvidence::first;
  out.how_reason = "no initial checkpoint found";
}

class Separation {
 public:
  Separation(io::CheckpointSeries series, const AnalysisOptions& options)
      : series_(std::move(series)), options_(options) {}

  std::vector<io::CheckpointSeries> run() {
    const auto files = std::span(series_.checkpoints).subspan(series_.has_initial ? 1 : 0);
    const std::uint64_t memory = memory_of(options_) / options_.threads;
    in_order(
        files.size(), options_.threads,
        [&](std::size_t i) { return sample_of(files[i], options_, memory); },
        [&](std::size_t i, std::optional<WeightsSample> sample) {
          add(files[i], std::move(sample));
        });
    if (parts_.size() < 2) {
      return {std::move(series_)};
    }
    std::optional<WeightsSample> initial;
    if (series_.has_initial) {
      initial = sample_of(series_.checkpoints.front(), options_, memory_of(options_));
    }
    std::vector<io::CheckpointSeries> out;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      out.push_back(series_of(k, initial));
    }
    return out;
  }

 private:
  void add(const io::CheckpointFile& file, std::optional<WeightsSample> sample) {
    if (!sample || sample->shapes.empty()) {
      // Nothing to tell it apart by.
      (parts_.empty() ? parts_.emplace_back() : parts_.back()).files.push_back(file);
      return;
    }
    // A part may so far hold only checkpoints that nothing is known of.
    if (parts_.size() == 1 && parts_.front().last.shapes.empty()) {
      parts_.front().add(file, std::move(*sample), std::nullopt);
      return;
    }
    const Place place = place_of(file, *sample, parts_);
    if (place.part != nullptr) {
      place.part->add(file, std::move(*sample), place.rotation);
      return;
    }
    parts_.emplace_back().add(file, std::move(*sample), std::nullopt);
    if (parts_.size() > 1) {
      notes_.push_back(fmt::format(
          "'{}' begins another run, '{}': {}; --one-run keeps them together",
          printable(file.shown_path), printable(name_of(parts_.size() - 1)), place.reason));
    }
  }

  [[nodiscard]] std::string name_of(std::size_t part) const {
    return part == 0 ? series_.name : fmt::format("{}#{}", series_.name, part + 1);
  }

  io::CheckpointSeries series_of(std::size_t k, const std::optional<WeightsSample>& initial) {
    io::CheckpointSeries out = series_;
    out.name = name_of(k);
    out.checkpoints.clear();
    if (k > 0) {
      out.failed.clear();
      out.warnings.clear();
    } else {
      out.warnings.insert(out.warnings.end(), notes_.begin(), notes_.end());
    }
    if (series_.has_initial) {
      add_initial(series_, initial.value_or(WeightsSample()), parts_[k], out);
    }
    out.checkpoints.insert(out.checkpoints.end(), parts_[k].files.begin(), parts_[k].files.end());
    return out;
  }

  io::CheckpointSeries series_;
  const AnalysisOptions& options_;
  std::vector<Part> parts_;
  std::vector<std::string> notes_;
};

}  // namespace

std::vector<io::CheckpointSeries> tell_runs_apart(io::CheckpointSeries series,
                                                  const AnalysisOptions& options) {
  const std::size_t trained = series.checkpoints.size() - (series.has_initial ? 1 : 0);
  // A manifest says what the run is made of; and what is alone belongs to no other.
  if (series.order.by == "manifest" || trained < 2) {
    return {std::move(series)};
  }
  return Separation(std::move(series), options).run();
}

}  // namespace hindcast::analysis
