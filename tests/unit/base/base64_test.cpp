#include "base/base64.hpp"

#include <span>
#include <string_view>

#include <doctest/doctest.h>

namespace {

std::string encoded(std::string_view text) {
  return hindcast::base64(std::as_bytes(std::span(text)));
}

}  // namespace

TEST_CASE("base64: the test vectors of RFC 4648, section 10") {
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded("fooba") == "Zm9vYmE=");
  CHECK(encoded("foobar") == "Zm9vYmFy");
}

TEST_CASE("base64: bytes beyond ASCII use the last two digits") {
  CHECK(encoded("\xFB\xEF\xBE") == "++++");
  CHECK(encoded("\xFF\xFF\xFF") == "////");
}
