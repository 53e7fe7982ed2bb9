#include "analysis/used_rates.hpp"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast;

namespace {

// A run of two parameters and one epoch, after which these rates were used.
report::RunReport run_with(std::vector<report::LoggedNumber> rates) {
  report::RunReport run;
  run.checkpoints.emplace_back();
  run.checkpoints[0].name = "last";
  run.checkpoints[0].next_used_rates = std::move(rates);
  run.schedule.emplace();
  run.schedule->parameters = {"a.weight", "a.bias"};
  run.schedule->epochs = {{.after = "last", .rates = {1.0, 2.0}}};
  analysis::set_used_rates(run);
  return run;
}

using Rates = std::vector<std::optional<double>>;

}  // namespace

TEST_CASE("used_rates: one rate is that of every parameter") {
  CHECK(run_with({{"lr", 0.5}}).schedule->epochs[0].used == Rates{0.5, 0.5});
  CHECK(run_with({{"lr-Adam/pg1", 0.5}, {"lr-Adam/pg2", 0.5}}).schedule->epochs[0].used ==
        Rates{0.5, 0.5});
}

TEST_CASE("used_rates: a rate under a parameter's name is its own alone") {
  CHECK(run_with({{"lr-a.bias", 0.25}}).schedule->epochs[0].used == Rates{std::nullopt, 0.25});
  CHECK(run_with({{"lr/a.bias", 0.25}, {"learning_rate-a.weight", 1.0}, {"lr", 3.0}})
            .schedule->epochs[0]
            .used == Rates{1.0, 0.25});
}

TEST_CASE("used_rates: rates of unknown groups are set beside nothing, and a note says so") {
  const report::RunReport run = run_with({{"lr-Adam/pg1", 0.5}, {"lr-Adam/pg2", 0.25}});
  CHECK(run.schedule->epochs[0].used.empty());
  REQUIRE(run.schedule->notes.size() == 1);
  CHECK(run.schedule->notes[0].find("'lr-Adam/pg1', 'lr-Adam/pg2'") != std::string::npos);
}

TEST_CASE("used_rates: what was not logged or not finite is unknown") {
  CHECK(run_with({}).schedule->epochs[0].used.empty());
  CHECK(run_with({{"lr", std::nullopt}}).schedule->epochs[0].used.empty());
}
