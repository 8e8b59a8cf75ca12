// What LVM2 knows of its thin pools, from a file that vgcfgbackup writes: /etc/lvm/backup/VG,
// or an older one in /etc/lvm/archive. Meanings are those of LVM2 2.03: lib/format_text and
// lib/thin/thin.c.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistent-data/base/ids.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

// A logical volume that is a device of a thin pool.
struct lvm_volume {
  std::string name;
  pdata::device_id device = 0;
  pdata::sector sectors = 0;         // virtual size
  std::uint64_t transaction_id = 0;  // the pool's when the volume was made
  std::string origin;                // of a snapshot; empty: none, or it was removed
  std::string external_origin;       // a volume outside the pool; empty: none
  bool is_new = false;               // LVM2 has still to tell the kernel to make it
};

struct lvm_pool {
  std::string name;
  std::string metadata_volume;  // logical volumes: "pool_tmeta"
  std::string data_volume;      // "pool_tdata"
  std::uint64_t transaction_id = 0;
  pdata::sector chunk_sectors = 0;          // the data block size
  std::vector<lvm_volume> volumes;          // in ascending order of devices
  std::vector<pdata::device_id> to_delete;  // LVM2 has still to tell the kernel; ascending

  // Null: there is none.
  const lvm_volume* find(pdata::device_id device) const;
  const lvm_volume* find(std::string_view volume) const;
  // The transaction id of the metadata while messages to the kernel are outstanding is one
  // less than LVM2's.
  bool has_messages() const;
};

struct lvm_group {
  std::string name;
  std::uint64_t seqno = 0;      // of the group's metadata: each change has the next
  std::string description;      // "Created *after* executing 'lvcreate ...'"
  std::vector<lvm_pool> pools;  // in ascending order of names
};

// Throws error, with the line, where the text does not say it all without doubt.
lvm_group parse_lvm_backup(std::string_view text);

inline request lvm_backup_request(std::string path) {
  return {"LVM backup", std::move(path), use::read};
}
// The same of a file; errors name it.
lvm_group read_lvm_backup(const pass& admitted);

// FILE[:VG/POOL], as users name a pool of a backup. What follows the last colon counts as
// VG/POOL where it has that form.
struct lvm_pool_name {
  std::string file;
  std::string group;  // both empty: the only pool of the file
  std::string pool;
};
lvm_pool_name parse_lvm_pool_name(std::string_view text);

// The pool of that name, or the only one. Throws error that names those that there are.
const lvm_pool& choose_lvm_pool(const lvm_group& group, const lvm_pool_name& name);

}  // namespace thin_tools
