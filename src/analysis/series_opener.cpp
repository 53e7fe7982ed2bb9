#include "analysis/series_opener.hpp"

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
    checkpoint->table = with_memory_errors([&] {
      return std::make_shared<const OpenedTable>(
          io::open_checkpoint(checkpoint->file->path, options_.limits), options_.selection);
    });
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
