#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::io {

/// How one trainer names its checkpoints.
///
/// In `pattern`, `{epoch}` and `{step}` stand for whole numbers, `{epoch:2}` for one of at least
/// two digits, `{metric}` for a decimal fraction, nan or inf, and `*` for any text; everything else
/// for itself, without regard to case.
struct NamingLayout {
  std::string_view trainer;
  std::string_view pattern;      ///< Of the name without its checkpoint suffix.
  std::string_view suffix = {};  ///< What the whole name must end in; empty: anything.
  std::string_view example;
};

/// Every known layout; of several that match, the first holds.
[[nodiscard]] std::span<const NamingLayout> naming_layouts() noexcept;

/// What a layout reads from a name.
struct LayoutMatch {
  const NamingLayout* layout = nullptr;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
  std::vector<std::string_view> metrics = {};  ///< As they are written in the name: "0.55".
};

/// The first layout that `name` follows, a file name of which `stem` is the part before the suffix
/// of a checkpoint format.
[[nodiscard]] std::optional<LayoutMatch> match_layout(std::string_view name, std::string_view stem);

}  // namespace hindcast::io
