#include "io/step_folder.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <system_error>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "io/checkpoint_folder.hpp"
#include "io/checkpoint_names.hpp"
#include "io/series_entry.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

// Megatron's files lie one level below the step.
constexpr int kDepth = 2;

// More files than this are no networks of one moment.
constexpr std::size_t kMostFiles = 64;

bool is_named_for_step(const fs::path& path) {
  CheckpointFile named;
  named.named_by = path;
  return entry_of(std::move(named)).numbered();
}

// Megatron and DeepSpeed number the parts of a model that lay on different devices.
bool is_rank(const fs::path& file) {
  const std::string whole = (file.parent_path().filename() / file.filename()).string();
  return whole.find("mp_rank_") != std::string::npos || whole.find("tp_rank_") != std::string::npos;
}

bool is_recognised(const fs::path& file) {
  try {
    return identify(MappedFile(file).bytes()) != nullptr;
  } catch (const Error&) {
    return false;
  }
}

// What may not be opened is told by its name, so that its refusal gets a line.
bool is_candidate(const fs::path& file, const LinkRule& links) {
  return links.allows(file) ? is_recognised(file) : has_checkpoint_suffix(file);
}

// Adds the recognised files in `directory`.
void collect(const fs::path& directory, int depth, const LinkRule& links,
             std::vector<fs::path>& found) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error);
       !error && entry != fs::directory_iterator() && found.size() < kMostFiles;
       entry.increment(error)) {
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || is_training_state(name)) {
      continue;
    }
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored) && depth > 1) {
      collect(entry->path(), depth - 1, links, found);
    } else if (entry->is_regular_file(ignored) && is_candidate(entry->path(), links)) {
      found.push_back(entry->path());
    }
  }
}

// Names that differ in nothing but numbers are moments, or parts, of one thing.
bool differ_in_words(const std::vector<fs::path>& files) {
  std::set<std::string> patterns;
  std::ranges::transform(files, std::inserter(patterns, patterns.end()),
                         [](const fs::path& file) { return name_pattern(checkpoint_stem(file)); });
  return patterns.size() == files.size();
}

}  // namespace

StepFolder look_into_step_folder(const fs::path& directory, const LinkRule& links) {
  StepFolder folder;
  if (!is_named_for_step(directory)) {
    return folder;
  }
  std::vector<fs::path> found;
  collect(directory, kDepth, links, found);
  std::ranges::sort(found);
  if (found.size() == 1) {
    folder.networks = std::move(found);
  } else if (found.size() > 1 && std::ranges::all_of(found, is_rank)) {
    folder.ranks = std::move(found);
  } else if (found.size() < kMostFiles && std::ranges::none_of(found, is_named_for_step) &&
             differ_in_words(found)) {
    folder.networks = std::move(found);
  }
  return folder;
}

}  // namespace hindcast::io
