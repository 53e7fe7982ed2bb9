#include "analysis/shard.hpp"

#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "support/parts.hpp"

using namespace hindcast;
using analysis::SeriesShare;
using analysis::SeriesWork;

namespace {

// A checkpoint that holds these layers; one that cannot be read holds none.
void add_checkpoint(SeriesWork& work, const std::vector<std::string>& layers, double flops) {
  report::CheckpointRecord record{.name = "", .path = "", .failure = {}};
  if (layers.empty()) {
    record.failure = "damaged";
  }
  for (const std::string& layer : layers) {
    record.tensors.push_back({.layers = {test::described_layer(layer)}});
  }
  work.record.checkpoints.push_back(std::move(record));
  work.flops.emplace_back(layers.size(), flops);
}

std::vector<SeriesWork> two_runs() {
  std::vector<SeriesWork> works(2);
  for (SeriesWork& work : works) {
    add_checkpoint(work, {"a", "b", "c"}, 5e9);
    add_checkpoint(work, {}, 0.0);
    add_checkpoint(work, {"a", "b"}, 3e9);
    add_checkpoint(work, {"b", "d"}, 1e6);
  }
  return works;
}

using Places = std::map<std::pair<std::size_t, std::size_t>, int>;

}  // namespace

TEST_CASE("shard: every tensor is measured once, by the shard that the plan names") {
  for (const std::int64_t shards : {1, 2, 5, 40}) {
    std::vector<SeriesWork> works = two_runs();
    analysis::assign_shards(works, shards);
    for (const SeriesWork& work : works) {
      Places places;
      double flops = 0.0;
      for (std::int64_t shard = 1; shard <= shards; ++shard) {
        const SeriesShare share = analysis::share_of(work, shard);
        flops += share.flops;
        for (std::size_t c = 0; c < share.checkpoints.size(); ++c) {
          for (const SeriesShare::Tensor& tensor : share.checkpoints[c].tensors) {
            CHECK(work.record.checkpoints[c].tensors[tensor.position].shard == shard);
            ++places[{c, tensor.position}];
          }
        }
      }
      CHECK(places.size() == 7);
      for (const auto& [place, times] : places) {
        CHECK(times == 1);
      }
      CHECK(flops == doctest::Approx(3 * 5e9 + 2 * 3e9 + 2 * 1e6));
    }
  }
}

TEST_CASE("shard: what is compared with is opened, and what could be carried on is known") {
  std::vector<SeriesWork> works = two_runs();
  SeriesWork& work = works.front();
  for (report::CheckpointRecord& checkpoint : work.record.checkpoints) {
    for (report::TensorRecord& tensor : checkpoint.tensors) {
      tensor.shard = 2;
    }
  }
  work.record.checkpoints[3].tensors[0].shard = 1;
  const SeriesShare one = analysis::share_of(work, 1);
  CHECK(one.checkpoints[0].is_needed);        // Initial,
  CHECK_FALSE(one.checkpoints[1].is_needed);  // unreadable,
  CHECK(one.checkpoints[2].is_needed);        // before,
  CHECK(one.checkpoints[3].is_needed);        // and its own.
  REQUIRE(one.checkpoints[3].tensors.size() == 1);
  CHECK(one.checkpoints[3].tensors[0].has_predecessor);

  const SeriesShare two = analysis::share_of(work, 2);
  CHECK_FALSE(two.checkpoints[0].tensors.at(0).has_predecessor);
  CHECK(two.checkpoints[2].tensors.at(0).has_predecessor);  // Past what is unreadable.
  CHECK_FALSE(two.checkpoints[3].tensors.at(0).has_predecessor);
  CHECK(two.checkpoints[3].tensors.at(0).position == 1);

  const SeriesShare none = analysis::share_of(work, 3);
  for (const SeriesShare::Checkpoint& checkpoint : none.checkpoints) {
    CHECK_FALSE(checkpoint.is_needed);
  }
}
