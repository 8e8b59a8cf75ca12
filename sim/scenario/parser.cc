#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "persistent-data/base/error.h"
#include "sim/scenario/script.h"

namespace sim {

namespace {

bool starts_name(char c) { return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

struct here_document {
  std::size_t command;
  std::string delimiter;
  bool expands;
};

class parser {
 public:
  parser(std::string name, std::string_view text, variables set)
      : text_(text), variables_(std::move(set)) {
    script_.name = std::move(name);
  }

  script parse() {
    while (at_ < text_.size()) read_line();
    return std::move(script_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw pdata::error(fmt::format("{}:{}: {}", script_.name, line_, reason));
  }
  [[noreturn]] void not_in_language(std::string_view what) const {
    fail(fmt::format("{} is not part of the scenario language", what));
  }

  bool at_end() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  char next() {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }
  bool skip_continuation() {
    if (peek() != '\\' || peek(1) != '\n') return false;
    next();
    next();
    return true;
  }
  void skip_blanks() {
    while (is_blank(peek()) || skip_continuation())
      if (is_blank(peek())) next();
  }

  void read_line();
  bool read_assignment(script_command& command);
  bool read_redirection(script_command& command);
  void read_here_document_start();
  void read_here_document(const here_document& document);
  void read_word(std::vector<word>& to) { read_value(true, &to); }
  word read_value(bool splits, std::vector<word>* to);
  void read_double_quoted(word& to);
  void read_single_quoted(word& to);
  word read_substitution();
  void finish(script_command command);

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned line_ = 1;
  variables variables_;
  script script_;
  std::vector<here_document> documents_;  // that begin after this line
};

void parser::read_line() {
  script_command command;
  command.line = line_;
  for (;;) {
    skip_blanks();
    if (at_end() || peek() == '\n') break;
    if (peek() == '#') {
      while (!at_end() && peek() != '\n') next();
      break;
    }
    if (command.words.empty() && read_assignment(command)) continue;
    if (read_redirection(command)) continue;
    read_word(command.words);
  }
  if (!at_end()) next();
  finish(std::move(command));
  std::vector<here_document> documents;
  documents.swap(documents_);
  for (const auto& document : documents) read_here_document(document);
}

void parser::finish(script_command command) {
  const bool has_input = !documents_.empty();
  if (command.words.empty()) {
    if (has_input || command.drops_output || command.drops_messages)
      fail("a redirection without a command");
    if (command.keeps_status_in.empty()) return;
  } else if (!command.keeps_status_in.empty()) {
    not_in_language("an assignment before a command");
  }
  script_.commands.push_back(std::move(command));
}

// name=value
bool parser::read_assignment(script_command& command) {
  if (!starts_name(peek())) return false;
  std::size_t length = 0;
  while (in_name(peek(length))) ++length;
  if (peek(length) != '=') return false;
  std::string name(text_.substr(at_, length));
  at_ += length + 1;
  word value = read_value(false, nullptr);
  const unsigned slot = script_.nr_statuses++;
  value.keep_status(slot);
  command.keeps_status_in.push_back(slot);
  variables_[std::move(name)] = std::move(value);
  return true;
}

// 2>/dev/null, >/dev/null, >/sys/..., <<END
bool parser::read_redirection(script_command& command) {
  const bool numbered = (peek() == '1' || peek() == '2') && peek(1) == '>';
  const char from = numbered ? peek() : '1';
  if (!numbered && peek() != '>' && peek() != '<') return false;
  if (numbered) next();
  if (peek() == '<') {
    next();
    if (peek() != '<') not_in_language("'<'");
    next();
    read_here_document_start();
    return true;
  }
  next();
  if (peek() == '>' || peek() == '&') not_in_language("this redirection");
  skip_blanks();
  std::vector<word> target;
  if (!at_end() && peek() != '\n') read_word(target);
  const std::string path = target.size() == 1 ? target[0].fixed_text() : "";
  if (from == '1' && path.starts_with("/sys/")) {
    command.output_file = path;
    return true;
  }
  if (path != "/dev/null")
    not_in_language("a redirection to anything but /dev/null and files below /sys");
  (from == '2' ? command.drops_messages : command.drops_output) = true;
  return true;
}

void parser::read_here_document_start() {
  if (!documents_.empty()) not_in_language("a second here-document for a command");
  skip_blanks();
  here_document document{script_.commands.size(), "", true};
  for (;;) {
    const char c = peek();
    if (c == '\'' || c == '"') {
      document.expands = false;
      next();
      while (!at_end() && peek() != c && peek() != '\n') document.delimiter += next();
      if (peek() != c) fail("a quote is not closed");
      next();
    } else if (in_name(c)) {
      document.delimiter += next();
    } else {
      break;
    }
  }
  if (document.delimiter.empty()) fail("<< needs a word that ends the here-document");
  documents_.push_back(std::move(document));
}

void parser::read_here_document(const here_document& document) {
  std::vector<word> lines;
  const unsigned first = line_;
  for (;;) {
    if (at_end())
      throw pdata::error(fmt::format("{}:{}: the here-document is not ended by '{}'", script_.name,
                                     first, document.delimiter));
    const auto end = std::min(text_.find('\n', at_), text_.size());
    if (text_.substr(at_, end - at_) == document.delimiter) {
      at_ = end;
      if (!at_end()) next();
      break;
    }
    word line;
    while (!at_end() && peek() != '\n') {
      if (document.expands && peek() == '$')
        line.append(read_substitution());
      else if (document.expands && peek() == '`')
        not_in_language("command substitution");
      else if (document.expands && skip_continuation())
        continue;
      else if (document.expands && peek() == '\\' && (peek(1) == '$' || peek(1) == '\\'))
        next(), line.add(std::string(1, next()));
      else
        line.add(std::string(1, next()));
    }
    if (!at_end()) next();
    lines.push_back(std::move(line));
  }
  script_.commands[document.command].input = std::move(lines);
}

// What stands up to the next blank. Words go to `to`, and what a substitution
// brings in is cut at its blanks, if it splits.
word parser::read_value(bool splits, std::vector<word>* to) {
  word value;
  bool is_word = false;
  const auto end_word = [&] {
    if (is_word && to != nullptr) to->push_back(std::exchange(value, word()));
    if (to != nullptr) is_word = false;
  };
  for (;;) {
    if (skip_continuation()) continue;
    const char c = peek();
    if (at_end() || is_blank(c) || c == '\n') break;
    if (c == '$') {
      const word brought = read_substitution();
      if (!splits || !brought.is_fixed()) {
        is_word = true;
        value.append(brought);
        continue;
      }
      for (const char b : brought.fixed_text()) {
        if (is_blank(b) || b == '\n') {
          end_word();
          continue;
        }
        is_word = true;
        value.add(std::string(1, b));
      }
      continue;
    }
    is_word = true;
    if (c == '\'')
      read_single_quoted(value);
    else if (c == '"')
      read_double_quoted(value);
    else if (c == '\\')
      next(), value.add(std::string(1, at_end() ? '\\' : next()));
    else if (c == '`')
      not_in_language("command substitution");
    else if (std::string_view("|&;()").find(c) != std::string_view::npos)
      not_in_language(fmt::format("'{}'", c));
    else if (c == '<' || c == '>')
      break;
    else if (splits && std::string_view("*?[").find(c) != std::string_view::npos)
      not_in_language(fmt::format("the pattern character '{}' outside quotes", c));
    else if (c == '~' && value.fixed_text().empty())
      not_in_language("'~'");
    else
      value.add(std::string(1, next()));
  }
  end_word();
  return value;
}

void parser::read_single_quoted(word& to) {
  next();
  to.add("");
  while (!at_end() && peek() != '\'') to.add(std::string(1, next()));
  if (at_end()) fail("a quote is not closed");
  next();
}

void parser::read_double_quoted(word& to) {
  const unsigned first = line_;
  next();
  to.add("");
  while (!at_end() && peek() != '"') {
    if (skip_continuation()) continue;
    if (peek() == '$')
      to.append(read_substitution());
    else if (peek() == '`')
      not_in_language("command substitution");
    else if (peek() == '\\' && std::string_view("$`\"\\").find(peek(1)) != std::string_view::npos &&
             peek(1) != '\0')
      next(), to.add(std::string(1, next()));
    else
      to.add(std::string(1, next()));
  }
  if (at_end())
    throw pdata::error(fmt::format("{}:{}: a quote is not closed", script_.name, first));
  next();
}

// $name, ${name}, $?; a dollar before anything else stands for itself.
word parser::read_substitution() {
  next();
  if (peek() == '(') not_in_language("command substitution");
  if (peek() == '?') {
    next();
    word status;
    status.add_status(last_status);
    return status;
  }
  const bool braced = peek() == '{';
  if (braced) next();
  std::string name;
  if (starts_name(peek()))
    while (in_name(peek())) name += next();
  if (braced && (name.empty() || peek() != '}')) not_in_language("this form of ${...}");
  if (braced) next();
  if (name.empty()) {
    if (std::isdigit(static_cast<unsigned char>(peek())) != 0 ||
        (!at_end() && std::string_view("$#@*!-").find(peek()) != std::string_view::npos))
      not_in_language(fmt::format("'${}'", peek()));
    return word("$");
  }
  const auto found = variables_.find(name);
  if (found == variables_.end()) fail(fmt::format("the variable '{}' is not set", name));
  return found->second;
}

}  // namespace

script parse_script(std::string name, std::string_view text, variables set) {
  return parser(std::move(name), text, std::move(set)).parse();
}

}  // namespace sim
