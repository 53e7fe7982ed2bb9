// The singular values of a run as its chart draws them:
//
//   {"moments": [0, 3, ...],         which checkpoints, counted from 0
//    "layers": [null, {"output": {   one for each layer row; null where it has none
//      "size": 512,                  how many singular values the matrix has
//      "places": [1, 2, 3, 5, ...],  which of them are shown, s_1 the largest
//      "values": [[...], null, ...], one row for each moment; null where it is not known
//      "facts": [[...], null, ...]   likewise: the exact rank and threshold, the reference ones,
//    }, "input": {...}}, ...]}       how many values were computed, and how many resolved
//
// The places are even on the logarithmic axis on which they are drawn.

#include "html/spectra_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <string_view>

#include "hindcast/tensor/unfolding.hpp"

namespace hindcast::html {
namespace {

using metrics::UnfoldingMeasurement;

// Packed, as many take less than a megabyte.
constexpr double kMostValues = 200'000;
// Where that is not enough for all, each spectrum has as many points as these, of which a curve
// does not look any different, ...
constexpr std::array<std::int64_t, 3> kPoints = {96, 48, 24};
// ... fewer of them sooner than fewer checkpoints than so many.
constexpr std::size_t kFewCheckpoints = 16;

const UnfoldingMeasurement* side_of(const report::LayerReport* layer, tensor::Unfolding unfolding) {
  if (layer == nullptr) {
    return nullptr;
  }
  const auto& sides = layer->measured.unfoldings;
  const auto side = std::ranges::find(sides, unfolding, &UnfoldingMeasurement::unfolding);
  return side == sides.end() || !side->singular_values ? nullptr : &*side;
}

std::int64_t size_of(const UnfoldingMeasurement& side) {
  return std::min(side.rows, side.cols);
}

// The spectra of one unfolding of a layer over a run; null where there is none. All are of
// matrices as large as the last one: a layer that was reshaped cannot share its axis.
std::vector<const UnfoldingMeasurement*> spectra_of(const LayerRow& row,
                                                    tensor::Unfolding unfolding) {
  std::vector<const UnfoldingMeasurement*> out;
  for (const report::LayerReport* layer : row.at) {
    out.push_back(side_of(layer, unfolding));
  }
  const auto last =
      std::find_if(out.rbegin(), out.rend(), [](const auto* side) { return side != nullptr; });
  if (last == out.rend()) {
    return {};
  }
  const std::int64_t size = size_of(**last);
  std::ranges::replace_if(
      out, [&](const auto* side) { return side != nullptr && size_of(*side) != size; }, nullptr);
  return out;
}

// How many values one checkpoint of a run has, each spectrum with so many points at most.
double values_at_once(const report::RunReport& run, std::int64_t points) {
  double total = 0.0;
  for (const LayerRow& row : layer_rows(run)) {
    for (const auto unfolding : {tensor::Unfolding::output, tensor::Unfolding::input}) {
      if (const UnfoldingMeasurement* const side = side_of(&row.last(), unfolding)) {
        total += static_cast<double>(std::min(size_of(*side), points));
      }
    }
  }
  return total;
}

// The most checkpoints for which there is room, up to all; no fewer than the first and the last.
std::size_t checkpoints_with_room(const report::Report& report, std::int64_t points) {
  std::vector<double> at_once;
  std::size_t few = 2;
  std::size_t most = few;
  for (const report::RunReport& run : report.runs) {
    at_once.push_back(values_at_once(run, points));
    most = std::max(most, run.checkpoints.size());
  }
  const auto needed = [&](std::size_t checkpoints) {
    double total = 0.0;
    for (std::size_t i = 0; i < at_once.size(); ++i) {
      const std::size_t shown = std::min(checkpoints, report.runs[i].checkpoints.size());
      total += static_cast<double>(shown) * at_once[i];
    }
    return total;
  };
  while (few < most) {
    const std::size_t middle = few + (most - few + 1) / 2;
    if (needed(middle) <= kMostValues) {
      few = middle;
    } else {
      most = middle - 1;
    }
  }
  return few;
}

// Where s_1, s_2, ... of the matrix stand among those that were computed; nothing where not.
std::optional<double> value_at(const UnfoldingMeasurement& side, std::int64_t place) {
  const metrics::SingularValues& kept = *side.singular_values;
  const std::int64_t missing = size_of(side) - side.computed_values;
  const bool is_leading = place <= side.computed_values - kept.trailing;
  const std::int64_t at = is_leading ? place - 1 : place - 1 - missing;
  const bool is_known = at >= 0 && at < std::ssize(kept.values) &&
                        (is_leading || at >= side.computed_values - kept.trailing);
  return is_known ? std::optional(kept.values[static_cast<std::size_t>(at)]) : std::nullopt;
}

void write_values(JsonWriter& json, const UnfoldingMeasurement& side,
                  const std::vector<std::int64_t>& places, Digits digits) {
  json.begin_inline_array();
  for (const std::int64_t place : places) {
    json.value(drawn(value_at(side, place), digits));
  }
  json.end_inline_array();
}

void write_facts(JsonWriter& json, const UnfoldingMeasurement& side, Digits digits) {
  json.begin_inline_array();
  for (const metrics::LowRankMeasurement* low_rank : {&side.exact, &side.reference}) {
    if (low_rank->value) {
      json.value(low_rank->value->rank);
      json.value(drawn(low_rank->value->threshold, digits));
    } else {
      json.null();
      json.null();
    }
  }
  json.value(side.computed_values);
  json.value(side.singular_values->values.size());
  json.end_inline_array();
}

template <typename WriteOne>
void write_moments(JsonWriter& json, std::string_view key,
                   const std::vector<const UnfoldingMeasurement*>& spectra,
                   const std::vector<std::size_t>& moments, const WriteOne& write_one) {
  json.key(key);
  json.begin_array();
  for (const std::size_t moment : moments) {
    if (spectra[moment] == nullptr) {
      json.null();
    } else {
      write_one(*spectra[moment]);
    }
  }
  json.end_array();
}

void write_side(JsonWriter& json, const std::vector<const UnfoldingMeasurement*>& spectra,
                const std::vector<std::size_t>& moments, std::int64_t points, Digits digits) {
  const auto known =
      std::ranges::find_if(spectra, [](const auto* side) { return side != nullptr; });
  const std::int64_t size = size_of(**known);
  const std::vector<std::int64_t> places = shown_places(size, points);
  json.begin_object();
  json.member("size", size);
  json.key("places");
  json.begin_inline_array();
  for (const std::int64_t place : places) {
    json.value(place);
  }
  json.end_inline_array();
  write_moments(json, "values", spectra, moments, [&](const UnfoldingMeasurement& side) {
    write_values(json, side, places, digits);
  });
  write_moments(json, "facts", spectra, moments,
                [&](const UnfoldingMeasurement& side) { write_facts(json, side, digits); });
  json.end_object();
}

void write_layer(JsonWriter& json, const LayerRow& row, const std::vector<std::size_t>& moments,
                 std::int64_t points, Digits digits) {
  json.begin_object();
  for (const auto unfolding : {tensor::Unfolding::output, tensor::Unfolding::input}) {
    const std::vector<const UnfoldingMeasurement*> spectra = spectra_of(row, unfolding);
    if (!spectra.empty()) {
      json.key(tensor::name(unfolding));
      write_side(json, spectra, moments, points, digits);
    }
  }
  json.end_object();
}

bool has_spectra(const LayerRow& row) {
  return !spectra_of(row, tensor::Unfolding::output).empty() ||
         !spectra_of(row, tensor::Unfolding::input).empty();
}

}  // namespace

SpectraShown spectra_shown(const report::Report& report) {
  std::size_t longest = 2;
  for (const report::RunReport& run : report.runs) {
    longest = std::max(longest, run.checkpoints.size());
  }
  SpectraShown shown;
  if (checkpoints_with_room(report, shown.points) == longest) {
    return shown;
  }
  for (const std::int64_t points : kPoints) {
    shown = {.points = points, .checkpoints = checkpoints_with_room(report, points)};
    if (shown.checkpoints >= std::min(longest, kFewCheckpoints)) {
      break;
    }
  }
  return shown;
}

std::vector<std::int64_t> shown_places(std::int64_t size, std::int64_t most) {
  std::vector<std::int64_t> places;
  if (size <= most) {
    places.resize(static_cast<std::size_t>(size));
    std::iota(places.begin(), places.end(), 1);
    return places;
  }
  for (std::int64_t i = 0; i < most - 1; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(most - 1);
    const std::int64_t place = std::llround(std::pow(static_cast<double>(size), share));
    if (places.empty() || place > places.back()) {
      places.push_back(place);
    }
  }
  places.push_back(size);  // Which a double cannot always tell.
  return places;
}

std::vector<std::size_t> shown_checkpoints(std::size_t count, std::size_t most) {
  std::vector<std::size_t> out;
  const std::size_t shown = std::min(count, most);
  for (std::size_t i = 0; i < shown; ++i) {
    out.push_back(shown < 2 ? 0 : (i * (count - 1) + (shown - 1) / 2) / (shown - 1));
  }
  return out;
}

void write_spectra(JsonWriter& json, const std::vector<LayerRow>& rows, const SpectraShown& shown,
                   Digits digits) {
  json.key("spectra");
  if (std::ranges::none_of(rows, has_spectra)) {
    json.null();
    return;
  }
  const std::vector<std::size_t> moments =
      shown_checkpoints(rows.front().at.size(), shown.checkpoints);
  json.begin_object();
  json.key("moments");
  json.begin_inline_array();
  for (const std::size_t moment : moments) {
    json.value(moment);
  }
  json.end_inline_array();
  json.key("layers");
  json.begin_array();
  for (const LayerRow& row : rows) {
    if (has_spectra(row)) {
      write_layer(json, row, moments, shown.points, digits);
    } else {
      json.null();
    }
  }
  json.end_array();
  json.end_object();
}

}  // namespace hindcast::html
