// The list of texts that reports are exported as. To add one: write src/report/<name>.cpp, then add
// its declaration and its entry here; the option of `hindcast export` follows.

#include <array>

#include "report/exports.hpp"

namespace hindcast::report {

extern const TextExport mlflow_export;    // mlflow_lines.cpp
extern const TextExport long_csv_export;  // value_tables.cpp
extern const TextExport wide_csv_export;  // value_tables.cpp

namespace {

constexpr std::array kTextExports = {&mlflow_export, &long_csv_export, &wide_csv_export};

}  // namespace

std::span<const TextExport* const> text_exports() noexcept {
  return kTextExports;
}

}  // namespace hindcast::report
