#include "analysis/glob_use.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

bool matches_layer(std::string_view pattern, const OpenedTable& table, std::size_t index) {
  const auto matches = [&](std::string_view text) {
    return pattern == text || glob_matches(pattern, text);
  };
  const tensor::TensorInfo& info = table.info(index);
  if (matches(info.name) || matches(info.path)) {
    return true;
  }
  const std::optional<tensor::Split>& split = table.verdict(index).split;
  for (std::size_t i = 0; split && i < split->parts.size(); ++i) {
    if (matches(part_name(info.name, *split, i))) {
      return true;
    }
  }
  return false;
}

}  // namespace

GlobUse::GlobUse(const tensor::Selection& selection) {
  for (const std::string& pattern : selection.include) {
    globs_.push_back({.option = "--include", .pattern = pattern});
  }
  for (const std::string& pattern : selection.exclude) {
    globs_.push_back({.option = "--exclude", .pattern = pattern});
  }
  for (const tensor::LayoutRule& rule : selection.layouts) {
    globs_.push_back({.option = "--layout", .pattern = rule.glob});
  }
}

void GlobUse::observe(const OpenedTable& table) {
  for (Glob& glob : globs_) {
    for (std::size_t i = 0; i < table.size() && !glob.matched; ++i) {
      glob.matched = matches_layer(glob.pattern, table, i);
    }
  }
}

std::vector<std::string> GlobUse::unmatched() const {
  std::vector<std::string> out;
  for (const Glob& glob : globs_) {
    if (!glob.matched) {
      out.push_back(fmt::format("{} '{}'", glob.option, printable(glob.pattern)));
    }
  }
  return out;
}

}  // namespace hindcast::analysis
