#include "cli/size_text.hpp"

#include <charconv>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::cli {

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kSuffixes = "KMGT";
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failure != std::errc() || suffix.size() > 1) {
    return std::nullopt;
  }
  const std::size_t power = suffix.empty() ? 0 : kSuffixes.find(suffix.front()) + 1;
  if (!suffix.empty() && kSuffixes.find(suffix.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  const std::uint64_t factor = 1ULL << (10 * power);
  return number <= kMostOfAnything / factor ? std::optional(number * factor) : std::nullopt;
}

std::string size_text(std::uint64_t size) {
  std::string suffix;
  for (const char* const next : {"K", "M", "G", "T"}) {
    if (size == 0 || size % 1024 != 0) {
      break;
    }
    size /= 1024;
    suffix = next;
  }
  return std::to_string(size) + suffix;
}

CLI::Option* add_size_option(CLI::App& app, const std::string& name, const std::string& help,
                             std::uint64_t most,
                             const std::function<void(std::uint64_t size)>& take) {
  const auto parse = [name, most, take](const std::string& text) {
    const std::optional<std::uint64_t> size = parse_size(text);
    if (!size || *size == 0 || *size > most) {
      throw Error(
          ErrorCode::usage,
          fmt::format("{} must be a whole number from 1 to {}, such as 500 or 64K, not '{}'", name,
                      size_text(most), printable(text)));
    }
    take(*size);
  };
  return app.add_option_function<std::string>(name, parse, help)->type_name("N");
}

}  // namespace hindcast::cli
