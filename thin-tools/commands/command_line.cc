#include "thin-tools/commands/command_line.h"

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

// Boost distinguishes "given without value" by this text, which no shell can
// pass as an argument.
const std::string no_value("\0", 1);

std::string boost_name(const option_row& row) {
  std::string name(row.name.empty() ? std::string_view(&row.letter, 1) : row.name);
  if (row.letter != 0) name += std::string(",") + row.letter;
  return name;
}

// The name under which an option's values are asked for.
std::string key_of(const option_row& row) {
  return std::string(row.name.empty() ? std::string_view(&row.letter, 1) : row.name);
}

void add_rows(po::options_description& description, std::span<const option_row> rows) {
  for (const auto& row : rows) {
    auto* value = new po::typed_value<std::vector<std::string>>(nullptr);  // Boost takes it over
    value->composing();
    if (row.takes == argument::none) value->zero_tokens();
    if (row.takes == argument::optional) value->implicit_value({no_value}, "");
    description.add_options()(boost_name(row).c_str(), value, "");
  }
}

// Optional values must be attached, but Boost would take the next word:
// `-m FILE` is split to `-m=` here, which stands for "no value".
// `-m5` and `-m=5` both become `--name=5`.
std::vector<std::string> attach_optional_values(std::span<const std::string> arguments,
                                                const command_syntax& syntax) {
  std::vector<std::string> attached;
  bool options_ended = false;
  for (const auto& word : arguments) {
    if (word == "--") options_ended = true;
    const option_row* found = nullptr;
    std::string value = no_value;
    for (const auto& row : syntax.options) {
      if (options_ended || row.takes != argument::optional) continue;
      if (row.letter != 0 && word.size() >= 2 && word[0] == '-' && word[1] == row.letter) {
        found = &row;
        if (word.size() > 2) value = word.substr(word[2] == '=' ? 3 : 2);
      } else if (word.size() > 2 && word.starts_with("--") &&
                 std::string_view(row.name).starts_with(
                     std::string_view(word).substr(2, word.find('=') - 2))) {
        const std::string_view stem = std::string_view(word).substr(2, word.find('=') - 2);
        const auto same_stem = [&](const option_row& other) {
          return other.name.starts_with(stem);
        };
        if (stem != row.name && std::ranges::count_if(syntax.options, same_stem) > 1) continue;
        found = &row;
        if (const auto equals = word.find('='); equals != std::string::npos)
          value = word.substr(equals + 1);
      }
    }
    attached.push_back(found == nullptr ? word : "--" + std::string(found->name) + "=" + value);
  }
  return attached;
}

}  // namespace

std::span<const option_row> universal_options() { return universal_rows; }

command_line::command_line(const command_syntax& syntax, std::span<const std::string> arguments) {
  po::options_description description;
  add_rows(description, syntax.options);
  add_rows(description, universal_rows);
  const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_sticky;
  try {
    // With no positional description Boost returns operands in order of
    // appearance as options with a position.
    po::command_line_parser parser(attach_optional_values(arguments, syntax));
    parser.options(description).style(style | po::command_line_style::allow_sticky);
    for (const auto& found : parser.run().options) {
      if (found.position_key >= 0) {
        operands_.insert(operands_.end(), found.value.begin(), found.value.end());
        continue;
      }
      occurrence seen{found.string_key, std::nullopt};
      if (seen.name.starts_with("-")) seen.name.erase(0, seen.name.find_first_not_of('-'));
      for (const auto* rows : {&syntax.options}) {
        for (const auto& row : *rows)
          if (row.letter != 0 && seen.name == std::string_view(&row.letter, 1))
            seen.name = key_of(row);
      }
      for (const auto& row : universal_rows)
        if (seen.name == std::string_view(&row.letter, 1)) seen.name = key_of(row);
      if (!found.value.empty() && found.value.front() != no_value) seen.value = found.value.front();
      occurrences_.push_back(std::move(seen));
    }
  } catch (const po::unknown_option& e) {
    throw usage_error(fmt::format("{}: unrecognized option '{}'", syntax.name, e.get_option_name()));
  } catch (const po::error& e) {
    throw usage_error(fmt::format("{}: {}", syntax.name, e.what()));
  }
}

bool command_line::has(std::string_view name) const {
  return std::ranges::any_of(occurrences_, [&](const auto& o) { return o.name == name; });
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

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number > max)
    return std::nullopt;
  return number;
}

namespace {

std::uint64_t number_or_throw(std::string_view option, const std::string& text,
                              std::uint64_t max) {
  const auto number = parse_number(text, max);
  if (!number)
    throw usage_error(fmt::format("invalid value '{}' for '--{}': not a number from 0 to {}", text,
                                  option, max));
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
  std::string text = fmt::format("Usage: {} [options]{}{}\n{}\n\nOptions:\n", syntax.name,
                                 syntax.operands.empty() ? "" : " ", syntax.operands,
                                 syntax.summary);
  const auto add = [&](const option_row& row) {
    if (row.hidden) return;
    std::string forms = row.letter != 0 ? fmt::format("-{}", row.letter) : std::string("  ");
    if (!row.name.empty()) forms += fmt::format("{} --{}", row.letter != 0 ? "," : " ", row.name);
    if (row.takes == argument::required) forms += fmt::format(" {}", row.value_name);
    if (row.takes == argument::optional) forms += fmt::format("[={}]", row.value_name);
    text += fmt::format("  {:<34} {}\n", forms, row.help);
  };
  for (const auto& row : syntax.options) add(row);
  for (const auto& row : universal_rows) add(row);
  return text;
}

}  // namespace thin_tools
