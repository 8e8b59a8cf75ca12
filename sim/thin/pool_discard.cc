// Discards: whole blocks are unmapped, and where the pool passes discards down,
// the data blocks are discarded too once nobody uses them. Rules: Linux 6.1
// dm-thin.c process_discard_bio and what follows it.
#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "sim/thin/new_mapping.h"
#include "sim/thin/thin_target.h"

namespace sim {

void pool::process_discard(thin_target& thin, mapped_bio& request) {
  if (is_read_only(features_.mode)) return end_bio(request);
  if (features_.mode == pool_mode::fail) return end_bio(request, EIO);
  // Only blocks that it covers whole.
  const auto begin = pdata::div_up(request.first, block_sectors_);
  const auto end = std::max(request.end() / block_sectors_, begin);
  if (begin == end) return end_bio(request);
  // The kernel logs a warning, and the program is not told.
  if (begin / most_locked_blocks != (end - 1) / most_locked_blocks &&
      rules().has(kernel_rule::discard_within_1024_blocks))
    return end_bio(request);
  bio_cell* cell = prison_.detain(virtual_key(thin, begin, end), &request);
  if (cell != nullptr) discard_cell(thin, *cell);
}

void pool::discard_cell(thin_target& thin, bio_cell& cell) {
  mapped_bio& request = holder_of(cell);
  if (passes_discards_) {
    // The cell stays locked until the last part has been discarded.
    request.per_bio<thin_request>().cell = &cell;
    break_up_discard(thin, cell, request);
    return end_bio(request);
  }
  auto* mapping = new new_mapping;
  mapping->thin = &thin;
  mapping->begin = cell.key.begin;
  mapping->end = cell.key.end;
  mapping->cell = &cell;
  mapping->request = &request;
  if (!all_io_.defer(*mapping)) prepared_discard(*mapping);
}

// One piece of work for each run of blocks that are consecutive on both sides.
void pool::break_up_discard(thin_target& thin, const bio_cell& cell, mapped_bio& request) {
  const auto end = cell.key.end;
  for (auto begin = cell.key.begin; begin != end;) {
    const auto run = metadata_->find_mapped_range(thin.metadata(), begin, end);
    if (!run.ok()) return;
    begin = run->end;
    discard_run(thin, request, *run);
  }
}

void pool::discard_run(thin_target& thin, mapped_bio& request, const pdata::mapped_range& run) {
  const bool in_parts = rules().has(kernel_rule::passdown_within_1024_blocks);
  const auto data_end = run.first + (run.end - run.begin);
  auto begin = run.begin;
  for (auto data = run.first; data < data_end;) {
    const auto boundary = (data / most_locked_blocks + 1) * most_locked_blocks;
    const auto part_end = in_parts ? std::min<pdata::data_block>(data_end, boundary) : data_end;
    const auto count = part_end - data;
    bio_cell* data_cell = prison_.detain(data_key(thin, data, part_end), nullptr);
    if (data_cell != nullptr) {
      auto* mapping = new new_mapping;
      mapping->thin = &thin;
      mapping->begin = begin;
      mapping->end = begin + count;
      mapping->data = data;
      mapping->cell = data_cell;
      mapping->request = &request;
      mapping->maybe_shared = run.shared;
      chain(request);
      // A part that is in use stays mapped, and the kernel does not step over it: the next one is
      // unmapped in its place.
      begin += count;
      if (!all_io_.defer(*mapping)) prepared_discard(*mapping);
    }
    data = part_end;
  }
}

void pool::prepared_discard(new_mapping& mapping) {
  if (is_read_only(features_.mode)) return finish_discard(mapping, 0);
  if (features_.mode == pool_mode::fail) return finish_discard(mapping, EIO);
  if (passes_discards_)
    unmap_and_pass_down(mapping);
  else
    unmap_only(mapping);
}

// Ends the request's share in it; a failure replaces an earlier status.
void pool::finish_discard(new_mapping& mapping, int status) {
  if (status != 0)
    end_bio(*mapping.request, status);
  else
    end_bio(*mapping.request);
  release_waiting(*mapping.thin, *mapping.cell);
  delete &mapping;
}

pdata::status pool::unmap(const new_mapping& mapping) {
  const auto* device = mapping.thin->metadata();
  const auto before = device->mapped_blocks();
  const auto r = metadata_->remove_range(mapping.thin->metadata(), mapping.begin, mapping.end);
  counters_.removed_mappings += before - device->mapped_blocks();
  return r;
}

void pool::unmap_only(new_mapping& mapping) {
  const auto r = unmap(mapping);
  if (!r.ok()) metadata_failed();
  finish_discard(mapping, r.ok() ? 0 : EIO);
}

void pool::unmap_and_pass_down(new_mapping& mapping) {
  auto r = unmap(mapping);
  // Held until the data device has discarded them, or the blocks could be
  // allocated again before.
  const bool holds = !settings().lacks.discard_passdown_order;
  if (r.ok() && holds) r = metadata_->inc_data_range(mapping.data, mapping.data_end());
  if (!r.ok()) {
    metadata_failed();
    return finish_discard(mapping, EIO);
  }
  if (holds) unmapped_blocks_ += mapping.end - mapping.begin;
  pass_down(mapping);
}

namespace {

struct discard_parent : bio {
  std::function<void()> ended;
};

// In as many requests as anybody's discard of these sectors would be (Linux 6.1 blk-lib.c,
// __blkdev_issue_discard): with data blocks whose size is no power of two a pool below may get
// its blocks in parts, and keeps them.
void discard_in_parts(device& on, bio& parent, sector first, sector count) {
  while (count > 0) {
    chain(parent);
    auto* part = new bio;
    part->op = io_op::discard;
    part->first = first;
    part->count = std::min(count, on.limits().first_bio_of_discard(first));
    part->context = &parent;
    part->end_io = [](bio& done) {
      auto& whole = *static_cast<bio*>(done.context);
      delete &done;
      end_bio(whole);
    };
    first += part->count;
    count -= part->count;
    submit(on, *part);
  }
}

}  // namespace

// Whether the data device's discard succeeds does not matter.
void pool::pass_down(new_mapping& mapping) {
  auto* parent = new discard_parent;
  parent->ended = [this, &mapping] {
    passed_down_.push_back(&mapping);
    wake();
  };
  parent->end_io = [](bio& done) {
    auto* whole = static_cast<discard_parent*>(&done);
    whole->ended();
    delete whole;
  };
  if (mapping.maybe_shared)
    pass_down_unshared(mapping, *parent);
  else
    discard_in_parts(owner_, *parent, mapping.data * block_sectors_,
                     (mapping.data_end() - mapping.data) * block_sectors_);
  end_bio(*parent);
}

// Only the runs of blocks that nobody else refers to.
void pool::pass_down_unshared(new_mapping& mapping, bio& parent) {
  const auto end = mapping.data_end();
  const auto skip_while = [&](pdata::data_block from, bool shared) -> pdata::data_block {
    for (; from != end; ++from) {
      const auto now = metadata_->block_is_shared(from);
      if (!now.ok()) return end;
      if (*now != shared) break;
    }
    return from;
  };
  for (auto begin = skip_while(mapping.data, true); begin != end;) {
    const auto run_end = skip_while(begin, false);
    discard_in_parts(owner_, parent, begin * block_sectors_, (run_end - begin) * block_sectors_);
    begin = run_end == end ? end : skip_while(run_end, true);
  }
}

// The second phase takes place in every mode.
void pool::discard_passed_down(new_mapping& mapping) {
  if (settings().lacks.discard_passdown_order) return finish_discard(mapping, 0);
  const auto r = metadata_->dec_data_range(mapping.data, mapping.data_end());
  if (r.ok())
    unmapped_blocks_ -= mapping.end - mapping.begin;
  else
    metadata_failed();
  finish_discard(mapping, r.ok() ? 0 : EIO);
}

}  // namespace sim
