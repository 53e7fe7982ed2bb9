#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"
#include "hindcast/metrics/unfolding_measurement.hpp"
#include "hindcast/report/report.hpp"
#include "hindcast/schedule/rmsgd.hpp"
#include "hindcast/tensor/classification.hpp"

namespace hindcast::analysis {

/// What the learning rates are prescribed from.
struct ScheduleOptions {
  std::optional<schedule::RmsgdOptions> rmsgd;  ///< None: no rate to start from, so no schedule.
  report::GainSource evbmf =
      report::GainSource::reference;            ///< Whose knowledge gains the rates follow.
  std::vector<std::string> parameter_order;     ///< Names in model order; empty: as the file says.
  std::optional<std::int64_t> steps_per_epoch;  ///< For checkpoints saved by step.
};

class MeasurementCache;  // On disk; the program's own.

/// What is measured of a run, and what may be spent on it.
struct AnalysisOptions {
  metrics::SolverChoice solver = metrics::SolverChoice::automatic;  ///< How spectra are computed.
  metrics::MetricSet metrics = {};                                  ///< What is measured.
  tensor::Selection selection;  ///< Which layers are measured, and how their axes lie.
  ScheduleOptions schedule;     ///< What the learning rates start from.
  io::Limits limits;            ///< What a file may ask for.
  unsigned threads = 1;         ///< As many tensors are measured at once.
  /// Bytes that what is measured may take; a tensor that needs more by itself is not measured.
  /// None: half of the machine's memory, or of its container's, and none is left out.
  std::optional<std::uint64_t> memory = {};
  MeasurementCache* cache = nullptr;  ///< May be null.
  /// A matrix of more values than this is measured in blocks where its file allows it.
  std::uint64_t most_whole_values = std::uint64_t{1} << 27U;
};

}  // namespace hindcast::analysis
