// Recursive descent; the grammar stands in the header.

#include "gate/parse_rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/check_rule.hpp"
#include "gate/metric_names.hpp"
#include "gate/rule_tokens.hpp"

namespace hindcast::gate {
namespace {

constexpr std::array kFunctions = {
    Aggregate::each,     Aggregate::min,           Aggregate::max,
    Aggregate::mean,     Aggregate::weighted_mean, Aggregate::median,
    Aggregate::quantile, Aggregate::count,         Aggregate::summary};
constexpr std::array kComparisons = {Comparison::at_least, Comparison::at_most, Comparison::above,
                                     Comparison::below, Comparison::equal};
constexpr std::array<std::string_view, 9> kOptions = {
    "layers", "kind", "runs", "checkpoints", "steps", "epochs", "nulls", "trend", "trend_by"};

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens_of(text)) {}

  Rule rule() {
    subject();
    condition();
    while (peek().kind == TokenKind::word && peek().text == "and") {
      ++at_;
      condition();
    }
    if (peek().kind != TokenKind::end) {
      fail(peek(), fmt::format("expected the end of the rule or 'and', not {}", describe(peek())));
    }
    if (const std::string wrong = contradiction_in(rule_); !wrong.empty()) {
      fail(tokens_.front(), wrong);
    }
    return std::move(rule_);
  }

 private:
  [[noreturn]] static void fail(const Token& token, const std::string& what) {
    throw RuleError(token.offset, what);
  }
  [[noreturn]] void fail_expected(std::string_view what) const {
    fail(peek(), fmt::format("expected {}, not {}", what, describe(peek())));
  }

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool at_sign(std::string_view sign, std::size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::sign && peek(ahead).text == sign;
  }
  bool accept(std::string_view sign) {
    const bool there = at_sign(sign);
    at_ += there ? 1 : 0;
    return there;
  }
  void expect(std::string_view sign) {
    if (!accept(sign)) {
      fail_expected(fmt::format("'{}'", sign));
    }
  }

  void subject() {
    if (peek().kind != TokenKind::word) {
      fail_expected("a metric or a function such as min(...)");
    }
    if (!at_sign("(", 1)) {
      rule_.metric = metric(false);
      rule_.aggregate = rule_.metric.of_summary ? Aggregate::summary : Aggregate::each;
      return;
    }
    rule_.aggregate = function();
    expect("(");
    rule_.metric = metric(rule_.aggregate != Aggregate::summary);
    while (accept(",")) {
      argument();
    }
    if (!at_sign(")")) {
      fail_expected("',' or ')'");
    }
    if (rule_.aggregate == Aggregate::quantile && !has_share_) {
      fail(peek(), fmt::format("quantile needs a share, as in 'quantile({}, 0.1)'",
                               expression(rule_.metric)));
    }
    if (rule_.trend && rule_.trend->checkpoints == 0) {
      fail(peek(), "trend_by needs a trend, as in 'trend=5'");
    }
    expect(")");
  }

  Aggregate function() {
    const Token& word = tokens_[at_++];
    std::vector<std::string_view> names;
    for (const Aggregate one : kFunctions) {
      if (name(one) == word.text) {
        return one;
      }
      names.push_back(name(one));
    }
    const std::string_view near = nearest(word.text, names);
    fail(word,
         fmt::format("unknown function '{}'{}", word.text,
                     near.empty() ? ", expected one of " + fmt::format("{}", fmt::join(names, ", "))
                                  : fmt::format(", did you mean '{}'?", near)));
  }

  MetricName metric(bool for_layers) {
    const Token& begin = peek();
    if (begin.kind != TokenKind::word) {
      fail_expected("a metric");
    }
    std::string text = tokens_[at_++].text;
    while (at_sign(".") || at_sign("@")) {
      text += tokens_[at_++].text;
      if (peek().kind != TokenKind::word) {
        fail_expected("a name");
      }
      text += tokens_[at_++].text;
    }
    try {
      return parse_metric(text, for_layers);
    } catch (const Error& error) {
      fail(begin, error.what());
    }
  }

  void argument() {
    if (peek().kind == TokenKind::number) {
      share();
      return;
    }
    if (peek().kind != TokenKind::word) {
      fail_expected("an option such as layers=\"conv*\"");
    }
    const Token& option = tokens_[at_++];
    if (std::ranges::find(kOptions, option.text) == kOptions.end()) {
      const std::string_view near = nearest(option.text, kOptions);
      fail(option,
           fmt::format("unknown option '{}'{}", option.text,
                       near.empty() ? fmt::format(", expected one of {}", fmt::join(kOptions, ", "))
                                    : fmt::format(", did you mean '{}'?", near)));
    }
    if (std::ranges::find(given_, option.text) != given_.end()) {
      fail(option, fmt::format("'{}' is given twice", option.text));
    }
    given_.push_back(option.text);
    expect("=");
    value_of(option);
  }

  void value_of(const Token& option) {
    if (option.text == "layers") {
      rule_.selection.layers = texts();
    } else if (option.text == "runs") {
      rule_.selection.runs = texts();
    } else if (option.text == "kind") {
      rule_.selection.kinds = kinds();
    } else if (option.text == "nulls") {
      rule_.ignore_nulls = choice("ignore", "forbid");
    } else if (option.text == "trend") {
      trend().checkpoints = trend_length();
    } else if (option.text == "trend_by") {
      trend().by = trend_by();
    } else {
      checkpoints(option);
    }
  }

  void share() {
    const Token& token = peek();
    if (rule_.aggregate != Aggregate::quantile || has_share_) {
      fail(token, fmt::format("unexpected number {}; an option such as layers=\"conv*\" may stand "
                              "here",
                              describe(token)));
    }
    rule_.share = number();
    if (rule_.share > 1.0) {
      fail(token, fmt::format("the share of a quantile is between 0 and 1, not {}", token.text));
    }
    has_share_ = true;
  }

  void checkpoints(const Token& option) {
    CheckpointChoice& chosen = rule_.selection.checkpoints;
    if (chosen.kind != CheckpointChoice::Kind::last || has_checkpoints_) {
      fail(option, "checkpoints, steps and epochs exclude each other");
    }
    has_checkpoints_ = true;
    if (option.text == "checkpoints") {
      chosen.kind =
          choice("every", "last") ? CheckpointChoice::Kind::every : CheckpointChoice::Kind::last;
      return;
    }
    chosen.kind =
        option.text == "steps" ? CheckpointChoice::Kind::steps : CheckpointChoice::Kind::epochs;
    if (!at_sign("..")) {
      chosen.first = whole_number();
      chosen.last = chosen.first;
    }
    if (accept("..")) {
      const bool is_end = peek().kind == TokenKind::number || at_sign("-");
      if (!is_end && !chosen.first) {
        fail_expected("a whole number");
      }
      chosen.last = is_end ? std::optional(whole_number()) : std::nullopt;
    }
  }

  // Whichever of its two options comes first; 0 checkpoints until their number is known.
  Trend& trend() {
    if (!rule_.trend) {
      rule_.trend = Trend{.checkpoints = 0, .by = Trend::By::slope};
    }
    return *rule_.trend;
  }

  std::int64_t trend_length() {
    const Token& token = peek();
    const std::int64_t length = whole_number();
    if (length < kLeastTrend) {
      fail(token, too_short_a_trend(length));
    }
    return length;
  }

  Trend::By trend_by() {
    for (const Trend::By one : kTrends) {
      if ((peek().kind == TokenKind::word || peek().kind == TokenKind::text) &&
          peek().text == name(one)) {
        ++at_;
        return one;
      }
    }
    fail_expected("slope, change, smallest_step or largest_step");
  }

  // Is it the first of two words?
  bool choice(std::string_view yes, std::string_view no) {
    const bool is_word = peek().kind == TokenKind::word || peek().kind == TokenKind::text;
    if (!is_word || (peek().text != yes && peek().text != no)) {
      fail_expected(fmt::format("{} or {}", yes, no));
    }
    return tokens_[at_++].text == yes;
  }

  template <typename Item>
  std::vector<std::string> list_of(const Item& item) {
    if (!accept("[")) {
      return {item()};
    }
    std::vector<std::string> items = {item()};
    while (accept(",")) {
      items.push_back(item());
    }
    if (!at_sign("]")) {
      fail_expected("',' or ']'");
    }
    expect("]");
    return items;
  }

  std::vector<std::string> texts() {
    return list_of([this] {
      if (peek().kind != TokenKind::text) {
        fail_expected("a pattern in quotes, such as \"conv*\"");
      }
      return tokens_[at_++].text;
    });
  }

  std::vector<std::string> kinds() {
    return list_of([this] {
      if (peek().kind != TokenKind::text && peek().kind != TokenKind::word) {
        fail_expected("a kind of layer, such as conv");
      }
      if (!is_layer_kind(peek().text)) {
        fail(peek(), unknown_kind(peek().text));
      }
      return tokens_[at_++].text;
    });
  }

  double number() {
    const Token& token = peek();
    if (token.kind != TokenKind::number) {
      fail_expected("a number");
    }
    double value = 0.0;
    const char* const end = token.text.data() + token.text.size();
    const auto read = std::from_chars(token.text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value)) {
      fail(token, fmt::format("{} is beyond the range of a double", describe(token)));
    }
    ++at_;
    return value;
  }

  std::int64_t whole_number() {
    const bool negative = accept("-");
    const Token& token = peek();
    std::int64_t value = 0;
    const char* const end = token.text.data() + token.text.size();
    const auto read = std::from_chars(token.text.data(), end, value);
    if (token.kind != TokenKind::number || read.ec != std::errc() || read.ptr != end) {
      fail_expected("a whole number");
    }
    ++at_;
    return negative ? -value : value;
  }

  void condition() {
    if (peek().kind == TokenKind::sign) {
      for (const Comparison one : kComparisons) {
        if (accept(sign(one))) {
          rule_.conditions.push_back({.comparison = one, .bound = bound()});
          return;
        }
      }
    }
    fail_expected("a comparison (>=, <=, >, <, ==)");
  }

  Bound bound() {
    Bound out;
    add_term(out, accept("-") ? -1.0 : 1.0);
    while (at_sign("+") || at_sign("-")) {
      const bool minus = tokens_[at_++].text == "-";
      add_term(out, minus ? -1.0 : 1.0);
    }
    return out;
  }

  // number | number * reference | reference | reference * number
  void add_term(Bound& out, double sign) {
    if (peek().kind == TokenKind::number) {
      const double value = sign * number();
      if (accept("*")) {
        add(out, reference(), value);
      } else {
        out.constant += value;
      }
      return;
    }
    double Bound::*const part = reference();
    add(out, part, sign * (accept("*") ? number() : 1.0));
  }

  static void add(Bound& out, double Bound::*part, double factor) {
    out.uses_baseline = true;
    out.*part += factor;
  }

  double Bound::*reference() {
    const bool magnitude = accept("|");
    if (peek().kind != TokenKind::word || peek().text != "baseline") {
      fail_expected(magnitude ? "'baseline'" : "a number or 'baseline'");
    }
    ++at_;
    if (magnitude) {
      expect("|");
    }
    return magnitude ? &Bound::of_magnitude : &Bound::of_baseline;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Rule rule_;
  bool has_share_ = false;
  bool has_checkpoints_ = false;
  std::vector<std::string> given_;
};

}  // namespace

Rule parse_rule(std::string_view text) {
  return Parser(text).rule();
}

}  // namespace hindcast::gate
