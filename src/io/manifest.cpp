#include "io/manifest.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/container/strict_json.hpp"

namespace hindcast::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "hindcast.manifest/1";

[[noreturn]] void refuse(std::string_view where, std::string_view reason) {
  throw Error(ErrorCode::malformed, fmt::format("manifest: {}: {}", where, reason));
}

void check_keys(const Json& object, std::string_view where,
                std::span<const std::string_view> known) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      const std::string_view near = nearest(key, known);
      refuse(where, fmt::format("unknown key '{}'{}", printable(key),
                                near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
    }
  }
}

std::optional<std::int64_t> number(const Json& object, const char* key, std::string_view where) {
  const auto place = object.find(key);
  if (place == object.end() || place->is_null()) {
    return std::nullopt;
  }
  if (!place->is_number_integer()) {
    refuse(where, fmt::format("'{}' must be a whole number", key));
  }
  return place->get<std::int64_t>();
}

std::filesystem::path path_of(const Json& object, std::string_view where) {
  const auto place = object.find("path");
  if (place == object.end() || !place->is_string() || place->get<std::string>().empty()) {
    refuse(where, "needs a 'path'");
  }
  const std::filesystem::path path =
      std::filesystem::path(place->get<std::string>()).lexically_normal();
  if (path.is_absolute() || *path.begin() == "..") {
    refuse(where,
           fmt::format("'{}' leads out of the manifest's directory", printable(path.string())));
  }
  return path;
}

ListedCheckpoint checkpoint_of(const Json& value, std::string_view where) {
  static constexpr std::array<std::string_view, 4> kKeys = {"path", "step", "epoch", "initial"};
  if (!value.is_object()) {
    refuse(where, "must be an object");
  }
  check_keys(value, where, kKeys);
  const auto initial = value.find("initial");
  if (initial != value.end() && !initial->is_boolean()) {
    refuse(where, "'initial' must be true or false");
  }
  return {.path = path_of(value, where),
          .step = number(value, "step", where),
          .epoch = number(value, "epoch", where),
          .initial = initial != value.end() && initial->get<bool>()};
}

bool states_schema(const Json& json) {
  const auto schema = json.is_object() ? json.find("schema") : json.end();
  return schema != json.end() && schema->is_string() && schema->get<std::string>() == kSchema;
}

}  // namespace

bool is_manifest(std::span<const std::byte> bytes) noexcept {
  // A manifest names its schema early; a large file of another kind must not be parsed for this.
  constexpr std::size_t kSearched = 4096;
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min(bytes.size(), kSearched));
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && start[first] == '{' &&
         start.find("\"hindcast.manifest/") != std::string_view::npos;
}

std::vector<ListedCheckpoint> parse_manifest(std::span<const std::byte> bytes) {
  static constexpr std::array<std::string_view, 2> kKeys = {"schema", "checkpoints"};
  const Json json = parse_strict_json(bytes, Limits{});
  if (!states_schema(json)) {
    refuse("schema", fmt::format("must be \"{}\"", kSchema));
  }
  check_keys(json, "the manifest", kKeys);
  const auto list = json.find("checkpoints");
  if (list == json.end() || !list->is_array() || list->empty()) {
    refuse("checkpoints", "must be a list of at least one checkpoint");
  }
  std::vector<ListedCheckpoint> out;
  std::set<std::filesystem::path> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string where = fmt::format("checkpoint {}", i + 1);
    ListedCheckpoint listed = checkpoint_of((*list)[i], where);
    if (!seen.insert(listed.path).second) {
      refuse(where, fmt::format("'{}' is listed twice", printable(listed.path.string())));
    }
    out.push_back(std::move(listed));
  }
  if (std::ranges::count_if(out, &ListedCheckpoint::initial) > 1) {
    refuse("checkpoints", "several are initial");
  }
  return out;
}

}  // namespace hindcast::io
