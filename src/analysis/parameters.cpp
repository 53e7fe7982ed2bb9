#include "analysis/parameters.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

std::vector<std::uint64_t> kernel_extents(const tensor::TensorInfo& info,
                                          const tensor::Classification& verdict) {
  if (!verdict.layout) {
    return info.shape;  // Too small to be analysed: then a kernel axis is 1, like nearly all.
  }
  std::vector<std::uint64_t> out;
  for (std::size_t axis = 0; axis < info.shape.size(); ++axis) {
    if (verdict.layout->axis(axis) == tensor::Axis::kernel) {
      out.push_back(info.shape[axis]);
    }
  }
  return out;
}

[[noreturn]] void refuse(const std::string& name, std::string_view what) {
  throw Error(ErrorCode::usage, fmt::format("--parameter-order: '{}' {}", printable(name), what));
}

}  // namespace

std::vector<Parameter> parameters_of(const OpenedTable& table) {
  std::vector<Parameter> out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const tensor::Classification& verdict = table.verdict(i);
    if (verdict.is_parameter) {
      out.push_back({.name = table.info(i).name,
                     .shape = table.info(i).shape,
                     .kernel_axes = kernel_extents(table.info(i), verdict),
                     .skipped = verdict.skip_reason,
                     .split = verdict.analysed() && verdict.split});
    }
  }
  return out;
}

std::vector<Parameter> reordered(const std::vector<Parameter>& parameters,
                                 std::span<const std::string> order) {
  std::unordered_map<std::string_view, const Parameter*> left;
  for (const Parameter& parameter : parameters) {
    left.emplace(parameter.name, &parameter);
  }
  std::vector<Parameter> out;
  for (const std::string& name : order) {
    const auto place = left.find(name);
    if (place == left.end()) {
      refuse(name, "is not a parameter of this run, or is named twice");
    }
    out.push_back(*place->second);
    left.erase(place);
  }
  for (const Parameter& parameter : parameters) {
    if (left.contains(parameter.name)) {
      refuse(parameter.name, "is left out; every parameter must be named");
    }
  }
  return out;
}

}  // namespace hindcast::analysis
