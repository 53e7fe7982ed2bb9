#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "report/part.hpp"
#include "support/parts.hpp"

using namespace hindcast;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t place = text.find(what);
  REQUIRE(place != std::string::npos);
  return text.replace(place, what.size(), by);
}

struct Complaint {
  ErrorCode code = ErrorCode::io;
  std::string text;
};

Complaint complaint_about(std::string_view text) {
  try {
    static_cast<void>(report::read_part(text));
  } catch (const Error& error) {
    return {.code = error.code(), .text = error.what()};
  }
  return {};
}

}  // namespace

TEST_CASE("read_part: what is read is written as it was") {
  for (const std::int64_t shard : {1, 2}) {
    const std::string json = to_json(test::small_part(shard));
    CHECK(to_json(report::read_part(json)) == json);
  }
}

TEST_CASE("read_part: texts that are no UTF-8 come back") {
  report::Part part = test::small_part(1);
  part.plan->at(0).runs.at(0).checkpoints.at(0).name = "caf\xE9";
  const report::Part read = report::read_part(to_json(part));
  CHECK(read.plan->at(0).runs.at(0).checkpoints.at(0).name == "caf\xE9");
  CHECK(read.plan->at(0).runs.at(0).header.warnings.at(0) == "one \xFF\n more");
}

TEST_CASE("read_part: what is no part is refused with its place") {
  struct Bad {
    const char* what;
    const char* by;
    ErrorCode code;
    const char* complaint;
  };
  constexpr Bad kBad[] = {
      {R"("hindcast.part/1")", R"("hindcast.report/1")", ErrorCode::malformed,
       "/schema: is no part of a report: expected 'hindcast.part/1', not 'hindcast.report/1'"},
      {R"("hindcast.part/1")", R"("hindcast.part/2")", ErrorCode::unsupported,
       "is a part of version 'hindcast.part/2'; this program reads 'hindcast.part/1'"},
      {R"("shard": 1)", R"("shard": 3)", ErrorCode::malformed, "/shard: expected at most 2"},
      {R"("shard": 1)", R"("shard": 0)", ErrorCode::malformed, "/shard: "},
      {R"("shards": 2)", R"("shards": 100001)", ErrorCode::malformed,
       "/shards: expected at most 100000"},
      {R"("shards": 2,)", "", ErrorCode::malformed, "'shards'"},
      {R"("plan_digest")", R"("other")", ErrorCode::malformed, "'plan_digest'"},
      {R"("result": "measured")", R"("result": "guessed")", ErrorCode::malformed,
       "/outcomes/0/result: expected 'measured', 'unchanged' or 'problem', not 'guessed'"},
      {R"("run": 0)", R"("run": -1)", ErrorCode::malformed, "/outcomes/0/run: "},
      {R"("rotation": null)", R"("rotation": "large")", ErrorCode::malformed,
       "/outcomes/0/layers/0/rotation: expected a number, not a text"},
      {R"("output": {)", R"("outputs": {)", ErrorCode::malformed,
       "/unfoldings: expected at least one unfolding"},
      {R"("layout": "OI")", R"("layout": "OQ")", ErrorCode::malformed,
       "/plan/0/runs/0/checkpoints/0/tensors/0/layers/0/layout: "},
      {R"("layout": "OI")", R"("layout": "OIHW")", ErrorCode::malformed,
       "does not name each axis of the shape"},
      {R"("hex": "6f6e6520ff)", R"("hex": "6f6e6520f)", ErrorCode::malformed,
       "/warnings/0/hex: expected pairs of hexadecimal digits"},
      {"{", "", ErrorCode::malformed, "line 2, column 11: "},
  };
  const std::string good = to_json(test::small_part(1));
  for (const Bad& bad : kBad) {
    const Complaint complaint = complaint_about(replaced(good, bad.what, bad.by));
    CAPTURE(bad.by);
    CAPTURE(complaint.text);
    CHECK(complaint.text.find(bad.complaint) != std::string::npos);
    CHECK(complaint.code == bad.code);
  }
}
