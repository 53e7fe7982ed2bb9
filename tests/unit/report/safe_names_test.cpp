#include "report/safe_names.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "report/exports.hpp"

using namespace hindcast;
using report::folder_of;
using report::mlflow_key;
using report::Scope;
using report::tag_of;

TEST_CASE("folder_of: what a run is called, with a folder for each slash") {
  CHECK(folder_of("digits_cnn") == "digits_cnn");
  CHECK(folder_of("sweep/lr=0.1/seed 2") == "sweep/lr=0.1/seed 2");
  CHECK(folder_of("größe") == "größe");
}

TEST_CASE("folder_of: no name leads out of the folder, hides or steers") {
  for (const std::string_view name :
       {"", "/", "..", ".", "../..", "../../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "./.x",
        ".hidden", "C:\\windows", "a\nb", "\x1b[31m", "x\\..\\y", "events.out.tfevents.0.hindcast",
        "\xff\xfe", "a/"}) {
    CAPTURE(name);
    const std::string folder = folder_of(name);
    CHECK_FALSE(folder.empty());
    const std::filesystem::path path = folder;
    CHECK(path.is_relative());
    CHECK(path.lexically_normal() == path);
    for (const auto& part : path) {
      CHECK_FALSE(part.native().starts_with('.'));
      CHECK(part != report::kEventFileName);
    }
    CHECK(folder.find('\\') == std::string::npos);
    CHECK(printable(folder) == folder);
  }
}

TEST_CASE("folder_of: long names are cut, and still differ") {
  const std::string one = folder_of(std::string(1000, 'x') + "1");
  const std::string two = folder_of(std::string(1000, 'x') + "2");
  CHECK(one.size() <= 120);
  CHECK(one != two);
  std::string wide;
  for (int i = 0; i < 100; ++i) {
    wide += "漢";
  }
  CHECK(valid_utf8(folder_of(wide)) == folder_of(wide));
}

TEST_CASE("tag_of: grouped by metric, valid UTF-8 without control characters") {
  CHECK(tag_of({.scope = Scope::layer, .metric = "rotation", .layer = "a/b.weight"}) ==
        "rotation/a/b.weight");
  CHECK(tag_of({.scope = Scope::unfolding,
                .metric = "low_rank.exact.rank",
                .layer = "a",
                .unfolding = "input"}) == "low_rank.exact.rank/a@input");
  CHECK(tag_of({.scope = Scope::summary, .metric = "rotation.mean"}) == "summary/rotation.mean");
  CHECK(tag_of({.scope = Scope::score, .metric = "val_loss"}) == "scores/val_loss");
  CHECK(tag_of({.scope = Scope::schedule, .metric = "rate", .layer = ""}) == "rate/_");
  CHECK(tag_of({.scope = Scope::layer, .metric = "rotation", .layer = "\x1b\xff"}) ==
        "rotation/\\x1b\\xff");
}

TEST_CASE("mlflow_key: only what MLflow takes for a key, and no path that leads elsewhere") {
  CHECK(mlflow_key("rotation/conv1.weight") == "rotation/conv1.weight");
  CHECK(mlflow_key("rotation/a:0@b\"c") == "rotation/a_0_b_c");
  CHECK(mlflow_key("rotation/../../x") == "rotation/_/_/x");
  CHECK(mlflow_key("/rotation//x/") == "rotation/x");
  CHECK(mlflow_key("") == "_");
  CHECK(mlflow_key("rotation/größe") == "rotation/gr_u00f6_u00dfe");
  CHECK(mlflow_key("rotation/漢字") == "rotation/_u6f22_u5b57");
  CHECK(mlflow_key("rotation/😀") == "rotation/_U0001f600");
  CHECK(mlflow_key("rotation/" + std::string(500, 'x')).size() <= 240);
}

TEST_CASE("unique_names: every key has one of its own, always the same") {
  report::UniqueNames names;
  const auto same = [] { return std::string("x"); };
  CHECK(names.of("a", same) == "x");
  CHECK(names.of("b", same) == "x-2");
  CHECK(names.of("c", [] { return std::string("x-2"); }) == "x-2-2");
  CHECK(names.of("a", same) == "x");
}

TEST_CASE("unique_names: what is kept is not taken by others") {
  report::UniqueNames names;
  names.keep("legal", "x");
  names.keep("another", "x");
  names.keep("second", "x-2");
  const auto same = [] { return std::string("x"); };
  CHECK(names.of("illegal", same) == "x-3");
  CHECK(names.of("legal", same) == "x");
  CHECK(names.of("second", same) == "x-2");
  CHECK(names.of("another", same) == "x-4");
}
