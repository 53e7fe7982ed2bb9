#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "hindcast/base/error.hpp"

#include "gate/rule.hpp"

namespace hindcast::gate {

/// A mistake in a rule, and where it stands.
class RuleError : public Error {
 public:
  RuleError(std::size_t offset, const std::string& what)
      : Error(ErrorCode::usage, what), offset_(offset) {}

  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }  ///< Byte in the text.

 private:
  std::size_t offset_;
};

/// Reads the short form of a rule, such as
/// `mean(knowledge_gain, layers="block*.conv*") >= 0.95 * baseline`:
///
///     rule       = subject comparison bound { "and" comparison bound }
///     subject    = metric | function "(" metric [ "," number ] { "," option } ")"
///     function   = "each" | "min" | "max" | "mean" | "weighted_mean" | "median" | "quantile"
///                | "count" | "value"
///     metric     = name { "." name } [ "@" ( "output" | "input" ) ]
///     option     = "layers" "=" texts | "kind" "=" words | "runs" "=" texts
///                | "checkpoints" "=" ( "last" | "every" ) | "steps" "=" range
///                | "epochs" "=" range | "nulls" "=" ( "ignore" | "forbid" )
///                | "trend" "=" number
///                | "trend_by" "=" ( "slope" | "change" | "smallest_step" | "largest_step" )
///     comparison = ">=" | "<=" | ">" | "<" | "=="
///     bound      = [ "-" ] term { ( "+" | "-" ) term }
///     term       = number [ "*" reference ] | reference [ "*" number ]
///     reference  = "baseline" | "|" "baseline" "|"
///     texts      = text | "[" text { "," text } "]"         words likewise, quoted or not
///     range      = number | [ number ] ".." [ number ]      whole numbers, both ends included
///
/// The number after a metric is the share of `quantile` and belongs to it alone. A text stands in
/// single or double quotes. A bare metric of the layers means `each`, one of the summary is its own
/// value; `value` is for giving options to the latter. `trend` is how many of the last checkpoints
/// it is over, a whole number from 2.
///
/// Throws RuleError, whose message does not say where: the caller knows what the text is part of.
[[nodiscard]] Rule parse_rule(std::string_view text);

}  // namespace hindcast::gate
