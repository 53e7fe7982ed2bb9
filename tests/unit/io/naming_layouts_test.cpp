#include "io/naming_layouts.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "io/checkpoint_names.hpp"

using namespace hindcast::io;

namespace {

std::optional<LayoutMatch> match(const std::string& name) {
  return match_layout(name, checkpoint_stem(name));
}

using Number = std::optional<std::int64_t>;

}  // namespace

TEST_CASE("naming_layouts: every layout reads its own example") {
  for (const NamingLayout& layout : naming_layouts()) {
    CAPTURE(layout.example);
    const auto found = match(std::string(layout.example));
    REQUIRE(found.has_value());
    CHECK(found->layout == &layout);
    CHECK((found->step.has_value() || found->epoch.has_value()));
  }
}

TEST_CASE("naming_layouts: numbers are where each trainer puts them") {
  struct Case {
    std::string name;
    Number step;
    Number epoch;
  };
  const std::vector<Case> cases = {
      {"epoch=3-step=400.ckpt", 400, 3},
      {"epoch=3-step=400-v1.ckpt", 400, 3},
      {"net-epoch=03-val_loss=0.25.ckpt", {}, 3},
      {"checkpoint-500", 500, {}},
      {"checkpoint-12.pth.tar", {}, 12},
      {"checkpoint12.pt", {}, 12},
      {"checkpoint_12_34000.pt", 34000, 12},
      {"ep0-ba100-rank0.pt", 100, 0},
      {"iter_0001000", 1000, {}},
      {"global_step1000", 1000, {}},
      {"step1000", 1000, {}},
      {"step1000-unsharded", 1000, {}},
      {"fer2013.08-0.57.hdf5", {}, 8},
      {"fer2013_mini_XCEPTION.04-0.55.hdf5", {}, 4},
      {"weights-improvement-12-0.81.hdf5", {}, 12},
      {"weights.2-0.55.h5", {}, 2},
      {"model-2-0.97.h5", {}, 2},
      {"weights.05-nan.h5", {}, 5},
      {"w-02--0.55.h5", {}, 2},
      {"cp-0004.weights.h5", {}, 4},
      {"epoch10.pt", {}, 10},
      {"model_0009999.pth", 9999, {}},
      {"12epoch.pth", {}, 12},
      {"style-step00001000.safetensors", 1000, {}},
      {"style-000010.safetensors", {}, 10},
  };
  for (const Case& expected : cases) {
    CAPTURE(expected.name);
    const auto found = match(expected.name);
    CHECK((found ? found->step : Number()) == expected.step);
    CHECK((found ? found->epoch : Number()) == expected.epoch);
  }
}

TEST_CASE("naming_layouts: what is no step is not taken for one") {
  for (const char* name : {"model.h5", "fer2013.h5", "resnet50.pth", "net-0.55.h5", "v1.2.pt",
                           "acc_0.98.pt", "model_12.pth", "lr0.01-bs32.pt", "run-10.pt",
                           "epoch=-1.ckpt", "checkpoint-99999999999999999999"}) {
    CAPTURE(name);
    CHECK_FALSE(match(name).has_value());
  }
}

TEST_CASE("naming_layouts: a star does not cut a number in two") {
  CHECK(match("a123456-04-0.55.h5")->epoch == 4);
  CHECK_FALSE(match("net-0.55-0.61.h5").has_value());
  CHECK_FALSE(match("acc0.55-0.61.h5").has_value());
}
