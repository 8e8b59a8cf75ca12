// What volumes a pool has and how much of them there is: thin_nbd --list.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "thin-tools/volumes/pool_volumes.h"

namespace thin_tools {

struct volume_list {
  std::string table;   // a line for each device
  std::string losses;  // lines that say what is lost
  bool whole = true;   // nothing is known to be lost
};

// The name of a device, or an empty text; none: no names are known.
using device_namer = std::function<std::string(pdata::device_id)>;

// Reads all mappings. `wanted`: those devices alone; empty: all. Throws error, also where one
// is not known.
volume_list list_volumes(pool_volumes& pool, const device_namer& name_of,
                         const std::set<pdata::device_id>& wanted = {});

}  // namespace thin_tools
