// libFuzzer target: the rules of gates, in their short form and in a policy.

#include "hindcast/gate/parse_rule.hpp"
#include "hindcast/gate/policy.hpp"

#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::expect_nothing_but_errors([&] { (void)gate::parse_rule(text); });
  fuzz::expect_nothing_but_errors([&] { (void)gate::read_policy(text); });
  return 0;
}
