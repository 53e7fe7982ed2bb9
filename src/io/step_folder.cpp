#include "io/step_folder.hpp"

#include <system_error>
#include <vector>

#include "hindcast/base/error.hpp"
#include "hindcast/base/mapped_file.hpp"
#include "hindcast/io/checkpoint_folder.hpp"
#include "hindcast/io/format.hpp"

#include "io/checkpoint_names.hpp"
#include "io/series_entry.hpp"

namespace hindcast::io {
namespace {

namespace fs = std::filesystem;

// Megatron's files lie one level below the step.
constexpr int kDepth = 2;

bool is_named_for_step(const fs::path& directory) {
  CheckpointFile named;
  named.named_by = directory;
  return entry_of(std::move(named)).numbered();
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

// Adds the recognised files in `directory`, as long as there are fewer than two.
void collect(const fs::path& directory, int depth, const LinkRule& links,
             std::vector<fs::path>& found) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error);
       !error && entry != fs::directory_iterator() && found.size() < 2; entry.increment(error)) {
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

}  // namespace

std::optional<fs::path> weights_in_step_folder(const fs::path& directory, const LinkRule& links) {
  if (!is_named_for_step(directory)) {
    return std::nullopt;
  }
  std::vector<fs::path> found;
  collect(directory, kDepth, links, found);
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

}  // namespace hindcast::io
