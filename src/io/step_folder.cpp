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

// Adds the recognised files in `directory`, as long as there are fewer than two.
void collect(const fs::path& directory, int depth, std::vector<fs::path>& found) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error);
       !error && entry != fs::directory_iterator() && found.size() < 2; entry.increment(error)) {
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || is_training_state(name)) {
      continue;
    }
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored) && depth > 1) {
      collect(entry->path(), depth - 1, found);
    } else if (entry->is_regular_file(ignored) && is_recognised(entry->path())) {
      found.push_back(entry->path());
    }
  }
}

}  // namespace

std::optional<fs::path> weights_in_step_folder(const fs::path& directory) {
  if (!is_named_for_step(directory)) {
    return std::nullopt;
  }
  std::vector<fs::path> found;
  collect(directory, kDepth, found);
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

}  // namespace hindcast::io
