#include "hindcast/analysis/measurement_cache.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hindcast/base/checked.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/json_writer.hpp"
#include "hindcast/tensor/unfolding.hpp"

#include "base/json_document.hpp"
#include "report/measurement_json.hpp"
#include "spectral/blas_kernels.hpp"
#include "spectral/kernels/kernel_set.hpp"

namespace hindcast::analysis {
namespace {

using metrics::LayerMeasurement;

// Whose rounding the last digits show.
const std::string& arithmetic() {
  static const std::string name =
      fmt::format("{}, {}", spectral::best_kernels().name, spectral::kernels_description());
  return name;
}

// `what` with all that its numbers depend on.
std::string key_of(std::string_view what, const MeasuredFrom& from) {
  return fmt::format("{}\nrevision {}\narithmetic {}\nshape {}\nlayout {}\npart {}\ntensor {}\n",
                     what, metrics::kRevision, arithmetic(), fmt::join(from.shape, "x"),
                     from.layout.letters(), from.part, from.tensor);
}

std::string key_of(std::string_view what, const MeasuredFrom& from, std::string_view other) {
  return fmt::format("{}compared with {}\n", key_of(what, from), other);
}

std::string spectra_key(const MeasuredFrom& from, metrics::SolverChoice solver) {
  return fmt::format("{}solver {}\n", key_of("spectra", from), static_cast<int>(solver));
}

// Is it a measurement of these very matrices? The checksum of a file says that it is whole, not
// that we wrote it.
bool fits(const metrics::UnfoldingMeasurement& measured, tensor::Unfolding side,
          const MeasuredFrom& from) {
  const tensor::MatrixExtents extents = tensor::matrix_extents(from.shape, from.layout, side);
  const auto short_side = static_cast<std::int64_t>(std::min(extents.rows, extents.columns));
  const auto fits_rank = [&](const metrics::LowRankMeasurement& low_rank) {
    return !low_rank.value || low_rank.value->rank <= short_side;
  };
  return measured.unfolding == side && static_cast<std::uint64_t>(measured.rows) == extents.rows &&
         static_cast<std::uint64_t>(measured.cols) == extents.columns &&
         measured.computed_values <= short_side && fits_rank(measured.exact) &&
         fits_rank(measured.reference);
}

void read_spectra(LayerMeasurement& measured, const JsonValue& value, const MeasuredFrom& from) {
  measured.weights = static_cast<std::uint64_t>(value.at("weights").integer(0));
  measured.unfoldings = report::read_unfoldings(value);
  measured.status = report::read_status(value);
  const std::span<const tensor::Unfolding> sides = tensor::unfoldings_of(from.layout);
  bool is_this =
      measured.unfoldings.size() == sides.size() && measured.weights == element_count(from.shape);
  for (std::size_t i = 0; is_this && i < sides.size(); ++i) {
    is_this = fits(measured.unfoldings[i], sides[i], from);
  }
  if (!is_this) {
    value.fail("is a measurement of something else");
  }
}

// A number of a comparison, or null: it must be there, and in its range.
std::optional<double> read_number(const JsonValue& value, std::string_view key,
                                  double most = std::numeric_limits<double>::infinity()) {
  const JsonValue member = value.at(key);
  if (member.is_null()) {
    return std::nullopt;
  }
  const double number = member.number();
  if (number < 0.0 || number > most) {
    member.fail("is out of range");
  }
  return number;
}

// Of a cosine distance.
constexpr double kOpposite = 2.0;

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
    read_spectra(found, value, from);
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
    found.rotation = read_number(value, "rotation", kOpposite);
    found.relative_distance = read_number(value, "relative_distance");
    found.distance_from_init_frobenius = read_number(value, "distance_from_init_frobenius");
    found.distance_from_init_spectral = read_number(value, "distance_from_init_spectral");
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
    measured.step_rotation = read_number(value, "step_rotation", kOpposite);
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
