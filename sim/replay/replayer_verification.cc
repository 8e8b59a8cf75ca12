// How a replay reads devices again.
#include "persistent-data/base/checked_math.h"
#include "persistent-data/engine/pool.h"
#include "sim/replay/replayer.h"
#include "sim/thin/thin_target.h"

namespace sim::replay {

namespace {

constexpr sector longest_verification = 2048;

}  // namespace

// Looks up what of the device was read before. False: nothing is to be said about it.
bool replayer::begin_proof(const replayed_device& device) {
  if (!proven_ || device.model.has_history() || device.model.has_alternatives()) return false;
  if (bed_.counters().metadata_failures != 0) return false;
  const auto& pool = bed_.pool_of();
  proven_->begin_device();
  const auto visited = bed_.pool_of().metadata().visit_mappings(
      target_of(device).metadata(), 0, pdata::div_up(device.place.size, pool.block_sectors()),
      [&](pdata::thin_block block, const pdata::block_lookup& to) {
        proven_->add_mapping(block, to.block);
      });
  if (!visited.ok()) return false;
  device.model.visit_leaves(
      [&](const written_map::leaf_pointer& leaf, sector first) { proven_->add_leaf(leaf, first); });
  return true;
}

// All that was written, in reads of whole stretches.
void replayer::verify_all(replayed_device& device) {
  if (!settings_.verify) return;
  const auto counted = bed_.counters();
  const bool proves = begin_proof(device);
  sector from = 0;
  sector to = 0;
  const auto flush = [&] {
    if (from >= to) return;
    if (proves && proven_->is_proven(from, to - from))
      runner_.count_verified(to - from);
    else
      runner_.verify(device, from, to - from, number_);
  };
  device.model.visit_written([&](sector first, sector count) {
    if (first != to || to - from > longest_verification) {
      flush();
      from = first;
    }
    to = first + count;
  });
  flush();
  if (proves) proven_->end_device();
  collector_.set_aside(counted);
}

void replayer::verify_snapshot(replayed_device& snapshot) {
  // It may be lost with the transaction that made it.
  if (!settings_.verify || bed_.counters().metadata_failures != 0) return;
  bed_.activate(snapshot.place);
  verify_all(snapshot);
  bed_.deactivate(snapshot.place);
}

}  // namespace sim::replay
