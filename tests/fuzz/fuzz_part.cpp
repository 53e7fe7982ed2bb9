// libFuzzer target: a part of a report that is read back. What was read once is written and read
// again without a change.

#include "fuzz/input.hpp"
#include "report/part.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::expect_nothing_but_errors([&] {
    const report::Part part = report::read_part(fuzz::text_of(data, size));
    const std::string json = report::to_json(part);
    const report::Part again = report::read_part(json);
    fuzz::require(report::to_json(again) == json,
                  "a part that changes when it is read and written");
    fuzz::require(!part.plan || digest_of(*part.plan) == digest_of(*again.plan),
                  "a plan that changes when it is read and written");
  });
  return 0;
}
