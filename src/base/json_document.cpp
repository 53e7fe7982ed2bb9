// The library we parse with reports no positions, so they are found again: its events come in the
// order of the text, and what it has accepted is well-formed, so a cursor that skips blanks,
// commas, colons and comments stands at the beginning of every value when its event comes.
// JSON: RFC 8259. Pointers: RFC 6901.

#include "base/json_document.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast {

enum JsonKind {
  null_kind,
  boolean_kind,
  integer_kind,
  number_kind,
  text_kind,
  array_kind,
  object_kind
};

struct JsonInside;

// Small, because most values of a large document are numbers.
struct JsonNode {
  JsonKind kind = null_kind;
  bool flag = false;
  std::size_t offset = 0;
  union {
    std::int64_t integer = 0;
    double number;
  };
  std::unique_ptr<std::string> text = {};
  std::unique_ptr<JsonInside> inside = {};  // Of an array or an object.
};

struct JsonInside {
  std::vector<JsonNode> items;  // Of an object its members' values.
  std::vector<std::string> keys;
  std::vector<std::size_t> key_offsets;
};

namespace {

constexpr std::size_t kDeepest = 128;
constexpr std::array kKindNames = {"null",   "true or false", "a whole number", "a number",
                                   "a text", "an array",      "an object"};

[[noreturn]] void fail_at(std::string_view text, std::size_t offset, std::string_view what,
                          ErrorCode code = ErrorCode::malformed) {
  throw Error(code, fmt::format("{}: {}", describe(position_at(text, offset)), what));
}

// Of the byte order mark that some editors put before a text and none of them counts.
std::size_t mark_length(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  return text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

// Walks over text that the parser has accepted.
class Cursor {
 public:
  // The parser lets a byte order mark pass.
  explicit Cursor(std::string_view text) : text_(text), at_(mark_length(text)) {}

  // The beginning of the next token that is not a comma or a colon.
  std::size_t next() {
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_).starts_with("/*")) {
        at_ = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
      } else if (std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        break;
      }
    }
    return at_;
  }

  void skip_bracket() { ++at_; }

  void skip_word() { at_ = std::min(text_.find_first_of(" \t\r\n,:]}/", at_), text_.size()); }

  void skip_text() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      at_ += text_[at_] == '\\' ? 1U : 0U;
    }
    ++at_;
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing
// value - unexpected end of input; expected '}'": the part after the place.
std::string complaint(std::string_view what) {
  const std::size_t detail = what.find(" - ");
  const std::size_t place = what.find(": ");
  const std::size_t begin = detail != std::string_view::npos  ? detail + 3
                            : place != std::string_view::npos ? place + 2
                                                              : 0;
  return "not well-formed JSON: " + printable(what.substr(begin));
}

// Receives the parser's events and builds the tree.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const JsonLimit& limit)
      : text_(text), limit_(limit), cursor_(text) {}

  JsonNode take() { return std::move(root_); }

  bool null() override { return word(null_kind) != nullptr; }
  bool boolean(bool flag) override {
    word(boolean_kind)->flag = flag;
    return true;
  }
  bool number_integer(number_integer_t integer) override {
    word(integer_kind)->integer = integer;
    return true;
  }
  bool number_unsigned(number_unsigned_t integer) override {
    if (integer <= static_cast<std::uint64_t>(INT64_MAX)) {
      return number_integer(static_cast<std::int64_t>(integer));
    }
    word(number_kind)->number = static_cast<double>(integer);
    return true;
  }
  bool number_float(number_float_t number, const string_t& /*as_written*/) override {
    word(number_kind)->number = number;
    return true;
  }
  bool string(string_t& text) override {
    JsonNode* const node = add(text_kind);
    node->text = std::make_unique<std::string>(std::move(text));
    cursor_.skip_text();
    return true;
  }
  bool binary(binary_t& /*bytes*/) override { return false; }  // Not in JSON text.

  bool start_object(std::size_t /*size*/) override {
    keys_.emplace_back();
    return open(object_kind);
  }
  bool key(string_t& name) override {
    const std::size_t offset = cursor_.next();
    if (!keys_.back().insert(name).second) {
      fail_at(text_, offset, fmt::format("'{}' stands twice in an object", printable(name)));
    }
    open_.back()->inside->keys.push_back(std::move(name));
    open_.back()->inside->key_offsets.push_back(offset);
    cursor_.skip_text();
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    return close();
  }
  bool start_array(std::size_t /*size*/) override { return open(array_kind); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& error) override {
    if (error.id == kNumberOverflow) {
      fail_at(text_, cursor_.next(), "this number is beyond the range of a double");
    }
    fail_at(text_, position == 0 ? 0 : position - 1, complaint(error.what()));
  }

 private:
  static constexpr int kNumberOverflow = 406;

  // A node's address is stable while it is open: its parent gets no further child until then.
  JsonNode* add(JsonKind kind) {
    const std::size_t offset = cursor_.next();
    if (++values_ > limit_.values) {
      fail_at(text_, offset,
              fmt::format("more than {} values, the limit{}", limit_.values, limit_.raise_with),
              ErrorCode::limit_exceeded);
    }
    JsonNode* const node = open_.empty() ? &root_ : &open_.back()->inside->items.emplace_back();
    node->kind = kind;
    node->offset = offset;
    return node;
  }

  JsonNode* word(JsonKind kind) {
    JsonNode* const node = add(kind);
    cursor_.skip_word();
    return node;
  }

  bool open(JsonKind kind) {
    JsonNode* const node = add(kind);
    if (open_.size() == kDeepest) {
      fail_at(text_, node->offset, fmt::format("nested deeper than {} levels", kDeepest),
              ErrorCode::limit_exceeded);
    }
    node->inside = std::make_unique<JsonInside>();
    open_.push_back(node);
    cursor_.skip_bracket();
    return true;
  }

  bool close() {
    cursor_.next();
    cursor_.skip_bracket();
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const JsonLimit& limit_;
  Cursor cursor_;
  JsonNode root_;
  std::size_t values_ = 0;
  std::vector<JsonNode*> open_;
  std::vector<std::unordered_set<std::string>> keys_;  // Of the objects that are open.
};

// RFC 6901: "~" and "/" in a name are "~0" and "~1".
std::string pointer_token(std::string_view name) {
  std::string out = "/";
  for (const char c : name) {
    if (c == '~' || c == '/') {
      out += c == '~' ? "~0" : "~1";
    } else {
      out += c;
    }
  }
  return out;
}

// The number of bytes that an escape sequence of JSON text has, and those it stands for.
struct EscapeLengths {
  std::size_t written = 1;
  std::size_t decoded = 1;
};

EscapeLengths lengths_at(std::string_view text, std::size_t at) {
  if (text[at] != '\\') {
    return {};
  }
  if (text[at + 1] != 'u') {
    return {.written = 2, .decoded = 1};
  }
  const auto code = std::stoul(std::string(text.substr(at + 2, 4)), nullptr, 16);
  if (code >= 0xD800 && code < 0xE000) {
    return {.written = 12, .decoded = 4};  // A pair of surrogates.
  }
  return {.written = 6, .decoded = code < 0x80 ? 1U : code < 0x800 ? 2U : 3U};
}

}  // namespace

TextPosition position_at(std::string_view text, std::size_t offset) {
  TextPosition position;
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  for (const char c : before.substr(mark_length(before))) {
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {  // Not inside a character.
      ++position.column;
    }
  }
  return position;
}

std::string describe(TextPosition position) {
  return fmt::format("line {}, column {}", position.line, position.column);
}

JsonDocument::JsonDocument(std::string_view text, JsonComments comments, const JsonLimit& limit)
    : text_(text) {
  Builder builder(text, limit);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                            nlohmann::json::input_format_t::json, true,
                            comments == JsonComments::allowed);
  root_ = std::make_unique<JsonNode>(builder.take());
}

JsonDocument::~JsonDocument() = default;

std::string JsonDocument::pointer_to(const JsonNode& node) const {
  std::string pointer;
  for (const JsonNode* at = root_.get(); at != &node;) {
    const JsonInside& inside = *at->inside;
    // The last child that begins no later than the node is the node or holds it.
    const auto after = std::ranges::upper_bound(inside.items, node.offset, {}, &JsonNode::offset);
    const auto index = static_cast<std::size_t>(after - inside.items.begin()) - 1;
    pointer +=
        at->kind == object_kind ? pointer_token(inside.keys[index]) : fmt::format("/{}", index);
    at = &inside.items[index];
  }
  return printable(pointer);
}

bool JsonValue::is_null() const noexcept {
  return node_->kind == null_kind;
}

bool JsonValue::is_text() const noexcept {
  return node_->kind == text_kind;
}

bool JsonValue::is_number() const noexcept {
  return node_->kind == integer_kind || node_->kind == number_kind;
}

bool JsonValue::is_array() const noexcept {
  return node_->kind == array_kind;
}

bool JsonValue::is_object() const noexcept {
  return node_->kind == object_kind;
}

const JsonNode& JsonValue::expect(int kind) const {
  if (node_->kind != kind) {
    fail(fmt::format("expected {}, not {}", kKindNames[static_cast<std::size_t>(kind)],
                     kKindNames[static_cast<std::size_t>(node_->kind)]));
  }
  return *node_;
}

const std::string& JsonValue::text() const {
  return *expect(text_kind).text;
}

bool JsonValue::boolean() const {
  return expect(boolean_kind).flag;
}

double JsonValue::number() const {
  return node_->kind == integer_kind ? static_cast<double>(node_->integer)
                                     : expect(number_kind).number;
}

std::int64_t JsonValue::integer(std::int64_t least) const {
  const std::int64_t value = expect(integer_kind).integer;
  if (value < least) {
    fail(fmt::format("must be at least {}, not {}", least, value));
  }
  return value;
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> values;
  for (const JsonNode& item : expect(array_kind).inside->items) {
    values.emplace_back(*document_, item);
  }
  return values;
}

const std::vector<std::string>& JsonValue::keys() const {
  return expect(object_kind).inside->keys;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  const JsonInside& object = *expect(object_kind).inside;
  const auto place = std::ranges::find(object.keys, key);
  if (place == object.keys.end()) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(place - object.keys.begin());
  return JsonValue(*document_, object.items[index]);
}

JsonValue JsonValue::at(std::string_view key) const {
  const std::optional<JsonValue> value = find(key);
  if (!value) {
    fail(fmt::format("has no '{}'", key));
  }
  return *value;
}

std::size_t JsonValue::offset() const noexcept {
  return node_->offset;
}

void JsonValue::fail(std::string_view what) const {
  const std::string pointer = document_->pointer_to(*node_);
  fail_at(document_->text(), node_->offset,
          pointer.empty() ? std::string(what) : fmt::format("{}: {}", pointer, what));
}

void JsonValue::fail_at_key(std::string_view key, std::string_view what) const {
  const JsonInside& object = *node_->inside;
  const auto place = std::ranges::find(object.keys, key);
  const auto index = static_cast<std::size_t>(place - object.keys.begin());
  fail_at(document_->text(), object.key_offsets.at(index), what);
}

void JsonValue::fail_inside(std::size_t index, std::string_view what) const {
  const std::string_view written = document_->text();
  std::size_t at = node_->offset + 1;
  for (std::size_t decoded = 0; decoded < index;) {
    const EscapeLengths lengths = lengths_at(written, at);
    at += lengths.written;
    decoded += lengths.decoded;
  }
  fail_at(written, at, what);
}

}  // namespace hindcast
