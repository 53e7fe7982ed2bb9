#pragma once

#include <vector>

#include "hindcast/metrics/unfolding_measurement.hpp"

#include "base/json_document.hpp"
#include "base/json_writer.hpp"

namespace hindcast::report {

/// The member "status": "ok", one status, or the list of them.
void write_status(JsonWriter& json, const metrics::StatusSet& status);

/// The member "unfoldings": one object each, by the name of the side.
void write_unfoldings(JsonWriter& json,
                      const std::vector<metrics::UnfoldingMeasurement>& unfoldings);

/// The inverse; `object` is the one with the member, which may be missing.
[[nodiscard]] metrics::StatusSet read_status(const JsonValue& object);
[[nodiscard]] std::vector<metrics::UnfoldingMeasurement> read_unfoldings(const JsonValue& object);

}  // namespace hindcast::report
