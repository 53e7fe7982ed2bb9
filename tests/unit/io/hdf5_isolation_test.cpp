// An HDF5 file read through its cell: the same as in this process, and what happens when it ends.

#include <csignal>
#include <iterator>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/hdf5_files.hpp"
#include "support/sanitizers.hpp"

namespace hindcast::io {
namespace {

using namespace test;
using tensor::TensorInfo;

constexpr Limits kInProcess = {.unsafe_hdf5 = true};

std::vector<std::filesystem::path> made_hdf5_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(HINDCAST_TEST_DATA_DIR)) {
    if (entry.path().extension() == ".h5") {
      files.push_back(entry.path());
    }
  }
  return files;
}

void check_same_info(const TensorInfo& a, const TensorInfo& b) {
  CHECK(a.path == b.path);
  CHECK(a.name == b.name);
  CHECK(a.aliases == b.aliases);
  CHECK(a.shape == b.shape);
  CHECK(a.dtype == b.dtype);
  CHECK(a.unreadable == b.unreadable);
  CHECK(a.evidence.dialect == b.evidence.dialect);
  CHECK(a.evidence.layer_class == b.evidence.layer_class);
  CHECK(a.evidence.data_format == b.evidence.data_format);
  CHECK(a.evidence.optimizer_state == b.evidence.optimizer_state);
  CHECK(a.evidence.layout.has_value() == b.evidence.layout.has_value());
  CHECK(a.evidence.role.has_value() == b.evidence.role.has_value());
}

// The values bit by bit, so that NaN equals NaN; or the error.
std::string content_at(const Checkpoint& checkpoint, std::size_t index) {
  std::vector<double> values(element_count(checkpoint.tensors()[index].shape));
  try {
    checkpoint.read(index, values);
  } catch (const Error& error) {
    return error.what();
  }
  return values.empty() ? std::string() : bytes_of(values);
}

void check_same(const Checkpoint& a, const Checkpoint& b) {
  CHECK(a.order_evidence() == b.order_evidence());
  CHECK(a.step() == b.step());
  CHECK(a.epoch() == b.epoch());
  REQUIRE(a.problems().size() == b.problems().size());
  for (std::size_t i = 0; i < a.problems().size(); ++i) {
    CHECK(a.problems()[i].where == b.problems()[i].where);
    CHECK(a.problems()[i].reason == b.problems()[i].reason);
  }
  REQUIRE(a.tensors().size() == b.tensors().size());
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    const TensorInfo& info = a.tensors()[i];
    CAPTURE(info.path);
    check_same_info(info, b.tensors()[i]);
    // Some of the bombs would take as long as they claim to.
    if (info.unreadable.empty() && is_real(info.dtype) && element_count(info.shape) < 10'000'000) {
      CHECK(content_at(a, i) == content_at(b, i));
    }
  }
}

// The file as it opens, or the error.
struct Opening {
  std::unique_ptr<Checkpoint> checkpoint;
  std::string error;
};

Opening opening(const std::filesystem::path& path, const Limits& limits) {
  try {
    return {.checkpoint = open_path(path, limits), .error = {}};
  } catch (const Error& error) {
    return {.checkpoint = nullptr, .error = error.what()};
  }
}

TEST_CASE("hdf5 isolation: what comes through the cell is what libhdf5 says in this process") {
  std::size_t compared = 0;
  for (const auto& path : made_hdf5_files()) {
    CAPTURE(path.filename().string());
    const Opening isolated = opening(path, {});
    const Opening in_process = opening(path, kInProcess);
    CHECK(isolated.error == in_process.error);
    if (isolated.checkpoint && in_process.checkpoint) {
      check_same(*isolated.checkpoint, *in_process.checkpoint);
      ++compared;
    }
  }
  CHECK(compared > 20);
}

TEST_CASE("hdf5 isolation: tensors larger than the window come piece by piece") {
  const auto checkpoint = open_made("large.h5");
  for (const TensorInfo& info : checkpoint->tensors()) {
    CAPTURE(info.path);
    const std::vector<double> values = values_of(*checkpoint, info.path);
    CHECK(values.size() == 1'500'000);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      wrong += values[i] == static_cast<double>(i % 251) ? 0U : 1U;
    }
    CHECK(wrong == 0);
  }
  CHECK(checkpoint->tensors().size() == 4);
}

TEST_CASE("hdf5 isolation: a tensor that needs too much memory is an error, the others are read") {
  if (kSanitized) {
    MESSAGE("skipped: the memory of a cell is not bounded in a sanitizer build");
    return;
  }
  const auto checkpoint = open_made("large_chunk.h5", {.cell_memory_bytes = 40'000'000});
  // Twice, because the cell goes on.
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH_AS(
        (void)values_of(*checkpoint, "chunk"),
        "needs more memory than 40000000 bytes, the limit of its cell; raise it with "
        "--cell-memory",
        Error);
    CHECK(values_of(*checkpoint, "small") == counting(3));
  }
  CHECK(values_of(*open_made("large_chunk.h5"), "chunk").front() == 1.0);
}

TEST_CASE("hdf5 isolation: a limit of time that is too short is told") {
  const Limits hasty{.cell_seconds = 0.0};
  // The cell may answer before anyone looks at the clock, but not every time.
  std::string told;
  for (int i = 0; i < 100 && told.empty(); ++i) {
    try {
      static_cast<void>(open_made("large.h5", hasty));
    } catch (const Error& error) {
      told = error.what();
    }
  }
  CHECK(told ==
        "the HDF5 library took longer than 0 s over this file, the limit; raise it with "
        "--cell-seconds");
}

// The processes this one has started and that have not ended, where /proc tells.
std::vector<pid_t> children() {
  std::ifstream list(fmt::format("/proc/self/task/{}/children", getpid()));
  return {std::istream_iterator<pid_t>(list), {}};
}

TEST_CASE("hdf5 isolation: a crash over one tensor does not cost the next one") {
  const auto checkpoint = open_made("storage.h5");
  CHECK(values_of(*checkpoint, "gzip") == counting(600));
  const std::vector<pid_t> cells = children();
  if (cells.empty()) {
    MESSAGE("skipped: /proc does not list the children of a process here");
    return;
  }
  REQUIRE(cells.size() == 1);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(kill(children().front(), SIGSEGV) == 0);
    CHECK_THROWS_WITH_AS(
        (void)values_of(*checkpoint, "lzf"),
        "the HDF5 library crashed (SIGSEGV) while reading this file: it is damaged "
        "or hostile",
        Error);
    CHECK(values_of(*checkpoint, "gzip") == counting(600));
  }
}

TEST_CASE("hdf5 isolation: a file that was read has one process, for as long as it is open") {
  if (children().empty()) {
    const auto first = open_made("storage.h5");
    const auto second = open_made("storage.h5");
    for (int i = 0; i < 2; ++i) {
      CHECK(values_of(*first, "gzip") == counting(600));
      CHECK(values_of(*second, "gzip") == counting(600));
    }
    const std::size_t open = children().size();
    if (open == 0) {
      MESSAGE("skipped: /proc does not list the children of a process here");
      return;
    }
    CHECK(open == 2);
  }
  CHECK(children().empty());
}

TEST_CASE("hdf5 isolation: chunks of another rank than the tensor are refused before reading") {
  const auto path = shared_file("hostile/h5/h5policy/bad_layout_rank_mismatch.h5");
  if (!path) {
    return;
  }
  const auto checkpoint = open_path(*path);
  REQUIRE(checkpoint->tensors().size() == 1);
  CHECK(checkpoint->tensors()[0].unreadable == "has 0 axes and chunks of 2");
}

}  // namespace
}  // namespace hindcast::io
