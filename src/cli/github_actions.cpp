// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

#include "cli/github_actions.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "base/system_error.hpp"
#include "base/text.hpp"

namespace hindcast::cli {
namespace {

// GitHub refuses a summary of more than a mebibyte altogether, also if earlier commands of the step
// wrote most of it.
constexpr std::size_t kMostSummaryBytes = 900'000;

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it.
  return value == nullptr ? "" : value;
}

// "##[error]" is a command wherever it stands in a line, "::error::" only at the beginning.
std::string with_bracket_as(std::string_view escape, std::string text) {
  constexpr std::string_view kCommand = "##[";
  if (!runs_in_github_actions()) {
    return text;
  }
  for (std::size_t at = text.find(kCommand); at != std::string::npos;
       at = text.find(kCommand, at + kCommand.size())) {
    text.replace(at + kCommand.size() - 1, 1, escape);
  }
  return text;
}

}  // namespace

bool runs_in_github_actions() {
  return environment("GITHUB_ACTIONS") == "true";
}

std::optional<std::string> github_step_summary() {
  const std::string_view path = environment("GITHUB_STEP_SUMMARY");
  return path.empty() ? std::nullopt : std::optional(std::string(path));
}

std::size_t room_in_summary(const std::string& path) {
  std::error_code missing;
  const std::uintmax_t used = std::filesystem::file_size(path, missing);
  if (missing) {
    return kMostSummaryBytes;
  }
  return used < kMostSummaryBytes ? kMostSummaryBytes - static_cast<std::size_t>(used) : 0;
}

void append_to(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.flush();
  if (!file) {
    throw Error(ErrorCode::io, fmt::format("{}: {}", printable(path), system_error(errno).what()));
  }
}

std::string text_for_log(std::string text) {
  if (!runs_in_github_actions()) {
    return text;
  }
  // Commands are off until a line repeats the word, so the word must not be in the text.
  int number = 0;
  std::string word;
  do {
    word = fmt::format("hindcast-{}", ++number);
  } while (text.find(word) != std::string_view::npos);
  return fmt::format("::stop-commands::{}\n{}::{}::\n", word, text, word);
}

std::string json_for_log(std::string text) {
  return with_bracket_as(R"(\u005b)", std::move(text));
}

std::string xml_for_log(std::string text) {
  return with_bracket_as("&#91;", std::move(text));
}

std::string line_for_log(std::string text) {
  return with_bracket_as(R"(\x5b)", std::move(text));
}

}  // namespace hindcast::cli
