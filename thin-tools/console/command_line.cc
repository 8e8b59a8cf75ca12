#include "thin-tools/console/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>

namespace thin_tools {

namespace po = boost::program_options;

namespace {

constexpr option_row universal_rows[] = {
    {'h', "help", argument::none, "", "print this help and exit"},
    {'V', "version", argument::none, "", "print the version and exit"},
};

// Boost takes no option with an empty value, and has no values that may be absent,
// so that every value begins with one of these.
constexpr char with_value = '=';
constexpr char without_value = '-';

// The name under which an option's values are asked for.
std::string key_of(const option_row& row) {
  return std::string(row.name.empty() ? std::string_view(&row.letter, 1) : row.name);
}

void add_rows(po::options_description& description, std::span<const option_row> rows) {
  for (const auto& row : rows) {
    if (is_heading(row)) continue;
    auto* value = new po::typed_value<std::vector<std::string>>(nullptr);  // Boost takes it over
    value->composing();
    if (row.takes == argument::none) value->zero_tokens();
    description.add_options()(key_of(row).c_str(), value, "");
  }
}

// Brings the words into the one form that leaves Boost nothing to guess: `--name`,
// or `--name=` and the value behind its mark. Whether a word is an option, a value or an operand
// is decided here as getopt_long decides it: a required value takes the rest of
// its word or the whole next one, whatever that looks like; an optional value
// must be attached.
class normaliser {
 public:
  normaliser(const command_syntax& syntax, std::span<const std::string> words)
      : syntax_(syntax), words_(words) {}

  std::vector<std::string> run() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (options_ended_ || word.size() < 2 || word[0] != '-') {
        plain_.push_back(word);
      } else if (word == "--") {
        options_ended_ = true;
        plain_.push_back(word);
      } else if (word[1] == '-') {
        long_option(word);
      } else {
        bundle(word);
      }
    }
    return std::move(plain_);
  }

 private:
  template <class Predicate>
  const option_row* find(Predicate matches, bool unique) const {
    const option_row* found = nullptr;
    for (const auto rows : {syntax_.options, universal_options()}) {
      for (const auto& row : rows) {
        if (is_heading(row) || !matches(row)) continue;
        if (found != nullptr && unique) return nullptr;
        if (found == nullptr) found = &row;
      }
    }
    return found;
  }

  // What is shown nowhere makes no shortened form ambiguous.
  const option_row* shortened(std::string_view stem) const {
    const auto begins = [&](const option_row& r) { return r.name.starts_with(stem); };
    const auto shown = [&](const option_row& r) { return !r.hidden && begins(r); };
    return find(shown, false) != nullptr ? find(shown, true) : find(begins, true);
  }

  void push(const option_row& row, const std::string& value) {
    plain_.push_back("--" + key_of(row) + "=" + with_value + value);
  }
  void push_without_value(const option_row& row) {
    plain_.push_back("--" + key_of(row) + "=" + without_value);
  }

  void long_option(const std::string& word) {
    const auto equals = word.find('=');
    const auto stem =
        std::string_view(word).substr(2, equals == std::string::npos ? equals : equals - 2);
    if (stem.empty())
      throw usage_error(fmt::format("{}: unrecognized option '{}'", syntax_.name, word));
    const auto* row = find([&](const auto& r) { return r.name == stem; }, false);
    if (row == nullptr) row = shortened(stem);
    if (row == nullptr || row->takes == argument::none) {
      plain_.push_back(row == nullptr || equals != std::string::npos ? word : "--" + key_of(*row));
    } else if (equals != std::string::npos) {
      push(*row, word.substr(equals + 1));
    } else if (row->takes == argument::optional) {
      push_without_value(*row);
    } else {
      push_with_next_word(*row, word);
    }
  }

  void bundle(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      const char letter = word[at];
      const auto* row = find([&](const auto& r) { return r.letter == letter; }, false);
      if (row == nullptr) {
        plain_.push_back(std::string("-") + letter);
        return;
      }
      if (row->takes == argument::none) {
        plain_.push_back("--" + key_of(*row));
        continue;
      }
      std::string rest = word.substr(at + 1);
      if (row->takes == argument::required && rest.empty()) return push_with_next_word(*row, word);
      if (rest.empty()) return push_without_value(*row);
      if (rest.starts_with('=')) rest.erase(0, 1);
      return push(*row, rest);
    }
  }

  void push_with_next_word(const option_row& row, const std::string& word) {
    if (next_ < words_.size())
      push(row, words_[next_++]);
    else
      throw usage_error(fmt::format("{}: option '{}' requires an argument", syntax_.name, word));
  }

  const command_syntax& syntax_;
  std::span<const std::string> words_;
  std::size_t next_ = 0;
  bool options_ended_ = false;
  std::vector<std::string> plain_;
};

}  // namespace

std::span<const option_row> universal_options() { return universal_rows; }

command_line::command_line(const command_syntax& syntax, std::span<const std::string> arguments) {
  po::options_description description;
  add_rows(description, syntax.options);
  add_rows(description, universal_rows);
  namespace style = po::command_line_style;
  try {
    po::command_line_parser parser(normaliser(syntax, arguments).run());
    parser.options(description).style(style::unix_style & ~style::allow_guessing);
    for (const auto& found : parser.run().options) {
      if (found.position_key >= 0) {
        operands_.insert(operands_.end(), found.value.begin(), found.value.end());
        continue;
      }
      occurrence seen{found.string_key, std::nullopt};
      if (!found.value.empty() && found.value.front().front() == with_value)
        seen.value = found.value.front().substr(1);
      occurrences_.push_back(std::move(seen));
    }
  } catch (const po::unknown_option& e) {
    throw usage_error(
        fmt::format("{}: unrecognized option '{}'", syntax.name, e.get_option_name()));
  } catch (const po::error& e) {
    throw usage_error(fmt::format("{}: {}", syntax.name, e.what()));
  }
}

std::size_t command_line::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(occurrences_, [&](const auto& o) { return o.name == name; }));
}

std::optional<std::string> command_line::value(std::string_view name) const {
  for (auto o = occurrences_.rbegin(); o != occurrences_.rend(); ++o)
    if (o->name == name) return o->value;
  return std::nullopt;
}

std::vector<std::string> command_line::values(std::string_view name) const {
  std::vector<std::string> all;
  for (const auto& o : occurrences_)
    if (o.name == name && o.value) all.push_back(*o.value);
  return all;
}

usage_error invalid_value(std::string_view option, std::string_view text,
                          std::string_view explanation) {
  return usage_error(fmt::format("invalid value '{}' for '--{}': {}", text, option, explanation));
}

std::vector<name_and_value> command_line::pairs(std::string_view name, std::string_view form,
                                                equals_sign parted_at) const {
  std::vector<name_and_value> all;
  for (const auto& text : values(name)) {
    const auto equals = parted_at == equals_sign::first ? text.find('=') : text.rfind('=');
    if (equals == std::string::npos || equals == 0)
      throw invalid_value(name, text, fmt::format("expected {}", form));
    all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number > max)
    return std::nullopt;
  return number;
}

namespace {

std::uint64_t number_or_throw(std::string_view option, const std::string& text, std::uint64_t max) {
  const auto number = parse_number(text, max);
  if (!number) throw invalid_value(option, text, fmt::format("not a number from 0 to {}", max));
  return *number;
}

}  // namespace

std::optional<std::uint64_t> command_line::number(std::string_view name, std::uint64_t max) const {
  const auto text = value(name);
  if (!text) return std::nullopt;
  return number_or_throw(name, *text, max);
}

std::vector<std::uint64_t> command_line::numbers(std::string_view name, std::uint64_t max) const {
  std::vector<std::uint64_t> all;
  for (const auto& text : values(name)) all.push_back(number_or_throw(name, text, max));
  return all;
}

std::string command_line::required_value(std::string_view name, const std::string& absent) const {
  auto given = value(name);
  if (!given || given->empty()) throw usage_error(absent);
  return *given;
}

std::string command_line::sole_operand(const std::string& absent) const {
  std::optional<std::string> found;
  for (const auto& operand : operands_) {
    if (operand.empty()) continue;
    if (found) throw usage_error(fmt::format("unexpected argument '{}'", operand));
    found = operand;
  }
  if (!found) throw usage_error(absent);
  return *found;
}

void command_line::expect_no_operands() const {
  for (const auto& operand : operands_)
    if (!operand.empty()) throw usage_error(fmt::format("unexpected argument '{}'", operand));
}

std::string usage_text(const command_syntax& syntax) {
  std::string text =
      fmt::format("Usage: {} [options]{}{}\n{}\n\nOptions:\n", syntax.name,
                  syntax.operands.empty() ? "" : " ", syntax.operands, syntax.summary);
  const auto add = [&](const option_row& row) {
    if (row.hidden) return;
    if (is_heading(row)) {
      text += fmt::format(" {}:\n", row.help);
      return;
    }
    std::string forms = row.letter != 0 ? fmt::format("-{}", row.letter) : std::string("  ");
    if (!row.name.empty()) forms += fmt::format("{} --{}", row.letter != 0 ? "," : " ", row.name);
    if (row.takes == argument::required) forms += fmt::format(" {}", row.value_name);
    if (row.takes == argument::optional) forms += fmt::format("[={}]", row.value_name);
    text += fmt::format("  {:<34} {}\n", forms, row.help);
  };
  for (const auto& row : syntax.options) add(row);
  if (std::ranges::any_of(syntax.options, is_heading)) add(heading("General"));
  for (const auto& row : universal_rows) add(row);
  return text;
}

}  // namespace thin_tools
