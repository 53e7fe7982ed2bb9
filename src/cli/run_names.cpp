#include "cli/run_names.hpp"

#include <set>

#include <fmt/format.h>

#include "io/series_survey.hpp"

namespace hindcast::cli {

void tell_names_apart(std::vector<report::RunReport>& runs, const std::vector<std::string>& from) {
  std::multiset<std::string> names;
  for (const report::RunReport& run : runs) {
    names.insert(run.name);
  }
  std::set<std::string> taken;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (names.count(runs[i].name) > 1) {
      runs[i].name = fmt::format("{}:{}", io::shown(from[i]), runs[i].name);
    }
    const std::string name = runs[i].name;
    for (int number = 2; !taken.insert(runs[i].name).second; ++number) {
      runs[i].name = fmt::format("{} ({})", name, number);
    }
  }
}

}  // namespace hindcast::cli
