#include "cli/watch/directory_state.hpp"

#include <doctest/doctest.h>

using hindcast::cli::DirectoryState;
using hindcast::cli::is_log;
using hindcast::cli::same_but_for_logs;
using hindcast::cli::Settling;

namespace {

const DirectoryState kEmpty;
const DirectoryState kHalf = {{"run/a.h5", {.inode = 1, .size = 10, .modified = 5}}};
const DirectoryState kWhole = {{"run/a.h5", {.inode = 1, .size = 20, .modified = 6}}};

DirectoryState with_log(DirectoryState state, std::int64_t size) {
  state["run/log.csv"] = {.inode = 2, .size = size, .modified = size};
  return state;
}

}  // namespace

TEST_CASE("settling: what is there at the first look is whole") {
  Settling settling;
  settling.look(kHalf);
  CHECK(settling.settled() == kHalf);
  CHECK(settling.being_written().empty());
  CHECK(settling.moved());
}

TEST_CASE("settling: what comes or changes is whole at the second look that finds it so") {
  Settling settling;
  settling.look(kEmpty);
  for (const DirectoryState& state : {kHalf, kWhole}) {
    settling.look(state);
    CHECK(settling.settled().empty());
    CHECK(settling.being_written().size() == 1);
    CHECK(settling.moved());
  }
  settling.look(kWhole);
  CHECK(settling.settled() == kWhole);
  CHECK(settling.being_written().empty());
  CHECK_FALSE(settling.moved());
}

TEST_CASE("settling: a file of the same size that was replaced has changed") {
  Settling settling;
  settling.look(kHalf);
  settling.look({{"run/a.h5", {.inode = 3, .size = 10, .modified = 5}}});
  CHECK(settling.settled().empty());
}

TEST_CASE("settling: a log that grows is no movement") {
  Settling settling;
  settling.look(with_log(kWhole, 1));
  settling.look(with_log(kWhole, 2));
  CHECK_FALSE(settling.moved());
  CHECK(settling.settled() == kWhole);
}

TEST_CASE("same_but_for_logs: logs do not count, all else does") {
  CHECK(same_but_for_logs(kEmpty, with_log(kEmpty, 1)));
  CHECK(same_but_for_logs(with_log(kWhole, 1), with_log(kWhole, 2)));
  CHECK_FALSE(same_but_for_logs(kHalf, kWhole));
  CHECK_FALSE(same_but_for_logs(with_log(kEmpty, 1), kWhole));
  CHECK_FALSE(same_but_for_logs(kWhole, kEmpty));
}

TEST_CASE("is_log: by the names that trainers give") {
  CHECK(is_log("metrics.csv"));
  CHECK(is_log("events.out.tfevents.1700000000.host.1.0"));
  CHECK_FALSE(is_log("model.h5"));
  CHECK_FALSE(is_log("trainer_state.json"));
  CHECK_FALSE(is_log("checkpoint-500"));
}
