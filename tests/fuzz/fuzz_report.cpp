// libFuzzer target: a report that is read back. What was read once is written and read again
// without a change, and every writer can write it.

#include "hindcast/report/read_report.hpp"
#include "hindcast/report/writers.hpp"

#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  fuzz::expect_nothing_but_errors([&] {
    const report::Report report = report::read_report(fuzz::text_of(data, size));
    const std::string json = report::to_json(report);
    fuzz::require(report::to_json(report::read_report(json)) == json,
                  "a report that changes when it is read and written");
    (void)report::to_csv(report);
    (void)report::to_table(report, {.verbose = true});
  });
  return 0;
}
