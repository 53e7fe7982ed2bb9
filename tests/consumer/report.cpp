// Measures the runs in a directory, prescribes their learning rates and writes the report:
//
//   report DIRECTORY INITIAL_RATE > report.json

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/writers.hpp"
#include "hindcast/schedule/rmsgd.hpp"

namespace {

using namespace hindcast;

report::Report report_of(const char* directory, double initial_rate) {
  analysis::AnalysisOptions options;
  options.schedule.rmsgd = schedule::RmsgdOptions{.init_lr = initial_rate};
  report::Report report;
  // What was asked for, to be read in the report; all that is not said is as it is by itself.
  report.options.solver = metrics::name(options.solver);
  for (const io::CheckpointSeries& run : io::discover({.paths = {directory}}, options.limits)) {
    report.runs.push_back(analysis::analyse(run, options, {}));
  }
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: report DIRECTORY INITIAL_RATE\n");
    return 2;
  }
  try {
    report::write_json(report_of(argv[1], std::atof(argv[2])), [](std::string_view part) {
      std::fwrite(part.data(), 1, part.size(), stdout);
    });
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
    return 2;
  }
}
