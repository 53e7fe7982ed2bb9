// Steps and epochs from file names, as trainers write them: "epoch_05", "epoch=3-step=1000"
// (Lightning), "checkpoint-500" (Hugging Face), "weights.04-0.55" (Keras).

#include "io/step_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <utility>

#include "base/text.hpp"

namespace hindcast::io {
namespace {

enum class Shape { letters, digits, separators };

struct Token {
  Shape shape = Shape::separators;
  std::string_view text;
};

Shape shape_of(char c) {
  if (c >= '0' && c <= '9') {
    return Shape::digits;
  }
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || static_cast<unsigned char>(c) >= 0x80 ? Shape::letters : Shape::separators;
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t begin = 0; begin < text.size();) {
    const Shape shape = shape_of(text[begin]);
    std::size_t end = begin + 1;
    while (end < text.size() && shape_of(text[end]) == shape) {
      ++end;
    }
    tokens.push_back({.shape = shape, .text = text.substr(begin, end - begin)});
    begin = end;
  }
  return tokens;
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> set) {
  return std::ranges::find(set, word) != set.end();
}

constexpr std::array<std::string_view, 4> kEpochLabels = {"epoch", "epochs", "ep", "e"};
constexpr std::array<std::string_view, 8> kUpdateLabels = {
    "step", "steps", "iter", "iters", "iteration", "iterations", "it", "globalstep"};
constexpr std::array<std::string_view, 5> kCountLabels = {"checkpoint", "ckpt", "chkpt", "cp",
                                                          "snapshot"};
constexpr std::array<std::string_view, 6> kInitialWords = {
    "init", "initial", "initialisation", "initialization", "initialised", "initialized"};
constexpr std::array<std::string_view, 3> kRepeatWords = {"last", "latest", "best"};

// Where in the tokens the number of the label at `label` stands, or nothing.
std::optional<std::size_t> number_after(std::span<const Token> tokens, std::size_t label) {
  const std::size_t next = label + 1;
  if (next < tokens.size() && tokens[next].shape == Shape::digits) {
    return next;
  }
  const bool separated = next + 1 < tokens.size() && tokens[next + 1].shape == Shape::digits;
  return separated ? std::optional(next + 1) : std::nullopt;
}

// "e" alone is a label only in "e12", and not in "1e12" or "e-5".
bool is_plausible_label(std::span<const Token> tokens, std::size_t label) {
  if (tokens[label].text.size() > 1) {
    return true;
  }
  const bool touches_left = label > 0 && tokens[label - 1].shape == Shape::digits;
  const bool touches_right = label + 1 < tokens.size() && tokens[label + 1].shape == Shape::digits;
  return touches_right && !touches_left;
}

// Is the token at `i` the point of a decimal fraction?
bool is_decimal_point(std::span<const Token> tokens, std::size_t i) {
  return i > 0 && i + 1 < tokens.size() && tokens[i].text == "." &&
         tokens[i - 1].shape == Shape::digits && tokens[i + 1].shape == Shape::digits;
}

// "epoch0.5" is half an epoch; "epoch_10.2" may be epoch 10 with a version or a metric after it.
bool is_fraction_of_one(std::span<const Token> tokens, std::size_t position) {
  return is_decimal_point(tokens, position + 1) && tokens[position].text == "0";
}

// What a unit right after a number multiplies it by: "40k", "1M".
std::int64_t factor_of(std::string_view unit) {
  constexpr std::int64_t kThousand = 1000;
  if (unit == "k" || unit == "K") {
    return kThousand;
  }
  return unit == "m" || unit == "M" ? kThousand * kThousand : 1;
}

// The digits from token `position` on, with "1,000" read as one number; where they end.
std::pair<std::string, std::size_t> grouped_digits(std::span<const Token> tokens,
                                                   std::size_t position) {
  constexpr std::size_t kGroup = 3;
  std::string digits(tokens[position].text);
  std::size_t end = position + 1;
  while (end + 1 < tokens.size() && tokens[end].text == "," &&
         tokens[end + 1].shape == Shape::digits && tokens[end + 1].text.size() == kGroup) {
    digits += tokens[end + 1].text;
    end += 2;
  }
  return {digits, end};
}

// "1.5k" and "0.25M", where that is a whole number.
std::optional<std::int64_t> decimal_thousands(std::span<const Token> tokens, std::size_t position) {
  constexpr std::size_t kUnit = 3;
  if (!is_decimal_point(tokens, position + 1) || position + kUnit >= tokens.size()) {
    return std::nullopt;
  }
  std::int64_t factor = factor_of(tokens[position + kUnit].text);
  const auto whole = number_of(tokens[position].text);
  constexpr std::int64_t kMost = 1'000'000'000;
  if (factor == 1 || !whole || *whole > kMost) {
    return std::nullopt;
  }
  std::int64_t value = *whole * factor;
  for (const char digit : tokens[position + 2].text) {
    factor /= 10;
    value += factor * (digit - '0');
  }
  return value;
}

// The number that belongs to the label, with its sign and unit; none where it is a fraction.
std::optional<std::int64_t> labelled_number(std::span<const Token> tokens, std::size_t label) {
  const auto position = number_after(tokens, label);
  if (!position || !is_plausible_label(tokens, label)) {
    return std::nullopt;
  }
  const auto [digits, end] = grouped_digits(tokens, *position);
  const std::optional<std::int64_t> number = number_of(digits);
  const auto thousands = decimal_thousands(tokens, *position);
  if (thousands || !number || is_fraction_of_one(tokens, *position)) {
    return thousands;
  }
  const std::string_view before = tokens[*position - 1].text;
  if (before.size() > 1 && before.ends_with('-')) {
    return -*number;  // "epoch=-1"; the dash of "epoch-1" only separates.
  }
  const std::int64_t factor = end < tokens.size() ? factor_of(tokens[end].text) : 1;
  return *number < INT64_MAX / factor ? *number * factor : *number;
}

// What stands in for a number when the patterns of two names are compared.
constexpr char kWhole = '#';
constexpr char kFraction = '~';

// Does a decimal fraction begin with the digits at `i`? Of "01.0.79" only the last two numbers are
// one: an odd count of numbers in a chain of points leaves the first one whole.
bool begins_fraction(std::span<const Token> tokens, std::size_t i) {
  std::size_t numbers = 1;
  while (is_decimal_point(tokens, i + 2 * numbers - 1)) {
    ++numbers;
  }
  return numbers % 2 == 0;
}

struct Pattern {
  std::string text;
  std::vector<std::int64_t> numbers;
};

std::optional<Pattern> pattern_of(std::string_view stem) {
  const std::vector<Token> tokens = tokens_of(stem);
  Pattern pattern;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].shape != Shape::digits) {
      pattern.text += tokens[i].text;
    } else if (begins_fraction(tokens, i)) {
      pattern.text += kFraction;
      i += 2;
    } else {
      const auto number = number_of(tokens[i].text);
      if (!number) {
        return std::nullopt;
      }
      pattern.text += kWhole;
      pattern.numbers.push_back(*number);
    }
  }
  return pattern;
}

std::vector<Pattern> patterns_of(const std::vector<std::string>& stems) {
  std::vector<Pattern> patterns;
  for (const std::string& stem : stems) {
    auto pattern = pattern_of(stem);
    if (!pattern || (!patterns.empty() && pattern->text != patterns.front().text)) {
      return {};
    }
    patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

bool are_distinct(std::vector<std::int64_t> numbers) {
  std::ranges::sort(numbers);
  return std::ranges::adjacent_find(numbers) == numbers.end();
}

// Do both, all distinct, put their owners in the same order?
bool order_alike(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) {
    pairs.emplace_back(a[i], b[i]);
  }
  std::ranges::sort(pairs);
  return std::ranges::is_sorted(pairs, {}, &std::pair<std::int64_t, std::int64_t>::second);
}

// Of several numbers that vary, those that tell all names apart and agree on their order.
std::vector<std::int64_t> choose(std::vector<std::vector<std::int64_t>> fields) {
  if (fields.size() > 1) {
    std::erase_if(fields, [](const auto& numbers) { return !are_distinct(numbers); });
  }
  const bool alike = std::ranges::all_of(
      fields, [&](const auto& numbers) { return order_alike(fields.front(), numbers); });
  return fields.empty() || !alike ? std::vector<std::int64_t>() : fields.front();
}

}  // namespace

StepName parse_step_name(std::string_view stem) {
  const std::vector<Token> tokens = tokens_of(stem);
  StepName name;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].shape != Shape::letters) {
      continue;
    }
    const std::string word = lowered(tokens[i].text);
    name.initial = name.initial || is_one_of(word, kInitialWords);
    name.repeats = name.repeats || is_one_of(word, kRepeatWords);
    name.best = name.best || word == "best";
    name.final = name.final || word == "final";
    const bool counts_updates = is_one_of(word, kUpdateLabels);
    if (is_one_of(word, kEpochLabels) && !name.epoch) {
      name.epoch = labelled_number(tokens, i);
    } else if (counts_updates || (is_one_of(word, kCountLabels) && !name.step)) {
      // "checkpoint_2_step_500": the plain label outranks the vague one.
      const auto number = labelled_number(tokens, i);
      name.step = number && !name.counts_updates ? number : name.step;
      name.counts_updates = name.counts_updates || (number && counts_updates);
    }
  }
  return name;
}

std::vector<std::int64_t> varying_numbers(const std::vector<std::string>& stems) {
  const std::vector<Pattern> patterns = patterns_of(stems);
  if (patterns.empty()) {
    return {};
  }
  std::vector<std::vector<std::int64_t>> fields;
  for (std::size_t field = 0; field < patterns.front().numbers.size(); ++field) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(patterns.size());
    for (const Pattern& pattern : patterns) {
      numbers.push_back(pattern.numbers[field]);
    }
    if (std::ranges::count(numbers, numbers.front()) < std::ssize(numbers)) {
      fields.push_back(std::move(numbers));
    }
  }
  return choose(fields);
}

std::string_view without_version(std::string_view stem) {
  const std::size_t dash = stem.rfind("-v");
  constexpr std::size_t kMark = 2;
  const bool is_version = dash != std::string_view::npos && dash > 0 &&
                          stem.size() > dash + kMark &&
                          stem.find_first_not_of("0123456789", dash + kMark) == stem.npos;
  return is_version ? stem.substr(0, dash) : stem;
}

std::string name_pattern(std::string_view stem) {
  const std::vector<Token> tokens = tokens_of(stem);
  std::string pattern;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].shape != Shape::digits) {
      pattern += tokens[i].text;
    } else if (begins_fraction(tokens, i)) {
      pattern += kFraction;
      i += 2;
    } else {
      pattern += kWhole;
    }
  }
  return pattern;
}

}  // namespace hindcast::io
