// Finds the runs among files and directories. What a file is, its content decides; its suffix only
// decides whether an unreadable one in a directory deserves a word.

#include "hindcast/io/checkpoint_series.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/mapped_file.hpp"
#include "hindcast/base/system_error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/io/checkpoint_folder.hpp"
#include "hindcast/io/format.hpp"

#include "io/checkpoint_names.hpp"
#include "io/foreign_format.hpp"
#include "io/series_order.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

bool by_name(const fs::path& a, const fs::path& b) {
  return natural_less(a.native(), b.native());
}

std::string file_name(const fs::path& path) {
  return valid_utf8(path.filename().string());
}

// How a path the user typed may be shown: absolute ones would tell about the machine.
std::string shown(const fs::path& path) {
  return path.is_relative() ? valid_utf8(path.string()) : file_name(path);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_link(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored);
}

fs::path identity_of(const fs::path& path) {
  std::error_code ignored;
  const fs::path canonical = fs::weakly_canonical(path, ignored);
  return canonical.empty() ? path : canonical;
}

CheckpointFile opened(const fs::path& path, const Limits& limits) {
  const OpenedCheckpoint opened = open_checkpoint(path, limits);
  CheckpointFile found;
  found.path = path;
  found.shown_path = file_name(path);
  found.format = opened.format->id;
  found.step = opened.checkpoint->step();
  found.epoch = opened.checkpoint->epoch();
  return found;
}

// A directory is recognised by what it holds, a file by its first bytes.
bool is_recognised(const fs::path& path) {
  return is_folder(path) || identify(MappedFile(path).bytes()) != nullptr;
}

// What became of the files that may make up one run.
class Survey {
 public:
  explicit Survey(const Limits& limits) : limits_(limits) {}

  // Files the user named: each is a checkpoint or a failure.
  void add_named(std::vector<fs::path> paths) {
    for (const fs::path& path : without_duplicates(std::move(paths))) {
      try {
        files_.push_back(opened(path, limits_));
        note_training_state(path);
      } catch (const Error& error) {
        fail(shown(path), error);
      }
    }
  }

  // A directory that is one checkpoint: what it holds besides the weights deserves a word.
  void note_training_state(const fs::path& path) {
    std::error_code error;
    fs::directory_iterator entry(path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = file_name(entry->path());
      if (is_training_state(name)) {
        training_state_.push_back(printable(file_name(path) + "/" + name));
      }
    }
    std::ranges::sort(training_state_, natural_less);
  }

  // What a directory lists: files, and directories that are one checkpoint each. What no reader
  // recognises matters only where its name says "checkpoint".
  void add_listed(std::vector<fs::path> paths) {
    for (const fs::path& path : without_duplicates(std::move(paths))) {
      if (is_training_state(file_name(path))) {
        training_state_.push_back(printable(file_name(path)));
        continue;
      }
      bool recognised = false;
      try {
        recognised = is_recognised(path);
        if (recognised) {
          recognised_ = true;
          files_.push_back(opened(path, limits_));
          note_training_state(path);
        } else if (has_checkpoint_suffix(path)) {
          note_foreign(path, MappedFile(path).bytes());
        }
      } catch (const Error& error) {
        if (recognised || has_checkpoint_suffix(path)) {
          fail(file_name(path), error);
        }
      }
    }
  }

  void fail(std::string where, const Error& error) {
    failed_.push_back(
        {.shown_path = std::move(where), .reason = error.what(), .code = error.code()});
  }

  // Takes over what another survey found wrong.
  void add_complaints(const Survey& other) {
    std::ranges::copy(other.failed_, std::back_inserter(failed_));
    std::ranges::copy(other.warnings_, std::back_inserter(warnings_));
    for (const auto& [format, names] : other.foreign_) {
      std::ranges::copy(names, std::back_inserter(foreign_[format]));
    }
  }

  // Did at least one listed file turn out to be in a format that is read?
  [[nodiscard]] bool recognised() const noexcept { return recognised_; }

  [[nodiscard]] CheckpointSeries series(const std::optional<CheckpointFile>& initial) const {
    CheckpointSeries series = arrange(with_initial(initial));
    series.failed = failed_;
    series.warnings.insert(series.warnings.begin(), warnings_.begin(), warnings_.end());
    for (const auto& [format, names] : foreign_) {
      series.warnings.push_back(fmt::format("not read by this version, {} {}: {}", names.size(),
                                            format, first_few(names)));
    }
    if (!training_state_.empty()) {
      series.warnings.push_back(fmt::format("left out, state of the training and not weights: {}",
                                            first_few(training_state_)));
    }
    return series;
  }

 private:
  // Where several paths lead to one file, a real file outranks a link to it.
  [[nodiscard]] std::vector<fs::path> without_duplicates(std::vector<fs::path> paths) {
    std::ranges::sort(paths, by_name);
    std::ranges::stable_sort(paths, {}, is_link);
    std::map<fs::path, fs::path> kept;
    for (const fs::path& path : paths) {
      const auto [place, is_new] = kept.emplace(identity_of(path), path);
      if (!is_new && place->second != path) {
        warnings_.push_back(fmt::format("'{}' left out: the same file as '{}'",
                                        printable(file_name(path)),
                                        printable(file_name(place->second))));
      }
    }
    std::vector<fs::path> unique;
    unique.reserve(kept.size());
    for (const auto& [identity, path] : kept) {
      unique.push_back(path);
    }
    std::ranges::sort(unique, by_name);
    return unique;
  }

  void note_foreign(const fs::path& path, std::span<const std::byte> bytes) {
    const ForeignFormat foreign = foreign_format(bytes);
    if (foreign.many.empty()) {
      throw Error(ErrorCode::unsupported, describe_unrecognised(bytes));
    }
    foreign_[std::string(foreign.many)].push_back(printable(file_name(path)));
  }

  [[nodiscard]] static std::string first_few(const std::vector<std::string>& names) {
    constexpr std::size_t kListed = 5;
    const std::size_t listed = std::min(names.size(), kListed);
    const std::string rest =
        listed < names.size() ? fmt::format(" and {} more", names.size() - listed) : "";
    return join(std::span(names).first(listed), ", ") + rest;
  }

  [[nodiscard]] std::vector<CheckpointFile> with_initial(
      const std::optional<CheckpointFile>& initial) const {
    std::vector<CheckpointFile> files = files_;
    if (!initial || files.empty()) {
      return files;
    }
    const fs::path identity = identity_of(initial->path);
    const auto same = std::ranges::find_if(
        files, [&](const CheckpointFile& file) { return identity_of(file.path) == identity; });
    if (same != files.end()) {
      same->initial = true;
    } else {
      files.push_back(*initial);
    }
    return files;
  }

  Limits limits_;
  std::vector<CheckpointFile> files_;
  std::vector<FailedFile> failed_;
  std::map<std::string, std::vector<std::string>> foreign_;  // File names by the format's plural.
  std::vector<std::string> training_state_;
  std::vector<std::string> warnings_;
  bool recognised_ = false;
};

// A run before it has a name of its own.
struct Run {
  fs::path place;  // Its directory, or what else it can be named for.
  CheckpointSeries series;
};

struct Listing {
  std::vector<fs::path> candidates;   // Files, and directories that are one checkpoint each.
  std::vector<fs::path> directories;  // The others.
};

// A shard belongs to its index, which stands for all of them.
bool is_shard(const fs::path& file) {
  static const std::string_view kPattern = "*-[0-9]*-of-[0-9]*.*";
  return glob_matches(kPattern, file.filename().native());
}

// Throws Error{io}.
Listing listing_of(const fs::path& directory) {
  Listing listing;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code ignored;
    if (path.filename().native().starts_with('.')) {
      continue;
    }
    if (entry->is_directory(ignored)) {
      const bool is_checkpoint = weights_in_folder(path).has_value();
      (is_checkpoint ? listing.candidates : listing.directories).push_back(path);
    } else if (entry->is_regular_file(ignored)) {
      listing.candidates.push_back(path);
    }
  }
  if (error) {
    throw system_error(error.value());
  }
  const bool has_index = std::ranges::any_of(listing.candidates, [](const fs::path& path) {
    return path.native().ends_with(".index.json");
  });
  if (has_index) {
    std::erase_if(listing.candidates, is_shard);
  }
  return listing;
}

// The runs one level down; directories that cannot be listed hold none that could be read.
std::vector<std::pair<fs::path, Survey>> surveys_below(std::vector<fs::path> directories,
                                                       const Limits& limits) {
  std::ranges::sort(directories, by_name);
  std::vector<std::pair<fs::path, Survey>> found;
  for (const fs::path& directory : directories) {
    Survey survey(limits);
    try {
      survey.add_listed(listing_of(directory).candidates);
    } catch (const Error&) {
      continue;
    }
    if (survey.recognised()) {
      found.emplace_back(directory, std::move(survey));
    }
  }
  return found;
}

std::string directory_without_checkpoints(const fs::path& directory) {
  const std::string what = describe_folder(directory);
  return what == "is a directory" ? "no checkpoints in this directory" : what;
}

std::vector<Run> runs_in(const fs::path& directory, const std::optional<CheckpointFile>& initial,
                         const Limits& limits) {
  Survey survey(limits);
  try {
    Listing listing = listing_of(directory);
    survey.add_listed(std::move(listing.candidates));
    if (!survey.recognised()) {
      auto below = surveys_below(std::move(listing.directories), limits);
      std::vector<Run> runs;
      for (auto& [place, inner] : below) {
        if (runs.empty()) {
          inner.add_complaints(survey);
        }
        runs.push_back({.place = place, .series = inner.series(initial)});
      }
      if (!runs.empty()) {
        return runs;
      }
      throw Error(ErrorCode::io, directory_without_checkpoints(directory));
    }
  } catch (const Error& error) {
    survey.fail(shown(directory), error);
  }
  return {{.place = directory, .series = survey.series(initial)}};
}

// Files are one run, named for the directory they share or, where that has no name, for the file.
fs::path place_of(const std::vector<fs::path>& files) {
  const fs::path parent = files.front().lexically_normal().parent_path();
  const bool shared = std::ranges::all_of(
      files, [&](const fs::path& file) { return file.lexically_normal().parent_path() == parent; });
  if (files.size() == 1) {
    return checkpoint_stem(files.front());
  }
  return shared && parent.has_filename() && parent.filename() != ".." ? parent : fs::path("files");
}

// The directory without a trailing slash, "." or "..".
fs::path named_directory(const fs::path& directory) {
  fs::path normal = directory.lexically_normal();
  if (!normal.has_filename()) {
    normal = normal.parent_path();
  }
  const bool is_named =
      normal.has_filename() && normal.filename() != "." && normal.filename() != "..";
  return is_named ? normal : identity_of(directory);
}

CheckpointFile open_initial(const fs::path& path, const Limits& limits) {
  return with_context(printable(shown(path)), [&] {
    CheckpointFile initial = opened(path, limits);
    initial.initial = true;
    return initial;
  });
}

// A directory that is one checkpoint and holds no others: to be read like a file.
bool is_single_checkpoint(const fs::path& directory) {
  if (!weights_in_folder(directory)) {
    return false;
  }
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && weights_in_folder(entry->path())) {
      return false;
    }
  }
  return true;
}

// Names the runs, and puts them in an order that does not depend on the arguments'.
std::vector<CheckpointSeries> named(std::vector<Run> runs) {
  std::vector<fs::path> places;
  std::ranges::transform(runs, std::back_inserter(places),
                         [](const Run& run) { return named_directory(run.place); });
  const std::vector<std::string> names = distinct_names(places);
  std::vector<CheckpointSeries> all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    all.push_back(std::move(runs[i].series));
    all.back().name = valid_utf8(names[i]);
  }
  std::ranges::stable_sort(all, natural_less, &CheckpointSeries::name);
  return all;
}

}  // namespace

std::string_view name(InitialEvidence evidence) noexcept {
  switch (evidence) {
    case InitialEvidence::given:
      return "given";
    case InitialEvidence::named:
      return "named";
    case InitialEvidence::first:
      break;
  }
  return "first";
}

std::vector<CheckpointSeries> discover(const SeriesRequest& request, const Limits& limits) {
  std::optional<CheckpointFile> initial;
  if (request.initial) {
    initial = open_initial(*request.initial, limits);
  }
  std::map<fs::path, fs::path> directories;  // Each once, however often it is named.
  std::vector<fs::path> files;
  for (const fs::path& path : request.paths) {
    if (is_folder(path) && !is_single_checkpoint(path)) {
      directories.emplace(identity_of(path), path);
    } else {
      files.push_back(path);
    }
  }
  std::vector<Run> runs;
  for (const auto& [identity, directory] : directories) {
    std::ranges::move(runs_in(directory, initial, limits), std::back_inserter(runs));
  }
  if (!files.empty()) {
    std::ranges::sort(files, by_name);
    Survey survey(limits);
    survey.add_named(files);
    runs.push_back({.place = place_of(files), .series = survey.series(initial)});
  }
  return named(std::move(runs));
}

}  // namespace hindcast::io
