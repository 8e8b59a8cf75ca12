#include "persistent-data/io/validate.h"

#include "persistent-data/damage/damage_catalogue.h"

namespace pdata {

std::optional<node_fault> validate(block_view block, block_kind kind, metadata_block location) {
  const auto actual = identify(block);
  if (!actual) return node_fault{damage_id::block_checksum};
  if (*actual != kind)
    return node_fault{damage_id::block_kind, static_cast<std::uint64_t>(kind),
                      static_cast<std::uint64_t>(*actual)};
  if (stored_location(block) != location)
    return node_fault{damage_id::block_misplaced, location, stored_location(block)};
  return std::nullopt;
}

}  // namespace pdata
