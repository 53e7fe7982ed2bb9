#include "base/crc32c.hpp"

#include <string>

#include <doctest/doctest.h>

using hindcast::crc32c;

// RFC 3720, appendix B.4.
TEST_CASE("crc32c: the examples of RFC 3720") {
  std::string rising;
  std::string falling;
  for (char c = 0; c < 32; ++c) {
    rising += c;
    falling.insert(falling.begin(), c);
  }
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
  CHECK(crc32c(rising) == 0x46DD794EU);
  CHECK(crc32c(falling) == 0x113FDB5CU);
}

TEST_CASE("crc32c: the check value of the polynomial") {
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c("") == 0U);
}
