// How requests to a pool wait in cells, and how they go to the data device.
#include "sim/thin/new_mapping.h"
#include "sim/thin/thin_target.h"

namespace sim {

namespace {

thin_request& of(mapped_bio& request) { return request.per_bio<thin_request>(); }

}  // namespace

mapped_bio& pool::holder_of(const bio_cell& cell) const { return as_mapped(*cell.holder); }

cell_key pool::virtual_key(const thin_target& thin, pdata::thin_block begin,
                           pdata::thin_block end) const {
  return {true, thin.id(), begin, end};
}

cell_key pool::data_key(const thin_target& thin, pdata::data_block begin,
                        pdata::data_block end) const {
  return {false, thin.id(), begin, end};
}

// In the submitter's context: never changes metadata.
map_result pool::map(thin_target& thin, mapped_bio& request) {
  request.new_per_bio<thin_request>().thin = &thin;
  if (thin.requeue_mode) {
    end_bio(request, status_requeue);
    return map_result::submitted;
  }
  if (features_.mode == pool_mode::fail) return map_result::killed;
  if (request.is_flush() || request.op == io_op::discard) {
    defer(thin, request);
    return map_result::submitted;
  }
  const auto block = block_of(request);
  bio_cell* cell = nullptr;
  if (!prison_.empty()) {
    cell = prison_.detain(virtual_key(thin, block, block + 1), &request);
    if (cell == nullptr) return map_result::submitted;
  }
  const auto found = metadata_->find_block(thin.metadata(), block);
  if ((found.ok() && found->shared) || found.errno_value() == ENODATA) {
    if (cell == nullptr) cell = prison_.detain(virtual_key(thin, block, block + 1), &request);
    defer_cell(thin, *cell);
    return map_result::submitted;
  }
  if (!found.ok()) {
    end_bio(request, EIO);
    if (cell != nullptr) release_waiting(thin, *cell);
    return map_result::submitted;
  }
  if (cell != nullptr) {
    bio_cell* data = prison_.detain(data_key(thin, found->block, found->block + 1), &request);
    if (data == nullptr) {
      release_waiting(thin, *cell);
      return map_result::submitted;
    }
    release_waiting(thin, *data);
    release_waiting(thin, *cell);
  }
  ++counters_.mapped_lookups;
  count_in_flight(request);
  remap(request, found->block);
  return map_result::remapped;
}

void pool::request_ended(mapped_bio& request) {
  auto& mine = of(request);
  if (mine.shared_read != nullptr)
    shared_reads_.end(*mine.shared_read, [this](new_mapping& m) { action_done(m); });
  if (mine.any_io != nullptr)
    all_io_.end(*mine.any_io, [this](new_mapping& m) { discard_ready(m); });
  if (mine.cell != nullptr) release_waiting(*mine.thin, *mine.cell);
}

void pool::discard_ready(new_mapping& mapping) {
  prepared_discards_.push_back(&mapping);
  wake();
}

// A suspend that must not wait: everything that waits for the worker goes back.
void pool::begin_requeue(thin_target& thin) {
  bio_list requests;
  requests.take(thin.deferred);
  requests.take(thin.retries);
  while (bio* request = requests.pop()) end_bio(*request, status_requeue);
  std::vector<bio_cell*> cells;
  cells.swap(thin.deferred_cells);
  for (bio_cell* cell : cells) end_cell(*cell, status_requeue);
}

void pool::remap(mapped_bio& request, pdata::data_block to) {
  request.to = &owner_;
  request.first = to * block_sectors_ + request.first % block_sectors_;
}

bool pool::triggers_commit(const thin_target& thin, const bio& request) const {
  return request.is_flush() && thin.metadata()->changed_this_transaction();
}

void pool::issue(thin_target& thin, mapped_bio& request) {
  if (!triggers_commit(thin, request)) return submit(*request.to, request);
  if (thin.metadata()->aborted_changes()) return end_bio(request, EIO);
  // One commit for all that wait, at the end of the pass.
  waiting_for_commit_.push(request);
}

void pool::remap_and_issue(thin_target& thin, mapped_bio& request, pdata::data_block to) {
  remap(request, to);
  issue(thin, request);
}

void pool::send_to_origin(thin_target& thin, mapped_bio& request) {
  request.to = thin.origin();
  issue(thin, request);
}

void pool::defer(thin_target& thin, mapped_bio& request) {
  thin.deferred.push(request);
  note_deferring(thin);
  wake();
}

void pool::defer_cell(thin_target& thin, bio_cell& cell) {
  thin.deferred_cells.push_back(&cell);
  note_deferring(thin);
  wake();
}

// Those who waited in the cell are looked at again; its holder is not.
void pool::release_waiting(thin_target& thin, bio_cell& cell) {
  prison_.release_no_holder(cell, thin.deferred);
  if (thin.deferred.empty()) return;
  note_deferring(thin);
  wake();
}

void pool::end_cell(bio_cell& cell, int status) {
  bio_list requests;
  prison_.release(cell, requests);
  while (bio* request = requests.pop()) end_bio(*request, status);
}

// Those who waited for the block go to it; flushes and discards are looked at
// again.
void pool::issue_cell(thin_target& thin, bio_cell& cell, pdata::data_block to) {
  bio_list waiting;
  prison_.release_no_holder(cell, waiting);
  bio_list ready;
  while (bio* request = waiting.pop()) {
    if (request->is_flush() || request->op == io_op::discard) {
      defer(thin, as_mapped(*request));
    } else {
      count_in_flight(as_mapped(*request));
      ready.push(*request);
    }
  }
  while (bio* request = ready.pop()) remap_and_issue(thin, as_mapped(*request), to);
}

// Only reads may go to a shared block.
void pool::issue_shared_cell(thin_target& thin, bio_cell& cell, pdata::data_block to) {
  bio_list waiting;
  prison_.release_no_holder(cell, waiting);
  bio_list ready;
  while (bio* request = waiting.pop()) {
    if (request->is_write() || request->is_flush()) {
      defer(thin, as_mapped(*request));
    } else {
      count_shared_read(as_mapped(*request));
      count_in_flight(as_mapped(*request));
      ready.push(*request);
    }
  }
  while (bio* request = ready.pop()) remap_and_issue(thin, as_mapped(*request), to);
}

void pool::count_in_flight(mapped_bio& request) {
  if (request.op != io_op::discard) of(request).any_io = all_io_.begin();
}

void pool::count_shared_read(mapped_bio& request) {
  of(request).shared_read = shared_reads_.begin();
}

void pool::retry_later(mapped_bio& request) { of(request).thin->retries.push(request); }

void pool::retry_cell_later(bio_cell& cell) {
  if (const int failure = error_if_unserviceable(); failure != 0) return end_cell(cell, failure);
  bio_list requests;
  prison_.release(cell, requests);
  while (bio* request = requests.pop()) retry_later(as_mapped(*request));
}

}  // namespace sim
