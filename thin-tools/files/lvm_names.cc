#include "thin-tools/files/lvm_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "thin-tools/console/output.h"

namespace thin_tools {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// So many of them are named.
constexpr std::size_t named_max = 20;

void add_rest(std::string& text, std::size_t all, const char* what) {
  if (all > named_max)
    text += fmt::format("and {} more {}, {} in all\n", all - named_max, what, all);
}

}  // namespace

device_names::device_names(const command_line& line) {
  if (const auto value = line.value("lvm")) read(*value);
}

device_names::device_names(const std::string& backup) {
  if (!backup.empty()) read(backup);
}

void device_names::read(const std::string& backup) {
  const auto name = parse_lvm_pool_name(backup);
  const auto admitted = admit(lvm_backup_request(name.file));
  auto group = read_lvm_backup(admitted);
  pool_ = choose_lvm_pool(group, name);
  file_ = name.file;
  group_ = group.name;
  held_ = admitted.holds();
  filter_messages([known = *this](std::string_view text) { return known.annotate(text); });
}

pdata::device_id device_names::id_of(std::string_view option, std::string_view text) const {
  const auto number = parse_number(text);
  std::string_view name = text;
  const bool in_group = known() && text.starts_with(group_ + "/");
  if (in_group) name.remove_prefix(group_.size() + 1);
  const auto* volume = known() ? pool_->find(name) : nullptr;
  if (number && volume && volume->device != *number)
    throw invalid_value(option, text,
                        fmt::format("this is a device id, and the name of the volume that is "
                                    "device {}; {}/{} is the volume",
                                    volume->device, group_, name));
  if (number) return *number;
  if (volume) return volume->device;
  if (!known()) throw invalid_value(option, text, "a device id is expected; names need --lvm");
  std::string names;
  for (std::size_t i = 0; i < std::min(pool_->volumes.size(), named_max); ++i)
    names += (i == 0 ? "" : ", ") + pool_->volumes[i].name;
  throw invalid_value(option, text,
                      fmt::format("neither a device id nor a volume of {}; '{}' has {}{}",
                                  pool_name(), file_, names.empty() ? "none" : names,
                                  pool_->volumes.size() > named_max ? ", ..." : ""));
}

std::optional<pdata::device_id> device_names::id(const command_line& line,
                                                 std::string_view option) const {
  const auto value = line.value(option);
  if (!value) return std::nullopt;
  return id_of(option, *value);
}

std::vector<pdata::device_id> device_names::ids(const command_line& line,
                                                std::string_view option) const {
  std::vector<pdata::device_id> all;
  for (std::string_view list : line.values(option)) {
    while (!list.empty()) {
      const auto text = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), text.size() + 1));
      all.push_back(id_of(option, text));
    }
  }
  return all;
}

const lvm_volume* device_names::find(pdata::device_id device) const {
  return known() ? pool_->find(device) : nullptr;
}

std::string device_names::name_of(pdata::device_id device) const {
  const auto* volume = find(device);
  return volume ? volume->name : "";
}

std::string device_names::shown(pdata::device_id device) const {
  const auto name = name_of(device);
  return name.empty() ? fmt::format("device {}", device)
                      : fmt::format("device {} ({})", device, name);
}

std::string device_names::annotate(std::string_view text) const {
  constexpr std::string_view word = "device ";
  std::string with;
  std::size_t copied = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t begin = at + word.size();
    std::size_t end = begin;
    while (end < text.size() && is_digit(text[end])) ++end;
    if ((at > 0 && is_word(text[at - 1])) || (end < text.size() && is_word(text[end]))) continue;
    if (text.substr(end).starts_with(" (")) continue;  // named already
    const auto device = parse_number(text.substr(begin, end - begin));
    const auto name = device ? name_of(*device) : "";
    if (name.empty()) continue;
    with += text.substr(copied, end - copied);
    with += " (" + name + ")";
    copied = end;
  }
  return with += text.substr(copied);
}

lvm_agreement device_names::compare(const pdata::stream_superblock& pool,
                                    const device_table& devices) const {
  lvm_agreement found;
  // Linux's pool has the id of before until it was sent LVM2's messages: LVM2 2.03
  // lib/thin/thin.c sets it from one less.
  found.same_transaction =
      pool.transaction_id == pool_->transaction_id ||
      (pool_->has_messages() && pool.transaction_id + 1 == pool_->transaction_id);
  found.same_block_size = pool.data_block_size == pool_->chunk_sectors;
  for (const auto& [device, details] : devices) {
    if (pool_->find(device)) continue;
    found.only_in_metadata.push_back(device);
    if (std::ranges::binary_search(pool_->to_delete, device)) found.to_delete.push_back(device);
  }
  for (const auto& volume : pool_->volumes)
    if (!devices.contains(volume.device)) found.only_in_lvm.push_back(volume);
  return found;
}

std::string lvm_json(const device_names& names, const lvm_agreement& found) {
  std::string missing;
  for (const auto& volume : found.only_in_lvm)
    missing += fmt::format("{}{{\"dev\": {}, \"name\": \"{}\"}}", missing.empty() ? "" : ", ",
                           volume.device, volume.name);
  return fmt::format(
      "\"lvm\": {{\"pool\": \"{}\", \"transaction\": {}, \"same_transaction\": {}, "
      "\"same_block_size\": {}, \"only_in_metadata\": [{}], \"to_delete\": [{}], "
      "\"only_in_lvm\": [{}]}},\n  ",
      names.pool_name(), names.pool().transaction_id, found.same_transaction, found.same_block_size,
      fmt::join(found.only_in_metadata, ", "), fmt::join(found.to_delete, ", "), missing);
}

std::string lvm_remarks(const device_names& names, const lvm_agreement& found,
                        const pdata::stream_superblock& pool) {
  std::string text;
  const auto& lvm = names.pool();
  if (!found.same_transaction)
    text += fmt::format("'{}' has transaction id {}, the metadata {}: they are not of one time\n",
                        names.file(), lvm.transaction_id, pool.transaction_id);
  if (!found.same_block_size)
    text += fmt::format(
        "'{}' has chunks of {} sectors, the metadata data blocks of {}: they are "
        "not of one pool\n",
        names.file(), lvm.chunk_sectors, pool.data_block_size);
  for (std::size_t i = 0; i < std::min(found.only_in_metadata.size(), named_max); ++i) {
    const auto device = found.only_in_metadata[i];
    const bool soon = std::ranges::binary_search(found.to_delete, device);
    text += fmt::format("device {} is no volume of '{}'{}\n", device, names.file(),
                        soon ? ", and LVM2 has still to let it be deleted" : "");
  }
  add_rest(text, found.only_in_metadata.size(), "devices that are no volumes");
  for (std::size_t i = 0; i < std::min(found.only_in_lvm.size(), named_max); ++i) {
    const auto& volume = found.only_in_lvm[i];
    text +=
        fmt::format("volume '{}' of '{}' is not in the metadata, where it would have the id {}{}\n",
                    volume.name, names.file(), volume.device,
                    volume.is_new ? ": LVM2 has still to let it be made" : "");
  }
  add_rest(text, found.only_in_lvm.size(), "volumes that are not in the metadata");
  return text;
}

}  // namespace thin_tools
