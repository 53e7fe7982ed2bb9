// Follows axes through the operators that move them. A reshape may merge neighbouring axes and add
// or drop axes of length one; one that splits an axis ends the trace.

#include "io/onnx/traced_axes.hpp"

#include <algorithm>

namespace hindcast::io::onnx {
namespace {

std::optional<std::size_t> index_of(std::int64_t axis, std::size_t rank) {
  const std::int64_t index = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  if (index < 0 || index >= static_cast<std::int64_t>(rank)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(index);
}

}  // namespace

TracedAxes::TracedAxes(std::span<const std::uint64_t> stored_shape)
    : stored_shape_(stored_shape.begin(), stored_shape.end()) {
  for (std::size_t i = 0; i < stored_shape.size(); ++i) {
    axes_.push_back({.stored = {i}, .extent = stored_shape[i]});
  }
}

bool TracedAxes::is_untouched() const {
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    if (axes_[i].stored != std::vector<std::size_t>{i}) {
      return false;
    }
  }
  return extents_known_ && axes_.size() == stored_shape_.size();
}

std::size_t TracedAxes::long_axes() const {
  const auto is_long = [this](const Axis& axis) { return !extents_known_ || axis.extent > 1; };
  return static_cast<std::size_t>(std::ranges::count_if(axes_, is_long));
}

std::optional<TracedAxes> TracedAxes::transposed(std::span<const std::int64_t> permutation) const {
  TracedAxes result = *this;
  if (permutation.empty()) {  // The default is to reverse.
    std::ranges::reverse(result.axes_);
    return result;
  }
  std::vector<bool> used(rank(), false);
  if (permutation.size() != rank()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < rank(); ++i) {
    const std::optional<std::size_t> from = index_of(permutation[i], rank());
    if (!from || used[*from]) {
      return std::nullopt;
    }
    used[*from] = true;
    result.axes_[i] = axes_[*from];
  }
  return result;
}

std::optional<TracedAxes> TracedAxes::reshaped(std::span<const std::int64_t> shape) const {
  if (!extents_known_) {
    return std::nullopt;
  }
  std::uint64_t total = 1;
  for (const Axis& axis : axes_) {
    total *= axis.extent;  // Fits: it is the tensor's number of elements.
  }
  std::vector<std::uint64_t> extents;
  std::optional<std::size_t> open;
  std::uint64_t known = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::uint64_t extent = shape[i] > 0 ? static_cast<std::uint64_t>(shape[i]) : 1;
    if (shape[i] == 0 && i < rank()) {
      extent = axes_[i].extent;
    } else if (shape[i] == -1 && !open) {
      open = i;
    } else if (shape[i] <= 0) {
      return std::nullopt;
    }
    if (extent == 0 || extent > total || known > total / extent) {
      return std::nullopt;
    }
    known *= extent;
    extents.push_back(extent);
  }
  if (total == 0 || total % known != 0 || (!open && total != known)) {
    return std::nullopt;
  }
  if (open) {
    extents[*open] = total / known;
  }
  return regrouped(extents);
}

std::optional<TracedAxes> TracedAxes::regrouped(std::span<const std::uint64_t> extents) const {
  TracedAxes result = *this;
  result.axes_.clear();
  std::size_t next = 0;
  for (const std::uint64_t extent : extents) {
    Axis merged;
    while (next < rank() && merged.extent < extent) {
      merged.extent *= axes_[next].extent;
      merged.stored.insert(merged.stored.end(), axes_[next].stored.begin(),
                           axes_[next].stored.end());
      ++next;
    }
    if (merged.extent != extent) {
      return std::nullopt;  // It would split an axis.
    }
    if (extent == 1 && next < rank() && axes_[next].extent == 1) {
      merged.stored = axes_[next].stored;
      ++next;
    }
    result.axes_.push_back(std::move(merged));
  }
  return result;
}

std::optional<TracedAxes> TracedAxes::flattened(std::int64_t axis) const {
  const std::optional<std::size_t> at = index_of(axis, rank() + 1);
  if (!at || !extents_known_) {
    return std::nullopt;
  }
  std::vector<std::uint64_t> extents = {1, 1};
  for (std::size_t i = 0; i < rank(); ++i) {
    extents[i < *at ? 0 : 1] *= axes_[i].extent;
  }
  return regrouped(extents);
}

std::optional<TracedAxes> TracedAxes::squeezed(std::span<const std::int64_t> axes) const {
  std::vector<bool> dropped(rank(), false);
  for (const std::int64_t axis : axes) {
    const std::optional<std::size_t> at = index_of(axis, rank());
    if (!at) {
      return std::nullopt;
    }
    dropped[*at] = true;
  }
  if (axes.empty() && !extents_known_) {
    return std::nullopt;
  }
  TracedAxes result = *this;
  result.axes_.clear();
  for (std::size_t i = 0; i < rank(); ++i) {
    const bool drop = axes.empty() ? axes_[i].extent == 1 : dropped[i];
    if (!drop) {
      result.axes_.push_back(axes_[i]);
    }
  }
  return result;
}

std::optional<TracedAxes> TracedAxes::unsqueezed(std::span<const std::int64_t> axes) const {
  const std::size_t grown = rank() + axes.size();
  std::vector<bool> added(grown, false);
  for (const std::int64_t axis : axes) {
    const std::optional<std::size_t> at = index_of(axis, grown);
    if (!at || added[*at]) {
      return std::nullopt;
    }
    added[*at] = true;
  }
  TracedAxes result = *this;
  result.axes_.clear();
  std::size_t next = 0;
  for (std::size_t i = 0; i < grown; ++i) {
    if (added[i]) {
      result.axes_.emplace_back();
    } else {
      result.axes_.push_back(axes_[next]);
      ++next;
    }
  }
  return result;
}

TracedAxes TracedAxes::resized() const {
  TracedAxes result = *this;
  result.extents_known_ = false;
  return result;
}

std::optional<std::size_t> TracedAxes::stored_axis(std::int64_t axis) const {
  const std::optional<std::size_t> at = index_of(axis, rank());
  if (!at) {
    return std::nullopt;
  }
  std::optional<std::size_t> found;
  for (const std::size_t stored : axes_[*at].stored) {
    if (stored_shape_[stored] == 1) {
      continue;
    }
    if (found) {
      return std::nullopt;
    }
    found = stored;
  }
  return found;
}

std::optional<std::string> TracedAxes::stored_letters(std::string_view letters) const {
  if (letters.size() != rank()) {
    return std::nullopt;
  }
  std::string result(stored_shape_.size(), 'I');
  for (std::size_t i = 0; i < rank(); ++i) {
    const bool may_repeat = letters[i] == 'I' || letters[i] == 'O';
    const std::vector<std::size_t>& stored = axes_[i].stored;
    const auto is_long = [this](std::size_t axis) { return stored_shape_[axis] != 1; };
    if (!may_repeat && std::ranges::count_if(stored, is_long) > 1) {
      return std::nullopt;
    }
    for (const std::size_t axis : stored) {
      const bool only = stored.size() == 1 && letters[i] != 'E';  // One expert is no stack.
      result[axis] = may_repeat || only || is_long(axis) ? letters[i] : 'I';
    }
  }
  if (std::ranges::count(result, 'E') > 1) {  // A stack of stacks: as one large layer.
    std::ranges::replace(result, 'E', 'O');
  }
  return result;
}

}  // namespace hindcast::io::onnx
