#include "io/step_name.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast::io;

namespace {

using Numbers = std::vector<std::int64_t>;

struct Case {
  std::string_view stem;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
};

}  // namespace

TEST_CASE("step_name: numbers belong to the label before them") {
  const std::vector<Case> cases = {{"epoch_05", {}, 5},
                                   {"epoch=3-step=1000", 1000, 3},
                                   {"checkpoint-500", 500, {}},
                                   {"iter_100", 100, {}},
                                   {"ckpt-7", 7, {}},
                                   {"model.e12", {}, 12},
                                   {"netEpoch7", {}, {}},
                                   {"net_Epoch7", {}, 7},
                                   {"model.ckpt-1000", 1000, {}},
                                   {"global_step_40k", 40000, {}},
                                   {"checkpoint_2_step_500", 500, {}},
                                   {"epoch_1.5", {}, 1},
                                   {"iter_1M", 1'000'000, {}},
                                   {"step1,000", 1000, {}},
                                   {"step_1.5k", 1500, {}},
                                   {"step_0.25M", 250'000, {}},
                                   {"step_12,34", 12, {}},
                                   {"epoch0.5", {}, {}},
                                   {"epoch=-1", {}, -1},
                                   {"epoch-1", {}, 1},
                                   {"iteration0", 0, {}}};
  for (const Case& expected : cases) {
    CAPTURE(expected.stem);
    const StepName name = parse_step_name(expected.stem);
    CHECK(name.step == expected.step);
    CHECK(name.epoch == expected.epoch);
  }
}

TEST_CASE("step_name: numbers without a label are not taken for steps") {
  for (const char* stem :
       {"fer2013_mini_XCEPTION.04-0.55", "resnet50", "lr_1e-5", "lr_1e5", "run-10", "e-5", "the_e",
        "epoch", "step_", "99999999999999999999", ""}) {
    CAPTURE(stem);
    const StepName name = parse_step_name(stem);
    CHECK_FALSE(name.step.has_value());
    CHECK_FALSE(name.epoch.has_value());
  }
}

TEST_CASE("step_name: a number that fits no integer is no step") {
  CHECK_FALSE(parse_step_name("step_99999999999999999999").step.has_value());
  CHECK_FALSE(parse_step_name("epoch_--99999999999999999999").epoch.has_value());
}

TEST_CASE("step_name: only steps and iterations count updates") {
  CHECK(parse_step_name("step_0").counts_updates);
  CHECK(parse_step_name("iter0").counts_updates);
  CHECK_FALSE(parse_step_name("checkpoint-0").counts_updates);
  CHECK_FALSE(parse_step_name("epoch_0").counts_updates);
}

TEST_CASE("step_name: words count only when they stand alone") {
  CHECK(parse_step_name("model_init").initial);
  CHECK(parse_step_name("Initial").initial);
  CHECK(parse_step_name("initialisation").initial);
  CHECK_FALSE(parse_step_name("initiate").initial);
  CHECK_FALSE(parse_step_name("xinit").initial);
  CHECK(parse_step_name("best_model").repeats);
  CHECK(parse_step_name("latest").repeats);
  CHECK_FALSE(parse_step_name("bestiary").repeats);
  CHECK(parse_step_name("model-final").final);
}

TEST_CASE("step_name: the number by which names differ is found among others") {
  CHECK(varying_numbers({"fer2013_mini_XCEPTION.04-0.55", "fer2013_mini_XCEPTION.100-0.65"}) ==
        Numbers{4, 100});
  CHECK(varying_numbers({"run-2", "run-10"}) == Numbers{2, 10});
}

TEST_CASE("step_name: of three numbers joined by points the last two are a fraction") {
  CHECK(varying_numbers({"m.01.0.79", "m.02.0.78", "m.03.0.77"}) == Numbers{1, 2, 3});
  CHECK(name_pattern("m.01.0.79-0.5") == "m.#.~-~");
}

TEST_CASE("step_name: names of different patterns have no common number") {
  CHECK(varying_numbers({"run-2", "other-3"}).empty());
  CHECK(varying_numbers({"run-2", "run"}).empty());
  CHECK(varying_numbers({"net-0.55", "net-0.60"}).empty());
}

TEST_CASE("step_name: one name alone does not vary") {
  CHECK(varying_numbers({"run-2"}).empty());
  CHECK(varying_numbers({}).empty());
}

TEST_CASE("step_name: several varying numbers must agree on the order") {
  CHECK(varying_numbers({"a_1_100", "a_2_200"}) == Numbers{1, 2});
  CHECK(varying_numbers({"a_1_200", "a_2_100"}).empty());
  CHECK(varying_numbers({"a_1_7", "a_2_7", "a_3_8"}) == Numbers{1, 2, 3});
}

TEST_CASE("step_name: one varying number may repeat") {
  CHECK(varying_numbers({"a_1", "a_01", "a_2"}) == Numbers{1, 1, 2});
}

TEST_CASE("step_name: numbers too long to read are no numbers") {
  CHECK(varying_numbers({"a_1", "a_99999999999999999999"}).empty());
}
