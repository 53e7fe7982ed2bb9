#pragma once

// Short lists, each as a member on one line.

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.hpp"

namespace hindcast::report {

template <typename Item>
void write_list(JsonWriter& json, std::string_view key, const std::vector<Item>& items) {
  json.key(key);
  json.begin_inline_array();
  for (const Item item : items) {
    json.value(item);
  }
  json.end_inline_array();
}

inline void write_texts(JsonWriter& json, std::string_view key,
                        const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_inline_array();
  for (const std::string& text : texts) {
    json.value(text);
  }
  json.end_inline_array();
}

}  // namespace hindcast::report
