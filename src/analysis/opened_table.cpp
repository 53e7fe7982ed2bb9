#include "analysis/opened_table.hpp"

#include <bit>
#include <set>
#include <utility>

#include "hindcast/base/error.hpp"
#include "hindcast/tensor/unfolding.hpp"

#include "analysis/values_digest.hpp"
#include "base/checked.hpp"
#include "base/large_pages.hpp"
#include "io/container/elements.hpp"
#include "tensor/relayout.hpp"

namespace hindcast::analysis {

OpenedTable::OpenedTable(io::OpenedCheckpoint opened, const tensor::Selection& selection)
    : opened_(std::move(opened)),
      verdicts_(tensor::classify(opened_.checkpoint->tensors(), selection)) {
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    by_name_.emplace(info(i).name, i);
  }
}

std::vector<io::Problem> OpenedTable::problems() const {
  std::vector<io::Problem> all(checkpoint().problems().begin(), checkpoint().problems().end());
  std::set<std::string_view> told;
  for (const io::Problem& problem : checkpoint().problems()) {
    told.insert(problem.where);
  }
  for (const tensor::TensorInfo& tensor : checkpoint().tensors()) {
    if (!tensor.unreadable.empty() && !told.contains(tensor.path)) {
      all.push_back({.where = tensor.path, .reason = tensor.unreadable});
    }
  }
  return all;
}

std::optional<Counterpart> OpenedTable::find(const tensor::TensorInfo& like,
                                             const tensor::Layout& layout) const {
  const auto place = by_name_.find(like.name);
  if (place == by_name_.end() || !tensor::is_real(info(place->second).dtype) ||
      !info(place->second).unreadable.empty() ||
      tensor::differ_by_folding(info(place->second).evidence.batch_norm,
                                like.evidence.batch_norm)) {
    return std::nullopt;
  }
  const tensor::TensorInfo& other = info(place->second);
  const std::optional<tensor::Layout>& other_layout = verdict(place->second).layout;
  if (!other_layout || *other_layout == layout) {
    return other.shape == like.shape
               ? std::optional(Counterpart{.index = place->second, .axes = {}})
               : std::nullopt;
  }
  auto axes = tensor::axes_from(*other_layout, layout);
  if (!axes || tensor::permuted_shape(other.shape, *axes) != like.shape) {
    return std::nullopt;
  }
  return Counterpart{.index = place->second, .axes = std::move(*axes)};
}

std::vector<std::string> OpenedTable::differently_folded(const OpenedTable& other) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < size(); ++i) {
    const auto place = other.by_name_.find(info(i).name);
    if (verdict(i).analysed() && place != other.by_name_.end() &&
        tensor::differ_by_folding(info(i).evidence.batch_norm,
                                  other.info(place->second).evidence.batch_norm)) {
      names.push_back(info(i).name);
    }
  }
  return names;
}

std::vector<double> OpenedTable::read(std::size_t index) const {
  std::vector<double> values;
  values.reserve(element_count(info(index).shape));
  prefer_large_pages(values.data(), values.capacity() * sizeof(double));
  values.resize(values.capacity());
  checkpoint().read(index, values);
  return values;
}

bool OpenedTable::use_blocks(std::size_t index, const UseBlocks& use) const {
  const tensor::TensorInfo& tensor = info(index);
  const std::uint64_t width = io::element_bytes(tensor.dtype);
  if (tensor.shape.size() != 2 || tensor.shape[0] < tensor.shape[1] || width == 0) {
    return false;
  }
  return checkpoint().use_stored(index, [&](std::span<const std::byte> stored) {
    const std::uint64_t row_bytes = tensor.shape[1] * width;
    use({.rows = static_cast<std::int64_t>(tensor.shape[0]),
         .cols = static_cast<std::int64_t>(tensor.shape[1]),
         .read = [&](std::int64_t first, std::span<double> out) {
           io::decode_elements(
               stored.subspan(static_cast<std::uint64_t>(first) * row_bytes, out.size() * width),
               tensor.dtype, std::endian::little, out);
         }});
  });
}

bool OpenedTable::is_blocked(std::size_t index, std::uint64_t most_whole_values) const {
  try {
    return element_count(info(index).shape) > most_whole_values && !verdict(index).split &&
           tensor::unfoldings_of(*verdict(index).layout).size() == 1 &&
           use_blocks(index, [](const metrics::BlockedMatrix& /*matrix*/) {});
  } catch (const Error&) {
    return false;  // Reading it as a whole tells what is wrong with it, and of it alone.
  }
}

void OpenedTable::remember_digests(MeasurementCache& cache, std::string version) {
  cache_ = &cache;
  version_ = std::move(version);
}

std::string OpenedTable::made_digest(std::size_t index) const {
  if (cache_ != nullptr) {
    if (auto known = cache_->digest(version_, index)) {
      return *std::move(known);
    }
  }
  std::string made;
  const bool is_stored = checkpoint().use_stored(index, [&](std::span<const std::byte> stored) {
    made = stored_digest(stored, info(index).dtype);
  });
  if (!is_stored) {
    made = values_digest(read(index));
  }
  if (cache_ != nullptr) {
    cache_->remember_digest(version_, index, made);
  }
  return made;
}

// Two threads may come to it at a time: then both read, which costs less than waiting in turn.
std::string OpenedTable::digest(std::size_t index) const {
  {
    const std::scoped_lock lock(digests_mutex_);
    if (const auto place = digests_.find(index); place != digests_.end()) {
      return place->second;
    }
  }
  std::string made = made_digest(index);
  const std::scoped_lock lock(digests_mutex_);
  return digests_.try_emplace(index, std::move(made)).first->second;
}

std::vector<double> OpenedTable::read(const Counterpart& counterpart) const {
  std::vector<double> values = read(counterpart.index);
  if (counterpart.axes.empty()) {
    return values;
  }
  return tensor::permuted(values, info(counterpart.index).shape, counterpart.axes);
}

}  // namespace hindcast::analysis
