#pragma once

#include <string>
#include <string_view>

namespace hindcast::metrics {

/// The key that a person means who says `text`, in any letter case and with blanks or hyphens for
/// underscores: "Stable rank" or "stable-rank" is "stable_rank", and the words of the tables are
/// understood, "gain" as "knowledge_gain". What is none of these comes back in lower case.
[[nodiscard]] std::string key_meant_by(std::string_view text);

/// Of the metrics and the words for them the key nearest to `text`; empty where none is near.
[[nodiscard]] std::string_view nearest_key(std::string_view text);

}  // namespace hindcast::metrics
