#include "thin-tools/report/report_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "persistent-data/base/checked_math.h"
#include "thin-tools/page/human_numbers.h"

namespace thin_tools::report {

using namespace page;

std::string size_text(std::uint64_t blocks, const pool_contents& of) {
  return bytes_text(pdata::checked_mul(blocks, of.block_bytes()).value_or(UINT64_MAX));
}

std::string blocks_text(std::uint64_t blocks, const pool_contents& of) {
  if (blocks == 0) return "0";
  return fmt::format("{} ({})", size_text(blocks, of), with_separators(blocks));
}

std::string percent_text(std::optional<double> percent) {
  return percent ? fmt::format("{:.1f} %", *percent) : "-";
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return percent_text(100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string device_text(const pool_picture& pool, pdata::device_id device) {
  const auto name = pool.names.find(device);
  return name == pool.names.end() ? std::to_string(device)
                                  : fmt::format("{} ({})", name->second, device);
}

std::string device_words(const pool_picture& pool, pdata::device_id device) {
  const auto name = pool.names.find(device);
  return name == pool.names.end() ? fmt::format("device {}", device)
                                  : fmt::format("{} (device {})", name->second, device);
}

std::string range_text(const pdata::key_range& range) {
  if (!range.end) return fmt::format("{} and all above", with_separators(range.begin));
  if (*range.end == range.begin + 1) return with_separators(range.begin);
  return fmt::format("{} to {}", with_separators(range.begin), with_separators(*range.end - 1));
}

verdict_words verdict_of(const pool_picture& pool) {
  const auto& health = pool.health;
  if (health.damaged())
    return {fmt::format("Damaged: {} {} something.", with_separators(health.fatal),
                        health.fatal == 1 ? "finding costs" : "findings cost"),
            false};
  if (health.leaks != 0)
    return {"Nothing is lost, but space has leaked: it is counted as used and nobody uses it.",
            false};
  if (health.tolerable != 0) return {"Nothing is lost; what was found does no harm.", true};
  if (!health.not_checked.empty())
    return {fmt::format("Nothing wrong was found. Not checked: {}.",
                        fmt::join(health.not_checked, ", ")),
            true};
  return {"Nothing is wrong: every block was checked.", true};
}

}  // namespace thin_tools::report
