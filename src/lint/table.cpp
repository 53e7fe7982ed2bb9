// What a person reads on a terminal after `lint`.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "lint/run_view.hpp"
#include "lint/writers.hpp"
#include "report/text_table.hpp"

namespace hindcast::lint {
namespace {

constexpr std::size_t kMostFindings = 50;  // Of a run; the JSON has them all.

std::string place_of(const Moment& moment) {
  if (moment.step) {
    return fmt::format("step {}", *moment.step);
  }
  return moment.epoch && *moment.epoch >= 0 ? fmt::format("epoch {}", *moment.epoch)
                                            : printable(moment.checkpoint);
}

std::string layers_of(const Finding& finding) {
  if (finding.layers.empty()) {
    return "-";
  }
  const std::string first = printable(finding.layers.front());
  return finding.layers.size() == 1
             ? first
             : fmt::format("{} and {} more", first, finding.layers.size() - 1);
}

std::string looked_at(const RunFindings& run) {
  return fmt::format("{}, {}, {}", counted(run.checkpoints, "checkpoint"),
                     counted(run.layers, "layer"), counted(run.other_tensors, "other tensor"));
}

std::string table_of(const RunFindings& run) {
  const std::string title = fmt::format("run '{}', {}", printable(run.name), looked_at(run));
  if (run.findings.empty()) {
    return title + ": no findings\n";
  }
  report::TextTable table({{.title = ""},
                           {.title = "at"},
                           {.title = "finding"},
                           {.title = "layer"},
                           {.title = "evidence"}});
  const std::size_t told = std::min(run.findings.size(), kMostFindings);
  for (std::size_t i = 0; i < told; ++i) {
    const Finding& finding = run.findings[i];
    table.row({std::string(name(finding.severity)), place_of(finding.at),
               std::string(name(finding.kind)), layers_of(finding), finding.evidence});
  }
  const std::size_t rest = run.findings.size() - told;
  return title + ":\n" + table.text() +
         (rest > 0 ? fmt::format("and {} more, which --json lists\n", rest) : "");
}

}  // namespace

std::string to_table(const LintReport& report) {
  std::string out;
  std::size_t checkpoints = 0;
  for (const RunFindings& run : report.runs) {
    out += table_of(run);
    checkpoints += run.checkpoints;
  }
  const std::string where = fmt::format("in {} of {}", counted(checkpoints, "checkpoint"),
                                        counted(report.runs.size(), "run"));
  const std::size_t errors = report.count(Severity::error);
  const std::size_t warnings = report.count(Severity::warning);
  const std::size_t notes = report.count(Severity::note);
  if (errors + warnings + notes == 0) {
    return out + fmt::format("\nlint: no findings {}\n", where);
  }
  return out + fmt::format("\nlint: {}, {}, {} {}\n", counted(errors, "error"),
                           counted(warnings, "warning"), counted(notes, "note"), where);
}

std::string explain_kinds() {
  std::string out;
  for (const Kind kind : kinds()) {
    out += fmt::format("{:<22} {}\n", name(kind), explanation(kind));
  }
  return out;
}

}  // namespace hindcast::lint
