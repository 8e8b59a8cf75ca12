#include "sim/report/expectation.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "persistent-data/base/error.h"

namespace sim::report {

namespace {

struct operator_row {
  std::string_view text;
  comparison op;
};

// Longer ones first: "<=" begins with "<".
constexpr std::array operators{
    operator_row{"<=", comparison::less_equal}, operator_row{">=", comparison::greater_equal},
    operator_row{"==", comparison::equal},      operator_row{"!=", comparison::not_equal},
    operator_row{"<", comparison::less},        operator_row{">", comparison::greater},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool holds(comparison op, double value, double number) {
  switch (op) {
    case comparison::less:
      return value < number;
    case comparison::less_equal:
      return value <= number;
    case comparison::equal:
      return value == number;
    case comparison::not_equal:
      return value != number;
    case comparison::greater_equal:
      return value >= number;
    case comparison::greater:
      return value > number;
  }
  return false;
}

}  // namespace

expectation parse_expectation(std::string_view expression) {
  const auto wrong = [&](std::string_view why) {
    return pdata::error(fmt::format("Expectation '{}': {}", expression, why));
  };
  const std::size_t place = expression.find_first_of("<>=!");
  if (place == std::string_view::npos)
    throw wrong("expected 'NAME OP NUMBER' with one of < <= == != >= >");
  const std::string_view rest = expression.substr(place);
  const operator_row* found = nullptr;
  for (const operator_row& row : operators)
    if (found == nullptr && rest.starts_with(row.text)) found = &row;
  if (found == nullptr) throw wrong("unknown operator: expected one of < <= == != >= >");

  const std::string_view name = trimmed(expression.substr(0, place));
  const value_row* value = find_value(name);
  if (value == nullptr)
    throw wrong(
        fmt::format("no value is called '{}'. Most like it: {}", name, similar_names(name)));

  const std::string_view given = trimmed(rest.substr(found->text.size()));
  std::string_view text = given;
  using relation = expectation::relation;
  relation to_baseline = relation::none;
  if (text.starts_with('+') || text.starts_with('-')) {
    to_baseline = text.ends_with('%') ? relation::percent : relation::difference;
    if (text.ends_with('%')) text.remove_suffix(1);
    if (text.starts_with("+-")) throw wrong(fmt::format("'{}' is not a number", given));
    if (text.starts_with('+')) text.remove_prefix(1);
  }
  double number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number))
    throw wrong(fmt::format("'{}' is not a number", given));
  return {std::string(expression), value, found->op, number, to_baseline};
}

expectation_outcome evaluate(const expectation& expected, const replay_report& report,
                             const std::map<std::string, double>& baseline) {
  const double value = expected.value->of(report).as_double();
  if (expected.to_baseline == expectation::relation::none)
    return {expected.expression, value, holds(expected.op, value, expected.number), {}};
  const auto base = baseline.find(std::string(expected.value->name));
  if (base == baseline.end())
    throw pdata::error(fmt::format("Expectation '{}': the baseline has no value {}",
                                   expected.expression, expected.value->name));
  constexpr double percent = 100;
  const double limit = expected.to_baseline == expectation::relation::percent
                           ? base->second + base->second * expected.number / percent
                           : base->second + expected.number;
  return {expected.expression, value, holds(expected.op, value, limit), limit};
}

}  // namespace sim::report
