#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::gate {

enum class TokenKind {
  word,    ///< A letter or '_', then letters, digits and '_'.
  number,  ///< "0.3", "1e-4"; without a sign.
  text,    ///< In single or double quotes; a backslash takes the next character as it is.
  sign,    ///< ">=" "<=" "==" ">" "<" ".." or one of ( ) [ ] , = . @ * + - |
  end,     ///< Of the rule.
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;        ///< Of a text what is between the quotes.
  std::size_t offset = 0;  ///< Byte at which it begins.
};

/// Always at least one: the last is the end. Throws RuleError.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view rule);

/// "'foo'", or "the end of the rule"
[[nodiscard]] std::string describe(const Token& token);

}  // namespace hindcast::gate
