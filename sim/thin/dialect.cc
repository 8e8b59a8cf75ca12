#include "sim/thin/dialect.h"

#include <algorithm>
#include <charconv>

#include "persistent-data/engine/pool.h"

namespace sim {

namespace {

struct fix_row {
  std::string_view name;
  bool missing_fixes::*lacks;
};

constexpr fix_row fixes[] = {
    {"flush-before-commit", &missing_fixes::flush_before_commit},
    {"fua-overwrite", &missing_fixes::fua_overwrite},
    {"discard-passdown-order", &missing_fixes::discard_passdown_order},
    {"metadata-snap-commit", &missing_fixes::metadata_snap_commit},
    {"refcount-underflow", &missing_fixes::refcount_underflow},
};

// The text up to the separator, which is taken away with it.
std::string_view take_part(std::string_view& text, std::string_view separators) {
  const auto end = text.find_first_of(separators);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

bool add_fix(missing_fixes& lacks, std::string_view name) {
  const auto* const row = std::ranges::find(fixes, name, &fix_row::name);
  if (row == std::end(fixes)) return false;
  lacks.*(row->lacks) = true;
  return true;
}

}  // namespace

std::string fix_names() {
  std::string names;
  for (const auto& row : fixes) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

std::optional<dialect_choice> parse_dialect(std::string_view text, std::string& wrong) {
  dialect_choice choice;
  const auto name = take_part(text, ",");
  if (name == "2011") {
    choice.speaks = dialect::first_2011;
  } else if (name != "linux" && name != "linux-6.1") {
    wrong = "expected linux, linux-6.1 or 2011";
    return std::nullopt;
  }
  constexpr std::string_view without = "without=";
  while (!text.empty()) {
    auto part = take_part(text, ",");
    if (!part.starts_with(without) || choice.speaks == dialect::first_2011) {
      wrong = "expected linux-6.1,without=FIX";
      return std::nullopt;
    }
    part.remove_prefix(without.size());
    do {
      const auto fix = take_part(part, "|+");
      if (add_fix(choice.lacks, fix)) continue;
      wrong = "no fix '" + std::string(fix) + "': there are " + fix_names();
      return std::nullopt;
    } while (!part.empty());
  }
  return choice;
}

std::string to_string(const dialect_choice& choice) {
  if (choice.speaks == dialect::first_2011) return "2011";
  std::string text = "linux-6.1";
  for (const auto& row : fixes)
    if (choice.lacks.*(row.lacks)) text += ",without=" + std::string(row.name);
  return text;
}

pdata::device_id largest_device_id(dialect speaks) {
  return speaks == dialect::first_2011 ? pdata::device_id(UINT32_MAX) : pdata::max_device_id;
}

std::optional<std::uint64_t> parse_kernel_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace sim
