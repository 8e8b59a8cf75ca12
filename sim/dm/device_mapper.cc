#include "sim/dm/device_mapper.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"

namespace sim {

using pdata::result;
using pdata::status;
using pdata::success;

namespace {

constexpr std::uint32_t disk_major = 254;
constexpr std::uint32_t disk_minors = 16;  // a disk and its partitions
constexpr std::size_t longest_name = 127;

// The place of a virtio disk among the disks is in its name: /dev/vda is the
// first one, /dev/vdaa follows /dev/vdz.
std::optional<std::uint32_t> place_in_name(std::string_view path) {
  constexpr std::string_view prefix = "/dev/vd";
  constexpr std::size_t most_letters = 3;
  if (!path.starts_with(prefix)) return std::nullopt;
  const auto letters = path.substr(prefix.size());
  if (letters.empty() || letters.size() > most_letters) return std::nullopt;
  std::uint32_t place = 0;
  for (const char c : letters) {
    if (c < 'a' || c > 'z') return std::nullopt;
    place = place * 26 + static_cast<std::uint32_t>(c - 'a') + 1;
  }
  return place - 1;
}

}  // namespace

// Tables hold devices open, perhaps in a circle: none of them is there when the devices go.
device_mapper::~device_mapper() {
  for (const auto& [_, d] : mapped_) d->drop_tables();
}

void device_mapper::remove_all() {
  for (bool progress = true; progress;) {
    progress = false;
    for (const auto& name : names())
      if (find(name)->open_count() == 0) progress |= remove(name).ok();
  }
}

disk& device_mapper::add_disk(const std::string& path, std::unique_ptr<backing> durable,
                              const disk_options& options) {
  const auto is_taken = [&](std::uint32_t place) {
    return std::ranges::any_of(
        disks_, [&](const auto& d) { return d->number().minor == place * disk_minors; });
  };
  std::uint32_t place = place_in_name(path).value_or(0);
  while (is_taken(place)) ++place;
  return *disks_.emplace_back(std::make_unique<disk>(
      path, device_number{disk_major, place * disk_minors}, std::move(durable), options, rules_));
}

device* device_mapper::find_device(const std::string& path) const {
  for (const auto& d : disks_)
    if (d->path() == path) return d.get();
  for (const auto& [_, d] : mapped_)
    if (d->has_node() && d->path() == path) return d.get();
  return nullptr;
}

device* device_mapper::find_device(device_number number) const {
  for (const auto& d : disks_)
    if (d->number() == number) return d.get();
  for (const auto& [_, d] : mapped_)
    if (d->number() == number) return d.get();
  return nullptr;
}

void device_mapper::add_type(std::unique_ptr<target_type> type) {
  types_.push_back(std::move(type));
}

target_type* device_mapper::find_type(const std::string& name) const {
  const auto found = std::ranges::find(types_, name, [](const auto& t) { return t->name(); });
  return found == types_.end() ? nullptr : found->get();
}

mapped_device* device_mapper::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<std::string> device_mapper::names() const {
  std::vector<std::string> all;
  for (const auto& [name, _] : mapped_) all.push_back(name);
  return all;
}

status device_mapper::create(const std::string& name) {
  if (name.empty() || name.size() > longest_name || name.find('/') != std::string::npos)
    return status(EINVAL);
  const bool is_reserved = name == "." || name == ".." || name == "control";
  if (is_reserved && rules_.has(kernel_rule::reserved_names_refused)) return status(EINVAL);
  if (by_name_.contains(name)) return status(EBUSY);
  std::vector<bool> taken(mapped_.size());
  for (const auto& [_, d] : mapped_)
    if (d->number().minor < taken.size()) taken[d->number().minor] = true;
  const auto minor = static_cast<std::uint32_t>(std::ranges::find(taken, false) - taken.begin());
  auto made = std::make_unique<mapped_device>(*this, name, device_number{mapped_major, minor});
  by_name_.emplace(name, made.get());
  mapped_.emplace(name, std::move(made));
  return success;
}

status device_mapper::remove(const std::string& name) {
  mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  if (d->open_count() != 0) return status(EBUSY);
  d->tear_down();
  by_name_.erase(name);
  mapped_.erase(name);
  return success;
}

status device_mapper::load(const std::string& name, std::span<const table_line> lines) {
  mapped_device* d = find(name);
  return d == nullptr ? status(ENXIO) : d->load(lines);
}

status device_mapper::clear(const std::string& name) {
  mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  d->clear_inactive();
  return success;
}

status device_mapper::suspend(const std::string& name, flush_mode mode) {
  mapped_device* d = find(name);
  return d == nullptr ? status(ENXIO) : d->suspend(mode);
}

status device_mapper::resume(const std::string& name, flush_mode mode) {
  mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  const auto r = d->resume(mode);
  if (r.ok()) d->make_node();
  loop_.run();
  return r;
}

status device_mapper::create(const std::string& name, std::span<const table_line> lines) {
  auto r = create(name);
  if (!r.ok()) return r;
  r = load(name, lines);
  if (r.ok()) r = resume(name);
  if (!r.ok()) remove(name).ignore();
  return r;
}

status device_mapper::message(const std::string& name, sector at, const std::string& text) {
  mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  const auto words = split_words(text);
  if (words.empty()) return status(EINVAL);
  if (words[0].starts_with('@'))
    return words.size() == 1 && words[0] == "@cancel_deferred_remove" ? success : status(EINVAL);
  if (d->active() == nullptr) return status(EINVAL);
  target* t = d->active()->find(at);
  if (t == nullptr) return status(EINVAL);
  const auto r = t->message(words);
  loop_.run();
  return r;
}

result<device_info> device_mapper::info(const std::string& name) const {
  const mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  return device_info{
      .name = name,
      .number = d->number(),
      .has_node = d->has_node(),
      .suspended = d->suspended(),
      .has_active = d->active() != nullptr,
      .has_inactive = d->inactive() != nullptr,
      .open_count = d->open_count(),
      .event_number = d->event_number(),
      .read_ahead = d->read_ahead(),
      .nr_targets = d->active() == nullptr ? 0 : d->active()->targets().size(),
  };
}

result<std::vector<target_report>> device_mapper::report(const std::string& name, status_kind kind,
                                                         flush_mode mode, table_slot slot) const {
  const mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  std::vector<target_report> lines;
  const table* asked = slot == table_slot::inactive ? d->inactive() : d->active();
  if (asked == nullptr) return lines;
  for (std::size_t i = 0; i < asked->targets().size(); ++i) {
    target& t = *asked->targets()[i];
    lines.push_back({t.begin(), t.length(), asked->types()[i]->name(), t.describe(kind, mode)});
  }
  return lines;
}

status device_mapper::wait(const std::string& name, std::uint32_t event_number) {
  mapped_device* d = find(name);
  if (d == nullptr) return status(ENXIO);
  if (!loop_.run_until([&] { return d->event_number() != event_number; }, patience_))
    throw pdata::error(fmt::format("no event of '{}' is to come: the wait would not end", name));
  return success;
}

}  // namespace sim
