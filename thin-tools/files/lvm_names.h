// The option --lvm: the devices of a pool by the names that LVM2 gives them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/console/command_line.h"
#include "thin-tools/files/lvm_backup.h"

namespace thin_tools {

inline constexpr option_row lvm_row{0, "lvm", argument::required, "FILE[:VG/POOL]",
                                    "take volumes' names from this LVM2 backup"};

// What an LVM2 backup says that the metadata does not bear out, and the reverse.
struct lvm_agreement {
  bool same_transaction = true;  // that of the backup is the metadata's, or will be once
                                 // LVM2's messages have been sent
  bool same_block_size = true;
  std::vector<pdata::device_id> only_in_metadata;  // ascending
  std::vector<pdata::device_id> to_delete;         // of these: LVM2 will have them deleted
  std::vector<lvm_volume> only_in_lvm;             // ascending devices
};

class device_names {
 public:
  // Of the option, if it is there. Messages to standard error have names beside device ids
  // from then on. Throws error where the file cannot be read, usage_error never.
  explicit device_names(const command_line& line);
  // Of the option's value; empty: nothing is known.
  explicit device_names(const std::string& backup);

  bool known() const { return pool_.has_value(); }
  // Require known().
  const lvm_pool& pool() const { return *pool_; }
  const std::string& file() const { return file_; }
  std::string pool_name() const { return group_ + "/" + pool_->name; }

  // A device as users name it: an id, VOLUME or VG/VOLUME. Throws usage_error naming
  // the option if it is neither, or both.
  pdata::device_id id_of(std::string_view option, std::string_view text) const;
  // The values of an option; ids() takes lists with commas, too.
  std::optional<pdata::device_id> id(const command_line& line, std::string_view option) const;
  std::vector<pdata::device_id> ids(const command_line& line, std::string_view option) const;

  // Null: LVM2 does not know it, or nothing is known.
  const lvm_volume* find(pdata::device_id device) const;
  // Empty: there is none.
  std::string name_of(pdata::device_id device) const;
  // "device 3 (data)"
  std::string shown(pdata::device_id device) const;
  // The text with the names beside the ids of "device 3", wherever it stands.
  std::string annotate(std::string_view text) const;

  // Requires known(). `devices`: all that the pool has.
  using device_table = std::map<pdata::device_id, pdata::device_details>;
  lvm_agreement compare(const pdata::stream_superblock& pool, const device_table& devices) const;

 private:
  void read(const std::string& backup);

  std::string file_;
  std::string group_;
  std::optional<lvm_pool> pool_;
  std::shared_ptr<const void> held_;  // so that no output can be the backup
};

// The member "lvm" of JSON reports, with a comma behind it.
std::string lvm_json(const device_names& names, const lvm_agreement& found);
// Lines for who should know; empty if all agrees.
std::string lvm_remarks(const device_names& names, const lvm_agreement& found,
                        const pdata::stream_superblock& pool);

}  // namespace thin_tools
