#include "analysis/measurement_cache.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hindcast/base/error.hpp"
#include "hindcast/tensor/unfolding.hpp"

#include "base/checked.hpp"
#include "base/json_document.hpp"
#include "base/json_writer.hpp"
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

// A piece by its name, with all that its numbers depend on.
std::string key_of(std::string_view piece, const MeasuredFrom& from) {
  return fmt::format(
      "{}\nrevision {}\narithmetic {}\nshape {}\nlayout {}\npart {}\ntensor {}\nwith {}\nmetrics "
      "{}\n",
      piece, metrics::kRevision, arithmetic(), fmt::join(from.shape, "x"), from.layout.letters(),
      from.part, from.tensor, from.with, fmt::join(from.metrics.keys(), " "));
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
         measured.computed_values <= short_side &&
         measured.singular_values.has_value() == from.metrics.keeps_spectra() &&
         fits_rank(measured.exact) && fits_rank(measured.reference);
}

void write_spectra(JsonWriter& json, const LayerMeasurement& measured) {
  json.member("weights", measured.weights);
  report::write_unfoldings(json, measured.unfoldings);
}

void read_spectra(LayerMeasurement& measured, const JsonValue& value, const MeasuredFrom& from) {
  measured.weights = static_cast<std::uint64_t>(value.at("weights").integer(0));
  measured.unfoldings = report::read_unfoldings(value);
  const std::span<const tensor::Unfolding> sides = tensor::unfoldings_of(from.layout);
  bool is_this =
      measured.unfoldings.size() == sides.size() && measured.weights == element_count(from.shape);
  for (std::size_t i = 0; is_this && i < sides.size(); ++i) {
    is_this = fits(measured.unfoldings[i], sides[i], from);
    measured.status.add(measured.unfoldings[i].status);
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

void write_initial(JsonWriter& json, const LayerMeasurement& measured) {
  report::write_status(json, measured.status);
  json.member("rotation", measured.rotation);
  json.member("relative_distance", measured.relative_distance);
  json.member("distance_from_init_frobenius", measured.distance_from_init_frobenius);
  json.member("distance_from_init_spectral", measured.distance_from_init_spectral);
}

void read_initial(LayerMeasurement& measured, const JsonValue& value,
                  const MeasuredFrom& /*from*/) {
  measured.status.add(report::read_status(value));
  measured.rotation = read_number(value, "rotation", kOpposite);
  measured.relative_distance = read_number(value, "relative_distance");
  measured.distance_from_init_frobenius = read_number(value, "distance_from_init_frobenius");
  measured.distance_from_init_spectral = read_number(value, "distance_from_init_spectral");
}

void write_previous(JsonWriter& json, const LayerMeasurement& measured) {
  json.member("step_rotation", measured.step_rotation);
}

void read_previous(LayerMeasurement& measured, const JsonValue& value,
                   const MeasuredFrom& /*from*/) {
  measured.step_rotation = read_number(value, "step_rotation", kOpposite);
}

// How a piece is kept. What does not fit what it was asked for, `read` refuses.
struct PieceFormat {
  std::string_view name;
  void (*write)(JsonWriter& json, const LayerMeasurement& measured);
  void (*read)(LayerMeasurement& measured, const JsonValue& value, const MeasuredFrom& from);
};

const PieceFormat& format_of(Piece piece) {
  static constexpr PieceFormat kSpectra{"spectra", write_spectra, read_spectra};
  static constexpr PieceFormat kInitial{"initial", write_initial, read_initial};
  static constexpr PieceFormat kPrevious{"previous", write_previous, read_previous};
  switch (piece) {
    case Piece::spectra:
      return kSpectra;
    case Piece::initial:
      return kInitial;
    case Piece::previous:
      break;
  }
  return kPrevious;
}

}  // namespace

std::string MeasurementCache::key(Piece piece, const MeasuredFrom& from) {
  // No comparison depends on whether singular values are kept.
  const bool keeps_spectra = piece == Piece::spectra && from.metrics.keeps_spectra();
  return key_of(format_of(piece).name, from) + (keeps_spectra ? "singular values\n" : "");
}

bool MeasurementCache::find(Piece piece, LayerMeasurement& measured, const MeasuredFrom& from) {
  const PieceFormat& format = format_of(piece);
  const std::optional<std::string> text = text_of(key(piece, from));
  if (!text) {
    return false;
  }
  LayerMeasurement found = measured;
  try {
    const JsonDocument document(*text);
    format.read(found, document.root(), from);
  } catch (const Error&) {
    return false;  // From another time, or by another hand.
  }
  measured = std::move(found);
  const std::scoped_lock lock(mutex_);
  ++statistics_.found;
  return true;
}

void MeasurementCache::keep(Piece piece, const LayerMeasurement& measured,
                            const MeasuredFrom& from) {
  const PieceFormat& format = format_of(piece);
  JsonWriter json;
  json.begin_object();
  format.write(json, measured);
  json.end_object();
  std::string failure;
  try {
    keep_text(key(piece, from), json.take());
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

std::optional<std::string> MeasurementCache::digest(const std::string& version,
                                                    std::size_t tensor) {
  const std::scoped_lock lock(mutex_);
  const auto file = known_files_.find(version);
  if (file == known_files_.end()) {
    return std::nullopt;
  }
  file->second.used = true;
  const auto place = file->second.digests.find(tensor);
  return place == file->second.digests.end() ? std::nullopt : std::optional(place->second);
}

void MeasurementCache::remember_digest(const std::string& version, std::size_t tensor,
                                       const std::string& digest) {
  const std::scoped_lock lock(mutex_);
  KnownFile& file = known_files_[version];
  file.used = true;
  file.digests.insert_or_assign(tensor, digest);
}

void MeasurementCache::forget_unused() {
  const auto forget = [](auto& entries) {
    std::erase_if(entries, [](const auto& entry) { return !entry.second.used; });
    for (auto& [key, entry] : entries) {
      entry.used = false;
    }
  };
  const std::scoped_lock lock(mutex_);
  forget(remembered_);
  forget(known_files_);
}

std::optional<std::string> MeasurementCache::text_of(const std::string& key) {
  if (texts_) {
    return texts_->find(key);
  }
  const std::scoped_lock lock(mutex_);
  const auto place = remembered_.find(key);
  if (place == remembered_.end()) {
    return std::nullopt;
  }
  place->second.used = true;
  return place->second.text;
}

void MeasurementCache::keep_text(const std::string& key, std::string text) {
  if (texts_) {
    texts_->keep(key, text);
    return;
  }
  const std::scoped_lock lock(mutex_);
  remembered_.insert_or_assign(key, Remembered{.text = std::move(text)});
}

MeasurementCache::Statistics MeasurementCache::statistics() const {
  const std::scoped_lock lock(mutex_);
  return statistics_;
}

}  // namespace hindcast::analysis
