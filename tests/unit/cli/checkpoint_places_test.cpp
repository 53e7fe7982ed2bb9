#include "cli/checkpoint_places.hpp"

#include <doctest/doctest.h>

using namespace hindcast;
using cli::CheckpointPlaces;

namespace {

io::CheckpointSeries series(const std::string& name, const std::vector<std::string>& files) {
  io::CheckpointSeries out;
  out.name = name;
  for (const std::string& file : files) {
    io::CheckpointFile& one = out.checkpoints.emplace_back();
    one.shown_path = file;
    one.path = "place/" + name + "/" + file;
  }
  return out;
}

}  // namespace

TEST_CASE("checkpoint_places: the run's own file, whatever others are called") {
  const CheckpointPlaces places({series("a", {"1.h5", "2.h5"}), series("b", {"1.h5"})});
  CHECK(places.find("b", "1.h5") == "place/b/1.h5");
  CHECK(places.find("a", "2.h5") == "place/a/2.h5");
}

TEST_CASE("checkpoint_places: of a run that only the weights tell apart, the only such file") {
  const CheckpointPlaces places(
      {series("a", {"1.h5", "2.h5"}), series("b", {"1.h5"}), series("c", {"1.h5"})});
  CHECK(places.find("a (2)", "2.h5") == "place/a/2.h5");
  CHECK_FALSE(places.find("a (2)", "1.h5").has_value());
  CHECK_FALSE(places.find("a", "3.h5").has_value());
}
