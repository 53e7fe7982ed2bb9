#include "metrics/better.hpp"

#include <doctest/doctest.h>

#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

using namespace hindcast;
using metrics::Better;

TEST_CASE("better: a direction is one of a metric that there is") {
  int known = 0;
  for (const metrics::Metric& metric : metrics::metrics()) {
    known += metrics::better_of_layers(metric.key) == Better::unknown ? 0 : 1;
  }
  CHECK(known == 4);
  int totals = 0;
  for (const std::string_view key : metrics::total_keys()) {
    totals += metrics::better_of_summary(key) == Better::higher ? 1 : 0;
  }
  CHECK(totals == 2);
}

TEST_CASE("better: a summary's number follows its metric, but for counts and mean conditions") {
  CHECK(metrics::better_of_summary("knowledge_gain.weighted_mean") == Better::higher);
  CHECK(metrics::better_of_summary("rotation.mean") == Better::nearer_to_one);
  CHECK(metrics::better_of_summary("knowledge_gain.layers") == Better::unknown);
  CHECK(metrics::better_of_summary("mapping_condition.mean") == Better::unknown);
  CHECK(metrics::better_of_summary("sum_of_stable_ranks") == Better::unknown);
}

TEST_CASE("better: scores are known by whole words, unless they contradict each other") {
  CHECK(metrics::better_of_score("val_loss") == Better::lower);
  CHECK(metrics::better_of_score("Test-Accuracy") == Better::higher);
  CHECK(metrics::better_of_score("eval/f1") == Better::higher);
  CHECK(metrics::better_of_score("glossary") == Better::unknown);
  CHECK(metrics::better_of_score("accuracy_error") == Better::unknown);
  CHECK(metrics::better_of_score("") == Better::unknown);
}

TEST_CASE("better: rotation gains by coming nearer to 1, from either side") {
  CHECK(*metrics::gain(Better::nearer_to_one, 0.5, 0.75) == 0.25);
  CHECK(*metrics::gain(Better::nearer_to_one, 1.5, 1.25) == 0.25);
  CHECK(*metrics::gain(Better::nearer_to_one, 1.0, 1.5) == -0.5);
  CHECK(*metrics::gain(Better::lower, 3.0, 1.0) == 2.0);
  CHECK(*metrics::gain(Better::higher, 3.0, 1.0) == -2.0);
  CHECK_FALSE(metrics::gain(Better::unknown, 3.0, 1.0).has_value());
}
