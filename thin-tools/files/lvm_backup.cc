#include "thin-tools/files/lvm_backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "persistent-data/base/checked_math.h"
#include "thin-tools/files/lvm_config.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

namespace {

constexpr std::uint64_t device_id_max = (std::uint64_t{1} << 24) - 1;
constexpr std::uint64_t sectors_max = INT64_MAX / pdata::sector_bytes;

// LVM2 allows these in names, and nothing else.
bool is_name(std::string_view text) {
  constexpr std::string_view others = "+_.-";
  constexpr std::size_t length_max = 127;
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != others.npos;
  };
  return !text.empty() && text.size() <= length_max && text.front() != '-' && text != "." &&
         text != ".." && std::ranges::all_of(text, allowed);
}

// A section, and where it is for messages.
struct place {
  const lvm_section& in;
  std::uint64_t line;
  std::string what;  // "logical volume 'x'"

  [[noreturn]] void fail(std::uint64_t at, const std::string& why) const {
    throw lvm_text_error(at, what + ": " + why);
  }

  const lvm_entry& required(std::string_view key) const {
    const auto* entry = in.find(key);
    if (!entry) fail(line, fmt::format("has no '{}'", key));
    return *entry;
  }
  std::uint64_t number(std::string_view key, std::uint64_t max = INT64_MAX) const {
    const auto& entry = required(key);
    const auto value = entry.number();
    if (!value || *value > max)
      fail(entry.line, fmt::format("'{}' is no number up to {}", key, max));
    return *value;
  }
  std::string text(std::string_view key) const {
    const auto& entry = required(key);
    const auto* value = entry.text();
    if (!value) fail(entry.line, fmt::format("'{}' is no string", key));
    return *value;
  }
  // Of a logical volume.
  std::string name(std::string_view key) const {
    auto value = text(key);
    if (!is_name(value)) fail(required(key).line, fmt::format("'{}' is no name", key));
    return value;
  }
  std::string name_if_any(std::string_view key) const {
    return in.find(key) ? name(key) : std::string();
  }
};

// What is needed of a logical volume of a kind that matters here.
struct thin_volume {
  place segment;
  std::string type;
  std::uint64_t extents = 0;
};

// "thin-pool+FLAG+..." is a thin-pool.
std::string without_flags(const std::string& type) { return type.substr(0, type.find('+')); }

// None: it is neither thin pool nor thin volume. Of these each has one segment.
std::optional<thin_volume> read_volume(const std::string& name, const lvm_entry& entry) {
  const std::string what = fmt::format("logical volume '{}'", name);
  const auto* section = entry.section();
  if (!section) throw lvm_text_error(entry.line, what + " is no section");
  const place volume{*section, entry.line, what};
  const auto nr_segments = volume.number("segment_count", UINT32_MAX);
  const auto* first = section->find("segment1");
  if (!first) return std::nullopt;
  if (!first->section()) volume.fail(first->line, "'segment1' is no section");
  const place segment{*first->section(), first->line, what};
  const auto type = without_flags(segment.text("type"));
  if (type != "thin" && type != "thin-pool") return std::nullopt;
  if (nr_segments != 1) volume.fail(entry.line, "has not one segment");
  if (segment.number("start_extent", UINT32_MAX) != 0)
    segment.fail(first->line, "its segment does not begin at extent 0");
  return thin_volume{segment, type, segment.number("extent_count", UINT32_MAX)};
}

class group_reader {
 public:
  explicit group_reader(const place& group) : group_(group) {
    const auto extent = group.number("extent_size", UINT32_MAX);
    if (extent == 0) group.fail(group.line, "'extent_size' is 0");
    // Without any logical volume there is no section.
    const auto* volumes = group.in.find("logical_volumes");
    if (volumes && !volumes->section())
      throw lvm_text_error(volumes->line, "'logical_volumes' is no section");
    if (volumes) read_volumes(*volumes->section(), extent);
  }

  std::vector<lvm_pool> take() {
    std::vector<lvm_pool> all;
    for (auto& [name, pool] : pools_) {
      std::ranges::sort(pool.volumes, {}, &lvm_volume::device);
      std::ranges::sort(pool.to_delete);
      all.push_back(std::move(pool));
    }
    return all;
  }

 private:
  void read_volumes(const lvm_section& section, std::uint64_t extent_sectors) {
    std::map<std::string, thin_volume> thin;
    for (const auto& [name, entry] : section.entries) {
      if (!is_name(name))
        throw lvm_text_error(entry.line, "the name of a logical volume is none of LVM2's");
      auto volume = read_volume(name, entry);
      if (!volume) continue;
      if (volume->type == "thin-pool")
        add_pool(name, *volume);
      else
        thin.emplace(name, std::move(*volume));
    }
    for (const auto& [name, volume] : thin) add_volume(name, volume, extent_sectors);
    for (const auto& [name, volume] : thin) expect_origin(volume, thin);
    for (const auto& [name, pool] : pools_) expect_distinct(pool);
    add_creations();
  }

  void add_pool(const std::string& name, const thin_volume& volume) {
    const auto& from = volume.segment;
    lvm_pool pool;
    pool.name = name;
    pool.metadata_volume = from.name("metadata");
    pool.data_volume = from.name("pool");
    pool.transaction_id = from.number("transaction_id");
    pool.chunk_sectors = from.number("chunk_size", UINT32_MAX);
    for (const auto& [key, entry] : from.in.entries)
      if (const auto* message = entry.section())
        add_message({*message, entry.line, from.what + ", " + key}, pool);
    pools_.emplace(name, std::move(pool));
  }

  void add_message(const place& message, lvm_pool& pool) {
    const bool creates = message.in.find("create") != nullptr;
    const bool deletes = message.in.find("delete") != nullptr;
    if (creates == deletes) message.fail(message.line, "is no message that is known");
    if (creates)
      creations_.push_back({message.name("create"), pool.name, message.line});
    else
      pool.to_delete.push_back(message.number("delete", device_id_max));
  }

  void add_volume(const std::string& name, const thin_volume& volume,
                  std::uint64_t extent_sectors) {
    const auto& from = volume.segment;
    lvm_volume made;
    made.name = name;
    made.device = from.number("device_id", device_id_max);
    made.transaction_id = from.number("transaction_id");
    made.origin = from.name_if_any("origin");
    made.external_origin = from.name_if_any("external_origin");
    const auto sectors = pdata::checked_mul(volume.extents, extent_sectors);
    if (!sectors || *sectors > sectors_max) from.fail(from.line, "the volume is too large");
    made.sectors = *sectors;
    const auto pool = pools_.find(from.name("thin_pool"));
    if (pool == pools_.end()) from.fail(from.line, "its 'thin_pool' is not in the file");
    pool->second.volumes.push_back(std::move(made));
  }

  void expect_origin(const thin_volume& volume, const std::map<std::string, thin_volume>& thin) {
    const auto& from = volume.segment;
    const auto origin = from.name_if_any("origin");
    if (origin.empty()) return;
    const auto found = thin.find(origin);
    if (found == thin.end() || found->second.segment.text("thin_pool") != from.text("thin_pool"))
      from.fail(from.line, "its 'origin' is no volume of its pool");
  }

  void expect_distinct(const lvm_pool& pool) const {
    std::map<pdata::device_id, std::string> seen;
    for (const auto& volume : pool.volumes) {
      const auto [other, is_new] = seen.emplace(volume.device, volume.name);
      if (!is_new)
        group_.fail(group_.line, fmt::format("volumes '{}' and '{}' are both device {} of '{}'",
                                             other->second, volume.name, volume.device, pool.name));
    }
  }

  void add_creations() {
    for (const auto& wanted : creations_) {
      auto& volumes = pools_.at(wanted.pool).volumes;
      const auto found = std::ranges::find(volumes, wanted.volume, &lvm_volume::name);
      if (found == volumes.end())
        throw lvm_text_error(wanted.line, "the volume to create is none of the pool's");
      found->is_new = true;
    }
  }

  struct creation {
    std::string volume;
    std::string pool;
    std::uint64_t line;
  };

  const place& group_;
  std::map<std::string, lvm_pool> pools_;
  std::vector<creation> creations_;
};

void expect_contents(const lvm_section& top) {
  const auto* contents = top.find("contents");
  if (!contents || !contents->text() || *contents->text() != "Text Format Volume Group")
    throw lvm_text_error(1, "this is no backup of an LVM2 volume group");
  const auto* version = top.find("version");
  if (!version || version->number() != 1)
    throw lvm_text_error(version ? version->line : 1, "the format's version is not 1");
}

std::string read_text(const pass& admitted) {
  file_source source(admitted);
  std::string text;
  std::string piece(std::size_t{1} << 16, '\0');
  while (const auto n = source.read(piece)) {
    text.append(piece, 0, n);
    if (text.size() > lvm_text_bytes_max) break;  // refused by the parser
  }
  return text;
}

std::string names_of(const lvm_group& group) {
  std::string names;
  for (const auto& pool : group.pools)
    names += fmt::format("{}{}/{}", names.empty() ? "" : ", ", group.name, pool.name);
  return names;
}

}  // namespace

const lvm_volume* lvm_pool::find(pdata::device_id device) const {
  const auto found = std::ranges::lower_bound(volumes, device, {}, &lvm_volume::device);
  return found != volumes.end() && found->device == device ? &*found : nullptr;
}

const lvm_volume* lvm_pool::find(std::string_view volume) const {
  const auto found = std::ranges::find(volumes, volume, &lvm_volume::name);
  return found != volumes.end() ? &*found : nullptr;
}

bool lvm_pool::has_messages() const {
  return !to_delete.empty() || std::ranges::any_of(volumes, &lvm_volume::is_new);
}

lvm_group parse_lvm_backup(std::string_view text) {
  const auto top = parse_lvm_config(text);
  expect_contents(top);
  const std::pair<const std::string, lvm_entry>* group = nullptr;
  for (const auto& item : top.entries) {
    if (!item.second.section()) continue;
    if (group) throw lvm_text_error(item.second.line, "there is a second volume group");
    group = &item;
  }
  if (!group) throw lvm_text_error(1, "there is no volume group");
  const auto& [name, entry] = *group;
  if (!is_name(name)) throw lvm_text_error(entry.line, "the volume group's name is none of LVM2's");
  const place where{*entry.section(), entry.line, fmt::format("volume group '{}'", name)};

  lvm_group read;
  read.name = name;
  read.seqno = where.number("seqno", UINT32_MAX);
  if (const auto* description = top.find("description"); description && description->text())
    read.description = *description->text();
  read.pools = group_reader(where).take();
  return read;
}

lvm_group read_lvm_backup(const pass& admitted) {
  const auto text = read_text(admitted);
  try {
    return parse_lvm_backup(text);
  } catch (const lvm_text_error& wrong) {
    throw pdata::error("'" + admitted.path() + "', " + wrong.what());
  }
}

lvm_pool_name parse_lvm_pool_name(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon != text.npos && colon != 0) {
    const auto name = text.substr(colon + 1);
    const auto slash = name.find('/');
    if (slash != name.npos && is_name(name.substr(0, slash)) && is_name(name.substr(slash + 1)))
      return {std::string(text.substr(0, colon)), std::string(name.substr(0, slash)),
              std::string(name.substr(slash + 1))};
  }
  return {std::string(text), "", ""};
}

const lvm_pool& choose_lvm_pool(const lvm_group& group, const lvm_pool_name& name) {
  if (group.pools.empty())
    throw pdata::error(
        fmt::format("'{}': volume group '{}' has no thin pool", name.file, group.name));
  if (name.pool.empty()) {
    if (group.pools.size() == 1) return group.pools.front();
    throw pdata::error(fmt::format("'{}' has several thin pools; name one of them: {}", name.file,
                                   names_of(group)));
  }
  const auto found = std::ranges::find(group.pools, name.pool, &lvm_pool::name);
  if (name.group != group.name || found == group.pools.end())
    throw pdata::error(fmt::format("'{}' has no thin pool '{}/{}'; it has {}", name.file,
                                   name.group, name.pool, names_of(group)));
  return *found;
}

}  // namespace thin_tools
