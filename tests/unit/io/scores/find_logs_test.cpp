#include "io/scores/find_logs.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/test_files.hpp"

using namespace hindcast;

namespace {

constexpr std::string_view kKeras = "epoch,loss\n0,1\n";
constexpr std::string_view kLightning = "epoch,step,loss\n0,0,1\n";

io::CheckpointFile checkpoint(const std::filesystem::path& path) {
  io::CheckpointFile file;
  file.path = path;
  file.named_by = path;
  return file;
}

std::vector<std::string> found(const std::vector<io::CheckpointFile>& checkpoints,
                               bool follow_links = false) {
  std::vector<std::string> out;
  for (const io::FoundLog& log : io::find_logs(checkpoints, follow_links).logs) {
    out.push_back(std::string(log.source->id) + " " + log.shown_path);
  }
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("find_logs: logs beside the checkpoints are found by name and header") {
  const test::TemporaryDirectory directory;
  directory.write("run/history.csv", kKeras);
  directory.write("run/data.csv", "x,y\n1,2\n");
  directory.write("run/.hidden.csv", kKeras);
  directory.write("run/below/history.csv", kKeras);
  directory.write("metrics.csv", kLightning);
  CHECK(found({checkpoint(directory.path() / "run/a.h5"),
               checkpoint(directory.path() / "run/b.h5")}) == Names{"keras history.csv"});
}

TEST_CASE("find_logs: the folder above counts where Lightning made this one") {
  const test::TemporaryDirectory directory;
  directory.write("version_0/metrics.csv", kLightning);
  std::filesystem::create_directories(directory.path() / "version_0/checkpoints");
  CHECK(found({checkpoint(directory.path() / "version_0/checkpoints/epoch=0-step=1.ckpt")}) ==
        Names{"lightning ../metrics.csv"});
}

TEST_CASE("find_logs: the state of the last checkpoint comes first, after that of the run") {
  const test::TemporaryDirectory directory;
  for (const char* const name : {"trainer_state.json", "checkpoint-5/trainer_state.json",
                                 "checkpoint-10/trainer_state.json"}) {
    directory.write(name, "{}");
  }
  CHECK(found({checkpoint(directory.path() / "checkpoint-5"),
               checkpoint(directory.path() / "checkpoint-10")}) ==
        Names{"hugging_face trainer_state.json", "hugging_face checkpoint-10/trainer_state.json",
              "hugging_face checkpoint-5/trainer_state.json"});
}

TEST_CASE("find_logs: checkpoints of several folders have no log in common") {
  const test::TemporaryDirectory directory;
  directory.write("a/history.csv", kKeras);
  directory.write("b/history.csv", kKeras);
  CHECK(found({checkpoint(directory.path() / "a/1.h5"), checkpoint(directory.path() / "b/2.h5")})
            .empty());
}

TEST_CASE("find_logs: an initial checkpoint given from elsewhere does not matter") {
  const test::TemporaryDirectory directory;
  directory.write("run/history.csv", kKeras);
  directory.write("elsewhere/history.csv", kKeras);
  io::CheckpointFile initial = checkpoint(directory.path() / "elsewhere/init.h5");
  initial.initial = true;
  CHECK(found({initial, checkpoint(directory.path() / "run/a.h5")}) == Names{"keras history.csv"});
}

TEST_CASE("find_logs: of very many tables the first thousand are looked at, and it is said") {
  const test::TemporaryDirectory directory;
  for (int i = 0; i < 1000; ++i) {
    directory.write("run/" + std::to_string(i) + ".csv", "x\n");
  }
  directory.write("run/a.csv", kKeras);
  const std::vector<io::CheckpointFile> run = {checkpoint(directory.path() / "run/a.h5")};
  CHECK(found(run).empty());
  REQUIRE(io::find_logs(run, false).warnings.size() == 1);
  CHECK(io::find_logs(run, false).warnings[0].starts_with("only the first 1000 of 1001 tables"));
}

TEST_CASE("find_logs: a link that leads out is followed on request only") {
  const test::TemporaryDirectory directory;
  const auto target = directory.write("secret.csv", kKeras);
  directory.write("run/real.csv", "x\n");
  std::filesystem::create_symlink(target, directory.path() / "run/history.csv");
  const std::vector<io::CheckpointFile> run = {checkpoint(directory.path() / "run/a.h5")};
  CHECK(found(run).empty());
  const std::vector<std::string> warnings = io::find_logs(run, false).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].starts_with("no scores from history.csv, which is a link that leads out"));
  CHECK(found(run, true) == Names{"keras history.csv"});
}

TEST_CASE("find_logs: a table that is named as a log and is none is told") {
  const test::TemporaryDirectory directory;
  const std::vector<io::CheckpointFile> run = {checkpoint(directory.path() / "a.h5")};
  directory.write("data.csv", "x\n");
  CHECK(io::find_logs(run, false).warnings.empty());
  directory.write("history.csv", "");
  CHECK(io::find_logs(run, false).warnings == Names{"history.csv: no scores from it: it is empty"});
  directory.write("history.csv", "x,y\n1,2\n");
  CHECK(io::find_logs(run, false).warnings ==
        Names{"history.csv: no scores from it: its header is of no table that is read; name it "
              "with --scores if it is a log"});
  directory.write("training.csv", kKeras);  // That is the one.
  CHECK(io::find_logs(run, false).warnings.empty());
}

TEST_CASE("find_logs: a log that is too large is refused before it is read") {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("history.csv", kKeras);
  std::filesystem::resize_file(path, (64ULL << 20U) + 1);
  const std::vector<io::FoundLog> logs = io::find_logs(std::vector{checkpoint(path)}, false).logs;
  REQUIRE(logs.size() == 1);
  CHECK_THROWS_WITH_AS(static_cast<void>(io::read_log(*logs[0].source, logs[0].path)),
                       "67108865 bytes, more than the 67108864 that a log may have", Error);
}
