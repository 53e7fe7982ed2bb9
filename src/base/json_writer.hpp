#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hindcast {

/// Writes indented JSON, front to back.
///
/// The JSON library we parse with prints doubles by Grisu2, which is not always the shortest
/// decimal; the reports promise the shortest, so they are written here. Strings must be UTF-8;
/// bytes that are not are replaced by U+FFFD.
class JsonWriter {
 public:
  /// Takes the next part of the text.
  using Sink = std::function<void(std::string_view part)>;

  /// Keeps the text until take().
  JsonWriter() = default;

  /// Hands it on in parts instead, the last one by finish().
  explicit JsonWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();

  /// An array on one line, for short rows of numbers.
  void begin_inline_array();
  void end_inline_array();

  /// The same for an object, for lines that are documents of their own.
  void begin_inline_object();
  void end_inline_object();

  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool flag);
  /// Not finite values become null: JSON has no NaN.
  void value(double number);
  void value(std::integral auto number) { raw(std::to_string(number)); }
  template <typename T>
  void value(const std::optional<T>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      null();
    }
  }
  void null() { raw("null"); }

  template <typename T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  /// The finished document with a final newline.
  [[nodiscard]] std::string take();

  /// The same for one that is handed on.
  void finish();

 private:
  void raw(std::string_view text);
  void separate();
  void open(char bracket);
  void close(char bracket);

  Sink sink_;
  std::string out_;
  std::size_t depth_ = 0;
  bool first_ = true;
  bool after_key_ = false;
  bool inline_ = false;
};

}  // namespace hindcast
