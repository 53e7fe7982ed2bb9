#pragma once

// Members of JSON objects, each into the field of a struct. What is not there leaves the field as
// it is; what is of another type throws Error{malformed} with its place.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json_document.hpp"
#include "base/text.hpp"

namespace hindcast::report {

/// Calls `read` with the member if it is there.
template <typename Read>
void with(const JsonValue& object, std::string_view key, const Read& read) {
  if (const std::optional<JsonValue> member = object.find(key)) {
    read(*member);
  }
}

inline void read_to(std::string& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.text(); });
}

inline void read_to(bool& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.boolean(); });
}

inline void read_to(double& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.number(); });
}

/// What there can be none or more of: tensors, layers, values.
inline void read_to(std::int64_t& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.integer(0); });
}

inline void read_to(std::optional<double>& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) {
    target = value.is_null() ? std::nullopt : std::optional(value.number());
  });
}

inline void read_to(std::optional<std::int64_t>& target, const JsonValue& object,
                    std::string_view key) {
  with(object, key, [&](const JsonValue& value) {
    target = value.is_null() ? std::nullopt : std::optional(value.integer());
  });
}

inline void read_to(std::vector<std::string>& target, const JsonValue& object,
                    std::string_view key) {
  with(object, key, [&](const JsonValue& value) {
    for (const JsonValue& item : value.items()) {
      target.push_back(item.text());
    }
  });
}

template <typename Item, typename Read>
void read_all(std::vector<Item>& target, const JsonValue& object, std::string_view key,
              const Read& read) {
  with(object, key, [&](const JsonValue& value) {
    for (const JsonValue& item : value.items()) {
      target.push_back(read(item));
    }
  });
}

/// One of two words.
template <typename Choice>
void read_choice(Choice& target, const JsonValue& object, std::string_view key,
                 const std::array<std::pair<std::string_view, Choice>, 2>& choices) {
  with(object, key, [&](const JsonValue& value) {
    for (const auto& choice : choices) {
      if (value.text() == choice.first) {
        target = choice.second;
        return;
      }
    }
    value.fail(fmt::format("expected '{}' or '{}', not '{}'", choices[0].first, choices[1].first,
                           printable(value.text())));
  });
}

}  // namespace hindcast::report
