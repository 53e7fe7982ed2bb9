#pragma once

#include <optional>
#include <string>

#include "hindcast/report/report.hpp"

#include "html/verdict.hpp"

namespace hindcast::html {

/// The report as one HTML page that needs nothing else: styles, programs, data and the library of
/// charts are in it, and its Content-Security-Policy allows no request and no other program.
///
/// Names and texts of the report stand in it as data only, never as markup. The same report gives
/// the same bytes. Numbers have all their digits or, in a large report, six.
[[nodiscard]] std::string to_html(const report::Report& report,
                                  const std::optional<Verdict>& verdict);

}  // namespace hindcast::html
