#include "sim/dm/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <set>

#include "persistent-data/base/error.h"
#include "sim/dm/device_mapper.h"
#include "sim/dm/mapped_device.h"

namespace sim {

using pdata::result;
using pdata::status;
using pdata::success;

namespace {

constexpr sector largest_device = INT64_MAX / sector_bytes;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// As the kernel's "%u:%u": no value is too large for it, but for a device number.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  std::size_t n = 0;
  for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n)
    value = value * 10 + static_cast<std::uint32_t>(text[n] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

std::optional<device_number> parse_device_number(std::string_view text) {
  const auto major = take_number(text);
  if (!major || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  const auto minor = take_number(text);
  if (!minor || !text.empty()) return std::nullopt;
  return device_number{*major, *minor};
}

std::string names_of(const std::vector<std::unique_ptr<target_type>>& types) {
  std::vector<std::string> names;
  for (const auto& type : types) names.push_back(type->name());
  std::ranges::sort(names);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  for (;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) return words;
    std::string word;
    while (at < text.size() && !is_space(text[at])) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      word += text[at++];
    }
    words.push_back(std::move(word));
  }
}

std::optional<sector> parse_first_sector(std::string_view text) {
  sector first = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), first.value());
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return first;
}

std::optional<std::uint32_t> parse_unsigned(std::string_view text) {
  const auto number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

bool same_word(const std::string& a, const char* b) { return ::strcasecmp(a.c_str(), b) == 0; }

table::~table() {
  targets_.clear();
  for (const auto& [used, access] : devices_) owner_.put_device(*used, access);
}

const kernel_rules& table::rules() const { return owner_.mapper().rules(); }

sector table::size() const {
  return targets_.empty() ? 0 : targets_.back()->begin() + targets_.back()->length();
}

target* table::find(sector at) const {
  if (targets_.size() == 1) return at < targets_[0]->length() ? targets_[0].get() : nullptr;
  const auto found = std::ranges::upper_bound(
      targets_, at, {}, [](const auto& t) { return t->begin() + t->length() - 1; });
  // upper_bound skips the target whose last sector is `at`.
  if (found != targets_.begin()) {
    const auto& before = *std::prev(found);
    if (at < before->begin() + before->length()) return before.get();
  }
  return found == targets_.end() ? nullptr : found->get();
}

bool table::is_wildcard() const {
  return std::ranges::any_of(types_, [](const auto* type) { return type->features().wildcard; });
}

bool table::has_no_devices() const {
  return std::ranges::all_of(targets_, [](const auto& t) {
    return t->visits_devices() && !t->any_device([](device&, sector, sector) { return true; });
  });
}

bool table::leads_to(const mapped_device& wanted) const {
  std::set<const device*> seen;
  std::vector<const table*> waiting{this};
  while (!waiting.empty()) {
    const table* next = waiting.back();
    waiting.pop_back();
    for (const auto& [used, access] : next->devices_) {
      if (used == &wanted) return true;
      const auto* mapped = dynamic_cast<const mapped_device*>(used);
      if (mapped != nullptr && mapped->active() != nullptr && seen.insert(used).second)
        waiting.push_back(mapped->active());
    }
  }
  return false;
}

std::vector<device*> table::flushed_directly() const {
  std::vector<device*> all;
  if (!std::ranges::all_of(targets_, [](const auto& t) { return t->flush_bypasses_; })) return all;
  for (const auto& [used, access] : devices_ | std::views::reverse)
    if (std::ranges::find(all, used) == all.end()) all.push_back(used);
  return all;
}

void table::event() {
  if (on_event_) on_event_();
}

status table::check_place(const table_line& line, const target_type& type) const {
  const auto& features = type.features();
  if (features.singleton && !targets_.empty()) return status(EINVAL);
  if (immutable_ != nullptr && immutable_ != &type) return status(EINVAL);
  if (features.immutable && !targets_.empty()) return status(EINVAL);
  if (line.begin != size()) return status(EINVAL);
  return success;
}

status table::add_target(const table_line& line) {
  if (!types_.empty() && types_.front()->features().singleton) return status(EINVAL);
  if (line.length == 0) return status(EINVAL);
  if (line.begin > largest_device || line.length > largest_device - line.begin)
    return status(EINVAL);
  target_type* type = owner_.mapper().find_type(line.type);
  if (type == nullptr) {
    if (std::ranges::find(listed_targets(), line.type) != listed_targets().end())
      throw pdata::error(fmt::format("the target '{}' is not simulated; those that are: {}",
                                     line.type, names_of(owner_.mapper().types())));
    return status(EINVAL);
  }
  if (const auto r = check_place(line, *type); !r.ok()) return r;
  if (type->features().immutable) immutable_ = type;
  const auto words = split_words(line.arguments);
  auto made = type->construct({*this, line.begin, line.length}, words);
  if (!made.ok()) return made.failure();
  targets_.push_back(std::move(*made));
  types_.push_back(type);
  return success;
}

result<device*> table::get_device(const std::string& name, device_access access) {
  auto& mapper = owner_.mapper();
  const auto number = parse_device_number(name);
  device* found = number ? mapper.find_device(*number) : mapper.find_device(name);
  if (found == nullptr) return status(number ? ENXIO : ENODEV);
  if (found == &owner_ && rules().has(kernel_rule::own_device_refused)) return status(EINVAL);
  for (const auto& [used, mode] : devices_)
    if (used == found && (mode == access || mode == device_access::read_write)) return found;
  if (const auto r = owner_.get_device(*found, access); !r.ok()) return r;
  devices_.emplace_back(found, access);
  return found;
}

bool table::supports_flush() const {
  return std::ranges::any_of(targets_, [](const auto& t) {
    if (!t->takes_flushes_) return false;
    return t->flush_always_ ||
           t->any_device([](device& d, sector, sector) { return d.limits().write_cache; });
  });
}

bool table::supports_discards() const {
  return std::ranges::all_of(targets_, [](const auto& t) {
    if (!t->takes_discards_) return false;
    if (t->discard_always_) return true;
    return t->visits_devices() && !t->any_device([](device& d, sector, sector) {
      return d.limits().max_discard_sectors == 0;
    });
  });
}

// A request that is whole logical blocks of the device must reach each target in whole blocks of
// what is below it.
bool table::is_aligned(sector logical_block) const {
  sector start = 0;      // of the next target, within a block
  sector remaining = 0;  // of a request that crosses into it
  for (const auto& t : targets_) {
    auto mine = queue_limits::stacking(rules());
    t->any_device([&](device& d, sector first, sector) {
      mine.stack(d.limits(), first);
      return false;
    });
    if (remaining < t->length() && remaining % mine.logical_block != 0) break;
    start = (start + t->length()) % logical_block;
    remaining = start == 0 ? 0 : logical_block - start;
  }
  return remaining == 0;
}

result<queue_limits> table::calculate_limits() {
  auto all = queue_limits::stacking(rules());
  for (const auto& t : targets_) {
    auto mine = queue_limits::stacking(rules());
    t->any_device([&](device& d, sector first, sector) {
      mine.stack(d.limits(), first);
      return false;
    });
    t->io_hints(mine);
    const bool does_not_fit = t->any_device([&](device& d, sector first, sector count) {
      if (d.size() == 0) return false;
      return first >= d.size() || count > d.size() - first || first % mine.logical_block != 0 ||
             count % mine.logical_block != 0;
    });
    if (does_not_fit) return status(EINVAL);
    all.stack(mine, 0);
  }
  if (!is_aligned(all.logical_block)) return status(EINVAL);
  return all;
}

void table::restrict(queue_limits& limits) const {
  limits.write_cache = supports_flush();
  if (!supports_discards()) {
    limits.max_discard_sectors = limits.max_hw_discard_sectors = 0;
    limits.discard_granularity = limits.discard_alignment = 0;
  }
  const bool zeroes = std::ranges::all_of(targets_, [](const auto& t) {
    return t->takes_write_zeroes_ && t->visits_devices() &&
           !t->any_device(
               [](device& d, sector, sector) { return d.limits().max_write_zeroes_sectors == 0; });
  });
  if (!zeroes) limits.max_write_zeroes_sectors = 0;
  limits.settle(rules());
}

}  // namespace sim
