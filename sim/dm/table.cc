#include "sim/dm/table.h"

#include <algorithm>
#include <numeric>
#include <ranges>

#include "sim/dm/device_mapper.h"
#include "sim/dm/mapped_device.h"

namespace sim {

using pdata::result;
using pdata::status;
using pdata::success;

namespace {

constexpr sector largest_device = INT64_MAX / sector_bytes;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

sector at_most_unless_zero(sector a, sector b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

sector common_multiple(sector a, sector b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::lcm(a, b);
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

table::~table() {
  targets_.clear();
  for (const auto& [used, access] : devices_) owner_.put_device(*used, access);
}

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

bool table::has_devices() const {
  return std::ranges::any_of(targets_, [](const auto& t) { return t->has_devices(); });
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
  if (type == nullptr) return status(EINVAL);
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
  device* found = owner_.mapper().find_device(name);
  if (found == nullptr) return status(ENODEV);
  if (found == &owner_) return status(EINVAL);
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
    return t->has_devices() && !t->any_device([](device& d, sector, sector) {
      return d.limits().max_discard_sectors == 0;
    });
  });
}

result<queue_limits> table::calculate_limits() {
  queue_limits all{};
  all.discard_granularity = 0;
  for (const auto& t : targets_) {
    queue_limits mine{};
    mine.discard_granularity = 0;
    t->any_device([&](device& d, sector, sector) {
      mine.max_sectors = std::min(mine.max_sectors, d.limits().max_sectors);
      mine.optimal_io = common_multiple(mine.optimal_io, d.limits().optimal_io);
      mine.max_discard_sectors =
          at_most_unless_zero(mine.max_discard_sectors, d.limits().max_discard_sectors);
      mine.discard_granularity = std::max(mine.discard_granularity, d.limits().discard_granularity);
      return false;
    });
    t->io_hints(mine);
    const bool too_small = t->any_device([](device& d, sector first, sector count) {
      return d.size() != 0 && (first >= d.size() || count > d.size() - first);
    });
    if (too_small) return status(EINVAL);
    all.max_sectors = std::min(all.max_sectors, mine.max_sectors);
    all.optimal_io = common_multiple(all.optimal_io, mine.optimal_io);
    all.max_discard_sectors =
        at_most_unless_zero(all.max_discard_sectors, mine.max_discard_sectors);
    all.discard_granularity = std::max(all.discard_granularity, mine.discard_granularity);
  }
  all.write_cache = supports_flush();
  if (!supports_discards()) all.max_discard_sectors = all.discard_granularity = 0;
  return all;
}

}  // namespace sim
