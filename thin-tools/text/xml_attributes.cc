#include "thin-tools/text/xml_attributes.h"

#include <charconv>
#include <cstring>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

[[noreturn]] void bad_number(const attribute_rule& rule, std::string_view text, const char* why) {
  throw pdata::error("attribute '" + std::string(rule.name) + "': '" + std::string(text) + "' " +
                     why);
}

std::uint64_t parse(const attribute_rule& rule, const char* text) {
  const char* end = text + std::strlen(text);
  std::uint64_t number = 0;
  const auto [stop, failure] = std::from_chars(text, end, number);
  if (failure == std::errc::invalid_argument || stop != end)
    bad_number(rule, text, "is not an unsigned decimal number");
  if (failure == std::errc::result_out_of_range || number > rule.max)
    bad_number(rule, text, ("is above " + std::to_string(rule.max)).c_str());
  return number;
}

void take(const attribute_rule& rule, const char* value) {
  if (rule.number != nullptr) *rule.number = parse(rule, value);
  if (rule.text != nullptr) *rule.text = value;
}

}  // namespace

std::vector<std::string> read_attributes(const char* const* attributes,
                                         std::span<const attribute_rule> rules) {
  std::vector<std::string> unknown;
  std::uint64_t seen = 0;
  std::size_t next = 0;  // attributes mostly come in the order of the rules
  for (; *attributes != nullptr; attributes += 2) {
    const char* name = attributes[0];
    std::size_t tried = 0;
    while (tried < rules.size() && std::strcmp(rules[next].name, name) != 0) {
      next = next + 1 < rules.size() ? next + 1 : 0;
      ++tried;
    }
    if (tried == rules.size()) {
      unknown.emplace_back(name);
      continue;
    }
    take(rules[next], attributes[1]);
    seen |= std::uint64_t{1} << next;
    next = next + 1 < rules.size() ? next + 1 : 0;
  }
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (rules[i].needed == presence::required && (seen >> i & 1) == 0)
      throw pdata::error("missing attribute '" + std::string(rules[i].name) + "'");
  return unknown;
}

}  // namespace thin_tools
