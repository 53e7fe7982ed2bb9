#pragma once

#include <cstdint>
#include <string>

#include "hindcast/io/checkpoint.hpp"
#include "hindcast/report/read_report.hpp"
#include "hindcast/report/report.hpp"

#include "cli/messages.hpp"
#include "cli/series_options.hpp"
#include "cli/work_options.hpp"

namespace hindcast::cli {

/// A report from where a command takes one: a report file is read; a checkpoint or a directory is
/// analysed, with the default options but for these. Warns of those that a report has no use for.
/// Throws Error that names the path where it is neither or nothing of it can be read.
[[nodiscard]] report::Report load_report(const std::string& path, const SeriesArguments& series,
                                         const io::Limits& limits, const Work& work,
                                         const Messages& messages,
                                         std::uint64_t most_values = report::kMostReportValues);

/// Does `load_report` read this as a report, rather than analyse it? Throws Error that names it.
[[nodiscard]] bool is_report(const std::string& path);

/// The whole of a text file. Throws Error{io} that names it.
[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace hindcast::cli
