#pragma once

#include <optional>
#include <string>

#include "hindcast/report/report.hpp"

#include "html/drawn.hpp"
#include "html/verdict.hpp"

namespace hindcast::html {

/// What the page's program draws, as JSON: the report turned from one record for each layer of each
/// checkpoint into one row of numbers for each layer and metric. Read by src/html/page/data.js,
/// nothing else.
[[nodiscard]] std::string page_data(const report::Report& report,
                                    const std::optional<Verdict>& verdict, Digits digits);

}  // namespace hindcast::html
