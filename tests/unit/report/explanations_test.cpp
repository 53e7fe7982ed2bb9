#include "report/explanations.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

#include "metrics/better.hpp"
#include "report/layer_values.hpp"
#include "report/status_texts.hpp"
#include "report/unfolding_values.hpp"

using namespace hindcast;
using metrics::Better;
using report::explain;

TEST_CASE("explain: every number of a report is explained") {
  for (const report::LayerValue& value : report::layer_values()) {
    CHECK(explain(value.key).explanation->key == value.key);
  }
  for (const report::UnfoldingValue& value : report::unfolding_values()) {
    CHECK(value.key.ends_with(explain(value.key).explanation->key));
  }
  for (const std::string_view key : metrics::total_keys()) {
    CHECK(explain(key).explanation->key == key);
    CHECK(explain(fmt::format("summary.{}", key)).explanation->key == key);
  }
  for (const metrics::Metric& metric : metrics::metrics()) {
    for (const metrics::Statistic& statistic : metrics::statistics()) {
      CHECK(explain(statistic.key).explanation->key == statistic.key);
      for (const char* const form : {"{}.{}", "summary.{}.{}", "{}_{}"}) {
        const std::string name = fmt::format(fmt::runtime(form), metric.key, statistic.key);
        CAPTURE(name);
        const report::Explained explained = explain(name);
        CHECK(explained.explanation->key == metric.key);
        CHECK(explained.notes.at(0).starts_with(statistic.key));
      }
    }
  }
}

TEST_CASE("explain: nothing is explained twice, and nothing is left blank") {
  for (const report::Explanation& one : report::explanations()) {
    CAPTURE(one.key);
    CHECK(std::ranges::count(report::explanations(), one.key, &report::Explanation::key) == 1);
    CHECK(one.meaning.ends_with('.'));
    CHECK(one.meaning.size() > 40);
    for (const std::string_view text : {one.range, one.good, one.formula, one.source}) {
      CHECK_FALSE(text.empty());
      CHECK_FALSE(text.ends_with('.'));
    }
  }
}

TEST_CASE("explain: what is good is what the rest of the program takes for better") {
  const auto word_of = [](Better better) -> std::string_view {
    switch (better) {
      case Better::higher:
        return "Higher";
      case Better::lower:
        return "Lower";
      case Better::nearer_to_one:
        return "Nearer to 1";
      case Better::unknown:
        break;
    }
    return "Not known";
  };
  for (const report::LayerValue& value : report::layer_values()) {
    CAPTURE(value.key);
    CHECK(explain(value.key).explanation->good.starts_with(
        word_of(metrics::better_of_layers(value.key))));
  }
  for (const std::string_view key : metrics::total_keys()) {
    CAPTURE(key);
    CHECK(explain(key).explanation->good.starts_with(word_of(metrics::better_of_summary(key))));
  }
}

TEST_CASE("explain: what stands around a key is explained, too") {
  const report::Explained side = explain("stable_rank@input");
  CHECK(side.explanation->key == "stable_rank");
  CHECK(side.notes.at(0).starts_with("Of the input unfolding"));
  const report::Explained reference = explain("low_rank.reference.rank");
  CHECK(reference.explanation->key == "rank");
  CHECK(reference.notes.at(0).find("RMSGD") != std::string::npos);
  CHECK(explain("exact_noise_variance").explanation->key == "noise_variance");
  CHECK(explain("knowledge_gain_reference").notes.empty());
}

TEST_CASE("explain: any letter case, hyphens, and the headings of tables") {
  CHECK(explain("Stable-Rank@Input").explanation->key == "stable_rank");
  CHECK(explain("Stable-Rank@Input").name == "stable_rank@input");
  CHECK(explain("gain").name == "knowledge_gain");
  CHECK(explain("Condition").name == "condition_number");
  CHECK(explain("rank").name == "rank");
}

TEST_CASE("status_texts: there is one for every status") {
  using metrics::Status;
  for (const Status status :
       {Status::zero, Status::non_finite, Status::below_resolution, Status::near_resolution,
        Status::dead_filter, Status::not_certified, Status::partial}) {
    CAPTURE(metrics::name(status));
    CHECK(report::find_status_text(metrics::name(status)) != nullptr);
  }
  CHECK(report::find_status_text("fine") == nullptr);
}

TEST_CASE("explain: the nearest name is named where there is none") {
  CHECK_THROWS_WITH_AS((void)explain("stable_rnk"),
                       "there is no metric 'stable_rnk'; did you mean 'stable_rank'?", Error);
  CHECK_THROWS_WITH_AS((void)explain("a name like no other one"),
                       "there is no metric 'a name like no other one'; 'hindcast explain' lists "
                       "them",
                       Error);
}
