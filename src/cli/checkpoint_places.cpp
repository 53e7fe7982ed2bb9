#include "cli/checkpoint_places.hpp"

namespace hindcast::cli {

std::optional<std::filesystem::path> CheckpointPlaces::find(const std::string& run,
                                                            const std::string& shown_path) const {
  const std::filesystem::path* only = nullptr;
  bool is_ambiguous = false;
  for (const io::CheckpointSeries& series : series_) {
    for (const io::CheckpointFile& file : series.checkpoints) {
      if (file.shown_path != shown_path) {
        continue;
      }
      if (series.name == run) {
        return file.path;
      }
      is_ambiguous = only != nullptr;
      only = &file.path;
    }
  }
  return only == nullptr || is_ambiguous ? std::nullopt : std::optional(*only);
}

}  // namespace hindcast::cli
