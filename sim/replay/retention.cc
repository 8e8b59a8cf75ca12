#include "sim/replay/retention.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "thin-tools/console/command_line.h"

namespace sim::replay {

namespace {

struct named_period {
  std::string_view name;
  virtual_time length;
};

constexpr virtual_time hour = 3600 * one_second;
constexpr named_period named[] = {
    {"hourly", hour}, {"daily", 24 * hour}, {"weekly", 7 * 24 * hour}, {"monthly", 30 * 24 * hour}};

// Takes NAME=N into the rule.
bool take(retention& rule, std::string_view name, std::uint64_t count) {
  if (name == "last") {
    rule.last = count;
    return true;
  }
  const auto* const found = std::ranges::find(named, name, &named_period::name);
  if (found == std::end(named)) return false;
  rule.periods.push_back({found->length, count});
  return true;
}

}  // namespace

std::uint64_t retention::most() const {
  std::uint64_t sum = last;
  for (const auto& p : periods) sum = pdata::checked_add(sum, p.count).value_or(UINT64_MAX);
  return sum;
}

std::optional<retention> parse_retention(std::string_view text) {
  retention rule;
  if (const auto plain = thin_tools::parse_number(text)) {
    rule.last = *plain;
    return rule;
  }
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto word = text.substr(0, comma);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto count = thin_tools::parse_number(word.substr(equals + 1));
    if (!count || !take(rule, word.substr(0, equals), *count)) return std::nullopt;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (rule.last == 0 && rule.periods.empty()) return std::nullopt;
  return rule;
}

std::vector<bool> kept_by(const retention& rule, std::span<const virtual_time> taken) {
  std::vector<bool> kept(taken.size());
  for (std::size_t i = 0; i < std::min<std::uint64_t>(rule.last, taken.size()); ++i)
    kept[taken.size() - 1 - i] = true;
  for (const auto& period : rule.periods) {
    std::optional<virtual_time> seen;
    std::uint64_t left = period.count;
    for (std::size_t i = taken.size(); i-- > 0 && left != 0;) {
      const auto bucket = taken[i] / period.length;
      if (seen == bucket) continue;
      seen = bucket;
      kept[i] = true;
      --left;
    }
  }
  return kept;
}

}  // namespace sim::replay
