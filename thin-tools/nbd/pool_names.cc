#include "thin-tools/nbd/pool_names.h"

#include <fmt/format.h>

#include "persistent-data/base/error.h"

namespace thin_tools {

pool_names::pool_names(const std::string& backup) {
  if (backup.empty()) return;
  const auto name = parse_lvm_pool_name(backup);
  const auto group = read_lvm_backup(admit(lvm_backup_request(name.file)));
  file_ = name.file;
  group_ = group.name;
  pool_ = choose_lvm_pool(group, name);
}

const lvm_volume* pool_names::find(pdata::device_id device) const {
  return pool_ ? pool_->find(device) : nullptr;
}

pdata::device_id pool_names::device_of(const std::string& volume) const {
  const auto prefix = group_ + "/";
  const auto short_name = volume.starts_with(prefix) ? volume.substr(prefix.size()) : volume;
  if (const auto* found = pool_ ? pool_->find(short_name) : nullptr) return found->device;
  std::string known;
  constexpr std::size_t named_max = 20;
  const auto nr_volumes = pool_ ? pool_->volumes.size() : 0;
  for (std::size_t i = 0; i < std::min(nr_volumes, named_max); ++i)
    known += (i == 0 ? "" : ", ") + pool_->volumes[i].name;
  if (nr_volumes > named_max) known += fmt::format(" and {} more", nr_volumes - named_max);
  throw pdata::error(fmt::format("'{}': the pool has no volume '{}'; it has {}", file_, volume,
                                 known.empty() ? "none" : known));
}

std::string pool_names::describe(pdata::device_id device) const {
  const auto* volume = find(device);
  return volume == nullptr ? fmt::format("thin device {}", device)
                           : fmt::format("thin device {} ({}/{})", device, group_, volume->name);
}

std::string pool_names::remarks(const pool_volumes& pool) const {
  if (!pool_) return "";
  if (pool_->chunk_sectors * pdata::sector_bytes != pool.block_bytes())
    throw pdata::error(fmt::format(
        "'{}': {}/{} has data blocks of {} sectors, the metadata of {}: they are two pools", file_,
        group_, pool_->name, pool_->chunk_sectors, pool.block_bytes() / pdata::sector_bytes));
  const auto expected = pool_->transaction_id;
  const bool before_messages =
      pool_->has_messages() && expected != 0 && pool.transaction_id() == expected - 1;
  if (pool.transaction_id() == expected || before_messages) return "";
  return fmt::format(
      "'{}' is of transaction {} of {}/{}, the metadata of {}: its names and sizes may be those of "
      "other devices\n",
      file_, expected, group_, pool_->name, pool.transaction_id());
}

}  // namespace thin_tools
