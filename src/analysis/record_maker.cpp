#include "analysis/record_maker.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/tensor/part.hpp"

#include "analysis/parameters.hpp"
#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

using Layers = std::vector<report::LayerReport>;

// The layers that a tensor holds, without their measurements.
Layers describe_layers(const tensor::TensorInfo& info, const tensor::Classification& verdict) {
  const report::LayerReport whole{.name = info.name,
                                  .kind = std::string(tensor::name(verdict.kind)),
                                  .shape = info.shape,
                                  .layout = verdict.layout->letters(),
                                  .layout_reason = verdict.layout_reason,
                                  .dtype = std::string(tensor::name(info.dtype)),
                                  .measured = {}};
  if (!verdict.split) {
    return {whole};
  }
  const tensor::Part part = part_of(info.shape, *verdict.layout, *verdict.split);
  Layers layers;
  for (const std::size_t selected : verdict.split->selected) {
    report::LayerReport& layer = layers.emplace_back(whole);
    layer.name = part_name(info.name, *verdict.split, selected);
    layer.shape = part.shape;
    layer.layout = part.layout.letters();
  }
  return layers;
}

std::vector<std::string> problem_warnings(const io::CheckpointFile& file,
                                          const OpenedTable& table) {
  std::vector<std::string> warnings;
  for (const io::Problem& problem : table.problems()) {
    warnings.push_back(fmt::format("{}: {}: {}", printable(file.shown_path),
                                   printable(problem.where), problem.reason));
  }
  return warnings;
}

std::vector<std::string> folding_warnings(const CheckpointInFlight& checkpoint) {
  std::vector<std::string> warnings;
  const auto compare = [&](const OpenedTable* other, std::string_view which) {
    if (other == nullptr) {
      return;
    }
    const std::vector<std::string> names = checkpoint.table->differently_folded(*other);
    if (!names.empty()) {
      warnings.push_back(fmt::format(
          "{}: not compared with {}: batch normalisation is folded into '{}'{} in one of them",
          printable(checkpoint.file->shown_path), which, printable(names.front()),
          names.size() > 1 ? fmt::format(" and {} more layers", names.size() - 1) : ""));
    }
  };
  compare(checkpoint.initial.get(), "the initial checkpoint");
  if (checkpoint.previous != checkpoint.initial) {
    compare(checkpoint.previous.get(), "the checkpoint before");
  }
  return warnings;
}

report::Ledger ledger_of(const OpenedTable& table) {
  report::Ledger ledger;
  ledger.tensors = static_cast<std::int64_t>(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!table.verdict(i).analysed()) {
      ++ledger.skipped[table.verdict(i).skip_reason];
    }
  }
  return ledger;
}

report::CheckpointRecord failed_record(const io::CheckpointFile& file, const Error& failure) {
  if (failure.code() == ErrorCode::usage) {
    throw Error(failure.code(), fmt::format("{}: {}", printable(file.shown_path), failure.what()));
  }
  return {.name = file.name, .path = file.shown_path, .failure = failure.what()};
}

}  // namespace

report::RunHeader RecordMaker::header() const {
  report::RunHeader header{.name = series_.name,
                           .order = {.by = series_.order.by, .reason = series_.order.reason},
                           .initial = {.checkpoint = {},
                                       .how = std::string(io::name(series_.how)),
                                       .reason = series_.how_reason},
                           .warnings = series_.warnings,
                           .failed = {}};
  if (series_.has_initial) {
    header.initial.checkpoint = series_.checkpoints.front().name;
  }
  for (const io::FailedFile& failed : series_.failed) {
    header.failed.push_back({.path = failed.shown_path, .reason = failed.reason});
  }
  return header;
}

report::CheckpointRecord RecordMaker::record_of(const CheckpointInFlight& checkpoint) {
  const io::CheckpointFile& file = *checkpoint.file;
  if (checkpoint.failure) {
    return failed_record(file, *checkpoint.failure);
  }
  const OpenedTable& table = *checkpoint.table;
  globs_.observe(table);
  report::CheckpointRecord record{.name = file.name,
                                  .path = file.shown_path,
                                  .failure = {},
                                  .aliases = file.aliases,
                                  .format = std::string(table.format()),
                                  .step = file.step,
                                  .epoch = file.epoch,
                                  .initial = file.initial,
                                  .ledger = ledger_of(table),
                                  .problems = std::ssize(table.checkpoint().problems()),
                                  .warnings = problem_warnings(file, table),
                                  .folding_warnings = folding_warnings(checkpoint)};
  for (const std::size_t index : checkpoint.tensors) {
    record.tensors.push_back({.layers = describe_layers(table.info(index), table.verdict(index))});
  }
  if (!file.initial && !has_order_) {
    record.order = {.parameters = parameters_of(table),
                    .evidence = std::string(io::name(table.checkpoint().order_evidence()))};
    has_order_ = true;
  }
  return record;
}

}  // namespace hindcast::analysis
