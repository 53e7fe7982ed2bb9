#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::report {

/// What a number of a report means.
struct Explanation {
  std::string_view key;      ///< As in the report, the last part of its path.
  std::string_view meaning;  ///< A paragraph.
  std::string_view range;
  std::string_view good;  ///< "Higher", "Lower", "Nearer to 1" or "Not known", and why.
  std::string_view formula;
  std::string_view source;
};

/// One for each number that a report gives of layers, unfoldings, checkpoints and schedules.
[[nodiscard]] std::span<const Explanation> explanations() noexcept;

/// A name of a number, taken apart.
struct Explained {
  std::string name = {};  ///< As reports spell it.
  const Explanation* explanation = nullptr;
  std::vector<std::string> notes = {};  ///< What the other parts of the name say.
};

/// What `name` is: a key, or with what stands around it in reports, tables and rules:
/// "low_rank.exact.rank", "summary.rotation.mean", "stable_rank@input", "exact_rank"; or what
/// people say for it, "Gain" or "stable-rank". Throws Error{usage} that names the nearest right
/// one.
[[nodiscard]] Explained explain(std::string_view name);

}  // namespace hindcast::report
