#include "html/time_axis.hpp"

#include <cstdint>

namespace hindcast::html {
namespace {

using Number = std::optional<std::int64_t> report::CheckpointReport::*;

std::optional<double> as_double(std::optional<std::int64_t> number) {
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

std::optional<std::vector<double>> places_by(Number number, const report::RunReport& run) {
  std::vector<double> places;
  for (std::size_t t = 0; t < run.checkpoints.size(); ++t) {
    const report::CheckpointReport& checkpoint = run.checkpoints[t];
    std::optional<double> place = as_double(checkpoint.*number);
    const bool is_initial =
        t == 0 && run.checkpoints.size() > 1 && run.initial.checkpoint == checkpoint.name;
    if (!place && is_initial && run.checkpoints[1].*number) {
      place = *as_double(run.checkpoints[1].*number) - 1.0;
    }
    if (!place || (!places.empty() && places.back() >= *place)) {
      return std::nullopt;
    }
    places.push_back(*place);
  }
  return places;
}

std::vector<TimeAxis> one_after_the_other(const report::Report& report) {
  std::vector<TimeAxis> axes;
  for (const report::RunReport& run : report.runs) {
    TimeAxis& axis = axes.emplace_back();
    axis.by = "checkpoint";
    for (std::size_t t = 0; t < run.checkpoints.size(); ++t) {
      axis.places.push_back(static_cast<double>(t + 1));
    }
  }
  return axes;
}

std::optional<std::vector<TimeAxis>> axes_by(std::string_view by, Number number,
                                             const report::Report& report) {
  std::vector<TimeAxis> axes;
  for (const report::RunReport& run : report.runs) {
    const std::optional<std::vector<double>> places = places_by(number, run);
    if (!places) {
      return std::nullopt;
    }
    axes.push_back({.by = by, .places = *places});
  }
  return axes;
}

}  // namespace

std::vector<TimeAxis> time_axes(const report::Report& report) {
  if (const auto axes = axes_by("step", &report::CheckpointReport::step, report)) {
    return *axes;
  }
  if (const auto axes = axes_by("epoch", &report::CheckpointReport::epoch, report)) {
    return *axes;
  }
  return one_after_the_other(report);
}

}  // namespace hindcast::html
