#include "sim/trace/device_table.h"

namespace sim::trace {

namespace {

constexpr std::size_t recent_slots = 1 << 13;

// FNV-1a: a pick of a cache slot, nothing depends on it but speed.
std::size_t slot_of(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return (hash ^ (hash >> 16)) % recent_slots;
}

}  // namespace

std::optional<std::uint32_t> device_table::find_or_add(std::string_view name) {
  if (recent_.empty()) recent_.resize(recent_slots);
  std::uint32_t& recent = recent_[slot_of(name)];
  if (recent < names_.size() && names_[recent] == name) return recent;
  if (const auto known = numbers_.find(name); known != numbers_.end())
    return recent = known->second;
  if (names_.size() >= devices_max || name.size() > name_length_max) return std::nullopt;
  recent = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(name);
  numbers_.emplace(std::string(name), recent);
  return recent;
}

}  // namespace sim::trace
