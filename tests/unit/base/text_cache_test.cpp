#include "base/text_cache.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "base/sha256.hpp"
#include "support/sha256.hpp"
#include "support/test_files.hpp"

using namespace hindcast;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> texts_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().filename() != "CACHEDIR.TAG") {
      files.push_back(entry.path());
    }
  }
  return files;
}

void make_older(const fs::path& file, std::chrono::hours age) {
  fs::last_write_time(file, fs::file_time_type::clock::now() - age);
}

}  // namespace

TEST_CASE("sha256: equals another implementation at every length around a block") {
  std::string text;
  for (std::size_t length = 0; length <= 130; ++length) {
    CHECK(sha256(std::as_bytes(std::span(text))) == test::sha256(text));
    text += static_cast<char>('a' + length % 26);
  }
}

TEST_CASE("text_cache: a text under the name of another is none") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path());
  cache.keep("key", "one");
  const fs::path file = texts_in(place.path()).front();
  cache.keep("other", "two");
  for (const fs::path& other : texts_in(place.path())) {
    if (other != file) {
      fs::copy_file(other, file, fs::copy_options::overwrite_existing);
    }
  }
  CHECK_FALSE(cache.find("key"));
  CHECK(*cache.find("other") == "two");
}

TEST_CASE("text_cache: gives back what was kept, by its key alone") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path() / "a" / "cache");
  CHECK_FALSE(cache.find("key"));
  cache.keep("key", "one");
  cache.keep("other", "two");
  cache.keep("key", "three");
  CHECK(*cache.find("key") == "three");
  CHECK(*cache.find("other") == "two");
  CHECK(*TextCache(place.path() / "a" / "cache").find("key") == "three");
}

TEST_CASE("text_cache: a damaged file is as good as none, whatever the damage") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path());
  cache.keep("key", "some text");
  const fs::path file = texts_in(place.path()).at(0);
  std::string content;
  std::getline(std::ifstream(file, std::ios::binary), content, '\0');
  for (std::size_t length = 0; length < content.size(); ++length) {
    std::ofstream(file, std::ios::binary) << content.substr(0, length);
    CHECK_FALSE(cache.find("key"));
  }
  for (std::size_t place_of_flip = 0; place_of_flip < content.size(); ++place_of_flip) {
    std::string flipped = content;
    flipped[place_of_flip] = static_cast<char>(flipped[place_of_flip] ^ 1);
    std::ofstream(file, std::ios::binary) << flipped;
    CHECK_FALSE(cache.find("key"));
  }
  cache.keep("key", "again");
  CHECK(*cache.find("key") == "again");
}

TEST_CASE("text_cache: takes no directory that holds something else") {
  const test::TemporaryDirectory place;
  place.write("thesis.tex", "years of work");
  CHECK_THROWS_WITH_AS(TextCache(place.path()),
                       doctest::Contains("is no cache: it has no CACHEDIR.TAG"), Error);
  CHECK_THROWS_AS(TextCache(place.path() / "thesis.tex"), Error);
}

TEST_CASE("text_cache: pruning takes the old, then the least used, and nothing foreign") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path());
  for (const char* key : {"a", "b", "c"}) {
    cache.keep(key, "x");
  }
  const std::vector<fs::path> files = texts_in(place.path());
  make_older(files.at(0), std::chrono::hours(72));
  make_older(files.at(1), std::chrono::hours(48));
  place.write("notes.txt", "mine");
  place.write("ab/notes.txt", "mine");
  const fs::path unfinished = files.at(2).string() + ".AbC123";
  std::ofstream(unfinished) << "half";

  const auto dry = cache.prune({.unused_for = std::chrono::hours(60), .dry_run = true});
  CHECK(dry.removed.texts == 1);
  CHECK(dry.kept.texts == 2);
  CHECK(dry.leftovers == 0);  // It may still be in the making.
  CHECK(fs::exists(files.at(0)));

  make_older(unfinished, std::chrono::hours(2));
  CHECK(cache.prune({.unused_for = std::chrono::hours(60)}).leftovers == 1);
  CHECK_FALSE(fs::exists(files.at(0)));
  CHECK_FALSE(fs::exists(unfinished));

  const auto full = cache.prune({.most_bytes = fs::file_size(files.at(2))});
  CHECK(full.removed.texts == 1);
  CHECK_FALSE(fs::exists(files.at(1)));
  CHECK(fs::exists(files.at(2)));
  CHECK(fs::exists(place.path() / "notes.txt"));
  CHECK(fs::exists(place.path() / "ab" / "notes.txt"));
}

TEST_CASE("text_cache: the tag of another program is no leave to write") {
  const test::TemporaryDirectory place;
  place.write("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# Of another.\n");
  CHECK_THROWS_WITH_AS(TextCache(place.path()), doctest::Contains("is not ours"), Error);
  CHECK_THROWS_AS(TextCache(place.path(), TextCache::Opening::as_it_stands), Error);
}

TEST_CASE("text_cache: nothing is written to look at an empty directory") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path(), TextCache::Opening::as_it_stands);
  CHECK(cache.prune({.most_bytes = 0}).removed.texts == 0);
  CHECK(fs::is_empty(place.path()));
}

TEST_CASE("text_cache: a link in a folder's place is not followed") {
  const test::TemporaryDirectory place;
  const test::TemporaryDirectory outside;
  const TextCache cache(place.path());
  cache.keep("key", "x");
  const fs::path file = texts_in(place.path()).at(0);
  const fs::path elsewhere = outside.path() / "folder";
  fs::rename(file.parent_path(), elsewhere);
  fs::create_directory_symlink(elsewhere, file.parent_path());
  CHECK_FALSE(cache.find("key"));
  CHECK_THROWS_WITH_AS(cache.keep("key", "y"), doctest::Contains("is a link"), Error);
  CHECK(cache.prune({.most_bytes = 0}).removed.texts == 0);
  CHECK(fs::exists(elsewhere / file.filename()));
}

TEST_CASE("text_cache: an empty directory in a text's place gives way") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path());
  cache.keep("key", "x");
  const fs::path file = texts_in(place.path()).at(0);
  fs::remove(file);
  fs::create_directory(file);
  CHECK_FALSE(cache.find("key"));
  cache.keep("key", "y");
  CHECK(*cache.find("key") == "y");
}

TEST_CASE("text_cache: what is found counts as used") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path());
  cache.keep("key", "x");
  make_older(texts_in(place.path()).at(0), std::chrono::hours(72));
  CHECK(cache.find("key"));
  CHECK(cache.prune({.unused_for = std::chrono::hours(1)}).removed.texts == 0);
}

TEST_CASE("text_cache: threads may keep and find the same key at once") {
  const test::TemporaryDirectory place;
  const TextCache cache(place.path());
  const std::string text(10'000, 'x');
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        cache.keep("key", text);
        wrong += cache.find("key") == text ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(wrong == 0);
  CHECK(texts_in(place.path()).size() == 1);
}
