#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>

namespace hindcast {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view digits_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  return text.substr(from, end - from);
}

std::string_view without_leading_zeros(std::string_view digits) {
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size());
  return digits.substr(first);
}

// Negative, zero or positive; compares digit strings of any length without overflow.
int compare_numbers(std::string_view a, std::string_view b) {
  a = without_leading_zeros(a);
  b = without_leading_zeros(b);
  if (a.size() != b.size()) {
    return a.size() < b.size() ? -1 : 1;
  }
  return a.compare(b);
}

// Is `c` in the set between its brackets, pattern[begin, end)?
bool set_matches(std::string_view pattern, std::size_t begin, std::size_t end, char c) {
  std::size_t i = begin;
  const bool negated = i < end && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) {
    ++i;
  }
  bool found = false;
  for (; i < end; ++i) {
    if (i + 2 < end && pattern[i + 1] == '-') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 2;
    } else {
      found = found || pattern[i] == c;
    }
  }
  return found != negated;
}

// The index of the ']' that closes the set opened at `open`, or npos where it is not a set.
std::size_t set_end(std::string_view pattern, std::size_t open) {
  std::size_t from = open + 1;
  if (from < pattern.size() && (pattern[from] == '!' || pattern[from] == '^')) {
    ++from;
  }
  return pattern.find(']', from + 1);
}

// Does the pattern's element at `p` match the character? Advances `p` past the element if so.
bool element_matches(std::string_view pattern, std::size_t& p, char c) {
  if (pattern[p] == '[') {
    const std::size_t end = set_end(pattern, p);
    if (end != std::string_view::npos) {
      if (!set_matches(pattern, p + 1, end, c)) {
        return false;
      }
      p = end + 1;
      return true;
    }
  }
  if (pattern[p] != '?' && pattern[p] != c) {
    return false;
  }
  ++p;
  return true;
}

// The length of the well-formed UTF-8 sequence at `i`, or 0. Rejects overlong forms, surrogates
// and what lies above U+10FFFF (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const auto continues = [&](std::size_t k) { return k < text.size() && (byte(k) >> 6U) == 2; };
  const unsigned char lead = byte(i);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return continues(i + 1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool whole = continues(i + 1) && continues(i + 2);
    const bool overlong = lead == 0xE0 && whole && byte(i + 1) < 0xA0;
    const bool surrogate = lead == 0xED && whole && byte(i + 1) > 0x9F;
    return whole && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool whole = continues(i + 1) && continues(i + 2) && continues(i + 3);
    const bool overlong = lead == 0xF0 && whole && byte(i + 1) < 0x90;
    const bool too_large = lead == 0xF4 && whole && byte(i + 1) > 0x8F;
    return whole && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

// Code points that move the cursor, reorder text or hide: C0 and C1 controls, U+200B-200F,
// U+2028-202E, U+2060-206F, the byte order mark, and those that are wide apart: the soft hyphen,
// the grapheme joiner, the Arabic letter mark, the Mongolian vowel separator, the marks of
// annotations and the tags.
bool is_treacherous(std::string_view sequence) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(sequence[k]); };
  if (sequence.size() == 1) {
    return byte(0) < 0x20 || byte(0) == 0x7F;
  }
  if (sequence.size() == 2) {
    const bool control = byte(0) == 0xC2 && byte(1) < 0xA0;
    return control || sequence == "\xC2\xAD" || sequence == "\xCD\x8F" || sequence == "\xD8\x9C";
  }
  if (sequence.size() == 4) {
    return byte(0) == 0xF3 && byte(1) == 0xA0 && byte(2) <= 0x81;
  }
  if (sequence.size() == 3 && byte(0) == 0xE2) {
    const bool zero_width = byte(1) == 0x80 && byte(2) >= 0x8B && byte(2) <= 0x8F;
    const bool reordering = byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE;
    const bool isolating = byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xAF;
    return zero_width || reordering || isolating;
  }
  const bool annotating = byte(0) == 0xEF && byte(1) == 0xBF && byte(2) >= 0xB9 && byte(2) <= 0xBB;
  return annotating || sequence == "\xEF\xBB\xBF" || sequence == "\xE1\xA0\x8E";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string shortest(double value) {
  return fmt::format("{}", value);
}

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view x = digits_at(a, i);
      const std::string_view y = digits_at(b, j);
      if (const int order = compare_numbers(x, y); order != 0) {
        return order < 0;
      }
      i += x.size();
      j += y.size();
    } else {
      if (a[i] != b[j]) {
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      }
      ++i;
      ++j;
    }
  }
  const std::size_t left_of_a = a.size() - i;
  const std::size_t left_of_b = b.size() - j;
  return left_of_a != left_of_b ? left_of_a < left_of_b : a < b;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  // Greedy with one backtracking point: after a later `*` an earlier one never needs revisiting.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
    } else if (p < pattern.size() && element_matches(pattern, p, text[t])) {
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 300;
  constexpr std::size_t kEnd = 148;  // What is kept on either side, with room for the dots.
  if (text.size() <= kMost) {
    return printable_line(text);
  }
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) >> 6U) == 2;
  };
  std::size_t head = kEnd;
  std::size_t tail = text.size() - kEnd;
  for (int i = 0; i < 3; ++i) {  // No character of UTF-8 is cut in two; it has up to four bytes.
    head -= continues(head) ? 1U : 0U;
    tail += continues(tail) ? 1U : 0U;
  }
  return printable_line(text.substr(0, head)) + "..." + printable_line(text.substr(tail));
}

std::string printable_line(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = utf8_length(line, i);
    const std::string_view sequence = line.substr(i, std::max<std::size_t>(length, 1));
    if (length == 0 || is_treacherous(sequence)) {
      for (const char c : sequence) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      out += sequence;
    }
    i += sequence.size();
  }
  return out;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    out += length == 0 ? "\xEF\xBF\xBD" : text.substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

std::string join(std::span<const std::uint64_t> numbers, std::string_view separator) {
  return fmt::format("{}", fmt::join(numbers, separator));
}

std::string join(std::span<const std::string> texts, std::string_view separator) {
  return fmt::format("{}", fmt::join(texts, separator));
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = (text.size() / 3) + 2;  // Further away is no help, only noise.
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace hindcast
