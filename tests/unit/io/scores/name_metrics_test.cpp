#include "io/scores/name_metrics.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace hindcast;

namespace {

// "val_loss=0.25 name_metric=none"
std::string metrics(const std::string& name) {
  std::string out;
  for (const io::NameMetric& one : io::metrics_in_name(name)) {
    out += (out.empty() ? "" : " ") + one.name + "=" + (one.value ? shortest(*one.value) : "none");
  }
  return out;
}

}  // namespace

TEST_CASE("name_metrics: numbers are read where a trainer puts them, and named as it does") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"weights.05-0.87.h5", "name_metric=0.87"},
      {"fer2013_mini_XCEPTION.102-0.66.hdf5", "name_metric=0.66"},
      {"weights-improvement-12-0.81.hdf5", "name_metric=0.81"},
      {"weights-04-0.55-0.61.hdf5", "name_metric=0.55 name_metric_2=0.61"},
      {"w-02--0.55.h5", "name_metric=-0.55"},
      {"weights.05-nan.h5", "name_metric=none"},
      {"net-epoch=03-val_loss=0.25.ckpt", "val_loss=0.25"},
      {"epoch=3-step=400-val_loss=-0.25-val_acc=0.5-v1.ckpt", "val_loss=-0.25 val_acc=0.5"},
      {"epoch=3-step=400-val_loss=nan.ckpt", "val_loss=none"},
      {"epoch=3-step=400-val_loss=0.5-val_loss=0.6.ckpt", "val_loss=0.5"}};
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(metrics(one.first) == one.second);
  }
}

TEST_CASE("name_metrics: other numbers are none") {
  for (const std::string name :
       {"epoch=3-step=400.ckpt", "epoch=3-step=400-fold=2.ckpt", "epoch_05.h5", "model_v1.5.h5",
        "checkpoint-500", "mobilenet_0.25.h5", "epoch=3-step=400-=0.5.ckpt",
        "epoch=3-step=400-note=a.b.ckpt", "epoch=1-step=2--0.5.ckpt"}) {
    CAPTURE(name);
    CHECK(metrics(name).empty());
  }
}
