#include "html/packed.hpp"

#include <string>

#include <doctest/doctest.h>

TEST_CASE("packed: a text in the zlib format, in base64") {
  // By Python: base64.b64encode(zlib.compress(b"hindcast", 9)).
  CHECK(hindcast::html::packed("hindcast") == "eNrLyMxLSU4sLgEADrgDTw==");
}

TEST_CASE("packed: what repeats takes little") {
  CHECK(hindcast::html::packed(std::string(1'000'000, 'x')).size() < 2000);
}
