// The devices of a trace, numbered in order of appearance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::trace {

class device_table {
 public:
  // More devices than a pool can hold are not kept: a damaged column must not
  // fill the memory.
  static constexpr std::size_t devices_max = 1 << 16;
  static constexpr std::size_t name_length_max = 256;

  // The number of the device with that name, a new one if need be. None if the
  // table is full or the name is too long.
  std::optional<std::uint32_t> find_or_add(std::string_view name);

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::uint32_t device) const { return names_.at(device); }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  // The device that a name of this hash had last: traces of a thousand volumes
  // look up a name for each record.
  std::vector<std::uint32_t> recent_;
};

}  // namespace sim::trace
