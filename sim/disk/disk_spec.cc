#include "sim/disk/disk_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "persistent-data/base/error.h"
#include "sim/disk/size_text.h"

namespace sim {

namespace {

constexpr sector largest_block = 8;  // a page: larger ones are no block devices of Linux 6.1
constexpr sector page_sectors = 8;

thin_tools::pass disk_pass(const std::string& role, const std::string& path) {
  return thin_tools::admit({role, path, thin_tools::use::write});
}

// A number alone counts bytes.
std::optional<sector> parse_limit(std::string_view text) {
  const bool is_number =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto size = parse_sectors(is_number ? std::string(text) + "b" : std::string(text));
  if (!size || *size == 0 || *size > queue_limits::no_limit) return std::nullopt;
  return size;
}

bool set_size(sector& limit, std::string_view value) {
  const auto size = parse_limit(value);
  if (size) limit = *size;
  return size.has_value();
}

bool set_block(sector& limit, std::string_view value, sector most) {
  const auto size = parse_limit(value);
  if (!size || !std::has_single_bit(size->value()) || *size > most) return false;
  limit = *size;
  return true;
}

// Either of two words.
template <class T>
bool set_word(T& to, std::string_view value, std::string_view word, T meaning) {
  if (value != word) return false;
  to = meaning;
  return true;
}

struct option_row {
  std::string_view name;
  std::string_view expected;
  bool (*set)(disk_options&, std::string_view);
};

constexpr option_row rows[] = {
    {"logical", "512, 1024, 2048 or 4096",
     [](disk_options& o, std::string_view v) {
       return set_block(o.logical_block, v, largest_block);
     }},
    {"physical", "a power of two from 512 on",
     [](disk_options& o, std::string_view v) {
       return set_block(o.physical_block, v, queue_limits::no_limit);
     }},
    {"min-io", "a size", [](disk_options& o, std::string_view v) { return set_size(o.io_min, v); }},
    {"opt-io", "a size", [](disk_options& o, std::string_view v) { return set_size(o.io_opt, v); }},
    {"max-io", "a size of at least 4k",
     [](disk_options& o, std::string_view v) {
       return set_size(o.max_request, v) && o.max_request >= page_sectors;
     }},
    {"discard", "a size, or none",
     [](disk_options& o, std::string_view v) {
       return set_word(o.max_discard, v, "none", sector{0}) || set_size(o.discard_granularity, v);
     }},
    {"discard-max", "a size",
     [](disk_options& o, std::string_view v) { return set_size(o.max_discard, v); }},
    {"discarded", "kept or zeroed",
     [](disk_options& o, std::string_view v) {
       return set_word(o.contents, v, "kept", after_discard::kept) ||
              set_word(o.contents, v, "zeroed", after_discard::zeroed);
     }},
    {"write-zeroes", "a size, or none",
     [](disk_options& o, std::string_view v) {
       return set_word(o.max_write_zeroes, v, "none", sector{0}) || set_size(o.max_write_zeroes, v);
     }},
    {"write-cache", "none",
     [](disk_options& o, std::string_view v) { return set_word(o.write_cache, v, "none", false); }},
    {"rotational", "no",
     [](disk_options& o, std::string_view v) { return set_word(o.rotational, v, "no", false); }},
};

[[noreturn]] void wrong(const std::string& text, std::string_view what) {
  throw pdata::error(fmt::format("'{}' is not a disk: {}", text, what));
}

// Takes an option off the end; a comma may be part of a file's name.
const option_row* take_option(std::string_view& rest, std::string_view& value) {
  const auto comma = rest.rfind(',');
  if (comma == std::string_view::npos) return nullptr;
  const auto option = rest.substr(comma + 1);
  const auto equals = option.find('=');
  if (equals == std::string_view::npos) return nullptr;
  const auto* const row = std::ranges::find(rows, option.substr(0, equals), &option_row::name);
  if (row == std::end(rows)) return nullptr;
  value = option.substr(equals + 1);
  rest = rest.substr(0, comma);
  return row;
}

void check(const disk_options& options, const std::string& text) {
  if (options.physical_block != 0 && options.physical_block < options.logical_block)
    wrong(text, "its physical blocks are smaller than its logical ones");
  for (const sector size :
       {options.io_min, options.io_opt, options.discard_granularity, options.max_discard})
    if (size != disk_options::longest_of_qemu && size % options.logical_block != 0)
      wrong(text, "a limit is no multiple of its logical blocks");
}

}  // namespace

disk_spec parse_disk_spec(const std::string& text) {
  disk_spec spec;
  std::string_view rest(text), value;
  while (const auto* row = take_option(rest, value))
    if (!row->set(spec.options, value))
      wrong(text, fmt::format("'{}={}': expected {}", row->name, value, row->expected));
  spec.where = rest;
  check(spec.options, text);
  return spec;
}

std::unique_ptr<backing> open_disk(const disk_spec& spec, const std::string& role) {
  const std::string& where = spec.where;
  if (where.starts_with("mem:")) {
    const auto size = parse_sectors(std::string_view(where).substr(4));
    if (!size)
      throw pdata::error(
          fmt::format("'{}' is not a device: expected mem:SIZE with a size like 8m", where));
    return std::make_unique<memory_backing>(*size);
  }
  const auto colon = where.rfind(':');
  if (colon != std::string::npos && colon != 0)
    if (const auto size = parse_sectors(std::string_view(where).substr(colon + 1)))
      return std::make_unique<file_backing>(disk_pass(role, where.substr(0, colon)), *size);
  return std::make_unique<file_backing>(disk_pass(role, where));
}

}  // namespace sim
