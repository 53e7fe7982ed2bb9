#include "analysis/series_opener.hpp"

#include "analysis/file_version.hpp"
#include "base/memory_errors.hpp"

namespace hindcast::analysis {
namespace {

std::vector<std::size_t> analysed_tensors(const OpenedTable& table) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.verdict(i).analysed()) {
      out.push_back(i);
    }
  }
  return out;
}

// Its values are in that one file, and not in others that it names.
bool stands_alone(const OpenedTable& table) {
  return table.format() != "sharded" && table.format() != "onnx";
}

std::shared_ptr<const OpenedTable> open(const std::filesystem::path& path,
                                        const AnalysisOptions& options) {
  const bool remembers = options.cache != nullptr && options.cache->remembers_digests();
  const auto version = remembers ? file_version(path) : std::nullopt;  // Before it is opened.
  const auto table =
      std::make_shared<OpenedTable>(io::open_checkpoint(path, options.limits), options.selection);
  if (version && stands_alone(*table)) {
    table->remember_digests(*options.cache, *version);
  }
  return table;
}

}  // namespace

std::shared_ptr<CheckpointInFlight> SeriesOpener::pass_over_next() {
  auto checkpoint = std::make_shared<CheckpointInFlight>();
  checkpoint->file = &series_.checkpoints[position_++];
  return checkpoint;
}

std::shared_ptr<CheckpointInFlight> SeriesOpener::open_next() {
  std::shared_ptr<CheckpointInFlight> checkpoint = pass_over_next();
  checkpoint->initial = initial_;
  checkpoint->previous = previous_;
  try {
    checkpoint->table = with_memory_errors([&] { return open(checkpoint->file->path, options_); });
  } catch (const Error& error) {
    checkpoint->failure = error;
    return checkpoint;
  }
  previous_ = checkpoint->table;
  if (initial_ == nullptr) {
    initial_ = checkpoint->table;
    checkpoint->initial = initial_;
  }
  checkpoint->tensors = analysed_tensors(*checkpoint->table);
  checkpoint->outcomes.resize(checkpoint->tensors.size());
  return checkpoint;
}

}  // namespace hindcast::analysis
