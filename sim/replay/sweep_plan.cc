#include "sim/replay/sweep_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/replay/replay_options.h"

namespace sim::replay {

namespace {

using thin_tools::invalid_value;
using thin_tools::usage_error;

constexpr std::size_t variants_max = 10'000;

// Each run of a sweep would write the same file.
constexpr std::array<std::string_view, 9> of_the_whole{
    "sweep", "advise-block-size", "shard", "jobs", "json", "csv", "quiet", "html", "junit"};

std::vector<std::string> values_of(const std::string& sweep, std::size_t equals) {
  std::vector<std::string> values;
  for (std::size_t at = equals + 1; at <= sweep.size();) {
    const auto comma = std::min(sweep.find(',', at), sweep.size());
    if (comma == at) throw invalid_value("sweep", sweep, "a value is empty");
    values.push_back(sweep.substr(at, comma - at));
    if (std::ranges::count(values, values.back()) > 1)
      throw invalid_value("sweep", sweep, fmt::format("'{}' is there twice", values.back()));
    at = comma + 1;
  }
  return values;
}

}  // namespace

std::vector<variant> plan_sweep(std::span<const std::string> sweeps) {
  std::vector<variant> all{{}};
  for (const auto& sweep : sweeps) {
    const auto equals = sweep.find('=');
    if (equals == std::string::npos) throw invalid_value("sweep", sweep, "expected NAME=A,B,C");
    const auto name = sweep.substr(0, equals);
    if (!may_be_swept(name))
      throw usage_error(fmt::format("'{}' cannot be swept: it is no option of the pool", name));
    std::vector<variant> more;
    const auto values = values_of(sweep, equals);
    if (values.size() * all.size() > variants_max)
      throw usage_error(fmt::format("a sweep has at most {} variants", variants_max));
    for (const auto& v : all)
      for (const auto& value : values) {
        auto& added = more.emplace_back(v);
        added.name += fmt::format("{}{}={}", added.name.empty() ? "" : " ", name, value);
        added.arguments.push_back(fmt::format("--{}={}", name, value));
      }
    all = std::move(more);
  }
  return all;
}

std::vector<variant> choose_shard(std::vector<variant> all, const std::string& shard) {
  const auto slash = shard.find('/');
  const auto part = thin_tools::parse_number(std::string_view(shard).substr(0, slash));
  const auto parts = slash == std::string::npos
                         ? std::nullopt
                         : thin_tools::parse_number(std::string_view(shard).substr(slash + 1));
  if (!part || !parts || *part == 0 || *part > *parts)
    throw invalid_value("shard", shard, "expected I/N with I from 1 to N");
  std::vector<variant> chosen;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % *parts == *part - 1) chosen.push_back(std::move(all[i]));
  return chosen;
}

std::vector<std::string> arguments_of(const variant& v, const thin_tools::command_line& line) {
  std::vector<std::string> arguments;
  for (const auto& row : replay_option_rows()) {
    if (std::ranges::find(of_the_whole, row.name) != of_the_whole.end()) continue;
    const auto own = fmt::format("--{}=", row.name);
    if (std::ranges::any_of(v.arguments, [&](const auto& a) { return a.starts_with(own); }))
      continue;
    if (row.takes == thin_tools::argument::none && line.has(row.name))
      arguments.push_back(fmt::format("--{}", row.name));
    for (const auto& value : line.values(row.name))
      arguments.push_back(fmt::format("--{}={}", row.name, value));
  }
  arguments.insert(arguments.end(), v.arguments.begin(), v.arguments.end());
  arguments.emplace_back("--");
  for (const auto& operand : line.operands()) arguments.push_back(operand);
  return arguments;
}

}  // namespace sim::replay
