#include "analysis/moment_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hindcast/base/error.hpp"

namespace hindcast::analysis {

MomentValues::MomentValues(const OpenedTable* table, const tensor::TensorInfo& like,
                           const tensor::Layout& layout)
    : table_(table) {
  if (table != nullptr) {
    counterpart_ = table->find(like, layout);
  }
}

const std::vector<double>& MomentValues::values() {
  if (!is_read_ && counterpart_) {
    try {
      values_ = table_->read(*counterpart_);
    } catch (const Error&) {
      counterpart_.reset();
    }
  }
  is_read_ = true;
  return values_;
}

bool MomentValues::use_blocks(const OpenedTable::UseBlocks& use) {
  if (!counterpart_ || !counterpart_->axes.empty()) {
    return false;
  }
  try {
    return table_->use_blocks(counterpart_->index, use);
  } catch (const Error&) {
    counterpart_.reset();
    return false;
  }
}

std::string MomentValues::digest() {
  if (!counterpart_) {
    return {};
  }
  try {
    const std::string stored = table_->digest(counterpart_->index);
    return counterpart_->axes.empty()
               ? stored
               : fmt::format("{} by axes {}", stored, fmt::join(counterpart_->axes, " "));
  } catch (const Error&) {
    counterpart_.reset();
    return {};
  }
}

}  // namespace hindcast::analysis
