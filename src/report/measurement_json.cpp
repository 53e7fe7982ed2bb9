// The part of the report that a cache keeps as well.

#include "report/measurement_json.hpp"

#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/json_members.hpp"

namespace hindcast::report {
namespace {

void write_low_rank(JsonWriter& json, std::string_view key,
                    const metrics::LowRankMeasurement& low_rank) {
  const auto member = [&](std::string_view name, auto spectral::LowRank::*field) {
    json.key(name);
    if (low_rank.value) {
      json.value((*low_rank.value).*field);
    } else {
      json.null();
    }
  };
  json.key(key);
  json.begin_object();
  write_status(json, low_rank.status);
  member("rank", &spectral::LowRank::rank);
  member("rank_ratio", &spectral::LowRank::rank_ratio);
  member("knowledge_gain", &spectral::LowRank::knowledge_gain);
  member("mapping_condition", &spectral::LowRank::mapping_condition);
  member("noise_variance", &spectral::LowRank::noise_variance);
  json.end_object();
}

void write_unfolding(JsonWriter& json, const metrics::UnfoldingMeasurement& unfolding) {
  json.key(tensor::name(unfolding.unfolding));
  json.begin_object();
  json.member("rows", unfolding.rows);
  json.member("cols", unfolding.cols);
  write_status(json, unfolding.status);
  if (!unfolding.detail.empty()) {
    json.member("detail", unfolding.detail);
  }
  if (unfolding.non_finite_values > 0) {
    json.member("non_finite_values", unfolding.non_finite_values);
  }
  json.member("solver", spectral::name(unfolding.solver));
  json.member("computed_values", unfolding.computed_values);
  json.member("spectral_norm", unfolding.spectral_norm);
  json.member("frobenius_norm", unfolding.frobenius_norm);
  json.member("stable_rank", unfolding.stable_rank);
  json.member("effective_rank", unfolding.effective_rank);
  json.member("smallest_singular_value", unfolding.smallest_singular_value);
  json.member("condition_number", unfolding.condition_number);
  json.key("low_rank");
  json.begin_object();
  write_low_rank(json, "exact", unfolding.exact);
  write_low_rank(json, "reference", unfolding.reference);
  json.end_object();
  json.end_object();
}

metrics::Status read_one_status(const JsonValue& value) {
  using metrics::Status;
  for (const Status status :
       {Status::zero, Status::non_finite, Status::below_resolution, Status::near_resolution,
        Status::dead_filter, Status::not_certified, Status::partial}) {
    if (value.text() == metrics::name(status)) {
      return status;
    }
  }
  value.fail(fmt::format("unknown status '{}'", printable(value.text())));
}

metrics::LowRankMeasurement read_low_rank(const JsonValue& value) {
  metrics::LowRankMeasurement low_rank{.status = read_status(value), .value = {}};
  const std::optional<JsonValue> rank = value.find("rank");
  if (!rank || rank->is_null()) {
    return low_rank;
  }
  low_rank.value = spectral::LowRank{.rank = rank->integer(0),
                                     .rank_ratio = value.at("rank_ratio").number(),
                                     .knowledge_gain = value.at("knowledge_gain").number(),
                                     .mapping_condition = value.at("mapping_condition").number(),
                                     .noise_variance = value.at("noise_variance").number()};
  return low_rank;
}

metrics::UnfoldingMeasurement read_unfolding(const JsonValue& value, tensor::Unfolding side) {
  metrics::UnfoldingMeasurement out;
  out.unfolding = side;
  out.status = read_status(value);
  read_to(out.rows, value, "rows");
  read_to(out.cols, value, "cols");
  read_to(out.detail, value, "detail");
  read_to(out.non_finite_values, value, "non_finite_values");
  read_choice<spectral::Solver>(
      out.solver, value, "solver",
      {{{"dense", spectral::Solver::dense}, {"partial", spectral::Solver::partial}}});
  read_to(out.computed_values, value, "computed_values");
  read_to(out.spectral_norm, value, "spectral_norm");
  read_to(out.frobenius_norm, value, "frobenius_norm");
  read_to(out.stable_rank, value, "stable_rank");
  read_to(out.effective_rank, value, "effective_rank");
  read_to(out.smallest_singular_value, value, "smallest_singular_value");
  read_to(out.condition_number, value, "condition_number");
  with(value, "low_rank", [&](const JsonValue& low_rank) {
    with(low_rank, "exact", [&](const JsonValue& one) { out.exact = read_low_rank(one); });
    with(low_rank, "reference", [&](const JsonValue& one) { out.reference = read_low_rank(one); });
  });
  return out;
}

}  // namespace

void write_status(JsonWriter& json, const metrics::StatusSet& status) {
  json.key("status");
  if (status.list().size() <= 1) {
    json.value(status.ok() ? "ok" : metrics::name(status.list().front()));
    return;
  }
  json.begin_inline_array();
  for (const metrics::Status one : status.list()) {
    json.value(metrics::name(one));
  }
  json.end_inline_array();
}

void write_unfoldings(JsonWriter& json,
                      const std::vector<metrics::UnfoldingMeasurement>& unfoldings) {
  json.key("unfoldings");
  json.begin_object();
  for (const metrics::UnfoldingMeasurement& unfolding : unfoldings) {
    write_unfolding(json, unfolding);
  }
  json.end_object();
}

metrics::StatusSet read_status(const JsonValue& object) {
  metrics::StatusSet status;
  with(object, "status", [&](const JsonValue& value) {
    if (value.is_array()) {
      for (const JsonValue& item : value.items()) {
        status.add(read_one_status(item));
      }
    } else if (value.text() != "ok") {
      status.add(read_one_status(value));
    }
  });
  return status;
}

std::vector<metrics::UnfoldingMeasurement> read_unfoldings(const JsonValue& object) {
  std::vector<metrics::UnfoldingMeasurement> out;
  with(object, "unfoldings", [&](const JsonValue& unfoldings) {
    for (const auto side : {tensor::Unfolding::output, tensor::Unfolding::input}) {
      with(unfoldings, tensor::name(side),
           [&](const JsonValue& one) { out.push_back(read_unfolding(one, side)); });
    }
  });
  return out;
}

}  // namespace hindcast::report
