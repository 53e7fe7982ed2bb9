#pragma once

#include <filesystem>
#include <string>

#include "hindcast/report/report.hpp"

#include "base/output_directory.hpp"
#include "report/exports.hpp"

namespace hindcast::cli {

/// A directory for TensorBoard, with a folder and in it a file for each run. Each file appears
/// whole or not at all; what else is there stays.
class EventFiles {
 public:
  /// Makes the directory. Throws Error{io}.
  explicit EventFiles(const std::string& directory);

  /// Throws Error{io}, also where a link stands in the place of a folder: what it leads to is not
  /// in the directory.
  report::Exported write(const report::Report& report, const report::ScalarChoice& choice);

 private:
  std::filesystem::path root_;
  OutputDirectory directory_;
};

}  // namespace hindcast::cli
