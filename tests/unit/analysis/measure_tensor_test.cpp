// A tensor that is read in blocks tells what it tells as a whole, whatever it is compared with.

#include "analysis/measure_tensor.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"

#include "support/matrices.hpp"
#include "support/test_files.hpp"

using namespace hindcast;
using analysis::Measuring;
using analysis::OpenedTable;

namespace {

// One matrix of float64, which may or may not be lent as it is stored.
class OneMatrix : public io::Checkpoint {
 public:
  OneMatrix(const test::Matrix& matrix, const char* layout, bool lends)
      : matrix_(matrix), lends_(lends) {
    tensor::TensorInfo info;
    info.path = "fc.weight";
    info.name = "fc.weight";
    info.shape = {static_cast<std::uint64_t>(matrix.rows()),
                  static_cast<std::uint64_t>(matrix.cols())};
    info.dtype = tensor::DType::float64;
    info.evidence.layout = tensor::Layout::parse(layout);
    info.evidence.layout_reason = "stated";
    tensors_.push_back(std::move(info));
  }

  void fill(std::size_t /*index*/, std::span<double> out) const override {
    if (lends_) {
      throw Error(ErrorCode::io, "is not to be read as a whole");
    }
    std::memcpy(out.data(), matrix_.data(), out.size_bytes());
  }

  bool lend(std::size_t /*index*/, const UseBytes& use) const override {
    if (lends_) {
      use(std::as_bytes(std::span(matrix_.data(), static_cast<std::size_t>(matrix_.size()))));
    }
    return lends_;
  }

 private:
  test::Matrix matrix_;
  bool lends_;
};

std::unique_ptr<OpenedTable> table_of(const test::Matrix& matrix, bool lends,
                                      const char* layout = "OI") {
  static constexpr io::Format kFormat = {
      .id = "test", .description = "", .reference = "", .probe = nullptr, .open = nullptr};
  return std::make_unique<OpenedTable>(
      io::OpenedCheckpoint{.format = &kFormat,
                           .checkpoint = std::make_unique<OneMatrix>(matrix, layout, lends)},
      tensor::Selection());
}

const test::Matrix kInitial = test::gaussian(60, 20, 1);
const test::Matrix kPrevious = kInitial + test::gaussian(60, 1, 2) * test::gaussian(1, 20, 3);
const test::Matrix kNow = kPrevious + 0.1 * test::gaussian(60, 20, 4);

constexpr std::uint64_t kFew = 100;

report::Outcome measured(bool lends, const Measuring& how) {
  const auto now = table_of(kNow, lends);
  const auto initial = table_of(kInitial, lends);
  const auto previous = table_of(kPrevious, lends);
  return measure_tensor(*now, 0, {.initial = initial.get(), .previous = previous.get()}, how);
}

void check_same(const report::Outcome& found, const report::Outcome& expected) {
  CHECK(found.problem == expected.problem);
  REQUIRE(found.layers.size() == 1);
  REQUIRE(expected.layers.size() == 1);
  for (const metrics::Metric& metric : metrics::metrics()) {
    CAPTURE(metric.key);
    const std::optional<double> a = metric.measure(found.layers[0]);
    const std::optional<double> b = metric.measure(expected.layers[0]);
    REQUIRE(a.has_value());
    REQUIRE(b.has_value());
    CHECK(*a == doctest::Approx(*b).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("measure_tensor: in blocks it is never read as a whole, and tells the same") {
  const report::Outcome whole = measured(false, {});
  const report::Outcome blocked = measured(true, {.most_whole_values = kFew});
  check_same(blocked, whole);
  CHECK_FALSE(blocked.unchanged);
}

TEST_CASE("measure_tensor: what does not lend its bytes is read as a whole, whatever its size") {
  check_same(measured(false, {.most_whole_values = kFew}), measured(false, {}));
}

TEST_CASE("measure_tensor: a comparison with one that does not lend its bytes takes the whole") {
  // `now` is not to be read as a whole here: so it says.
  const auto now = table_of(kNow, true);
  const auto initial = table_of(kInitial, false);
  const report::Outcome outcome =
      measure_tensor(*now, 0, {.initial = initial.get()}, {.most_whole_values = kFew});
  CHECK(outcome.problem == "fc.weight: is not to be read as a whole");
}

TEST_CASE("measure_tensor: in blocks, too, what did not move is not measured again") {
  const auto now = table_of(kNow, true);
  const auto previous = table_of(kNow, true);
  const auto outcome = measure_tensor(*now, 0, {.initial = nullptr, .previous = previous.get()},
                                      {.most_whole_values = kFew});
  CHECK(outcome.unchanged);
}

TEST_CASE("measure_tensor: in blocks, too, everything is found in a cache") {
  const test::TemporaryDirectory place;
  analysis::MeasurementCache cache(place.path());
  const Measuring how{.cache = &cache, .most_whole_values = kFew};
  const report::Outcome first = measured(true, how);
  CHECK(cache.statistics().kept == 3);
  const report::Outcome second = measured(true, how);
  CHECK(cache.statistics().found == 3);
  check_same(second, first);
  CHECK(second.layers[0].rotation == first.layers[0].rotation);
}
