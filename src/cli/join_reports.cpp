#include "cli/join_reports.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "io/series_survey.hpp"

namespace hindcast::cli {
namespace {

// Runs of several reports often share a name, such as that of the folder they were written to.
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

}  // namespace

report::Report join_reports(const std::vector<std::string>& paths,
                            const std::function<report::Report(const std::string& path)>& load) {
  report::Report all;
  std::vector<std::string> from;
  for (const std::string& path : paths) {
    report::Report one = load(path);
    if (from.empty()) {
      all.options = std::move(one.options);
    }
    for (report::RunReport& run : one.runs) {
      all.runs.push_back(std::move(run));
      from.push_back(path);
    }
  }
  tell_names_apart(all.runs, from);
  return all;
}

}  // namespace hindcast::cli
