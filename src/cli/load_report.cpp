#include "cli/load_report.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/report/read_report.hpp"

#include "base/json_document.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "cli/analyse_runs.hpp"
#include "cli/troubles.hpp"

namespace hindcast::cli {
namespace {

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// The index of a model in several files, the one checkpoint that is JSON, has a "weight_map". So
// may a report have in its depths, where it is the name of a run or a layer.
bool is_index_of_shards(std::string_view text) {
  constexpr std::string_view kMap = "weight_map";
  if (text.find(kMap) == std::string_view::npos) {
    return false;
  }
  try {
    const JsonDocument document(text);
    return document.root().find(kMap).has_value() && !document.root().find("schema").has_value();
  } catch (const Error&) {
    return text.find("\"schema\"") == std::string_view::npos;
  }
}

// A binary checkpoint whose first byte happens to be '{' has a zero soon.
bool looks_like_report(std::string_view text) {
  constexpr std::size_t kHead = 512;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::size_t first = text.find_first_not_of(" \t\r\n", begin);
  return first != std::string_view::npos && text[first] == '{' &&
         text.substr(0, kHead).find('\0') == std::string_view::npos && !is_index_of_shards(text);
}

// The first reason why there is no checkpoint.
std::string why_unread(const report::Report& report) {
  for (const report::RunReport& run : report.runs) {
    if (!run.unread.empty()) {
      const std::string more =
          run.unread.size() == 1 ? "" : fmt::format(" (and {} more)", run.unread.size() - 1);
      return printable_line(run.unread.front().reason) + more;
    }
  }
  return "holds no checkpoint";
}

report::Report analysed(const std::string& path, const SeriesArguments& series,
                        const io::Limits& limits, const Work& work, const Messages& messages) {
  analysis::AnalysisOptions options;
  options.limits = limits;
  work.apply(options);
  report::OptionsEcho echo;
  echo.solver = "auto";
  echo.step_from = series.step_from;
  echo.one_run = series.one_run;
  report::Report report =
      analyse_runs(request_of({path}, series, options.threads), scores_request_of(series), options,
                   echo, messages, work.shows_progress());
  work.tell(messages);
  if (troubles_of(report).nothing_read) {
    throw Error(ErrorCode::malformed, fmt::format("{}: {}", printable(path), why_unread(report)));
  }
  return report;
}

}  // namespace

report::Report load_report(const std::string& path, const SeriesArguments& series,
                           const io::Limits& limits, const Work& work, const Messages& messages,
                           std::uint64_t most_values) {
  std::error_code unknown;  // Whoever opens it says what is wrong with it.
  if (!std::filesystem::is_directory(path, unknown)) {
    std::optional<report::Report> report =
        with_context(printable(path), [&]() -> std::optional<report::Report> {
          const MappedFile file(path);
          const std::string_view text = text_of(file);
          if (!looks_like_report(text)) {
            return std::nullopt;
          }
          report::Report read = report::read_report(text, most_values);
          file.require_unchanged();
          return read;
        });
    if (report) {
      for (const std::string& option : given_options(series)) {
        messages.warning(
            fmt::format("{}: is a report; {} has no effect on it", printable(path), option));
      }
      return std::move(*report);
    }
  }
  return analysed(path, series, limits, work, messages);
}

bool is_report(const std::string& path) {
  std::error_code unknown;
  return !std::filesystem::is_directory(path, unknown) && with_context(printable(path), [&] {
    const MappedFile file(path);
    return looks_like_report(text_of(file));
  });
}

std::string read_text(const std::string& path) {
  return with_context(printable(path), [&] {
    const MappedFile file(path);
    std::string text(text_of(file));
    file.require_unchanged();
    return text;
  });
}

}  // namespace hindcast::cli
