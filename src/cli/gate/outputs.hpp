#pragma once

#include <string>

#include "cli/gate/arguments.hpp"
#include "cli/messages.hpp"
#include "cli/result_files.hpp"
#include "gate/judge.hpp"

namespace hindcast::cli {

/// Where verdicts go: files, stdout, and what GitHub shows of a step.
class GateOutputs {
 public:
  /// As OutputPlaces.
  explicit GateOutputs(const GateArguments& arguments);

  /// Throws Error{io}.
  void write(const gate::GateResult& result, const Messages& messages);

  /// In place of verdicts, so that nobody takes those of an earlier run for ours. Throws no Error.
  void write_error(const std::string& error, const Messages& messages);

 private:
  ResultFiles<gate::GateResult> files_;
};

}  // namespace hindcast::cli
