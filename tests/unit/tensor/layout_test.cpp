#include "hindcast/tensor/layout.hpp"

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast;
using namespace hindcast::tensor;

TEST_CASE("layout: letters say what each axis counts") {
  const Layout layout = Layout::parse("HWIO");
  CHECK(layout.letters() == "HWIO");
  CHECK(layout.rank() == 4);
  CHECK(layout.axis(0) == Axis::kernel);
  CHECK(layout.axis(2) == Axis::in);
  CHECK(layout.axis(3) == Axis::out);
}

TEST_CASE("layout: kernel axes make a convolution and M makes it depthwise") {
  CHECK(Layout::parse("OIW").is_convolution());
  CHECK_FALSE(Layout::parse("OI").is_convolution());
  CHECK(Layout::parse("HWIM").is_depthwise());
  CHECK_FALSE(Layout::parse("HWIO").is_depthwise());
}

TEST_CASE("layout: outputs and inputs may take several axes") {
  CHECK(Layout::parse("IOO").rank() == 3);
  CHECK_FALSE(Layout::parse("IIO").is_convolution());
}

TEST_CASE("layout: what is no layout is refused as a usage error") {
  for (const char* letters : {"", "O", "I", "OH", "IMO", "OIHH", "oihw", "OIX", "OI\n"}) {
    CAPTURE(letters);
    try {
      static_cast<void>(Layout::parse(letters));
      FAIL_CHECK("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::usage);
    }
  }
}
