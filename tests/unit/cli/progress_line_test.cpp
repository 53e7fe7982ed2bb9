#include "cli/progress_line.hpp"

#include <chrono>

#include <doctest/doctest.h>

using namespace hindcast;
using cli::progress_line;
using Seconds = std::chrono::duration<double>;

TEST_CASE("progress_line: the share and the time left follow the operations, not the files") {
  CHECK(progress_line({.checkpoints = 3,
                       .checkpoints_in_all = 12,
                       .flops = 50e9,
                       .flops_in_all = 100e9,
                       .elapsed = Seconds(25.0)},
                      true) ==
        "[##########----------]  50%  3/12 checkpoints  2.0 GF/s  about 0:25 left");
}

TEST_CASE("progress_line: without the bar, hours, and what is not known yet") {
  CHECK(progress_line({.checkpoints = 0,
                       .checkpoints_in_all = 1000,
                       .flops = 2e9,
                       .flops_in_all = 100e9,
                       .elapsed = Seconds(100.0)},
                      false) == "  2%  0/1000 checkpoints  0.0 GF/s  about 1:21:40 left");
  CHECK(progress_line({.checkpoints = 0, .checkpoints_in_all = 2}, false) ==
        "  0%  0/2 checkpoints");
  CHECK(progress_line({.checkpoints = 1,
                       .checkpoints_in_all = 1,
                       .flops = 1e9,
                       .flops_in_all = 1e9,
                       .elapsed = Seconds(1.0)},
                      true) == "[####################] 100%  1/1 checkpoints  1.0 GF/s");
}

TEST_CASE("progress_line: an estimate that turned out too small does not pass 100 %") {
  CHECK(progress_line({.checkpoints = 1,
                       .checkpoints_in_all = 2,
                       .flops = 3e9,
                       .flops_in_all = 2e9,
                       .elapsed = Seconds(1.0)},
                      false) == "100%  1/2 checkpoints  3.0 GF/s");
}

TEST_CASE("progress_line: work without operations goes by checkpoints") {
  CHECK(progress_line({.checkpoints = 1, .checkpoints_in_all = 4, .elapsed = Seconds(3.0)},
                      false) == " 25%  1/4 checkpoints  about 0:09 left");
}
