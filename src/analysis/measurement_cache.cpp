#include "hindcast/analysis/measurement_cache.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/json_writer.hpp"

#include "base/json_document.hpp"
#include "report/json_members.hpp"
#include "report/measurement_json.hpp"

namespace hindcast::analysis {
namespace {

using metrics::LayerMeasurement;

// `what` with all that its numbers depend on.
std::string key_of(std::string_view what, const MeasuredFrom& from) {
  return fmt::format("{}\nrevision {}\nshape {}\nlayout {}\npart {}\ntensor {}\n", what,
                     metrics::kRevision, fmt::join(from.shape, "x"), from.layout.letters(),
                     from.part, from.tensor);
}

std::string key_of(std::string_view what, const MeasuredFrom& from, std::string_view other) {
  return fmt::format("{}compared with {}\n", key_of(what, from), other);
}

std::string spectra_key(const MeasuredFrom& from, metrics::SolverChoice solver) {
  return fmt::format("{}solver {}\n", key_of("spectra", from), static_cast<int>(solver));
}

void read_spectra(LayerMeasurement& measured, const JsonValue& value) {
  measured.weights = static_cast<std::uint64_t>(value.at("weights").integer(0));
  measured.unfoldings = report::read_unfoldings(value);
  measured.status = report::read_status(value);
}

}  // namespace

template <typename Read>
bool MeasurementCache::find(const std::string& key, const Read& read) {
  const std::optional<std::string> text = texts_.find(key);
  if (!text) {
    return false;
  }
  try {
    const JsonDocument document(*text);
    read(document.root());
  } catch (const Error&) {
    return false;  // From another time, or by another hand.
  }
  const std::scoped_lock lock(mutex_);
  ++statistics_.found;
  return true;
}

void MeasurementCache::keep(const std::string& key, std::string_view text) {
  std::string failure;
  try {
    texts_.keep(key, text);
  } catch (const Error& error) {
    failure = error.what();
  }
  const std::scoped_lock lock(mutex_);
  if (failure.empty()) {
    ++statistics_.kept;
  } else if (statistics_.failed++ == 0) {
    statistics_.first_failure = failure;
  }
}

bool MeasurementCache::find_spectra(LayerMeasurement& measured, const MeasuredFrom& from,
                                    metrics::SolverChoice solver) {
  return find(spectra_key(from, solver), [&](const JsonValue& value) {
    LayerMeasurement found = measured;  // All of it or nothing.
    read_spectra(found, value);
    measured = std::move(found);
  });
}

void MeasurementCache::keep_spectra(const LayerMeasurement& measured, const MeasuredFrom& from,
                                    metrics::SolverChoice solver) {
  JsonWriter json;
  json.begin_object();
  json.member("weights", measured.weights);
  report::write_status(json, measured.status);
  report::write_unfoldings(json, measured.unfoldings);
  json.end_object();
  keep(spectra_key(from, solver), json.take());
}

bool MeasurementCache::find_initial(LayerMeasurement& measured, const MeasuredFrom& from,
                                    std::string_view other) {
  return find(key_of("initial", from, other), [&](const JsonValue& value) {
    LayerMeasurement found = measured;
    report::read_to(found.rotation, value, "rotation");
    report::read_to(found.relative_distance, value, "relative_distance");
    report::read_to(found.distance_from_init_frobenius, value, "distance_from_init_frobenius");
    report::read_to(found.distance_from_init_spectral, value, "distance_from_init_spectral");
    measured = std::move(found);
  });
}

void MeasurementCache::keep_initial(const LayerMeasurement& measured, const MeasuredFrom& from,
                                    std::string_view other) {
  JsonWriter json;
  json.begin_object();
  json.member("rotation", measured.rotation);
  json.member("relative_distance", measured.relative_distance);
  json.member("distance_from_init_frobenius", measured.distance_from_init_frobenius);
  json.member("distance_from_init_spectral", measured.distance_from_init_spectral);
  json.end_object();
  keep(key_of("initial", from, other), json.take());
}

bool MeasurementCache::find_previous(LayerMeasurement& measured, const MeasuredFrom& from,
                                     std::string_view other) {
  return find(key_of("previous", from, other), [&](const JsonValue& value) {
    report::read_to(measured.step_rotation, value, "step_rotation");
  });
}

void MeasurementCache::keep_previous(const LayerMeasurement& measured, const MeasuredFrom& from,
                                     std::string_view other) {
  JsonWriter json;
  json.begin_object();
  json.member("step_rotation", measured.step_rotation);
  json.end_object();
  keep(key_of("previous", from, other), json.take());
}

MeasurementCache::Statistics MeasurementCache::statistics() const {
  const std::scoped_lock lock(mutex_);
  return statistics_;
}

}  // namespace hindcast::analysis
