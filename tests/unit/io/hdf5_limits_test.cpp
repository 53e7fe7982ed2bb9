// The HDF5 reader: files that ask for more than they should get, or for other files.

#include <doctest/doctest.h>

#include "support/hdf5_files.hpp"

namespace hindcast::io {
namespace {

using namespace test;

TEST_CASE("hdf5: a shape that no machine could hold is listed, not read") {
  const auto checkpoint = open_made("bombs.h5", {.expansion_free_bytes = 1ULL << 40U});
  CHECK(tensor_at(*checkpoint, "values").unreadable ==
        "declares 4294967296 values, the limit is 2147483648; "
        "raise it with --max-tensor-values");
  CHECK(tensor_at(*checkpoint, "expansion").unreadable.empty());
  CHECK(values_of(*checkpoint, "small") == counting(3));
}

TEST_CASE("hdf5: a file that declares far more than it stores is refused above the allowance") {
  CHECK_THROWS_WITH_AS(open_made("shape_bomb.h5"),
                       "shape: takes 8796093022208 bytes of memory and stores 0, the limit is 100 "
                       "times as much beyond 268435456 bytes in a file; raise it with "
                       "--max-unpacked-bytes or --max-expansion",
                       Error);
  CHECK_THROWS_AS(open_made("bombs.h5", {.expansion_free_bytes = (32ULL << 30U) - 1}), Error);
  const auto allowed = open_made("bombs.h5", {.expansion_free_bytes = 40ULL << 30U});
  CHECK(tensor_at(*allowed, "expansion").unreadable.empty());
  CHECK(tensor_at(*allowed, "chunk").unreadable.empty());
}

TEST_CASE("hdf5: what is stored as large as it is declared passes whatever the allowance") {
  CHECK_THROWS_WITH_AS(open_made("storage.h5", {.expansion_free_bytes = 0}),
                       doctest::Contains("fill: takes "), Error);
}

TEST_CASE("hdf5: a shape whose product overflows is reported and left out") {
  std::string content = content_of(test::made_file("shape_bomb.h5"));
  const auto extents = [](std::uint64_t rows) {
    return bytes_of(std::vector<std::uint64_t>{rows, 1ULL << 20U});
  };
  // The first occurrences are those of "shape": its extents, then its largest extents.
  replace(content, extents(1ULL << 20U) + extents(1ULL << 20U),
          extents(1ULL << 62U) + extents(1ULL << 62U));
  const auto checkpoint = open_content(content);
  const Names paths = paths_of(*checkpoint);
  CHECK(std::ranges::find(paths, "shape") == paths.end());
  CHECK(problems_at(*checkpoint, "shape").size() == 1);
  CHECK(values_of(*checkpoint, "small") == counting(3));
}

TEST_CASE("hdf5: more axes than the limit are refused") {
  const auto at_limit = open_made("bombs.h5", {.rank = 5, .expansion_free_bytes = 1ULL << 40U});
  CHECK(tensor_at(*at_limit, "rank5").unreadable.empty());
  const auto above = open_made("bombs.h5", {.rank = 4, .expansion_free_bytes = 1ULL << 40U});
  CHECK(tensor_at(*above, "rank5").unreadable ==
        "has 5 axes, the limit is 4; raise it with --max-axes");
}

TEST_CASE("hdf5: more links than the limit for tensors are refused") {
  // Four links below the root in all.
  CHECK(open_made("pytorch_nested.h5", {.tensors = 6})->tensors().size() == 4);
  CHECK_THROWS_WITH_AS(open_made("pytorch_nested.h5", {.tensors = 5}),
                       "more than 5 links, the limit for tensors; raise it with --max-tensors",
                       Error);
}

TEST_CASE("hdf5: paths longer than the limit are reported, the others are read") {
  const auto checkpoint = open_made("deep.h5", {.name_bytes = 8});
  CHECK(paths_of(*checkpoint) == Names{"shallow"});
  CHECK(problems_at(*checkpoint, "g/g/g/g/g...") ==
        Names{"its path has 9 bytes, the limit is 8; raise it with --max-name-bytes"});
}

TEST_CASE("hdf5: groups nested deeper than the limit are reported, the others are read") {
  CHECK(open_made("deep.h5", {.depth = 12})->tensors().size() == 2);
  const auto checkpoint = open_made("deep.h5", {.depth = 11});
  CHECK(paths_of(*checkpoint) == Names{"shallow"});
  CHECK(problems_at(*checkpoint, "g/g/g/g/g/g/g/g/g/g/g/g") ==
        Names{"lies deeper than 11 groups, the limit; raise it with --max-depth"});
}

TEST_CASE("hdf5: an attribute longer than the limit is reported, the tensors are read") {
  const auto fixed = open_made("keras_split.h5", {.attribute_bytes = 13});
  CHECK(problems_at(*fixed, "/") == Names{"attribute layer_names0: holds 14 bytes, the limit is "
                                          "13; raise it with --max-metadata-bytes"});
  CHECK(fixed->tensors().size() == 8);
  // Four pointers; the strings they point to are shorter.
  const auto pointers = open_made("keras2_model.h5", {.attribute_bytes = 31});
  CHECK(
      problems_at(*pointers, "/").front() ==
      "attribute layer_names: holds 32 bytes, the limit is 31; raise it with --max-metadata-bytes");
  // Two pointers fit, what they point to does not.
  const auto pointed = open_made("keras_unversioned.h5", {.attribute_bytes = 20});
  CHECK(problems_at(*pointed, "dense") == Names{"attribute weight_names: holds 26 bytes, the limit "
                                                "is 20; raise it with --max-metadata-bytes"});
}

TEST_CASE("hdf5: several links to a dataset are one tensor with aliases, cycles or not") {
  const auto checkpoint = open_made("links.h5");
  CHECK(paths_of(*checkpoint) == Names{"a/b/deep", "a/w"});
  CHECK(tensor_at(*checkpoint, "a/w").aliases ==
        Names{"chain20", "tied",    "chain4",  "chain5",  "chain6",  "chain7",      "chain8",
              "chain9",  "chain10", "chain11", "chain12", "chain13", "chain14",     "chain15",
              "chain16", "chain17", "chain18", "chain19", "soft",    "soft_to_soft"});
  CHECK(values_of(*checkpoint, "a/w") == counting(2));
}

TEST_CASE("hdf5: soft links that lead nowhere or in circles are reported") {
  const auto checkpoint = open_made("links.h5");
  CHECK(problems_at(*checkpoint, "dangling") ==
        Names{"the soft link to /a/missing: leads nowhere"});
  const std::string circle = "leads in a circle, or through more than 16 links";
  CHECK(problems_at(*checkpoint, "circle") == Names{"the soft link to /circle: " + circle});
  CHECK(problems_at(*checkpoint, "chain3") == Names{"the soft link to /chain4: " + circle});
  CHECK(problems_at(*checkpoint, "soft_group").empty());
  CHECK(problems_at(*checkpoint, "hostile") ==
        Names{"the soft link to \\x1b[31m\\x0ared: leads nowhere"});
  CHECK(checkpoint->problems().size() == 7);
}

TEST_CASE("hdf5: nothing outside of the file is read, and what was refused is named") {
  const auto checkpoint = open_made("outside.h5");
  const std::string target = std::filesystem::canonical(test::made_file("outside_target.h5"));
  const std::string raw = std::filesystem::canonical(test::made_file("outside.bin"));
  CHECK(paths_of(*checkpoint) == Names{"external_storage", "inside", "virtual", "virtual_growing"});
  CHECK(values_of(*checkpoint, "inside") == counting(2));
  CHECK(problems_at(*checkpoint, "external_link") ==
        Names{"an external link to /w in " + target + ", which is not opened"});
  CHECK(problems_at(*checkpoint, "soft_to_external") ==
        Names{"the soft link to /external_link: leads to another file, which is not opened"});
  const std::vector<ReasonAt> refused = {
      {"external_storage", "its values are stored in " + raw + ", which is not opened"},
      {"virtual", "a virtual dataset, its values are those of other files, which are not opened"},
      {"virtual_growing",
       "a virtual dataset, its values are those of other files, which are not opened"}};
  for (const ReasonAt& entry : refused) {
    CAPTURE(entry.where);
    CHECK(tensor_at(*checkpoint, entry.where).unreadable == entry.reason);
    CHECK(problems_at(*checkpoint, entry.where) == Names{entry.reason});
  }
  CHECK(tensor_at(*checkpoint, "virtual").shape == std::vector<std::uint64_t>{4});
  // Its shape is that of its sources, so it has none here.
  CHECK(tensor_at(*checkpoint, "virtual_growing").shape == std::vector<std::uint64_t>{0});
}

TEST_CASE("hdf5: a link whose name is a path is reported, not followed") {
  std::string content = content_of(test::made_file("second.h5"));
  // The name in the local heap of the root group, padded to eight bytes.
  for (const std::string name : {".", "/", "a/b", ".."}) {
    CAPTURE(name);
    std::string changed = content;
    std::string padded = name;
    padded.resize(8, '\0');
    replace(changed, std::string("w\0\0\0\0\0\0\0", 8), padded);
    const auto checkpoint = open_content(changed);
    CHECK(checkpoint->tensors().empty());
    CHECK(problems_at(*checkpoint, name) ==
          Names{"the name of the link is not one path component"});
  }
}

TEST_CASE("hdf5: an object that cannot be opened is reported, the others are read") {
  std::string content = content_of(test::made_file("natural.h5"));
  // Version 1 object headers: version, a reserved byte and the number of messages. The last one
  // in the file is that of the last dataset written, conv1.weight.
  const std::size_t at = content.rfind(std::string("\x01\x00\x05\x00\x01\x00\x00\x00", 8));
  REQUIRE(at != std::string::npos);
  content[at] = '\x7f';
  const auto checkpoint = open_content(content);
  CHECK(paths_of(*checkpoint) == Names{"conv2.weight", "conv10.weight"});
  CHECK(problems_at(*checkpoint, "conv1.weight") == Names{"cannot be opened, it is corrupt"});
}

}  // namespace
}  // namespace hindcast::io
