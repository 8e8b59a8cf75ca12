// Changes single fields of metadata blocks by name, to plant damage.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "persistent-data/io/block_device.h"

namespace thin_tools {

struct field_change {
  std::string field;  // of field_table.h: "nr_entries"
  std::uint64_t value = 0;
};

// The names of the fields are those of the kind that the block is by its checksum;
// with none that fits, only what every block begins with has a name. With a renewed
// checksum only the change is wrong about the block; a change of the checksum itself
// stays. Throws error, with nothing changed, if
// there is no such block or field, or the value does not fit it.
enum class checksums : std::uint8_t { renew, keep };
void change_fields(pdata::block_device& device, const std::string& name,
                   pdata::metadata_block location, std::span<const field_change> changes,
                   checksums after);

}  // namespace thin_tools
