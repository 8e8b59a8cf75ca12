#include "thin-tools/nbd/volume_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {

using pdata::device_id;
using pdata::error;

namespace {

// So many devices that nobody reads any more stay in memory.
constexpr std::size_t kept_max = 8;

std::string lost_reads_text(lost_reads how) {
  return how == lost_reads::error ? "fails to be read" : "reads as zeroes";
}

pass::claim claim_of(const pool_request& wanted) {
  return wanted.from_snapshot ? pass::claim::shared : pass::claim::exclusive;
}

}  // namespace

volume_server::volume_server(const server_settings& settings, const teller& tell)
    : lost_(settings.lost), named_only_(!settings.exports.empty()), names_(settings.lvm) {
  const auto data_pass = admit(data_request(settings.data, use::read));
  pool_ = std::make_unique<pool_volumes>(settings.pool);
  data_ = std::make_shared<const data_device>(data_pass, claim_of(settings.pool),
                                              data_device::caching::cached);
  choose_volumes(settings.exports);
  if (const auto text = remarks(); !text.empty()) tell(text);
  if (!named_only_) return;
  for (const auto& each : served_) named_[each.device] = read_volume(each, tell);
}

// Of the pool as a whole.
std::string volume_server::remarks() const {
  auto text = pool_->remarks();
  if (names_.known()) {
    const auto agreement = names_.compare(pool_->superblock(), pool_->devices());
    if (!agreement.same_block_size)
      throw error(fmt::format("'{}' is of a pool with data blocks of {} sectors, this one has {}",
                              names_.file(), names_.pool().chunk_sectors,
                              pool_->superblock().data_block_size));
    text += lvm_remarks(names_, agreement, pool_->superblock());
  }
  if (const auto blocks = pool_->nr_data_blocks()) {
    const auto remark = size_remark(*data_, {*blocks, 0, pool_->block_bytes()});
    if (!remark.empty()) text += remark + "\n";
  }
  return text;
}

void volume_server::choose_volumes(const std::vector<export_request>& wanted) {
  const auto add = [this](device_id device, const export_request& how) {
    const auto same = std::ranges::find(served_, device, &served_volume::device);
    if (same != served_.end()) throw error(fmt::format("device {} is named twice", device));
    const auto name = names_.name_of(device);
    served_.push_back({device, name.empty() ? std::to_string(device) : name, how});
  };
  for (const auto& each : wanted)
    add(each.device ? *each.device : names_.id_of("name", each.name), each);
  if (wanted.empty())
    for (const auto& [device, details] : pool_->devices()) add(device, {});
}

std::vector<volume_server::export_entry> volume_server::exports() const {
  std::vector<export_entry> list;
  for (const auto& each : served_) list.push_back({each.name, "thin " + names_.shown(each.device)});
  return list;
}

std::optional<std::string> volume_server::default_export() const {
  if (served_.empty() || (!named_only_ && served_.size() != 1)) return std::nullopt;
  return served_.front().name;
}

std::shared_ptr<const data_device> volume_server::open_origin(const std::string& path) const {
  return std::make_shared<const data_device>(admit_reading("external origin", path),
                                             pass::claim::shared, data_device::caching::cached);
}

void volume_server::expect_data(device_id device, const volume_map& map) const {
  try {
    expect_mapped_blocks(*data_, {0, map.extent().data_end, pool_->block_bytes()});
  } catch (const error& e) {
    throw error(fmt::format("device {}: {}", device, e.what()));
  }
}

volume_server::shared_reader volume_server::read_volume(const served_volume& served,
                                                        const teller& tell) {
  const auto device = served.device;
  const auto& wanted = served.wanted;
  const auto* known = names_.find(device);
  if (known != nullptr && !known->external_origin.empty() && !wanted.origin)
    throw error(
        fmt::format("{} has the external origin '{}', which is read where nothing is mapped: "
                    "name its file or device, too",
                    names_.shown(device), known->external_origin));
  auto map = std::make_shared<const volume_map>(pool_->read(device));
  expect_data(device, *map);
  volume_source from{.device = device,
                     .description = "thin " + names_.shown(device),
                     .map = map,
                     .block_bytes = pool_->block_bytes(),
                     .data = data_,
                     .origin = wanted.origin ? open_origin(*wanted.origin) : nullptr,
                     .lost = lost_};
  auto size = wanted.size_bytes;
  if (!size && known != nullptr)
    size = pdata::checked_mul(known->sectors, pdata::sector_bytes).value_or(UINT64_MAX);
  if (size && *size > INT64_MAX) throw error(fmt::format("{} is too large", names_.shown(device)));
  from.size_bytes = size ? *size : size_by_map(*map, from.block_bytes, from.origin.get());
  const auto losses =
      describe_losses(device, *map, lost_reads_text(lost_)) + pool_->remarks(device);
  if (!losses.empty()) tell(losses);
  if (!size && !map->known_end())
    tell(
        fmt::format("device {}: where it ends is lost, too; it is served with {} bytes, and may "
                    "have had more: give its size\n",
                    device, from.size_bytes));
  return std::make_shared<const volume_reader>(std::move(from));
}

void volume_server::keep(shared_reader used) {
  std::erase(used_last_, used);
  used_last_.push_front(std::move(used));
  if (used_last_.size() > kept_max) used_last_.pop_back();
}

std::shared_ptr<const volume_reader> volume_server::open(const std::string& name,
                                                         const teller& tell) {
  auto found = std::ranges::find(served_, name, &served_volume::name);
  if (const auto device = parse_number(name); device && found == served_.end())
    found = std::ranges::find(served_, *device, &served_volume::device);
  if (found == served_.end())
    throw error(name.empty() ? std::string("no device is the default: name one as export")
                             : fmt::format("there is no export '{}'", name));
  const std::lock_guard lock(mutex_);
  if (named_only_) return named_.at(found->device);
  auto reader = others_[found->device].lock();
  if (!reader) {
    reader = read_volume(*found, tell);
    others_[found->device] = reader;
  }
  keep(reader);
  return reader;
}

}  // namespace thin_tools
