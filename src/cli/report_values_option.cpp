#include "cli/report_values_option.hpp"

#include "cli/size_text.hpp"

namespace hindcast::cli {

void add_report_values_option(CLI::App& app, std::uint64_t& most) {
  add_size_option(app, "--max-report-values", "Values of a report", kMostOfAnything,
                  [&most](std::uint64_t size) { most = size; })
      ->group("Limits")
      ->default_str(size_text(most));
}

}  // namespace hindcast::cli
