#include "analysis/opened_table.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "analysis/weights_sample.hpp"

using namespace hindcast;
using analysis::OpenedTable;

namespace {

constexpr std::uint64_t kPlenty = 1U << 20U;

// A checkpoint in memory: one tensor whose format states the layout.
class OneTensor : public io::Checkpoint {
 public:
  OneTensor(std::vector<std::uint64_t> shape, const char* layout, std::vector<double> values)
      : values_(std::move(values)) {
    tensor::TensorInfo info;
    info.path = "fc.weight";
    info.name = "fc.weight";
    info.shape = std::move(shape);
    info.dtype = tensor::DType::float32;
    info.evidence.layout = tensor::Layout::parse(layout);
    info.evidence.layout_reason = "stated";
    tensors_.push_back(std::move(info));
  }

  void fill(std::size_t /*index*/, std::span<double> out) const override {
    std::ranges::copy(values_, out.begin());
  }

 private:
  std::vector<double> values_;
};

OpenedTable table_of(std::vector<std::uint64_t> shape, const char* layout,
                     std::vector<double> values) {
  static constexpr io::Format kFormat = {
      .id = "test", .description = "", .reference = "", .probe = nullptr, .open = nullptr};
  return {{.format = &kFormat,
           .checkpoint = std::make_unique<OneTensor>(std::move(shape), layout, std::move(values))},
          {}};
}

}  // namespace

TEST_CASE("opened_table: a counterpart in another layout is read with the axes of this one") {
  const OpenedTable ours = table_of({2, 3}, "OI", {1, 2, 3, 4, 5, 6});
  const OpenedTable theirs = table_of({3, 2}, "IO", {1, 4, 2, 5, 3, 6});
  const auto counterpart = theirs.find(ours.info(0), *ours.verdict(0).layout);
  REQUIRE(counterpart.has_value());
  CHECK(theirs.read(*counterpart) == ours.read(0));
}

TEST_CASE("opened_table: equal extents along other axes make no counterpart") {
  const OpenedTable ours = table_of({2, 3}, "OI", {1, 2, 3, 4, 5, 6});
  const OpenedTable transposed = table_of({2, 3}, "IO", {1, 2, 3, 4, 5, 6});
  CHECK_FALSE(transposed.find(ours.info(0), *ours.verdict(0).layout).has_value());
  const OpenedTable depthwise = table_of({2, 3}, "IM", {1, 2, 3, 4, 5, 6});
  CHECK_FALSE(depthwise.find(ours.info(0), *ours.verdict(0).layout).has_value());
}

TEST_CASE("weights_sample: one weight in two layouts has not turned") {
  const OpenedTable ours = table_of({2, 2}, "OI", {1, 2, 3, 4});
  const OpenedTable theirs = table_of({2, 2}, "IO", {1, 3, 2, 4});
  const auto a = sample_weights(ours, kPlenty);
  const auto b = sample_weights(theirs, kPlenty);
  CHECK(a.shapes == b.shapes);
  CHECK(median_rotation(a, b) == 0.0);
  const OpenedTable other = table_of({2, 2}, "OI", {1, 3, 2, 4});
  CHECK(median_rotation(a, sample_weights(other, kPlenty)).value() > 0.01);
}

TEST_CASE("weights_sample: a layer that memory does not allow is described and not read") {
  const OpenedTable table = table_of({2, 2}, "OI", {1, 2, 3, 4});
  CHECK(sample_weights(table, 64).values.size() == 1);
  const auto sample = sample_weights(table, 63);
  CHECK(sample.values.empty());
  CHECK(sample.shapes.size() == 1);
}

TEST_CASE("opened_table: a digest that is remembered of the file's version is not made again") {
  analysis::MeasurementCache cache;
  OpenedTable first = table_of({2, 3}, "OI", {1, 2, 3, 4, 5, 6});
  first.remember_digests(cache, "version 1");
  const std::string digest = first.digest(0);

  OpenedTable again = table_of({2, 3}, "OI", {6, 5, 4, 3, 2, 1});  // It would be another.
  again.remember_digests(cache, "version 1");
  CHECK(again.digest(0) == digest);
  OpenedTable later = table_of({2, 3}, "OI", {6, 5, 4, 3, 2, 1});
  later.remember_digests(cache, "version 2");
  CHECK(later.digest(0) != digest);

  cache.forget_unused();
  cache.forget_unused();
  OpenedTable forgotten = table_of({2, 3}, "OI", {6, 5, 4, 3, 2, 1});
  forgotten.remember_digests(cache, "version 1");
  CHECK(forgotten.digest(0) == later.digest(0));
}
