// libFuzzer target: the logs of training runs. Every reader is tried on every input.

#include <cmath>

#include "fuzz/input.hpp"
#include "io/scores/score_log.hpp"

namespace {

using namespace hindcast;

void read(const io::ScoreSource& source, std::string_view text) {
  fuzz::expect_nothing_but_errors([&] {
    const io::ScoreLog log = source.read(text);
    for (const io::LogRow& row : log.rows) {
      for (const io::LoggedValue& value : row.values) {
        fuzz::require(value.column < log.columns.size(), "a value of no column");
        fuzz::require(!value.value || std::isfinite(*value.value), "a value that is not finite");
      }
    }
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  for (const io::ScoreSource* const source : io::score_sources()) {
    (void)source->recognises(text);
    read(*source, text);
  }
  read(io::given_scores, text);
  return 0;
}
