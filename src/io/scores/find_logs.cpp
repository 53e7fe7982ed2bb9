#include "io/scores/find_logs.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/link_rule.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = 64ULL << 20U;
// Tables in one folder that are looked at for their header.
constexpr std::size_t kMostTables = 1000;

// Names of a training's own table. Of others that are nobody's nothing is said.
constexpr std::array<std::string_view, 7> kNamesOfLogs = {
    "history*.csv", "*history.csv", "log.csv",    "*_log.csv",
    "*-log.csv",    "training.csv", "metrics.csv"};

bool is_named_as_log(const std::string& name) {
  return std::ranges::any_of(
      kNamesOfLogs, [&](std::string_view pattern) { return glob_matches(pattern, lowered(name)); });
}

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool is_regular(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// The files of a folder whose names are like one of a source's, in natural order.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto is_named_so = [&](const ScoreSource* source) {
      return glob_matches(source->pattern, name);
    };
    if (!name.starts_with('.') && std::ranges::any_of(score_sources(), is_named_so) &&
        is_regular(entry->path())) {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files, natural_less, &fs::path::native);
  return files;
}

// Whose it is, or why nothing tells.
struct Recognised {
  const ScoreSource* source = nullptr;
  std::string why_not;
};

Recognised recognised(const fs::path& path) {
  try {
    const MappedFile file(path);
    const std::string name = path.filename().string();
    for (const ScoreSource* const source : score_sources()) {
      if (glob_matches(source->pattern, name) && source->recognises(text_of(file))) {
        return {.source = source, .why_not = ""};
      }
    }
    return {.source = nullptr,
            .why_not = file.bytes().empty() ? "it is empty"
                                            : "its header is of no table that is read; name it "
                                              "with --scores if it is a log"};
  } catch (const Error& error) {
    return {.source = nullptr, .why_not = error.what()};
  }
}

class Search {
 public:
  Search(fs::path run, bool follow_links)
      : run_(std::move(run)), links_{.root = run_, .follow = follow_links} {
    std::error_code ignored;
    if (fs::weakly_canonical(run_, ignored).filename() == "checkpoints") {
      above_ = run_ / "..";
      links_.root = above_;
    }
  }

  LogSearch search(const std::vector<fs::path>& own_folders) {
    look_into(run_, "");
    // Checkpoints stand in the order of training.
    for (auto folder = own_folders.rbegin(); folder != own_folders.rend(); ++folder) {
      look_at(*folder / "trainer_state.json", folder->filename().string() + "/");
    }
    if (!above_.empty()) {
      look_into(above_, "../");
    }
    if (!outward_.empty()) {
      found_.warnings.push_back(
          fmt::format("no scores from {}, which {}",
                      outward_.size() == 1
                          ? outward_.front()
                          : fmt::format("{} (and {} more)", outward_.front(), outward_.size() - 1),
                      kOutwardLink));
    }
    if (found_.logs.empty() && !nobodys_.empty()) {
      found_.warnings.push_back(nobodys_.front());
    }
    std::ranges::stable_sort(found_.logs, {}, [](const FoundLog& log) {
      return std::ranges::find(score_sources(), log.source) - score_sources().begin();
    });
    return std::move(found_);
  }

 private:
  void look_into(const fs::path& folder, const std::string& shown_folder) {
    std::vector<fs::path> files = files_in(folder);
    if (files.size() > kMostTables) {
      found_.warnings.push_back(
          fmt::format("only the first {} of {} tables beside the checkpoints were looked at for "
                      "scores; name one with --scores",
                      kMostTables, files.size()));
      files.resize(kMostTables);
    }
    for (const fs::path& file : files) {
      look_at(file, shown_folder);
    }
  }

  void look_at(const fs::path& file, const std::string& shown_folder) {
    const std::string shown = valid_utf8(shown_folder + file.filename().string());
    if (!is_regular(file)) {
      return;
    }
    if (!links_.allows(file)) {
      outward_.push_back(printable(shown));
      return;
    }
    const Recognised log = recognised(file);
    if (log.source != nullptr) {
      found_.logs.push_back({.source = log.source, .path = file, .shown_path = shown});
    } else if (is_named_as_log(file.filename().string())) {
      nobodys_.push_back(fmt::format("{}: no scores from it: {}", printable(shown), log.why_not));
    }
  }

  fs::path run_;
  fs::path above_;
  LinkRule links_;
  std::vector<std::string> outward_;
  std::vector<std::string> nobodys_;
  LogSearch found_;
};

}  // namespace

LogSearch find_logs(std::span<const CheckpointFile> checkpoints, bool follow_links) {
  std::set<fs::path> folders;
  std::vector<fs::path> own_folders;
  for (const CheckpointFile& checkpoint : checkpoints) {
    // One given with --init may lie anywhere.
    if (!checkpoint.initial || checkpoints.size() == 1) {
      folders.insert(folder_of(checkpoint.named_by));
      std::error_code ignored;
      if (fs::is_directory(checkpoint.named_by, ignored)) {
        own_folders.push_back(checkpoint.named_by);
      }
    }
  }
  if (folders.size() != 1) {
    return {};
  }
  return Search(*folders.begin(), follow_links).search(own_folders);
}

ScoreLog read_log(const ScoreSource& source, const fs::path& path) {
  const MappedFile file(path);
  if (file.bytes().size() > kMostBytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("{} bytes, more than the {} that a log may have", file.bytes().size(),
                            kMostBytes));
  }
  ScoreLog log = source.read(text_of(file));
  file.require_unchanged();
  return log;
}

}  // namespace hindcast::io
