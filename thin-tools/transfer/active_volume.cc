#include "thin-tools/transfer/active_volume.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <optional>
#include <sstream>

#include "persistent-data/base/error.h"
#include "thin-tools/gate/block_stack.h"
#include "thin-tools/gate/dm_question.h"

namespace thin_tools {

namespace {

using pdata::error;

// A target of a table or status that has no other.
struct single_target {
  std::uint64_t sectors = 0;
  std::string type;
  std::istringstream words;
};

std::optional<single_target> only_target(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string line;
  std::string second;
  if (!std::getline(lines, line) || std::getline(lines, second)) return std::nullopt;
  single_target found;
  found.words.str(line);
  std::uint64_t begin = 0;
  if (!(found.words >> begin >> found.sectors >> found.type) || begin != 0) return std::nullopt;
  return found;
}

std::optional<std::uint64_t> device_number(std::istream& words) {
  unsigned high = 0;
  unsigned low = 0;
  char colon = 0;
  if (!(words >> high >> colon >> low) || colon != ':') return std::nullopt;
  return makedev(high, low);
}

std::string table_of(std::uint64_t device, const std::string& name) {
  const auto table = ask_dm(device, dm_question::table);
  if (table.empty())
    throw error(
        fmt::format("'{}': the device mapper says nothing of it: it is not one of its devices, or "
                    "/dev/mapper/control cannot be used",
                    name));
  return table;
}

}  // namespace

thin_table read_thin_table(std::string_view table, const std::string& name) {
  auto target = only_target(table);
  thin_table found;
  std::optional<std::uint64_t> pool;
  if (target && target->type == "thin") pool = device_number(target->words);
  if (!pool || !(target->words >> found.device.value()))
    throw error(
        fmt::format("'{}' is not a thin device; a volume of a pool that is not active is "
                    "copied with --metadata-dev, --data-dev and --dev-id",
                    name));
  found.pool = *pool;
  found.sectors = target->sectors;
  if (std::string origin; target->words >> origin)
    throw error(
        fmt::format("'{}' has the external origin {}, where it reads what it does not map: "
                    "a copy of what is mapped would not be the volume",
                    name, origin));
  return found;
}

pool_table read_pool_table(std::string_view table, const std::string& name) {
  auto target = only_target(table);
  std::optional<std::uint64_t> metadata;
  std::optional<std::uint64_t> data;
  if (target && target->type == "thin-pool") {
    metadata = device_number(target->words);
    data = device_number(target->words);
  }
  if (!metadata || !data) throw error(fmt::format("'{}' is not a thin pool", name));
  return {*metadata, *data};
}

// Linux 6.1 dm-thin.c, pool_status.
void expect_metadata_snapshot(std::string_view pool_status, const std::string& name) {
  auto target = only_target(pool_status);
  std::string transaction;
  if (!target || target->type != "thin-pool" || !(target->words >> transaction))
    throw error(fmt::format("'{}' is not a thin pool", name));
  std::string metadata_use;
  std::string data_use;
  std::string held_root;
  if (!(target->words >> metadata_use >> data_use >> held_root))
    throw error(fmt::format("the pool '{}' has failed: its status is '{}'", name, transaction));
  if (held_root == "-")
    throw error(
        fmt::format("the pool '{0}' holds no metadata snapshot; take one (dmsetup message "
                    "{0} 0 reserve_metadata_snap) and release it afterwards",
                    name));
}

active_volume find_active_volume(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT)
      throw error(
          fmt::format("Couldn't find source device '{}': {}", path, pdata::errno_text(ENOENT)));
    pdata::throw_errno("Couldn't stat file", path, errno);
  }
  if (!S_ISBLK(info.st_mode))
    throw error(
        fmt::format("'{}' is not a block device; a volume of a pool that is not active is "
                    "copied with --metadata-dev, --data-dev and --dev-id",
                    path));
  const auto thin = read_thin_table(table_of(info.st_rdev, path), path);
  if (device_attribute(info.st_rdev, "dm/suspended") == "1")
    throw error(fmt::format("'{}' is suspended: reading it would wait", path));
  if (device_attribute(info.st_rdev, "ro") != "1")
    throw error(
        fmt::format("'{}' is not a read-only device: what is written to it meanwhile would "
                    "be in the copy by chance; copy a snapshot of it that is active "
                    "read-only (dmsetup create --readonly, lvchange -pr)",
                    path));
  const auto pool = "/dev/mapper/" + device_attribute(thin.pool, "dm/name");
  const auto devices = read_pool_table(table_of(thin.pool, pool), pool);
  if (device_attribute(thin.pool, "dm/suspended") == "1")
    throw error(fmt::format("the pool '{}' is suspended: reading its volumes would wait", pool));
  expect_metadata_snapshot(ask_dm(thin.pool, dm_question::status), pool);
  return {.device = thin.device,
          .volume_bytes = thin.sectors * pdata::sector_bytes,
          .metadata = name_of_device(devices.metadata),
          .data = name_of_device(devices.data)};
}

}  // namespace thin_tools
