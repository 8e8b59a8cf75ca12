// Names and sizes of a pool's devices, as an LVM2 backup has them.
#pragma once

#include <optional>
#include <string>

#include "thin-tools/files/lvm_backup.h"
#include "thin-tools/volumes/pool_volumes.h"

namespace thin_tools {

class pool_names {
 public:
  // `backup`: FILE[:VG/POOL]; empty: nothing is known. Throws error.
  explicit pool_names(const std::string& backup);

  // Null: it is not known.
  const lvm_volume* find(pdata::device_id device) const;
  // Throws error, naming the volumes that there are, if it is not known.
  pdata::device_id device_of(const std::string& volume) const;

  // "thin device 3", "thin device 3 (vg/data)"
  std::string describe(pdata::device_id device) const;

  // What speaks against the backup being one of this pool at this time: lines; empty: nothing.
  // Throws error if it cannot be.
  std::string remarks(const pool_volumes& pool) const;

 private:
  std::string file_;
  std::string group_;
  std::optional<lvm_pool> pool_;
};

}  // namespace thin_tools
