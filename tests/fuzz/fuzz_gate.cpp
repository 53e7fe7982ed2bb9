// libFuzzer target: the rules of gates, in their short form and in a policy.

#include "fuzz/input.hpp"
#include "gate/parse_rule.hpp"
#include "gate/policy.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::expect_nothing_but_errors([&] { (void)gate::parse_rule(text); });
  fuzz::expect_nothing_but_errors([&] { (void)gate::read_policy(text); });
  return 0;
}
