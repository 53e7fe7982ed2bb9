#include "gate/parse_rule.hpp"

#include <array>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

#include "gate/metric_names.hpp"
#include "report/unfolding_values.hpp"

using namespace hindcast::gate;

namespace {

// What is written, and what it is in the canonical short form.
struct Good {
  std::string_view written;
  std::string_view canonical;
};

constexpr std::array kGood = {
    Good{"min(rotation) >= 0.3", "min(rotation) >= 0.3"},
    Good{"  min ( rotation )>=0.3 ", "min(rotation) >= 0.3"},
    Good{"mean(knowledge_gain, layers=\"block*.conv*\") >= 0.95 * baseline",
         "mean(knowledge_gain, layers=\"block*.conv*\") >= 0.95 * baseline"},
    Good{"mean(knowledge_gain) >= baseline * 0.95", "mean(knowledge_gain) >= 0.95 * baseline"},
    Good{"mean(knowledge_gain) >= baseline - 0.1", "mean(knowledge_gain) >= baseline - 0.1"},
    Good{"max(rotation) <= -0.1 + baseline", "max(rotation) <= baseline - 0.1"},
    Good{"max(rotation) <= baseline + 0.05*|baseline|",
         "max(rotation) <= baseline + 0.05 * |baseline|"},
    Good{"max(rotation) < -baseline", "max(rotation) < -baseline"},
    Good{"max(rotation) == 0 * baseline", "max(rotation) == 0 * baseline"},
    Good{"quantile(effective_rank@output, 0.1, kind=conv, checkpoints=every) >= 10",
         "quantile(effective_rank@output, 0.1, kind=conv, checkpoints=every) >= 10"},
    Good{"each(rotation) > 0", "each(rotation) > 0"},
    Good{"rotation > 0", "each(rotation) > 0"},
    Good{"summary.stable_rank.mean <= 40", "summary.stable_rank.mean <= 40"},
    Good{"scores.val_acc >= 0.9", "scores.val_acc >= 0.9"},
    Good{"sum_of_stable_ranks <= 1e3", "summary.sum_of_stable_ranks <= 1000"},
    Good{"value(rotation_spread, epochs=2..) < .5",
         "value(summary.rotation_spread, epochs=2..) < 0.5"},
    // A name that the layers and the summary both have.
    Good{"distance_from_init_frobenius < 9", "summary.distance_from_init_frobenius < 9"},
    Good{"max(distance_from_init_frobenius) < 9", "max(distance_from_init_frobenius) < 9"},
    Good{"count(rotation, kind=[conv, 'linear'], layers=['a\\'b', \"c\\\\\"]) == 6",
         "count(rotation, layers=[\"a'b\", \"c\\\\\"], kind=[conv, linear]) == 6"},
    Good{"median(rotation, steps=100..500, runs=\"seed*\") > 0 and <= 1",
         "median(rotation, runs=\"seed*\", steps=100..500) > 0 and <= 1"},
    Good{"min(rotation, epochs=-1) == 0", "min(rotation, epochs=-1) == 0"},
    Good{"min(rotation, epochs=..3, nulls=ignore) >= 0",
         "min(rotation, epochs=..3, nulls=ignore) >= 0"},
    Good{"min(rotation, trend=3) >= 0", "min(rotation, trend=3) >= 0"},
    Good{"each(rotation, trend_by=smallest_step, trend=4, epochs=2..) >= -1e-3",
         "each(rotation, epochs=2.., trend=4, trend_by=smallest_step) >= -0.001"},
    Good{"value(summary.rotation.mean, trend=5, trend_by=slope) >= 0.9 * baseline",
         "value(summary.rotation.mean, trend=5) >= 0.9 * baseline"},
    Good{"min(rotation, checkpoints=last, nulls=forbid) >= 0", "min(rotation) >= 0"},
};

struct Bad {
  std::string_view written;
  std::size_t offset;
  std::string_view complaint;
};

constexpr std::array kBad = {
    Bad{"", 0, "expected a metric or a function such as min(...), not the end of the rule"},
    Bad{"0.3 < rotation", 0, "expected a metric or a function such as min(...), not '0.3'"},
    Bad{"min(rotation) foo", 14, "expected a comparison (>=, <=, >, <, ==), not 'foo'"},
    Bad{"min(rotation) = 1", 14, "expected a comparison (>=, <=, >, <, ==), not '='"},
    Bad{"min(rotation) >= ", 17, "expected a number or 'baseline', not the end of the rule"},
    Bad{"min(rotation) >= base", 17, "expected a number or 'baseline', not 'base'"},
    Bad{"min(rotation) >= |base|", 18, "expected 'baseline', not 'base'"},
    Bad{"min(rotation) >= 1 2", 19, "expected the end of the rule or 'and', not '2'"},
    Bad{"min(rotation) >= 1e999", 17, "'1e999' is beyond the range of a double"},
    Bad{"min(rotatoin) >= 1", 4, "unknown metric 'rotatoin', did you mean 'rotation'?"},
    Bad{"min(xyzzy) >= 1", 4, "unknown metric 'xyzzy'"},
    Bad{"summary.stable_rank.meen > 1", 0,
        "unknown metric 'summary.stable_rank.meen', did you mean 'summary.stable_rank.mean'?"},
    Bad{"mni(rotation) >= 1", 0, "unknown function 'mni', did you mean 'min'?"},
    Bad{"frobnicate(rotation) >= 1", 0,
        "unknown function 'frobnicate', expected one of each, min, max, mean, weighted_mean, "
        "median, quantile, count, value"},
    Bad{"min(rotation >= 1", 13, "expected ',' or ')', not '>='"},
    Bad{"min() >= 1", 4, "expected a metric, not ')'"},
    Bad{"min(rotation, layer=\"a\") >= 1", 14, "unknown option 'layer', did you mean 'layers'?"},
    Bad{"min(rotation, zzzzzz=\"a\") >= 1", 14,
        "unknown option 'zzzzzz', expected one of layers, kind, runs, checkpoints, steps, epochs, "
        "nulls, trend, trend_by"},
    Bad{"min(rotation, trend=1) >= 0", 20, "a trend is over at least 2 checkpoints, not 1"},
    Bad{"min(rotation, trend=-3) >= 0", 20, "a trend is over at least 2 checkpoints, not -3"},
    Bad{"min(rotation, trend=2.5) >= 0", 20, "expected a whole number, not '2.5'"},
    Bad{"min(rotation, trend=3, trend=4) >= 0", 23, "'trend' is given twice"},
    Bad{"min(rotation, trend=3, trend_by=fall) >= 0", 32,
        "expected slope, change, smallest_step or largest_step, not 'fall'"},
    Bad{"min(rotation, trend_by=slope) >= 0", 28, "trend_by needs a trend, as in 'trend=5'"},
    Bad{"min(rotation, trend=3, checkpoints=every) >= 0", 0,
        "a trend is over the last checkpoints; it cannot be judged at every one"},
    Bad{"min(rotation, layers=a*) >= 1", 21,
        "expected a pattern in quotes, such as \"conv*\", not 'a'"},
    Bad{"min(rotation, layers=\"a) >= 1", 21, "this \" has no end"},
    Bad{"min(rotation, kind=conf) >= 1", 19,
        "unknown kind of layer 'conf', expected one of conv, linear, embedding, recurrent, other"},
    Bad{"min(rotation, checkpoints=some) >= 1", 26, "expected every or last, not 'some'"},
    Bad{"min(rotation, steps=5, epochs=1) >= 1", 23,
        "checkpoints, steps and epochs exclude each other"},
    Bad{"min(rotation, steps=..) >= 1", 22, "expected a whole number, not ')'"},
    Bad{"min(rotation, steps=1.5) >= 1", 20, "expected a whole number, not '1.5'"},
    Bad{"min(rotation, steps=5..2) >= 1", 0, "the range 5..2 is empty"},
    Bad{"min(rotation, nulls=yes) >= 1", 20, "expected ignore or forbid, not 'yes'"},
    Bad{"min(rotation, runs=\"a\", runs=\"b\") >= 1", 24, "'runs' is given twice"},
    Bad{"min(rotation, 0.5) >= 1", 14,
        "unexpected number '0.5'; an option such as layers=\"conv*\" may stand here"},
    Bad{"quantile(rotation) >= 1", 17, "quantile needs a share, as in 'quantile(rotation, 0.1)'"},
    Bad{"quantile(rotation, 1.5) >= 1", 19, "the share of a quantile is between 0 and 1, not 1.5"},
    Bad{"scores.loss.mean >= 1", 0,
        "'loss.mean' is no name of a score: expected letters, digits and '_'"},
    Bad{"min(scores.loss) >= 1", 0, "scores.loss is one number for a checkpoint; leave out 'min'"},
    Bad{"min(sum_of_stable_ranks) >= 1", 0,
        "summary.sum_of_stable_ranks is one number for a checkpoint; leave out 'min'"},
    Bad{"value(rotation) >= 1", 0,
        "rotation is a number of each layer; say which of them, as in 'min(rotation)'"},
    Bad{"value(rotation_spread, kind=conv) >= 1", 0,
        "summary.rotation_spread is one number for all layers of a checkpoint; it cannot select "
        "layers"},
    Bad{"rotation@output > 1", 0,
        "'rotation' is a number of the whole layer; it has no unfoldings"},
    Bad{"stable_rank@side > 1", 0, "expected @output or @input, not '@side'"},
    Bad{"rotation > 1 # no", 13, "unexpected '#'"},
    Bad{"rotation \xC3\xA9", 9, "unexpected '\xC3\xA9'"},
    Bad{"rotation \x01", 9, "unexpected '\\x01'"},
};

}  // namespace

TEST_CASE("parse_rule: what is written means what it says, and reads back") {
  for (const Good& good : kGood) {
    CAPTURE(good.written);
    const Rule rule = parse_rule(good.written);
    CHECK(expression(rule) == good.canonical);
    CHECK(parse_rule(expression(rule)) == rule);
  }
}

TEST_CASE("parse_rule: a mistake is told with its place") {
  for (const Bad& bad : kBad) {
    CAPTURE(bad.written);
    bool refused = false;
    try {
      static_cast<void>(parse_rule(bad.written));
    } catch (const RuleError& error) {
      refused = true;
      CHECK(error.what() == std::string(bad.complaint));
      CHECK(error.offset() == bad.offset);
    }
    CHECK(refused);
  }
}

TEST_CASE("parse_rule: every name of a report is a metric") {
  const std::vector<std::string> names = metric_names();
  const std::size_t layer_metrics = hindcast::metrics::metrics().size();
  const std::size_t totals = hindcast::metrics::total_keys().size();
  const std::size_t of_unfoldings = hindcast::report::unfolding_values().size();
  CHECK(names.size() == layer_metrics + 2 + of_unfoldings + 7 * layer_metrics + 2 * totals);
  for (const std::string_view name :
       {"rank", "noise_variance@output", "smallest_singular_value@input",
        "low_rank.reference.knowledge_gain@output", "low_rank.exact.rank",
        "summary.rotation.layers"}) {
    CAPTURE(name);
    CHECK_NOTHROW(static_cast<void>(parse_rule(fmt::format("{} >= 0", name))));
  }
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK_NOTHROW(static_cast<void>(parse_rule(name + " >= 0")));
  }
}

TEST_CASE("parse_rule: rules made of random tokens are read or refused, and read back alike") {
  constexpr std::array<std::string_view, 34> kWords = {
      "min",      "quantile",    "each",     "value",
      "rotation", "stable_rank", "summary",  "rotation_spread",
      "mean",     "(",           ")",        ",",
      ".",        "..",          "@",        "output",
      "layers",   "kind",        "conv",     "steps",
      "=",        "[",           "]",        "\"a*\"",
      "0.5",      "3",           "-",        "+",
      "*",        "|",           "baseline", ">=",
      "and",      "trend"};
  std::mt19937 random(3);
  int read = 0;
  for (int round = 0; round < 60000; ++round) {
    // Half of them begin well, so that some are read to the end.
    std::string text = round % 2 == 0 ? "" : round % 4 == 1 ? "min(rotation" : "rotation >= ";
    for (std::size_t length = random() % 8; length > 0; --length) {
      text += fmt::format("{} ", kWords[random() % kWords.size()]);
    }
    CAPTURE(text);
    try {
      const Rule rule = parse_rule(text);
      ++read;
      CHECK(parse_rule(expression(rule)) == rule);
    } catch (const RuleError& error) {
      CHECK(error.offset() <= text.size());
    }
  }
  CHECK(read > 100);
}
