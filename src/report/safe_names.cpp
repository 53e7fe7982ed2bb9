// MLflow's rules for keys: https://mlflow.org/docs/latest/python_api/mlflow.html#mlflow.log_metric

#include "report/safe_names.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "base/shown_text.hpp"
#include "base/text.hpp"

namespace hindcast::report {
namespace {

std::string part(std::string_view text) {
  return text.empty() ? "_" : printable(text);
}

std::string path_join(const std::vector<std::string>& parts) {
  return parts.empty() ? "_" : join(parts, "/");
}

// Of a longer text the begin and what tells it from others. No character of UTF-8 is cut in two.
std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  constexpr std::size_t kDigits = 16;
  const std::string digest = sha256(std::as_bytes(std::span(text))).substr(0, kDigits);
  std::size_t head = most - kDigits - 1;
  while (head > 0 && (static_cast<unsigned char>(text[head]) >> 6U) == 2) {
    --head;
  }
  return text.substr(0, head) + "-" + digest;
}

std::string folder_part(std::string_view name) {
  constexpr std::size_t kMostBytes = 120;
  std::string out = cut(printable(name), kMostBytes);
  std::ranges::replace_if(
      out, [](char c) { return std::string_view("\\:*?\"<>|").find(c) != std::string_view::npos; },
      '_');
  if (out.starts_with('.')) {
    out.front() = '_';
  }
  // Such a folder could stand where the file of another run is to be.
  return out.starts_with("events.out.") ? "_" + out : out;
}

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-. ").find(c) != std::string_view::npos;
}

}  // namespace

void UniqueNames::keep(const std::string& key, const std::string& name) {
  if (!names_.contains(key) && taken_.insert(name).second) {
    names_.emplace(key, name);
  }
}

const std::string& UniqueNames::of(const std::string& key,
                                   const std::function<std::string()>& propose) {
  const auto [place, is_new] = names_.try_emplace(key);
  if (is_new) {
    const std::string proposal = propose();
    std::string name = proposal;
    for (int number = 2; !taken_.insert(name).second; ++number) {
      name = fmt::format("{}-{}", proposal, number);
    }
    place->second = std::move(name);
  }
  return place->second;
}

std::string identity(const Scalar& scalar) {
  return fmt::format("{}:{}:{}:{}{}{}", static_cast<int>(scalar.scope), scalar.metric.size(),
                     scalar.layer.size(), scalar.metric, scalar.layer, scalar.unfolding);
}

std::string tag_of(const Scalar& scalar) {
  switch (scalar.scope) {
    case Scope::summary:
      return "summary/" + part(scalar.metric);
    case Scope::score:
      return "scores/" + part(scalar.metric);
    case Scope::used_rate:
      return "used_rates/" + part(scalar.metric);
    case Scope::next_used_rate:
      return "next_used_rates/" + part(scalar.metric);
    case Scope::unfolding:
      return fmt::format("{}/{}@{}", scalar.metric, part(scalar.layer), scalar.unfolding);
    case Scope::layer:
    case Scope::schedule:
      break;
  }
  return fmt::format("{}/{}", scalar.metric, part(scalar.layer));
}

std::string mlflow_key(std::string_view tag) {
  constexpr std::size_t kMostCharacters = 240;  // Of 250: a number may have to follow.
  std::vector<std::string> parts;
  for (const std::string_view one : split(tag, '/')) {
    std::string safe = ascii_only(one);
    std::ranges::replace_if(
        safe, [](char c) { return !is_key_character(c); }, '_');
    if (safe == "." || safe == "..") {
      safe = "_";
    }
    if (!safe.empty()) {
      parts.push_back(std::move(safe));
    }
  }
  return cut(path_join(parts), kMostCharacters);
}

std::string folder_of(std::string_view run) {
  std::vector<std::string> parts;
  for (const std::string_view one : split(run, '/')) {
    if (!one.empty()) {
      parts.push_back(folder_part(one));
    }
  }
  return path_join(parts);
}

}  // namespace hindcast::report
