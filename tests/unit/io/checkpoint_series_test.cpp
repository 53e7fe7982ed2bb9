#include "hindcast/io/checkpoint_series.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/test_files.hpp"

using namespace hindcast;
using namespace hindcast::io;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

std::vector<CheckpointSeries> found(std::vector<fs::path> paths) {
  return discover({.paths = std::move(paths), .initial = {}}, {});
}

CheckpointSeries only(std::vector<fs::path> paths) {
  auto all = found(std::move(paths));
  REQUIRE(all.size() == 1);
  return all[0];
}

Names names_of(const CheckpointSeries& series) {
  Names names;
  for (const CheckpointFile& checkpoint : series.checkpoints) {
    names.push_back(checkpoint.name);
  }
  return names;
}

// Recognised by its first bytes, and truncated right after them.
constexpr std::string_view kTruncatedHdf5 = "\x89HDF\r\n\x1a\n";

// A checkpoint in a format that hindcast only knows by name.
constexpr std::string_view kGguf = "GGUF\x03 and so on";

}  // namespace

TEST_CASE("checkpoint_series: an empty directory is a failure, not an empty success") {
  const test::TemporaryDirectory directory;
  const auto series = only({directory.path()});
  CHECK(series.checkpoints.empty());
  REQUIRE(series.failed.size() == 1);
  CHECK(series.failed[0].reason == "no checkpoints in this directory");
  CHECK(series.failed[0].shown_path == directory.path().filename());
}

TEST_CASE("checkpoint_series: a missing path fails with the system's reason") {
  const test::TemporaryDirectory directory;
  const auto series = only({directory.path() / "no.h5"});
  REQUIRE(series.failed.size() == 1);
  CHECK(series.failed[0].shown_path == "no.h5");
  CHECK(series.failed[0].reason == "no such file or directory");
  CHECK(series.failed[0].code == ErrorCode::io);
}

TEST_CASE("checkpoint_series: a named file in no known format fails with what it is") {
  const test::TemporaryDirectory directory;
  const auto text = directory.write("notes.txt", "hello\n");
  const auto archive = directory.write("a.gguf", kGguf);
  const auto series = only({text, archive});
  REQUIRE(series.failed.size() == 2);
  CHECK(series.failed[0].reason == "a GGUF file, which this version does not read");
  CHECK(series.failed[1].reason == "a text file, not a checkpoint");
}

TEST_CASE(
    "checkpoint_series: a listed file in no known format fails only if named like a checkpoint") {
  const test::TemporaryDirectory directory;
  directory.write("readme.md", "# run\n");
  directory.write("log.csv", "1,2\n");
  directory.write(".hidden.h5", "text");
  directory.write("lfs.h5", "version https://git-lfs.github.com/spec/v1\n");
  directory.write("empty.h5", "");
  const auto series = only({directory.path()});
  REQUIRE(series.failed.size() == 3);
  CHECK(series.failed[0].shown_path == "empty.h5");
  CHECK(series.failed[0].reason == "an empty file");
  CHECK(series.failed[1].shown_path == "lfs.h5");
  CHECK(series.failed[2].reason == "no checkpoints in this directory");
}

TEST_CASE(
    "checkpoint_series: a directory's checkpoints in other formats are one warning a format") {
  const test::TemporaryDirectory directory;
  for (const char* name : {"e1.bin", "e2.bin", "e3.bin", "e10.bin", "e4.bin", "e5.bin"}) {
    directory.write(name, kGguf);
  }
  directory.write("e.bin", "\x80\x02}q");
  directory.write("backup.dat", kGguf);
  const auto series = only({directory.path()});
  CHECK(series.failed.size() == 1);
  CHECK(
      series.warnings ==
      Names{"not read by this version, 6 GGUF files: e1.bin, e2.bin, e3.bin, e4.bin, e5.bin and 1 "
            "more",
            "not read by this version, 1 bare pickles: e.bin"});
}

TEST_CASE("checkpoint_series: a recognised file that does not open fails") {
  const test::TemporaryDirectory directory;
  directory.write("torn.h5", kTruncatedHdf5);
  const auto series = only({directory.path()});
  CHECK(series.checkpoints.empty());
  REQUIRE(series.failed.size() == 1);
  CHECK(series.failed[0].shown_path == "torn.h5");
}

TEST_CASE("checkpoint_series: no name or shown path is absolute") {
  const test::TemporaryDirectory directory;
  directory.write("torn.h5", kTruncatedHdf5);
  const auto all =
      found({directory.path(), directory.path() / "no.h5", directory.path() / "x" / ""});
  CHECK(all.size() == 2);
  for (const CheckpointSeries& series : all) {
    CHECK(series.name.find(directory.path().string()) == std::string::npos);
    CHECK_FALSE(series.name.empty());
    for (const FailedFile& failed : series.failed) {
      CHECK_FALSE(failed.shown_path.starts_with('/'));
    }
  }
}

TEST_CASE("checkpoint_series: an initial checkpoint that cannot be used is an error") {
  const test::TemporaryDirectory directory;
  const auto text = directory.write("init.h5", "text\n");
  CHECK_THROWS_WITH_AS(
      static_cast<void>(discover({.paths = {directory.path()}, .initial = text}, {})),
      "init.h5: a text file, not a checkpoint", Error);
  CHECK_THROWS_AS(static_cast<void>(discover(
                      {.paths = {directory.path()}, .initial = directory.path() / "no.h5"}, {})),
                  Error);
}

TEST_CASE("checkpoint_series: evidence has the names of the report") {
  CHECK(name(InitialEvidence::given) == "given");
  CHECK(name(InitialEvidence::named) == "named");
  CHECK(name(InitialEvidence::first) == "first");
}

TEST_CASE("checkpoint_series: a real run of PyTorch dumps begins with its initial checkpoint") {
  const auto run = test::shared_file("oracle/rmsgd_run");
  if (!run) {
    return;
  }
  const auto series = only({*run});
  CHECK(series.name == "rmsgd_run");
  REQUIRE(series.checkpoints.size() == 13);
  CHECK(series.has_initial);
  CHECK(series.how == InitialEvidence::named);
  CHECK(series.how_reason == "attribute epoch = -1");
  CHECK(series.checkpoints[0].name == "init");
  CHECK(series.checkpoints[1].name == "epoch_00");
  CHECK(series.checkpoints[12].epoch == 11);
  CHECK(series.checkpoints[12].shown_path == "epoch_11.h5");
  CHECK(series.checkpoints[12].format == "hdf5");
  CHECK(series.failed.empty());
}

TEST_CASE("checkpoint_series: a directory of runs is one run each, in natural order") {
  const auto oracle = test::shared_file("oracle");
  if (!oracle) {
    return;
  }
  const auto all = found({*oracle});
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "adamw_run");
  CHECK(all[2].name == "sgd_run");
  CHECK(all[2].checkpoints.size() == 13);
}

TEST_CASE("checkpoint_series: the order of the arguments does not matter, nor naming one twice") {
  const auto run = test::shared_file("oracle/sgd_run");
  if (!run) {
    return;
  }
  const auto series = only(
      {*run / "epoch_03.h5", *run / "epoch_10.h5", *run / "epoch_02.h5", *run / "epoch_03.h5"});
  CHECK(names_of(series) == Names{"epoch_02", "epoch_03", "epoch_10"});
  CHECK(series.name == "sgd_run");
  CHECK(series.how == InitialEvidence::first);
  CHECK_FALSE(series.has_initial);
  CHECK(series.warnings.empty());
}

TEST_CASE("checkpoint_series: --init may be among the paths or come from elsewhere") {
  const auto run = test::shared_file("oracle/sgd_run");
  if (!run) {
    return;
  }
  const std::vector<fs::path> paths = {*run / "epoch_01.h5", *run / "epoch_02.h5"};
  for (const char* initial : {"epoch_02.h5", "init.h5"}) {
    CAPTURE(initial);
    const auto all = discover({.paths = paths, .initial = *run / initial}, {});
    REQUIRE(all.size() == 1);
    CHECK(all[0].how == InitialEvidence::given);
    CHECK(all[0].checkpoints[0].shown_path == initial);
    CHECK(all[0].checkpoints[0].initial);
    CHECK(all[0].checkpoints[1].name == "epoch_01");
  }
}

TEST_CASE("checkpoint_series: a link to a checkpoint in the same directory is its alias") {
  const auto run = test::shared_file("oracle/sgd_run");
  if (!run) {
    return;
  }
  const test::TemporaryDirectory directory;
  fs::copy_file(*run / "epoch_01.h5", directory.path() / "epoch_01.h5");
  fs::create_symlink("epoch_01.h5", directory.path() / "current.h5");
  const auto series = only({directory.path()});
  CHECK(names_of(series) == Names{"epoch_01"});
  CHECK(series.checkpoints[0].aliases == Names{"current.h5"});
  CHECK(series.warnings.empty());
}

TEST_CASE("checkpoint_series: epochs of a real Keras run come from its file names") {
  const auto run = test::shared_file("corpus/sequences/keras2_fer2013_mini_xception");
  if (!run) {
    return;
  }
  const auto series = only({*run});
  REQUIRE(series.checkpoints.size() == 14);
  CHECK(series.checkpoints[0].epoch == 0);
  CHECK(series.checkpoints[3].name == "fer2013_mini_XCEPTION.04-0.55");
  CHECK(series.checkpoints[3].epoch == 4);
  CHECK(series.checkpoints[13].epoch == 119);
  CHECK_FALSE(series.has_initial);
  CHECK(series.warnings.empty());
  CHECK(series.failed.empty());
}
