#pragma once

#include <optional>

#include "base/json_writer.hpp"
#include "html/verdict.hpp"

namespace hindcast::html {

/// The member "gate" of the page's data; null without a verdict.
void write_verdict(JsonWriter& json, const std::optional<Verdict>& verdict);

}  // namespace hindcast::html
