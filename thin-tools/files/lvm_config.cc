#include "thin-tools/files/lvm_config.h"

#include <algorithm>
#include <charconv>

namespace thin_tools {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// What ends a key that is not in quotes.
bool ends_key(char c) {
  constexpr std::string_view others = "#={}[],\"'";
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7f || others.find(c) != others.npos;
}

class parser {
 public:
  explicit parser(std::string_view text) : text_(text) {}

  lvm_section whole() {
    lvm_section top;
    while (skip_space()) add_entry(top, 0);
    return top;
  }

 private:
  // Past white space and comments; false at the end.
  bool skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (is_space(c))
        advance();
      else
        return true;
    }
    return false;
  }

  void advance() { line_ += text_[at_++] == '\n' ? 1 : 0; }

  [[noreturn]] void fail(const std::string& what) const { throw lvm_text_error(line_, what); }
  char peek(const char* expected) {
    if (!skip_space()) fail(std::string("the text ends where ") + expected + " should be");
    return text_[at_];
  }

  void add_entry(lvm_section& to, unsigned depth) {
    const std::uint64_t line = line_;
    auto key = read_key();
    const char next = peek("'=' or '{'");
    lvm_entry entry{line, {}};
    if (next == '{') {
      entry.value = read_section(depth + 1);
    } else if (next == '=') {
      ++at_;
      read_value(entry);
    } else {
      fail("neither '=' nor '{' after '" + shown(key) + "'");
    }
    const auto [place, is_new] = to.entries.emplace(std::move(key), std::move(entry));
    if (!is_new) throw lvm_text_error(line, "'" + shown(place->first) + "' comes twice");
  }

  std::string read_key() {
    count_value();
    if (text_[at_] == '"' || text_[at_] == '\'') return read_string();
    const std::size_t begin = at_;
    while (at_ < text_.size() && !ends_key(text_[at_])) ++at_;
    if (at_ == begin) fail("no key where one should be");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::unique_ptr<lvm_section> read_section(unsigned depth) {
    if (depth > lvm_depth_max) fail("sections are nested too deeply");
    const std::uint64_t begun = line_;
    ++at_;
    auto section = std::make_unique<lvm_section>();
    while (true) {
      if (!skip_space()) throw lvm_text_error(begun, "the section that begins here has no end");
      if (text_[at_] == '}') break;
      add_entry(*section, depth);
    }
    ++at_;
    return section;
  }

  void read_value(lvm_entry& entry) {
    if (peek("a value") == '[')
      entry.value = read_list();
    else
      entry.value = read_scalar();
  }

  lvm_list read_list() {
    ++at_;
    lvm_list list;
    while (peek("']'") != ']') {
      list.push_back(read_scalar());
      const char next = peek("',' or ']'");
      if (next == ',')
        ++at_;
      else if (next != ']')
        fail("neither ',' nor ']' in a list");
    }
    ++at_;
    return list;
  }

  lvm_scalar read_scalar() {
    count_value();
    const char c = text_[at_];
    if (c == '"' || c == '\'') return read_string();
    return read_number();
  }

  std::string read_string() {
    const char quote = text_[at_++];
    std::string read;
    while (true) {
      if (at_ >= text_.size() || text_[at_] == '\n') fail("a string has no end");
      char c = text_[at_++];
      if (c == quote) return read;
      if (c == '\\' && quote == '"') {
        if (at_ >= text_.size() || text_[at_] == '\n') fail("a string has no end");
        c = text_[at_++];
      }
      read += c;
    }
  }

  lvm_scalar read_number() {
    const std::size_t begin = at_;
    if (text_[at_] == '-' || text_[at_] == '+') ++at_;
    bool whole = true;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.'))
      whole = text_[at_++] != '.' && whole;
    const auto read = text_.substr(begin, at_ - begin);
    if (std::ranges::none_of(read, is_digit) || (at_ < text_.size() && !ends_key(text_[at_])))
      fail("a value is neither number nor string");
    if (!whole) return lvm_fraction{std::string(read)};
    std::int64_t number = 0;
    const auto* first = read.data() + (read.front() == '+' ? 1 : 0);
    const auto* last = read.data() + read.size();
    const auto result = std::from_chars(first, last, number);
    if (result.ec != std::errc() || result.ptr != last) fail("a number is too large");
    return number;
  }

  void count_value() {
    if (++nr_values_ > lvm_values_max) fail("there are too many values");
  }

  // A key as an error shows it: of one line, and short.
  static std::string shown(const std::string& key) {
    constexpr std::size_t shown_max = 64;
    std::string text = key.substr(0, shown_max);
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
    return text;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::size_t nr_values_ = 0;
};

}  // namespace

const lvm_section* lvm_entry::section() const {
  const auto* nested = std::get_if<std::unique_ptr<lvm_section>>(&value);
  return nested ? nested->get() : nullptr;
}

const std::string* lvm_entry::text() const {
  const auto* scalar = std::get_if<lvm_scalar>(&value);
  return scalar ? std::get_if<std::string>(scalar) : nullptr;
}

std::optional<std::uint64_t> lvm_entry::number() const {
  const auto* scalar = std::get_if<lvm_scalar>(&value);
  const auto* number = scalar ? std::get_if<std::int64_t>(scalar) : nullptr;
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

const lvm_entry* lvm_section::find(std::string_view key) const {
  const auto found = entries.find(key);
  return found == entries.end() ? nullptr : &found->second;
}

lvm_section parse_lvm_config(std::string_view text) {
  if (text.size() > lvm_text_bytes_max) throw lvm_text_error(1, "the text is too long");
  return parser(text).whole();
}

}  // namespace thin_tools
