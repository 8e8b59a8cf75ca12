// dd if=/dev/zero: zeroes part of a device. It writes through the page cache:
// the device sees requests of one page each, and the exit status does not tell
// whether they succeed.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "persistent-data/base/checked_math.h"
#include "sim/scenario/commands.h"

namespace sim {

namespace {

constexpr sector page_sectors = 8;

std::optional<std::uint64_t> multiplier(std::string_view suffix) {
  constexpr std::pair<std::string_view, std::uint64_t> suffixes[] = {
      {"", 1},           {"c", 1},           {"w", 2},           {"b", 512},       {"kB", 1000},
      {"KB", 1000},      {"k", 1 << 10},     {"K", 1 << 10},     {"KiB", 1 << 10}, {"MB", 1000000},
      {"M", 1 << 20},    {"MiB", 1 << 20},   {"GB", 1000000000}, {"G", 1 << 30},   {"GiB", 1 << 30},
      {"T", 1ULL << 40}, {"TiB", 1ULL << 40}};
  for (const auto& [name, factor] : suffixes)
    if (name == suffix) return factor;
  return std::nullopt;
}

// A number with a suffix; factors may be joined by 'x'.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (const auto cross = text.find('x'); cross != std::string_view::npos) {
    const auto left = parse_size(text.substr(0, cross));
    const auto right = parse_size(text.substr(cross + 1));
    return left && right ? pdata::checked_mul(*left, *right) : std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) return std::nullopt;
  const auto factor = multiplier(text.substr(static_cast<std::size_t>(end - text.data())));
  return factor ? pdata::checked_mul(value, *factor) : std::nullopt;
}

struct operands {
  std::string of;
  std::uint64_t block = 512;
  std::optional<std::uint64_t> count;
  std::uint64_t seek = 0;
};

std::uint64_t size_or_throw(const std::string& name, const std::string& value) {
  const auto size = parse_size(value);
  if (!size) throw command_error(fmt::format("dd: '{}={}' is not a number", name, value));
  return *size;
}

operands parse_operands(const command_text& command) {
  operands all;
  bool from_zero = false;
  for (const auto& word : std::span(command.words).subspan(1)) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (name == "if" && value == "/dev/zero")
      from_zero = true;
    else if (name == "of" && !value.empty())
      all.of = value;
    else if (name == "bs")
      all.block = size_or_throw(name, value);
    else if (name == "count")
      all.count = size_or_throw(name, value);
    else if (name == "seek")
      all.seek = size_or_throw(name, value);
    else
      throw command_error(fmt::format("dd: '{}' is not part of the scenario language", word));
  }
  if (!from_zero || all.of.empty() || all.block == 0)
    throw command_error("dd needs if=/dev/zero, of=DEVICE and a block size");
  return all;
}

// Zeroes bytes of one logical block; the rest of it stays.
void zero_part_of_block(machine& on, device& target, std::uint64_t begin, std::uint64_t end) {
  const sector block = target.limits().logical_block;
  const sector at = begin / sector_bytes / block * block;
  byte_buffer bytes(pdata::to_size(block * sector_bytes));
  const content_sink sink = [&](sector offset, sector count, const content& what) {
    what.copy_to(std::span(bytes).subspan(pdata::to_size(offset * sector_bytes),
                                          pdata::to_size(count * sector_bytes)));
  };
  if (!perform(on, target, block_request::read(at, block, &sink)).ok()) return;
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(begin - at * sector_bytes),
            bytes.begin() + static_cast<std::ptrdiff_t>(end - at * sector_bytes), std::byte{0});
  perform(on, target, block_request::write(at, block, content::copy_of(bytes))).ignore();
}

void zero_sectors(machine& on, device& target, sector first, sector end) {
  if (dynamic_cast<mapped_device*>(&target) == nullptr) {
    perform(on, target, block_request::write(first, end - first, content())).ignore();
    return;
  }
  std::size_t pending = 0;
  while (first < end) {
    const sector count = std::min<sector>(end - first, page_sectors - first % page_sectors);
    ++pending;
    start(target, block_request::write(first, count, content()), [&](pdata::status) { --pending; });
    first += count;
  }
  if (!on.loop().run_until([&] { return pending == 0; }, on.patience()))
    throw pdata::error(fmt::format("dd to '{}' would wait forever", target.path()));
}

void zero_bytes(machine& on, device& target, std::uint64_t begin, std::uint64_t end) {
  const auto block_bytes = target.limits().logical_block * sector_bytes;
  const auto partial_end = std::min(end, pdata::div_up(begin, block_bytes) * block_bytes);
  if (begin % block_bytes != 0) {
    zero_part_of_block(on, target, begin, partial_end);
    begin = partial_end;
  }
  const auto whole_end = std::max(begin, end - end % block_bytes);
  if (begin < whole_end) zero_sectors(on, target, begin / sector_bytes, whole_end / sector_bytes);
  if (whole_end < end) zero_part_of_block(on, target, whole_end, end);
}

int run_dd(const operands& what, machine& on, command_output& to) {
  device* target = on.find_device(what.of);
  if (target == nullptr) {
    to.messages += fmt::format("dd: can't open '{}': No such file or directory\n", what.of);
    return 1;
  }
  const auto size = target->size() * sector_bytes;
  const auto begin = pdata::checked_mul(what.block, what.seek);
  if (!begin || *begin > size) {
    to.messages += fmt::format("dd: {}: Invalid argument\n", what.of);
    return 1;
  }
  const auto length = what.count ? pdata::checked_mul(what.block, *what.count) : std::nullopt;
  const bool fits = length && *length <= size - *begin;
  const auto end = fits ? *begin + *length : size;
  if (*begin < end) zero_bytes(on, *target, *begin, end);
  if (fits) return 0;
  to.messages += fmt::format("dd: error writing '{}': No space left on device\n", what.of);
  return 1;
}

}  // namespace

action prepare_dd(const command_text& command) {
  return [what = parse_operands(command)](machine& on, command_output& to) {
    return run_dd(what, on, to);
  };
}

}  // namespace sim
