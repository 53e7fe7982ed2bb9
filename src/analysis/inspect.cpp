#include <Eigen/Core>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/base/error.hpp"

#include "analysis/opened_table.hpp"
#include "base/memory_errors.hpp"

namespace hindcast::analysis {
namespace {

std::optional<double> norm_of(const OpenedTable& table, std::size_t index) {
  const std::vector<double> values = table.read(index);
  const Eigen::Map<const Eigen::VectorXd> vector(values.data(),
                                                 static_cast<Eigen::Index>(values.size()));
  if (!vector.array().isFinite().all()) {
    return std::nullopt;
  }
  return values.empty() ? 0.0 : vector.blueNorm();
}

std::string reason_of(const tensor::TensorInfo& info, const tensor::Classification& verdict) {
  if (verdict.analysed()) {
    return verdict.layout_reason;
  }
  return info.unreadable.empty() ? info.evidence.note : info.unreadable;
}

report::TensorEntry describe_tensor(const OpenedTable& table, std::size_t index) {
  const tensor::TensorInfo& info = table.info(index);
  const tensor::Classification& verdict = table.verdict(index);
  report::TensorEntry entry{.name = info.path,
                            .layer = info.name,
                            .aliases = info.aliases,
                            .shape = info.shape,
                            .dtype = std::string(tensor::name(info.dtype)),
                            .role = std::string(tensor::name(verdict.role)),
                            .layout = verdict.layout ? verdict.layout->letters() : "",
                            .analysed = verdict.analysed(),
                            .reason = reason_of(info, verdict),
                            .skipped = verdict.skip_reason,
                            .frobenius_norm = {}};
  if (info.unreadable.empty() && tensor::is_real(info.dtype)) {
    try {
      entry.frobenius_norm = with_memory_errors([&] { return norm_of(table, index); });
      if (!entry.frobenius_norm) {
        entry.reason +=
            std::string(entry.reason.empty() ? "" : "; ") + "has NaN or infinite values";
      }
    } catch (const Error& error) {
      entry.analysed = false;
      entry.layout.clear();
      entry.skipped = "unreadable";
      entry.reason = error.what();
    }
  }
  return entry;
}

}  // namespace

report::InspectedFile inspect(const std::filesystem::path& path, const tensor::Selection& selection,
                              const io::Limits& limits) {
  const OpenedTable table(io::open_checkpoint(path, limits), selection);
  report::InspectedFile file;
  file.path = path.string();
  file.format = table.format();
  file.order_evidence = io::name(table.checkpoint().order_evidence());
  file.step = table.checkpoint().step();
  file.epoch = table.checkpoint().epoch();
  for (const io::Problem& problem : table.problems()) {
    file.problems.push_back({.where = problem.where, .reason = problem.reason});
  }
  file.ledger.tensors = static_cast<std::int64_t>(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const report::TensorEntry& entry = file.tensors.emplace_back(describe_tensor(table, i));
    if (entry.analysed) {
      ++file.ledger.analysed;
    } else {
      ++file.ledger.skipped[entry.skipped];
    }
    if (entry.skipped == "unreadable" && table.info(i).unreadable.empty()) {
      ++file.failed_reads;
      file.problems.push_back({.where = entry.name, .reason = entry.reason});
    }
  }
  return file;
}

}  // namespace hindcast::analysis
