#pragma once

#include <span>
#include <string_view>

namespace hindcast::report {

/// What a status says of a layer or an unfolding.
struct StatusText {
  std::string_view name;  ///< As in the report.
  std::string_view meaning;
};

/// "ok" and one for each metrics::Status.
[[nodiscard]] std::span<const StatusText> status_texts() noexcept;

/// The one with this name; none where there is no such status.
[[nodiscard]] const StatusText* find_status_text(std::string_view name) noexcept;

}  // namespace hindcast::report
