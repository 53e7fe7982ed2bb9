#include "analysis/part_merger.hpp"

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/parts.hpp"

using namespace hindcast;
using analysis::PartMerger;

namespace {

// What is said of these parts, which are called "1", "2" and so on.
std::string complaint_about(const std::vector<report::Part>& parts) {
  PartMerger merger;
  try {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      merger.add(std::to_string(i + 1), parts[i]);
    }
    static_cast<void>(merger.finish());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

report::Part part_of(std::int64_t shard, std::int64_t shards) {
  report::Part part = test::small_part(2);
  part.shard = shard;
  part.shards = shards;
  return part;
}

// The second part, changed.
template <typename Change>
std::string complaint_after(const Change& change) {
  report::Part second = test::small_part(2);
  change(second);
  return complaint_about({test::small_part(1), second});
}

}  // namespace

TEST_CASE("part_merger: parts in any order make one report") {
  for (const bool reversed : {false, true}) {
    PartMerger merger;
    merger.add("x", test::small_part(reversed ? 2 : 1));
    merger.add("y", test::small_part(reversed ? 1 : 2));
    const report::Report report = merger.finish();
    const auto& checkpoints = report.runs.at(0).checkpoints;
    CHECK(checkpoints.at(1).layers.at(0).measured.unfoldings[0].frobenius_norm == 2.5);
    // Unchanged: as at the checkpoint before, which did not turn since.
    CHECK(checkpoints.at(1).layers.at(1).measured.unfoldings[0].frobenius_norm == 1.5);
    CHECK(checkpoints.at(1).layers.at(1).measured.step_rotation == 0.0);
    CHECK(checkpoints.at(1).ledger.analysed == 2);
    CHECK(report.runs.at(0).unread.at(0).path == "x");
  }
}

TEST_CASE("part_merger: shards that are missing are listed") {
  CHECK(complaint_about({test::small_part(1)}) == "shard 2 of 2 is missing");
  CHECK(complaint_about({part_of(3, 8), part_of(4, 8), part_of(8, 8)}) ==
        "shards 1-2, 5-7 of 8 are missing");
}

TEST_CASE("part_merger: what does not belong together is refused") {
  CHECK(complaint_about({test::small_part(1), test::small_part(1)}) ==
        "2: is shard 1 of 2, and so is 1");
  CHECK(complaint_after([](report::Part& part) { part.shards = 3; }) ==
        "2: is shard 2 of 3, but 1 is shard 1 of 2");
  CHECK(complaint_after([](report::Part& part) { part.version = "1.2.4"; }) ==
        "2: was written by hindcast 1.2.4, but 1 by 1.2.3");
  CHECK(complaint_after([](report::Part& part) { part.options.min_size = 3; }) ==
        "2: was made with other options than 1");
  CHECK(complaint_after([](report::Part& part) { part.schedule.rmsgd->beta = 0.5; }) ==
        "2: was made with other options than 1");
  CHECK(complaint_after([](report::Part& part) { part.plan_digest += "0"; }) ==
        "2: was made from other checkpoints than 1");
}

TEST_CASE("part_merger: a part that contradicts itself or the plan is refused") {
  CHECK(complaint_after([](report::Part& part) { part.plan = test::small_plan(); }) ==
        "2: only the first shard has the plan");
  CHECK(complaint_after([](report::Part& part) { part.outcomes.pop_back(); }) ==
        "2: lacks 'b' of 'second.npz'");
  CHECK(complaint_after([](report::Part& part) { part.outcomes[1].checkpoint = 0; }) ==
        "2: tensor 1 of checkpoint 0 of run 0 is not for it to measure, or twice in it");
  CHECK(complaint_after([](report::Part& part) { part.outcomes[1].run = 7; }) ==
        "2: tensor 1 of checkpoint 1 of run 7 is not for it to measure, or twice in it");
  CHECK(complaint_after([](report::Part& part) { part.outcomes[1].tensor = 0; }) ==
        "2: tensor 0 of checkpoint 1 of run 0 is not for it to measure, or twice in it");
  CHECK(complaint_after([](report::Part& part) {
          report::Outcome& outcome = part.outcomes[0].outcome;
          outcome.layers.push_back(outcome.layers[0]);
        }) == "2: 'b' has another number of layers than planned");
  CHECK(complaint_after([](report::Part& part) {
          part.outcomes[0].outcome = {.layers = {}, .unchanged = true, .problem = {}};
        }) == "first.npz: 'b' is unchanged as shard 2 says, but was not measured before");

  report::Part first = test::small_part(1);
  first.plan->at(0).runs.at(0).checkpoints.at(0).step = 7;
  CHECK(complaint_about({first}) == "1: its plan is not the one it was made by");
  first.plan.reset();
  CHECK(complaint_about({first}) == "1: lacks the plan");
}
