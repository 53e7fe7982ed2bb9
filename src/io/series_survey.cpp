// What the files are that may make up a run. What a file is, its content decides; its suffix only
// decides whether an unreadable one in a directory deserves a word.

#include "io/series_survey.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "hindcast/io/format.hpp"

#include "base/in_order.hpp"
#include "base/mapped_file.hpp"
#include "base/memory_errors.hpp"
#include "base/text.hpp"
#include "io/checkpoint_folder.hpp"
#include "io/checkpoint_names.hpp"
#include "io/content_groups.hpp"
#include "io/foreign_format.hpp"
#include "io/manifest.hpp"
#include "io/series_order.hpp"
#include "io/series_split.hpp"
#include "io/step_from.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

std::string file_name(const fs::path& path) {
  return valid_utf8(path.filename().string());
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_link(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored);
}

// "step100/model.pt" where a directory says the step, else the file's name.
std::string shown_candidate(const Candidate& candidate) {
  if (candidate.path == candidate.named_by) {
    return file_name(candidate.path);
  }
  return valid_utf8(
      (candidate.named_by.filename() / candidate.path.lexically_relative(candidate.named_by))
          .string());
}

// `path` is what to open: the candidate's own, or the file in that directory.
CheckpointFile opened(const Candidate& candidate, const fs::path& path,
                      const SeriesRequest& request, const Limits& limits) {
  const OpenedCheckpoint opened = with_memory_errors([&] { return open_checkpoint(path, limits); });
  CheckpointFile found;
  found.path = path;
  found.named_by = candidate.named_by;
  found.shown_path = shown_candidate(candidate);
  found.format = opened.format->id;
  found.step = opened.checkpoint->step();
  found.epoch = opened.checkpoint->epoch();
  if (request.step_from) {
    found.step = step_from(*request.step_from, found.shown_path);
    found.epoch.reset();
    found.numbered_by = NumberSource::option;
  }
  return found;
}

// A directory is recognised by what it holds, a file by its first bytes.
bool is_recognised(const fs::path& path) {
  return is_folder(path) || identify(MappedFile(path).bytes()) != nullptr;
}

// Is this the name under which a checkpoint is written before it is renamed to its own?
bool is_unfinished(const fs::path& path) {
  static constexpr std::array<std::string_view, 9> kMarks = {
      "tmp",        "temp",     "part",   "partial",   "incomplete",
      "crdownload", "download", "saving", "inprogress"};
  const std::string name = lowered(path.filename().string());
  if (name.starts_with("tmp-") || name.starts_with("tmp_")) {
    return true;
  }
  // A suffix among others, with or without a number: "a.tmp.h5", "a.h5.tmp123".
  std::vector<std::string_view> parts = split(name, '.');
  return std::any_of(parts.begin() + 1, parts.end(), [](std::string_view part) {
    part = part.substr(0, part.find_last_not_of("0123456789") + 1);
    return std::ranges::find(kMarks, part) != kMarks.end();
  });
}

// The name with "#" for each number: equal for the files of a series. Empty where it has none.
std::string without_numbers(const fs::path& path) {
  std::string out;
  bool numbered = false;
  for (const char c : path.filename().string()) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit || !out.ends_with('#')) {
      out += is_digit ? '#' : c;
    }
    numbered = numbered || is_digit;
  }
  return numbered ? out : std::string();
}

// What of a candidate holds the weights: in a directory, one of its files.
fs::path weights_of(const Candidate& candidate) {
  return weights_in_folder(candidate.path).value_or(candidate.path);
}

std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t kListed = 5;
  const std::size_t listed = std::min(names.size(), kListed);
  const std::string rest =
      listed < names.size() ? fmt::format(" and {} more", names.size() - listed) : "";
  return join(std::span(names).first(listed), ", ") + rest;
}

}  // namespace

std::string shown(const fs::path& path) {
  return path.is_relative() ? valid_utf8(path.string()) : file_name(path);
}

fs::path identity_of(const fs::path& path) {
  std::error_code ignored;
  const fs::path canonical = fs::weakly_canonical(path, ignored);
  return canonical.empty() ? path : canonical;
}

Survey::Survey(const SeriesRequest& request, const Limits& limits, fs::path root)
    : request_(request),
      limits_(limits),
      links_{.root = std::move(root), .follow = limits.follow_links} {}

void Survey::add_named(std::vector<fs::path> paths) {
  std::ranges::sort(paths, natural_less, &fs::path::native);
  std::set<fs::path> seen;
  std::erase_if(paths,
                [&](const fs::path& path) { return !seen.insert(path.lexically_normal()).second; });
  const auto look = [&](std::size_t i) {
    return look_at({.path = paths[i], .named_by = paths[i]});
  };
  in_order(paths.size(), request_.threads, look, [&](std::size_t i, Look what) {
    if (what.failure) {
      fail(shown(paths[i]), *what.failure);
    } else {
      add({.path = paths[i], .named_by = paths[i]}, *std::move(what.file));
    }
  });
}

bool Survey::is_being_written(const fs::path& path) const {
  if (request_.being_written.empty()) {
    return false;
  }
  const fs::path own = identity_of(path);
  return std::ranges::any_of(request_.being_written, [&](const fs::path& written) {
    const fs::path other = identity_of(written);
    return std::ranges::mismatch(own, other).in1 == own.end();
  });
}

void Survey::add_listed(const std::vector<Candidate>& candidates) {
  std::vector<Candidate> outward;
  std::vector<Candidate> likely;
  for (const Candidate& candidate : candidates) {
    const fs::path& path = candidate.path;
    if (is_training_state(file_name(path))) {
      training_state_.push_back(printable(file_name(path)));
      continue;
    }
    if (is_being_written(path)) {
      continue;
    }
    if (is_unfinished(candidate.named_by)) {
      unfinished_.push_back(printable(file_name(candidate.named_by)));
      continue;
    }
    if (!links_.allows(weights_of(candidate))) {
      outward.push_back(candidate);
      continue;
    }
    likely.push_back(candidate);
  }
  std::vector<std::pair<Candidate, std::optional<Error>>> unread;  // And why, if that is known.
  const auto look = [&](std::size_t i) { return look_at_listed(likely[i]); };
  in_order(likely.size(), request_.threads, look, [&](std::size_t i, Look seen) {
    recognised_ = recognised_ || seen.recognised;
    if (seen.file) {
      add(likely[i], *std::move(seen.file));
    } else if (seen.recognised) {
      fail(shown_candidate(likely[i]), *seen.failure);
    } else {
      unread.emplace_back(likely[i], std::move(seen.failure));
    }
  });
  for (const Candidate& candidate : outward) {
    refuse_link(candidate);
  }
  for (const auto& [candidate, failure] : unread) {  // Now that what is read shows what to expect.
    if (!is_missed(candidate)) {
      continue;
    }
    if (failure) {
      unknown_ = true;
      fail(shown_candidate(candidate), *failure);
    } else {
      note_unread(candidate);
    }
  }
}

bool Survey::expects_checkpoint(const fs::path& path) const {
  const std::string name = without_numbers(path);
  return has_checkpoint_suffix(path) || (!name.empty() && numbered_names_.contains(name));
}

bool Survey::is_missed(const Candidate& candidate) const {
  return has_checkpoint_suffix(candidate.path) || expects_checkpoint(candidate.named_by);
}

void Survey::note_unread(const Candidate& candidate) {
  try {
    note_foreign(candidate.path, MappedFile(candidate.path).bytes());
  } catch (const Error& error) {
    fail(shown_candidate(candidate), error);
  }
}

void Survey::add_manifest(const fs::path& path) {
  has_manifest_ = true;
  recognised_ = true;
  const fs::path directory = path.parent_path();
  for (const ListedCheckpoint& listed : parse_manifest(MappedFile(path).bytes())) {
    const fs::path file = directory / listed.path;
    try {
      if (!links_.allows(file)) {
        throw Error(ErrorCode::io, kOutwardLink);
      }
      CheckpointFile found = opened({.path = file, .named_by = file}, file, request_, limits_);
      found.shown_path = valid_utf8(listed.path.string());
      found.step = listed.step;
      found.epoch = listed.epoch;
      found.numbered_by = NumberSource::manifest;
      found.initial = listed.initial;
      files_.push_back(std::move(found));
    } catch (const Error& error) {
      fail(valid_utf8(listed.path.string()), error);
    }
  }
}

Survey::Look Survey::look_at(const Candidate& candidate) const {
  const std::optional<fs::path> weights = weights_in_folder(candidate.path);
  // Such a link was allowed by the directory that is searched; its own might not allow it.
  const bool is_allowed_link = weights && !links_.root.empty() && is_link(*weights);
  try {
    return {
        .recognised = true,
        .file = opened(candidate, is_allowed_link ? *weights : candidate.path, request_, limits_)};
  } catch (const Error& error) {
    return {.recognised = true, .failure = error};
  }
}

Survey::Look Survey::look_at_listed(const Candidate& candidate) const {
  try {
    return is_recognised(candidate.path) ? look_at(candidate) : Look{};
  } catch (const Error& error) {
    return {.failure = error};
  }
}

void Survey::add(const Candidate& candidate, CheckpointFile file) {
  files_.push_back(std::move(file));
  numbered_names_.insert(without_numbers(candidate.named_by));
  note_training_state(candidate.path);
}

// What a link leads to is not looked at, so its name alone decides whether it is missed.
void Survey::refuse_link(const Candidate& candidate) {
  const bool in_folder = weights_of(candidate) != candidate.path;
  if (in_folder || is_missed(candidate)) {
    fail(shown_candidate(candidate), Error(ErrorCode::io, kOutwardLink));
  } else {
    outward_links_.push_back(printable(file_name(candidate.path)));
  }
}

// A directory that is one checkpoint: what it holds besides the weights deserves a word.
void Survey::note_training_state(const fs::path& directory) {
  const std::optional<fs::path> weights = weights_in_folder(directory);
  if (weights && weights->extension() != ".json") {  // Of an index, its reader tells.
    const std::string read = weights->filename().string();
    for (const std::string& name : other_weights_in_folder(directory, {read})) {
      other_weights_.push_back(printable(file_name(directory) + "/" + name));
    }
  }
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = file_name(entry->path());
    if (is_training_state(name)) {
      training_state_.push_back(printable(file_name(directory) + "/" + name));
    }
  }
  std::ranges::sort(training_state_, natural_less);
}

void Survey::note_foreign(const fs::path& path, std::span<const std::byte> bytes) {
  const ForeignFormat foreign = foreign_format(bytes);
  if (foreign.many.empty()) {
    throw Error(ErrorCode::unsupported, describe_unrecognised(bytes));
  }
  foreign_[std::string(foreign.many)].push_back(printable(file_name(path)));
}

void Survey::fail(std::string where, const Error& error) {
  failed_.push_back({.shown_path = std::move(where), .reason = error.what(), .code = error.code()});
}

void Survey::warn(std::string text) {
  warnings_.push_back(std::move(text));
}

void Survey::add_complaints(const Survey& other) {
  std::ranges::copy(other.failed_, std::back_inserter(failed_));
  std::ranges::copy(other.warnings_, std::back_inserter(warnings_));
  std::ranges::copy(other.unfinished_, std::back_inserter(unfinished_));
  std::ranges::copy(other.outward_links_, std::back_inserter(outward_links_));
  for (const auto& [format, names] : other.foreign_) {
    std::ranges::copy(names, std::back_inserter(foreign_[format]));
  }
}

std::vector<CheckpointFile> Survey::with_initial(
    const std::optional<CheckpointFile>& initial) const {
  std::vector<CheckpointFile> files = files_;
  if (!initial || files.empty()) {
    return files;
  }
  const fs::path identity = identity_of(initial->path);
  const auto same = std::ranges::find_if(
      files, [&](const CheckpointFile& file) { return identity_of(file.path) == identity; });
  for (CheckpointFile& file : files) {
    file.initial = false;  // Whatever a manifest says.
  }
  if (same != files.end()) {
    same->initial = true;
  } else {
    files.push_back(*initial);
  }
  return files;
}

// What is said once for a directory, and not for each run in it.
void Survey::add_remarks(CheckpointSeries& series) const {
  series.failed = failed_;
  series.warnings.insert(series.warnings.begin(), warnings_.begin(), warnings_.end());
  for (const auto& [format, names] : foreign_) {
    series.warnings.push_back(
        fmt::format("not read by this version, {} {}: {}", names.size(), format, first_few(names)));
  }
  if (!training_state_.empty()) {
    series.warnings.push_back(fmt::format("left out, state of the training and not weights: {}",
                                          first_few(training_state_)));
  }
  if (!other_weights_.empty()) {
    series.warnings.push_back(fmt::format(
        "left out, more weights in the folder of a checkpoint: {}", first_few(other_weights_)));
  }
  if (!unfinished_.empty()) {
    series.warnings.push_back(
        fmt::format("left out, still being written by their names: {}", first_few(unfinished_)));
  }
  if (!outward_links_.empty()) {
    series.warnings.push_back(
        fmt::format("left out, links out of the directory given, which --follow-links follows: {}",
                    first_few(outward_links_)));
  }
}

std::vector<CheckpointSeries> Survey::runs(const std::optional<CheckpointFile>& initial) const {
  std::vector<CheckpointSeries> all;
  if (has_manifest_) {
    all.push_back(arrange_as_listed(with_initial(initial), initial.has_value()));
  } else {
    std::vector<CheckpointFile> files = with_initial(initial);
    assign_content(files, limits_);
    std::vector<NamedPart> parts;
    if (request_.one_run) {
      parts.push_back({.name = "", .files = std::move(files), .warnings = {}});
    } else {
      parts = split_by_name(std::move(files));
    }
    for (NamedPart& part : parts) {
      all.push_back(arrange(std::move(part.files)));
      all.back().name = part.name;
      all.back().warnings.insert(all.back().warnings.begin(), part.warnings.begin(),
                                 part.warnings.end());
    }
  }
  add_remarks(all.front());
  return all;
}

CheckpointFile open_initial(const fs::path& path, const SeriesRequest& request,
                            const Limits& limits) {
  return with_context(printable(shown(path)), [&] {
    CheckpointFile initial = opened({.path = path, .named_by = path}, path, request, limits);
    initial.initial = true;
    return initial;
  });
}

}  // namespace hindcast::io
