// The part of the report that a cache keeps as well.

#include "report/measurement_json.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/json_members.hpp"

namespace hindcast::report {
namespace {

void write_low_rank(JsonWriter& json, std::string_view key,
                    const metrics::LowRankMeasurement& low_rank, bool with_threshold) {
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
  if (with_threshold) {
    member("threshold", &spectral::LowRank::threshold);
  }
  json.end_object();
}

// As many as were computed: null stands for those below resolution.
void write_singular_values(JsonWriter& json, const metrics::UnfoldingMeasurement& unfolding) {
  const metrics::SingularValues& kept = *unfolding.singular_values;
  json.key("singular_values");
  json.begin_inline_array();
  for (const double value : kept.values) {
    json.value(value);
  }
  for (auto i = std::ssize(kept.values); i < unfolding.computed_values; ++i) {
    json.null();
  }
  json.end_inline_array();
  if (kept.trailing > 0) {
    json.member("trailing_values", kept.trailing);
  }
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
  const bool has_values = unfolding.singular_values.has_value();
  write_low_rank(json, "exact", unfolding.exact, has_values);
  write_low_rank(json, "reference", unfolding.reference, has_values);
  json.end_object();
  if (has_values) {
    write_singular_values(json, unfolding);
  }
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
  read_to(low_rank.value->threshold, value, "threshold");
  return low_rank;
}

std::int64_t read_trailing(const JsonValue& unfolding, std::int64_t computed) {
  std::int64_t trailing = 0;
  with(unfolding, "trailing_values", [&](const JsonValue& count) {
    trailing = count.integer(0);
    if (trailing > computed) {
      count.fail(fmt::format("expected at most {}", computed));
    }
  });
  return trailing;
}

metrics::SingularValues read_singular_values(const JsonValue& value, std::int64_t computed) {
  const std::vector<JsonValue> items = value.items();
  if (std::ssize(items) != computed) {
    value.fail(fmt::format("expected as many as 'computed_values' says, {}", computed));
  }
  metrics::SingularValues out;
  for (const JsonValue& item : items) {
    if (item.is_null()) {
      break;
    }
    const double number = item.number();
    if (number < 0.0 || (!out.values.empty() && number > out.values.back())) {
      item.fail("expected singular values, the largest first");
    }
    out.values.push_back(number);
  }
  for (std::size_t i = out.values.size(); i < items.size(); ++i) {
    if (!items[i].is_null()) {
      items[i].fail("expected null, as before it");
    }
  }
  return out;
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
  with(value, "singular_values", [&](const JsonValue& values) {
    out.singular_values = read_singular_values(values, out.computed_values);
    out.singular_values->trailing = read_trailing(value, out.computed_values);
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
