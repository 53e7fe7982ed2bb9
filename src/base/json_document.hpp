#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast {

/// A place in a text, both counted from 1; columns in characters, as editors count them.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// Where the byte at `offset` stands. An offset beyond the end is the end.
[[nodiscard]] TextPosition position_at(std::string_view text, std::size_t offset);

/// "line 3, column 7"
[[nodiscard]] std::string describe(TextPosition position);

enum class JsonComments { refused, allowed };

struct JsonNode;

/// A value of a parsed document. Valid as long as the document is.
///
/// What a getter throws names the place twice, for people and for programs:
/// "line 12, column 5: /runs/0/name: expected a text, not a number".
class JsonValue {
 public:
  JsonValue(const class JsonDocument& document, const JsonNode& node)
      : document_(&document), node_(&node) {}

  [[nodiscard]] bool is_null() const noexcept;
  [[nodiscard]] bool is_text() const noexcept;
  [[nodiscard]] bool is_number() const noexcept;
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] bool is_object() const noexcept;

  // Each throws Error{malformed} where the value is of another type or out of range.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] double number() const;
  [[nodiscard]] std::int64_t integer(std::int64_t least = INT64_MIN) const;
  [[nodiscard]] std::vector<JsonValue> items() const;

  /// The names of an object's members, in the order of the text.
  [[nodiscard]] const std::vector<std::string>& keys() const;
  /// The member with this name, if there is one; `at` throws where there is none.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  [[nodiscard]] JsonValue at(std::string_view key) const;

  /// The byte of the document at which the value begins.
  [[nodiscard]] std::size_t offset() const noexcept;

  /// Throws Error{malformed} with the place of this value before `what`.
  [[noreturn]] void fail(std::string_view what) const;
  /// The same for the name of a member of this object.
  [[noreturn]] void fail_at_key(std::string_view key, std::string_view what) const;
  /// The same for the character of this text value that begins at byte `index` of text().
  [[noreturn]] void fail_inside(std::size_t index, std::string_view what) const;

 private:
  [[nodiscard]] const JsonNode& expect(int kind) const;

  const JsonDocument* document_;
  const JsonNode* node_;
};

/// How many values a document may have. Numbers in an array take some 70 bytes each on the way.
struct JsonLimit {
  std::uint64_t values = 40'000'000;
  std::string_view raise_with = {};  ///< For the message, added to it.
};

/// JSON that remembers where everything stood, for files that people write and for messages they
/// can act on. Strict: UTF-8, one value and nothing after it, no object with a key twice, no number
/// beyond a double, no nesting deeper than 128.
class JsonDocument {
 public:
  /// Throws Error: malformed with line and column, limit_exceeded where nested too deeply or where
  /// there are more values than `limit` allows. `text` must outlive the document.
  explicit JsonDocument(std::string_view text, JsonComments comments = JsonComments::refused,
                        const JsonLimit& limit = {});

  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;
  JsonDocument(JsonDocument&&) = delete;
  JsonDocument& operator=(JsonDocument&&) = delete;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const noexcept { return {*this, *root_}; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  friend class JsonValue;
  [[nodiscard]] std::string pointer_to(const JsonNode& node) const;

  std::string_view text_;
  std::unique_ptr<JsonNode> root_;
};

}  // namespace hindcast
