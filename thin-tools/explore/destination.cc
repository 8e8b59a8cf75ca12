#include "thin-tools/explore/destination.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/survey/device_names.h"
#include "thin-tools/explore/descent.h"
#include "thin-tools/explore/page.h"
#include "thin-tools/explore/words.h"

namespace thin_tools::explore {

using namespace pdata;

namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != ',') digits += c;
  std::uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto [at, code] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || code != std::errc{} || at != end) return std::nullopt;
  return number;
}

// Bytes: a number with K, M, G, T, or s for sectors.
std::optional<std::uint64_t> bytes_in(std::string_view text) {
  std::uint64_t unit = 1;
  constexpr std::string_view units = "KMGT";
  if (!text.empty()) {
    const auto power = units.find(text.back());
    if (power != std::string_view::npos) unit = std::uint64_t{1024} << (10 * power);
    if (text.back() == 's') unit = sector_bytes;
    if (unit != 1) text.remove_suffix(1);
  }
  const auto number = number_in(text);
  return number ? checked_mul(*number, unit) : std::nullopt;
}

std::string not_understood(std::string_view text) {
  return fmt::format("'{}' is no place: ? explains", printable(text));
}

class finder {
 public:
  explicit finder(pool_source& pool) : pool_(pool) {}

  destination find(std::string_view text) {
    if (const auto number = number_in(text)) return std::vector<place>{block_place{*number}};
    const auto parted = text.find_first_of(":@");
    if (parted == std::string_view::npos) return not_understood(text);
    const auto before = text.substr(0, parted);
    const auto behind = text.substr(parted + 1);
    const bool is_bytes = text[parted] == '@';
    if (before == "dev" && !is_bytes) {
      const auto device = device_in(behind);
      if (!device || (pool_.layout() != nullptr && pool_.devices(view_).find(*device) == nullptr))
        return no_device(behind);
      return std::vector<place>{devices_place{view_}, device_place{view_, *device}};
    }
    if (is_bytes && pool_.layout() == nullptr)
      return "without a superblock the size of data blocks is not known";
    const auto block = is_bytes ? block_at(behind) : number_in(behind);
    if (!block) return not_understood(text);
    if (before == "d") return std::vector<place>{data_place{*block}};
    const auto device = device_in(before);
    if (!device) return no_device(before);
    return way_to(*device, *block);
  }

 private:
  std::optional<std::uint64_t> block_at(std::string_view text) const {
    const auto bytes = bytes_in(text);
    const auto size = pool_.layout()->active.data_block_size * std::uint64_t{sector_bytes};
    if (!bytes || size == 0) return std::nullopt;
    return *bytes / size;
  }

  // An id, or the name of a volume.
  std::optional<device_id> device_in(std::string_view text) const {
    if (const auto number = number_in(text)) return number;
    for (const auto& [id, name] : pool_.names)
      if (name == text) return id;
    return std::nullopt;
  }
  std::string no_device(std::string_view text) {
    const auto number = number_in(text);
    if (!number || pool_.layout() == nullptr)
      return fmt::format("there is no device '{}'", printable(text));
    std::map<device_id, const known_device*> known;
    for (const auto& each : pool_.devices(view_).list) known.emplace(each.id, &each);
    return no_such_device(*number, known);
  }

  destination way_to(device_id id, thin_block block) {
    const auto* device = pool_.devices(view_).find(id);
    if (device == nullptr) return no_device(std::to_string(id));
    if (!device->root) return fmt::format("{} has no mapping tree", pool_.device_words(id));
    std::vector<place> way{devices_place{view_}, device_place{view_, id}};
    const auto found = descend(pool_, mapping_tree_shape, *device->root, block);
    for (const auto& step : found.way)
      way.push_back(node_place{.location = step.location,
                               .shape = mapping_tree_shape,
                               .of = view_,
                               .device = id,
                               .expected = step.expected,
                               .key = block});
    return way;
  }

  pool_source& pool_;
  view view_ = pool_.main;
};

}  // namespace

destination find_destination(pool_source& pool, std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return finder(pool).find(text);
}

}  // namespace thin_tools::explore
