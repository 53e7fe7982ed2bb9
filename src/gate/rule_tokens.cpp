#include "gate/rule_tokens.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/parse_rule.hpp"

namespace hindcast::gate {
namespace {

// Longer ones first: ">=" is not ">" and "=".
constexpr std::array<std::string_view, 18> kSigns = {
    ">=", "<=", "==", "..", ">", "<", "(", ")", "[", "]", ",", "=", ".", "@", "*", "+", "-", "|"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view rule) : rule_(rule) {}

  Token next() {
    skip([](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
    begin_ = at_;
    if (at_ == rule_.size()) {
      return {.kind = TokenKind::end, .text = "", .offset = at_};
    }
    const char first = rule_[at_];
    if (is_letter(first)) {
      skip([](char c) { return is_letter(c) || is_digit(c); });
      return made(TokenKind::word);
    }
    if (is_digit(first) || (first == '.' && is_digit(at(1)))) {
      return number();
    }
    return first == '"' || first == '\'' ? text(first) : sign();
  }

 private:
  [[nodiscard]] char at(std::size_t ahead) const {
    return at_ + ahead < rule_.size() ? rule_[at_ + ahead] : '\0';
  }

  template <typename Predicate>
  void skip(const Predicate& belongs) {
    while (at_ < rule_.size() && belongs(rule_[at_])) {
      ++at_;
    }
  }

  [[nodiscard]] Token made(TokenKind kind) const {
    return {
        .kind = kind, .text = std::string(rule_.substr(begin_, at_ - begin_)), .offset = begin_};
  }

  Token number() {
    skip(is_digit);
    if (at(0) == '.' && is_digit(at(1))) {  // Else it is the ".." of a range.
      ++at_;
      skip(is_digit);
    }
    if (at(0) == 'e' || at(0) == 'E') {
      const std::size_t sign_length = at(1) == '+' || at(1) == '-' ? 1 : 0;
      if (is_digit(at(1 + sign_length))) {
        at_ += 1 + sign_length;
        skip(is_digit);
      }
    }
    return made(TokenKind::number);
  }

  Token text(char quote) {
    std::string content;
    for (++at_; at_ < rule_.size() && rule_[at_] != quote; ++at_) {
      if (rule_[at_] == '\\' && at_ + 1 < rule_.size()) {
        ++at_;
      }
      content += rule_[at_];
    }
    if (at_ == rule_.size()) {
      throw RuleError(begin_, fmt::format("this {} has no end", quote));
    }
    ++at_;
    return {.kind = TokenKind::text, .text = content, .offset = begin_};
  }

  Token sign() {
    const std::string_view rest = rule_.substr(at_);
    const auto* const known =
        std::ranges::find_if(kSigns, [&](std::string_view one) { return rest.starts_with(one); });
    if (known == kSigns.end()) {
      // The whole character, should it be one of several bytes.
      ++at_;
      skip([](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
      throw RuleError(begin_, fmt::format("unexpected {}", describe(made(TokenKind::sign))));
    }
    at_ += known->size();
    return made(TokenKind::sign);
  }

  std::string_view rule_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view rule) {
  Tokenizer tokenizer(rule);
  std::vector<Token> tokens;
  do {
    tokens.push_back(tokenizer.next());
  } while (tokens.back().kind != TokenKind::end);
  return tokens;
}

std::string describe(const Token& token) {
  return token.kind == TokenKind::end ? "the end of the rule"
                                      : fmt::format("'{}'", printable(token.text));
}

}  // namespace hindcast::gate
