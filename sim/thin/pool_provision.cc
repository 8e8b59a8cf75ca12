// New data blocks: for what is not mapped yet, and for writes to shared blocks.
// Rules: Linux 6.1 dm-thin.c provision_block, break_sharing, schedule_copy.
#include <algorithm>

#include "sim/thin/copier.h"
#include "sim/thin/new_mapping.h"
#include "sim/thin/thin_target.h"

namespace sim {

using pdata::status;
using pdata::success;

status pool::allocate(pdata::data_block& block) {
  if (features_.mode != pool_mode::write) return status(EINVAL);
  const auto failed = [this](status r) {
    metadata_failed();
    return r;
  };
  auto free = metadata_->free_data_blocks();
  if (!free.ok()) return failed(free.failure());
  check_low_water(*free);
  if (*free == 0) {
    // A commit may make blocks usable that were freed since the last one.
    if (const auto r = commit(); !r.ok()) return r;
    free = metadata_->free_data_blocks();
    if (!free.ok()) return failed(free.failure());
    if (*free == 0) {
      set_mode(pool_mode::out_of_data_space);
      return status(ENOSPC);
    }
  }
  const auto allocated = metadata_->alloc_data_block();
  if (!allocated.ok()) {
    if (allocated.errno_value() != ENOSPC) return failed(allocated.failure());
    set_mode(pool_mode::out_of_data_space);
    return status(ENOSPC);
  }
  block = *allocated;
  ++unmapped_blocks_;
  free = metadata_->free_metadata_blocks();
  if (!free.ok()) return failed(free.failure());
  // The reserve is there for this commit.
  if (*free == 0) return commit();
  return success;
}

void pool::allocation_failed(bio_cell& cell, status failure) {
  if (failure.errno_value() == ENOSPC) return retry_cell_later(cell);
  end_cell(cell, error_for_requests());
}

void pool::provision(thin_target& thin, mapped_bio& request, bio_cell& cell) {
  if (!request.is_write()) return read_unmapped(thin, request, cell);
  if (request.count == 0) {
    count_in_flight(request);
    release_waiting(thin, cell);
    return remap_and_issue(thin, request, 0);
  }
  const auto block = block_of(request);
  pdata::data_block data = 0;
  if (const auto r = allocate(data); !r.ok()) return allocation_failed(cell, r);
  auto& mapping = new_mapping_for(thin, block, data, cell);
  if (thin.origin() != nullptr)
    schedule_from_origin(mapping, request);
  else
    schedule_zero(mapping, request);
}

void pool::read_unmapped(thin_target& thin, mapped_bio& request, bio_cell& cell) {
  ++counters_.unmapped_reads;
  const sector origin_size = thin.origin() == nullptr ? sector(0) : thin.origin_size();
  const bool from_origin = thin.origin() != nullptr && request.first < origin_size;
  if (from_origin) count_in_flight(request);
  release_waiting(thin, cell);
  if (!from_origin) {
    request.deliver_zeroes();
    return end_bio(request);
  }
  if (request.end() > origin_size) {
    const sector inside = origin_size - request.first;
    if (request.sink != nullptr && *request.sink)
      (*request.sink)(request.sink_offset + inside, request.count - inside, content());
    request.count = inside;
  }
  send_to_origin(thin, request);
}

void pool::serve_shared(thin_target& thin, mapped_bio& request, pdata::data_block at,
                        bio_cell& virtual_cell) {
  bio_cell* data_cell = prison_.detain(data_key(thin, at, at + 1), &request);
  // Occupied: the sharing is being broken already.
  if (data_cell == nullptr) return release_waiting(thin, virtual_cell);
  if (request.is_write() && request.count != 0) {
    break_sharing(thin, request, at, *data_cell);
    return release_waiting(thin, virtual_cell);
  }
  count_shared_read(request);
  count_in_flight(request);
  remap_and_issue(thin, request, at);
  issue_shared_cell(thin, *data_cell, at);
  issue_shared_cell(thin, virtual_cell, at);
}

void pool::break_sharing(thin_target& thin, mapped_bio& request, pdata::data_block from,
                         bio_cell& cell) {
  const auto block = block_of(request);
  pdata::data_block data = 0;
  if (const auto r = allocate(data); !r.ok()) return allocation_failed(cell, r);
  auto& mapping = new_mapping_for(thin, block, data, cell);
  mapping.breaks_sharing = true;
  schedule_copy(mapping, owner_, from, request, block_sectors_);
}

new_mapping& pool::new_mapping_for(thin_target& thin, pdata::thin_block block,
                                   pdata::data_block data, bio_cell& cell) {
  auto* mapping = new new_mapping;
  mapping->thin = &thin;
  mapping->begin = block;
  mapping->end = block + 1;
  mapping->data = data;
  mapping->cell = &cell;
  return *mapping;
}

bool pool::is_whole_block(const bio& request) const {
  return request.is_write() && request.count == block_sectors_;
}

// The request itself fills the block; it is in the cell, but must not be sent
// again.
void pool::overwrite(new_mapping& mapping, mapped_bio& request) {
  ++counters_.overwritten_blocks;
  request.per_bio<thin_request>().overwrite = &mapping;
  mapping.request = &request;
  mapping.saved_end_io = request.end_io;
  request.remaining = 1;
  request.end_io = [](bio& ended) {
    auto& mine = as_mapped(ended).per_bio<thin_request>();
    new_mapping& filled = *mine.overwrite;
    ended.end_io = filled.saved_end_io;
    ended.remaining = 1;
    mine.thin->of().action_done(filled, ended.status == 0);
  };
  count_in_flight(request);
  remap_and_issue(*mapping.thin, request, mapping.data);
}

// Copies `count` sectors of the block and zeroes the rest, if there is any.
void pool::schedule_copy(new_mapping& mapping, device& from, pdata::data_block block,
                         mapped_bio& request, sector count) {
  mapping.actions = 3;  // quiescing, copying, and this function
  if (!shared_reads_.defer(mapping)) action_done(mapping);
  if (is_whole_block(request)) {
    overwrite(mapping, request);
  } else {
    ++counters_.copied_blocks;
    const sector to = mapping.data * block_sectors_;
    copy_sectors({from, block * block_sectors_}, {owner_, to}, count,
                 [this, &mapping](bool ok) { action_done(mapping, ok); });
    if (count < block_sectors_ && features_.zero_new_blocks) {
      ++mapping.actions;
      zero_sectors({owner_, to + count}, block_sectors_ - count,
                   [this, &mapping](bool ok) { action_done(mapping, ok); });
    }
  }
  action_done(mapping);
}

void pool::schedule_zero(new_mapping& mapping, mapped_bio& request) {
  if (!features_.zero_new_blocks) return insert(mapping);
  mapping.actions = 1;
  if (is_whole_block(request)) return overwrite(mapping, request);
  ++counters_.zeroed_blocks;
  zero_sectors({owner_, mapping.data * block_sectors_}, block_sectors_,
               [this, &mapping](bool ok) { action_done(mapping, ok); });
}

void pool::schedule_from_origin(new_mapping& mapping, mapped_bio& request) {
  const thin_target& thin = *mapping.thin;
  const sector begin = mapping.begin * block_sectors_;
  if (begin >= thin.origin_size()) return schedule_zero(mapping, request);
  // The origin is a device of its own: what it has for a block lies at the same place.
  const pdata::data_block same_place = mapping.begin.value();
  schedule_copy(mapping, *thin.origin(), same_place, request,
                std::min(block_sectors_, thin.origin_size() - begin));
}

void pool::action_done(new_mapping& mapping, bool ok) {
  if (!ok) mapping.failed = true;
  if (--mapping.actions != 0) return;
  prepared_mappings_.push_back(&mapping);
  wake();
}

void pool::complete_overwrite(thin_target& thin, mapped_bio& request) {
  if (!triggers_commit(thin, request) || settings().lacks.fua_overwrite) return end_bio(request);
  if (thin.metadata()->aborted_changes()) return end_bio(request, EIO);
  completing_with_commit_.push(request);
}

void pool::prepared_mapping(new_mapping& mapping) {
  if (features_.mode <= pool_mode::out_of_data_space && !mapping.failed) return insert(mapping);
  end_cell(*mapping.cell, error_for_requests());
  delete &mapping;
}

// A block that needs no zeroing comes here at once, whatever the allocation has
// done to the pool's mode.
void pool::insert(new_mapping& prepared) {
  const std::unique_ptr<new_mapping> mapping(&prepared);
  thin_target& thin = *mapping->thin;
  const auto r = metadata_->insert_block(thin.metadata(), mapping->begin, mapping->data);
  if (!r.ok()) {
    metadata_failed();
    return end_cell(*mapping->cell, error_for_requests());
  }
  --unmapped_blocks_;
  ++(mapping->breaks_sharing ? counters_.broken_shares : counters_.provisioned_blocks);
  if (mapping->request != nullptr) {
    issue_cell(thin, *mapping->cell, mapping->data);
    return complete_overwrite(thin, *mapping->request);
  }
  mapped_bio& holder = holder_of(*mapping->cell);
  count_in_flight(holder);
  remap_and_issue(thin, holder, mapping->data);
  issue_cell(thin, *mapping->cell, mapping->data);
}

}  // namespace sim
