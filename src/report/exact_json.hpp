#pragma once

// Texts that come back as they were: names of files may be no UTF-8, which all of JSON must be.
// Such a text is {"hex": "..."}.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_document.hpp"
#include "base/json_writer.hpp"

namespace hindcast::report {

void write_exact(JsonWriter& json, std::string_view key, const std::string& text);
void write_exact(JsonWriter& json, std::string_view key, const std::optional<std::string>& text);
void write_exact(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts);

// Each throws Error{malformed} with the place of what is wrong or missing.
[[nodiscard]] std::string exact_text(const JsonValue& object, std::string_view key);
[[nodiscard]] std::optional<std::string> exact_maybe_text(const JsonValue& object,
                                                          std::string_view key);
[[nodiscard]] std::vector<std::string> exact_texts(const JsonValue& object, std::string_view key);

}  // namespace hindcast::report
