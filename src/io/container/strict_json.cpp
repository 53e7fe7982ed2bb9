// The library's own parsers look each key up among all before it, and after every value of an
// array at all before that: a few megabytes of text would take minutes. So its events are built
// into its values here.

#include "io/container/strict_json.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io {
namespace {

using Json = nlohmann::ordered_json;

// The parser itself would keep one of two equal keys, and a file could mean either.
void require_distinct_keys(const Json::object_t& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& member : object) {
    keys.emplace_back(member.first);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);
  if (twice != keys.end()) {
    throw Error(ErrorCode::malformed, fmt::format("JSON names '{}' twice", printable(*twice)));
  }
}

/// Receives the parser's events and builds the value.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool flag) override { return add(flag); }
  bool number_integer(number_integer_t integer) override { return add(integer); }
  bool number_unsigned(number_unsigned_t integer) override { return add(integer); }
  bool number_float(number_float_t number, const string_t& /*as_written*/) override {
    return add(number);
  }
  bool string(string_t& text) override {
    charge(sizeof(string_t) + text.size());
    return add(std::move(text));
  }
  bool binary(binary_t& /*bytes*/) override { return false; }  // Not in JSON text.

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool key(string_t& name) override {
    charge(sizeof(string_t) + name.size());
    // Not by the map's own functions, which search it.
    object().emplace_back(std::move(name), nullptr);
    return true;
  }
  bool end_object() override {
    require_distinct_keys(open_.back()->get_ref<const Json::object_t&>());
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override {
    open_.pop_back();
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& error) override {
    constexpr int kNumberOverflow = 406;  // Well-formed, says the parser, but 1e999.
    throw Error(ErrorCode::malformed,
                error.id == kNumberOverflow
                    ? "JSON has a number beyond the range of doubles"
                    : fmt::format("JSON is not well-formed at byte {}", position));
  }

 private:
  using Members = std::vector<Json::object_t::value_type>;

  Members& object() { return open_.back()->get_ref<Json::object_t&>(); }

  void charge(std::uint64_t bytes) {
    memory_ += bytes;
    if (memory_ > limits_.attribute_bytes) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("JSON whose values take more than {} bytes of memory, the limit{}",
                              limits_.attribute_bytes, kRaiseMetadataBytes));
    }
  }

  // An open value's address is stable: what holds it gets no other until it is closed.
  template <typename Value>
  Json* place(Value&& value) {
    charge(sizeof(Json));
    if (open_.empty()) {
      root_ = std::forward<Value>(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::forward<Value>(value));
    }
    Json& member = object().back().second;
    member = std::forward<Value>(value);
    return &member;
  }

  template <typename Value>
  bool add(Value&& value) {
    static_cast<void>(place(std::forward<Value>(value)));
    return true;
  }

  bool open(Json&& container) {
    if (open_.size() == limits_.depth) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("JSON is nested deeper than {} levels, the limit{}", limits_.depth,
                              kRaiseDepth));
    }
    charge(sizeof(Json::object_t));
    open_.push_back(place(std::move(container)));
    return true;
  }

  const Limits& limits_;
  Json root_;
  std::vector<Json*> open_;
  std::uint64_t memory_ = 0;
};

}  // namespace

nlohmann::ordered_json parse_strict_json(std::span<const std::byte> bytes, const Limits& limits) {
  const auto* const begin = reinterpret_cast<const char*>(bytes.data());
  Builder builder(limits);
  Json::sax_parse(begin, begin + bytes.size(), &builder);
  return builder.take();
}

}  // namespace hindcast::io
