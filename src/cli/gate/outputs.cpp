#include "cli/gate/outputs.hpp"

#include "hindcast/base/error.hpp"

#include "cli/github_actions.hpp"
#include "cli/standard_streams.hpp"
#include "gate/writers.hpp"

namespace hindcast::cli {
namespace {

// GitHub takes 65536 characters in a comment.
constexpr std::size_t kMostCommentBytes = 65'000;

std::vector<ResultFormat<gate::GateResult>> formats_of(const GateArguments& arguments) {
  const auto comment = [](const gate::GateResult& result) {
    return gate::to_markdown(result, kMostCommentBytes);
  };
  return {{{"--json", arguments.json}, gate::to_json, json_for_log},
          {{"--junit", arguments.junit}, gate::to_junit, xml_for_log},
          {{"--markdown", arguments.markdown}, comment, xml_for_log},
          // No line begins with a name, and no label has a '#'.
          {{"--openmetrics", arguments.openmetrics}, gate::to_openmetrics, [](std::string text) {
             return text;
           }}};
}

// GitHub reads commands from both streams, so what a program is to parse stays clean.
void write_stdout(const gate::GateResult& result, const ResultFiles<gate::GateResult>& files) {
  const std::string commands = runs_in_github_actions() ? gate::to_github_commands(result) : "";
  if (const std::optional<std::string> for_program = files.for_stdout(result)) {
    print_result(*for_program);
    print_to_stderr(commands);
  } else {
    print_result(text_for_log(gate::to_table(result)) + commands);
  }
}

// The verdict stands without it.
void write_summary(const gate::GateResult& result, const Messages& messages) {
  constexpr std::size_t kLeast = 1000;
  const std::optional<std::string> path = github_step_summary();
  if (!path) {
    return;
  }
  try {
    const std::size_t room = room_in_summary(*path);
    if (room < kLeast) {
      messages.warning("the step's summary is full; nothing was added to it");
    } else {
      append_to(*path, gate::to_markdown(result, room));
    }
  } catch (const Error& error) {
    messages.warning(error.what());
  }
}

}  // namespace

GateOutputs::GateOutputs(const GateArguments& arguments)
    : files_(files_read(arguments), formats_of(arguments)) {}

void GateOutputs::write(const gate::GateResult& result, const Messages& messages) {
  files_.write_files(result);
  write_stdout(result, files_);
  write_summary(result, messages);
}

void GateOutputs::write_error(const std::string& error, const Messages& messages) {
  gate::GateResult result;
  result.error = error;
  try {
    files_.write_files(result);
  } catch (const Error& failure) {
    messages.warning(failure.what());
  }
  if (runs_in_github_actions()) {
    print_to_stderr(gate::to_github_commands(result));
  }
  write_summary(result, messages);
}

}  // namespace hindcast::cli
