#include "io/manifest.hpp"

#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast::io;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string manifest(const std::string& checkpoints) {
  return R"({"schema": "hindcast.manifest/1", "checkpoints": [)" + checkpoints + "]}";
}

std::string complaint(const std::string& text) {
  try {
    static_cast<void>(parse_manifest(bytes_of(text)));
  } catch (const hindcast::Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("manifest: checkpoints in their order with what is said of them") {
  const std::string text = manifest(R"({"path": "start.h5", "initial": true},
                  {"path": "a/./model.h5", "epoch": 0, "step": 400})");
  const auto listed = parse_manifest(bytes_of(text));
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].initial);
  CHECK_FALSE(listed[0].step.has_value());
  CHECK(listed[1].path == "a/model.h5");
  CHECK(listed[1].step == 400);
  CHECK(listed[1].epoch == 0);
  CHECK(is_manifest(bytes_of(text)));
}

TEST_CASE("manifest: what is wrong is said with its place") {
  CHECK(complaint(R"({"schema": "hindcast.manifest/2", "checkpoints": []})") ==
        "manifest: schema: must be \"hindcast.manifest/1\"");
  CHECK(complaint(manifest("")) ==
        "manifest: checkpoints: must be a list of at least one checkpoint");
  CHECK(complaint(manifest(R"({"path": "a.h5", "stpe": 3})")) ==
        "manifest: checkpoint 1: unknown key 'stpe', did you mean 'step'?");
  CHECK(complaint(manifest(R"({"path": "a.h5", "step": 3.5})")) ==
        "manifest: checkpoint 1: 'step' must be a whole number");
  CHECK(complaint(manifest(R"({"path": "a.h5"}, {"path": "./a.h5"})")) ==
        "manifest: checkpoint 2: 'a.h5' is listed twice");
  CHECK(complaint(manifest(R"({"path": "a", "initial": true}, {"path": "b", "initial": true})")) ==
        "manifest: checkpoints: several are initial");
  CHECK(complaint(manifest(R"({"step": 1})")) == "manifest: checkpoint 1: needs a 'path'");
}

TEST_CASE("manifest: a path stays in the manifest's directory") {
  for (const char* path : {"/etc/passwd", "../other/a.h5", "a/../../b.h5"}) {
    CAPTURE(path);
    CHECK(complaint(manifest("{\"path\": \"" + std::string(path) + "\"}"))
              .ends_with("leads out of the manifest's directory"));
  }
}

TEST_CASE("manifest: other JSON is none") {
  CHECK_FALSE(is_manifest(bytes_of(R"({"schema": "hindcast.report/1"})")));
  CHECK_FALSE(is_manifest(bytes_of("hindcast.manifest/1")));
  CHECK_FALSE(is_manifest({}));
}
