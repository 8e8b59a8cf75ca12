#include "persistent-data/io/validate.h"

#include "persistent-data/format/damage_catalogue.h"

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

std::optional<node_fault> validate(const read_block& block, block_kind kind) {
  if (!block.outcome.ok()) return unreadable(block.outcome);
  return validate(block.bytes, kind, block.location);
}

node_fault unreadable(status outcome) {
  return {damage_id::block_unreadable, 0, static_cast<std::uint64_t>(outcome.errno_value())};
}

damage finding_of(const node_fault& fault, metadata_block location, const damage& model) {
  damage finding = model;
  finding.id = fault.id;
  finding.location = location;
  finding.expected = fault.expected;
  finding.actual = fault.actual;
  return finding;
}

}  // namespace pdata
