// Finds the runs among files and directories.

#include "hindcast/io/checkpoint_series.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/mapped_file.hpp"
#include "base/system_error.hpp"
#include "base/text.hpp"
#include "io/checkpoint_folder.hpp"
#include "io/checkpoint_names.hpp"
#include "io/link_rule.hpp"
#include "io/manifest.hpp"
#include "io/series_survey.hpp"
#include "io/step_folder.hpp"
#include "io/step_from.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

// Directories are searched this deep: deeper than any trainer's, and an end to loops of mounts.
constexpr int kDepth = 16;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// A run before it has a name of its own.
struct Run {
  fs::path place;  // Its directory, or what else it can be named for.
  CheckpointSeries series;
};

struct Listing {
  std::vector<Candidate> candidates;
  std::map<std::string, std::vector<Candidate>> networks;  // Trained together, by name.
  std::vector<fs::path> in_parts;     // Checkpoints that were saved in parts, which are not joined.
  std::vector<fs::path> directories;  // Those that are no checkpoint themselves.
  std::vector<std::string> links;     // To directories.
  std::vector<Candidate> no_files;    // Pipes, devices, links to nothing: not to be waited for.
  bool has_manifest = false;
};

// A shard belongs to its index, which stands for all of them.
bool is_shard(const Candidate& candidate) {
  static const std::string_view kPattern = "*-[0-9]*-of-[0-9]*.*";
  return glob_matches(kPattern, candidate.path.filename().native());
}

void list_folder(const fs::path& path, const LinkRule& links, Listing& listing) {
  if (weights_in_folder(path)) {
    listing.candidates.push_back({.path = path, .named_by = path});
    return;
  }
  const StepFolder folder = look_into_step_folder(path, links);
  for (const fs::path& network : folder.networks) {
    if (folder.networks.size() == 1) {
      listing.candidates.push_back({.path = network, .named_by = path});
    } else {
      listing.networks[checkpoint_stem(network)].push_back({.path = network, .named_by = path});
    }
  }
  if (!folder.ranks.empty()) {
    listing.in_parts.push_back(path);
  } else if (folder.networks.empty()) {
    listing.directories.push_back(path);
  }
}

void list_entry(const fs::directory_entry& entry, const LinkRule& links, Listing& listing) {
  const fs::path& path = entry.path();
  std::error_code ignored;
  if (path.filename().native().starts_with('.')) {
    return;
  }
  if (path.filename() == kManifestName) {
    listing.has_manifest = true;
  } else if (!entry.is_directory(ignored)) {
    auto& found = entry.is_regular_file(ignored) ? listing.candidates : listing.no_files;
    found.push_back({.path = path, .named_by = path});
  } else if (entry.is_symlink(ignored)) {
    listing.links.push_back(printable(path.filename().string()));
  } else {
    list_folder(path, links, listing);
  }
}

// In natural order. Throws Error{io}.
Listing listing_of(const fs::path& directory, const LinkRule& links) {
  Listing listing;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    list_entry(*entry, links, listing);
  }
  if (error) {
    throw system_error(error.value());
  }
  const bool has_index = std::ranges::any_of(listing.candidates, [](const Candidate& candidate) {
    return candidate.path.native().ends_with(".index.json");
  });
  if (has_index) {
    std::erase_if(listing.candidates, is_shard);
  }
  std::ranges::move(listing.no_files, std::back_inserter(listing.candidates));
  std::ranges::sort(listing.candidates, natural_less,
                    [](const Candidate& candidate) { return candidate.path.native(); });
  std::ranges::sort(listing.directories, natural_less, &fs::path::native);
  std::ranges::sort(listing.links, natural_less);
  return listing;
}

// Collects runs: those of surveys, and those in directories and below them.
class Search {
 public:
  Search(const SeriesRequest& request, const std::optional<CheckpointFile>& initial,
         const Limits& limits)
      : request_(request),
        initial_(initial),
        limits_(limits),
        links_{.root = {}, .follow = limits.follow_links} {}

  void search(const fs::path& directory) {
    const std::size_t before = runs_.size();
    links_.root = directory;
    Survey survey(request_, limits_, directory);
    std::vector<fs::path> below;
    try {
      below = look_at(directory, survey);
    } catch (const Error& error) {
      survey.fail(shown(directory), error);
      add(directory, survey);
      return;
    }
    for (const fs::path& inner : below) {
      search_below(inner, kDepth, survey);
    }
    if (survey.recognised()) {
      add(directory, survey);
    } else {
      settle(directory, std::move(survey), before);
    }
  }

  // The runs of a survey, which is of `place`.
  void add(const fs::path& place, const Survey& survey) {
    for (CheckpointSeries& series : survey.runs(initial_)) {
      fs::path own = series.name.empty() ? place : place / series.name;
      runs_.push_back({.place = std::move(own), .series = std::move(series)});
    }
  }

  [[nodiscard]] std::vector<Run> take() { return std::move(runs_); }

 private:
  // Surveys what lies in the directory itself, and returns the directories to search below it.
  [[nodiscard]] std::vector<fs::path> look_at(const fs::path& directory, Survey& survey) {
    const Listing listing = listing_of(directory, links_);
    if (listing.has_manifest) {
      if (!links_.allows(directory / kManifestName)) {
        throw Error(ErrorCode::io, fmt::format("{} {}", kManifestName, kOutwardLink));
      }
      survey.add_manifest(directory / kManifestName);
      return {};
    }
    if (!listing.links.empty()) {
      survey.warn(
          fmt::format("links to directories are not followed: {}", join(listing.links, ", ")));
    }
    for (const fs::path& folder : listing.in_parts) {
      survey.fail(printable(folder.filename().string()),
                  Error(ErrorCode::unsupported,
                        "is saved in parts, one for each device of a parallel model, which are "
                        "not joined; convert it to one file"));
    }
    survey.add_listed(listing.candidates);
    for (const auto& [name, candidates] : listing.networks) {
      Survey network(request_, limits_, directory);
      network.add_listed(candidates);
      add(directory / name, network);
    }
    return listing.directories;
  }

  // A directory that cannot be listed holds no run that could be read. One that holds none has a
  // word in the survey of what it lies in, where its name lets a checkpoint be expected.
  void search_below(const fs::path& directory, int depth, Survey& outer) {
    const std::size_t before = runs_.size();
    Survey survey(request_, limits_, links_.root);
    std::vector<fs::path> below;
    try {
      below = look_at(directory, survey);
    } catch (const Error& error) {
      survey.fail(directory.filename().string(), error);
    }
    for (const fs::path& inner : below) {
      if (depth > 1) {
        search_below(inner, depth - 1, survey);
      }
    }
    if (survey.recognised() || survey.has_failures()) {
      add(directory, survey);
    } else if (runs_.size() == before && outer.expects_checkpoint(directory)) {
      outer.fail(shown(directory.filename()), nothing_in(directory));
    }
  }

  static Error nothing_in(const fs::path& directory) {
    const std::string what = describe_folder(directory);
    return {ErrorCode::io, what == "is a directory" ? "no checkpoints in this directory" : what};
  }

  // What is wrong in a directory that only holds runs is told with the first of them.
  void settle(const fs::path& directory, Survey survey, std::size_t before) {
    if (runs_.size() == before) {
      if (!survey.unknown()) {
        survey.fail(shown(directory), nothing_in(directory));
      }
      add(directory, survey);
      return;
    }
    const CheckpointSeries complaints = survey.runs(std::nullopt).front();
    CheckpointSeries& first = runs_[before].series;
    std::ranges::copy(complaints.failed, std::back_inserter(first.failed));
    std::ranges::copy(complaints.warnings, std::back_inserter(first.warnings));
  }

  const SeriesRequest& request_;
  const std::optional<CheckpointFile>& initial_;
  const Limits& limits_;
  LinkRule links_;
  std::vector<Run> runs_;
};

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

bool is_manifest_file(const fs::path& path) {
  try {
    return is_manifest(MappedFile(path).bytes());
  } catch (const Error&) {
    return false;  // Whoever opens it as a checkpoint says what is wrong with it.
  }
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

// A pattern that no path matches is a slip: to order by something else would hide it. Throws.
void check_step_from_matched(const std::string& pattern, const std::vector<Run>& runs) {
  std::size_t checkpoints = 0;
  for (const Run& run : runs) {
    for (const CheckpointFile& file : run.series.checkpoints) {
      ++checkpoints;
      if (file.numbered_by == NumberSource::option && file.step) {
        return;
      }
    }
  }
  if (checkpoints > 0) {
    throw Error(ErrorCode::usage,
                fmt::format("--step-from: '{}' matches the path of none of {} checkpoints",
                            printable(pattern), checkpoints));
  }
}

// The arguments by what they are, each once however often it is named.
struct Arguments {
  std::map<fs::path, fs::path> directories;  // By identity.
  std::vector<fs::path> manifests;
  std::vector<fs::path> files;
};

Arguments arguments_of(const SeriesRequest& request) {
  Arguments arguments;
  for (const fs::path& typed : request.paths) {
    // "checkpoint-500/" and "./checkpoint-500/." have the name that "checkpoint-500" has.
    const fs::path path = is_folder(typed) ? named_directory(typed) : typed;
    if (is_folder(path) && !is_single_checkpoint(path)) {
      arguments.directories.emplace(identity_of(path), path);
    } else if (is_manifest_file(path)) {
      arguments.manifests.push_back(path);
    } else {
      arguments.files.push_back(path);
    }
  }
  std::ranges::sort(arguments.manifests, natural_less, &fs::path::native);
  // A directory below another one is searched with it.
  std::erase_if(arguments.directories, [&](const auto& inner) {
    return std::ranges::any_of(arguments.directories, [&](const auto& outer) {
      const auto [rest, end] = std::ranges::mismatch(inner.first, outer.first);
      return inner.first != outer.first && end == outer.first.end();
    });
  });
  return arguments;
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
  if (request.step_from) {
    check_step_pattern(*request.step_from);
  }
  std::optional<CheckpointFile> initial;
  if (request.initial) {
    initial = open_initial(*request.initial, request, limits);
  }
  const Arguments arguments = arguments_of(request);
  Search search(request, initial, limits);
  for (const auto& [identity, directory] : arguments.directories) {
    search.search(directory);
  }
  for (const fs::path& manifest : arguments.manifests) {
    const fs::path beside = manifest.has_parent_path() ? manifest.parent_path() : ".";
    Survey survey(request, limits, beside);
    with_context(printable(shown(manifest)), [&] { survey.add_manifest(manifest); });
    const fs::path directory = manifest.lexically_normal().parent_path();
    search.add(directory.has_filename() ? directory : fs::path(manifest.stem()), survey);
  }
  if (!arguments.files.empty()) {
    Survey survey(request, limits, {});
    survey.add_named(arguments.files);
    search.add(place_of(arguments.files), survey);
  }
  std::vector<Run> runs = search.take();
  if (request.step_from) {
    check_step_from_matched(*request.step_from, runs);
  }
  return named(std::move(runs));
}

}  // namespace hindcast::io
