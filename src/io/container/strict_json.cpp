#include "io/container/strict_json.hpp"

#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"

namespace hindcast::io {
namespace {

constexpr int kDeepest = 128;

}  // namespace

nlohmann::ordered_json parse_strict_json(std::span<const std::byte> bytes) {
  using nlohmann::ordered_json;
  std::vector<std::unordered_set<std::string>> keys;  // Of the objects that are open.
  // The parser itself keeps the last of two equal keys, and a file could mean either.
  const auto watch = [&](int depth, ordered_json::parse_event_t event, const ordered_json& parsed) {
    if (depth > kDeepest) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("JSON is nested deeper than {} levels", kDeepest));
    }
    if (event == ordered_json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == ordered_json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == ordered_json::parse_event_t::key) {
      if (!keys.back().insert(parsed.get<std::string>()).second) {
        throw Error(ErrorCode::malformed,
                    fmt::format("JSON names '{}' twice", printable(parsed.get<std::string>())));
      }
    }
    return true;
  };
  const auto* const begin = reinterpret_cast<const char*>(bytes.data());
  try {
    return ordered_json::parse(begin, begin + bytes.size(), watch);
  } catch (const ordered_json::parse_error& error) {
    throw Error(ErrorCode::malformed,
                fmt::format("JSON is not well-formed at byte {}", error.byte));
  } catch (const ordered_json::out_of_range&) {  // Well-formed, says the parser, but 1e999.
    throw Error(ErrorCode::malformed, "JSON has a number beyond the range of doubles");
  }
}

}  // namespace hindcast::io
