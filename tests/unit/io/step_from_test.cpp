#include "io/step_from.hpp"

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using hindcast::Error;
using hindcast::io::step_from;

TEST_CASE("step_from: the first group is the step, or else the whole match") {
  CHECK(step_from("T([0-9]+)", "net_T0042_x7.pt") == 42);
  CHECK(step_from("[0-9]+", "net_7.pt") == 7);
  CHECK(step_from("^b([0-9]+)/", "b12/model.pt") == 12);
  CHECK_FALSE(step_from("T([0-9]+)", "final.pt").has_value());
}

TEST_CASE("step_from: a pattern that captures no number is wrong, and so is no pattern") {
  CHECK_THROWS_WITH_AS(static_cast<void>(step_from("(net)", "net_7.pt")),
                       "--step-from: '(net)' takes 'net' from 'net_7.pt', which is no whole number",
                       Error);
  CHECK_THROWS_WITH_AS(hindcast::io::check_step_pattern("("),
                       "--step-from: '(' is no regular expression", Error);
  CHECK_THROWS_AS(static_cast<void>(step_from("[0-9]+", "99999999999999999999")), Error);
}
