// The pool's worker: one pass over everything that waits. Rules: Linux 6.1
// dm-thin.c do_worker.
#include <algorithm>

#include "sim/thin/new_mapping.h"
#include "sim/thin/thin_target.h"

namespace sim {

namespace {

constexpr std::size_t cells_sorted_at_once = 8192;

// A list that was emptied is filled again soon.
template <class Item>
void keep_memory(std::vector<Item>& list, std::vector<Item>& done) {
  if (list.capacity() != 0) return;
  done.clear();
  list.swap(done);
}

}  // namespace

void pool::wake() { worker_.queue(); }

void pool::work() {
  run_prepared(prepared_mappings_, &pool::prepared_mapping);
  run_prepared(prepared_discards_, &pool::prepared_discard);
  run_prepared(passed_down_, &pool::discard_passed_down);
  // A disk answers while the worker waits or is idle, not within its pass.
  all_io_.hold();
  run_all_deferred();
  all_io_.go_on([this](new_mapping& m) { discard_ready(m); });
  commit_if_asked();
}

void pool::run_prepared(std::vector<new_mapping*>& list, void (pool::*handle)(new_mapping&)) {
  std::vector<new_mapping*> ready;
  ready.swap(list);
  for (new_mapping* mapping : ready) (this->*handle)(*mapping);
  keep_memory(list, ready);
}

void pool::attach(thin_target& thin) {
  thin.order = thins_.empty() ? 0 : thins_.back()->order + 1;
  thins_.push_back(&thin);
}

void pool::detach(thin_target& thin) {
  std::erase(thins_, &thin);
  std::erase(deferring_, &thin);
}

void pool::note_deferring(thin_target& thin) {
  const auto at = std::ranges::lower_bound(deferring_, thin.order, {}, &thin_target::order);
  if (at == deferring_.end() || *at != &thin) deferring_.insert(at, &thin);
}

// In the order in which they were attached. What is deferred meanwhile by one that had its
// turn waits for the next pass.
void pool::run_all_deferred() {
  for (auto next = deferring_.begin(); next != deferring_.end();) {
    thin_target& thin = **next;
    deferring_.erase(next);
    run_deferred(thin);
    next = std::ranges::upper_bound(deferring_, thin.order, {}, &thin_target::order);
  }
}

void pool::run_deferred(thin_target& thin) {
  run_deferred_cells(thin);
  run_deferred_bios(thin);
}

void pool::run_deferred_cells(thin_target& thin) {
  std::vector<bio_cell*> cells;
  cells.swap(thin.deferred_cells);
  for (std::size_t from = 0; from < cells.size(); from += cells_sorted_at_once) {
    const auto begin = cells.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min(cells_sorted_at_once, cells.size() - from));
    if (end - begin > 1)
      std::stable_sort(begin, end, [](const bio_cell* a, const bio_cell* b) {
        return a->holder->first < b->holder->first;
      });
    std::for_each(begin, end, [&](bio_cell* cell) { process_cell(thin, *cell); });
  }
  keep_memory(thin.deferred_cells, cells);
}

void pool::run_deferred_bios(thin_target& thin) {
  std::vector<bio*> requests;
  while (bio* request = thin.deferred.pop()) requests.push_back(request);
  if (thin.requeue_mode) {
    for (bio* request : requests) end_bio(*request, status_requeue);
    return;
  }
  if (requests.size() > 1) std::ranges::stable_sort(requests, {}, &bio::first);
  for (bio* request : requests) {
    if (request->op == io_op::discard)
      process_discard(thin, as_mapped(*request));
    else
      process_bio(thin, as_mapped(*request));
  }
}

// A kernel's tick comes a few jiffies after a full second, because timers are
// rounded up: a tick one second after the last commit finds it over.
void pool::commit_if_asked() {
  bio_list requests, completions;
  requests.take(waiting_for_commit_);
  completions.take(completing_with_commit_);
  const bool time_is_up = owner_.mapper().loop().now() - last_commit_ >= one_second;
  if (requests.empty() && completions.empty() && !(time_is_up && metadata_->any_device_changed()))
    return;
  if (!commit().ok()) {
    requests.take(completions);
    while (bio* request = requests.pop()) end_bio(*request, EIO);
    return;
  }
  last_commit_ = owner_.mapper().loop().now();
  owner_.mapper().loop().waited_for_disk();
  while (bio* request = completions.pop()) end_bio(*request);
  // The commit has flushed the data device.
  while (bio* request = requests.pop()) {
    if (request->preflush)
      end_bio(*request);
    else
      submit(*as_mapped(*request).to, *request);
  }
}

void pool::process_bio(thin_target& thin, mapped_bio& request) {
  switch (features_.mode) {
    case pool_mode::fail:
      return end_bio(request, EIO);
    case pool_mode::write: {
      const auto block = block_of(request);
      bio_cell* cell = prison_.detain(virtual_key(thin, block, block + 1), &request);
      if (cell != nullptr) serve_cell(thin, *cell);
      return;
    }
    default:
      return serve_read_only(thin, request, nullptr);
  }
}

void pool::process_cell(thin_target& thin, bio_cell& cell) {
  switch (features_.mode) {
    case pool_mode::fail:
      return end_cell(cell, error_for_requests());
    case pool_mode::write:
      return serve_cell(thin, cell);
    default:
      return serve_read_only(thin, holder_of(cell), &cell);
  }
}

void pool::serve_cell(thin_target& thin, bio_cell& cell) {
  if (thin.requeue_mode) return end_cell(cell, status_requeue);
  mapped_bio& request = holder_of(cell);
  const auto found = metadata_->find_block(thin.metadata(), block_of(request));
  if (found.ok()) {
    if (request.count != 0) ++counters_.mapped_lookups;
    if (found->shared) return serve_shared(thin, request, found->block, cell);
    count_in_flight(request);
    remap_and_issue(thin, request, found->block);
    return issue_cell(thin, cell, found->block);
  }
  if (found.errno_value() == ENODATA) return provision(thin, request, cell);
  release_waiting(thin, cell);
  end_bio(request, EIO);
}

void pool::unserviceable(mapped_bio& request) {
  if (const int failure = error_if_unserviceable(); failure != 0) return end_bio(request, failure);
  retry_later(request);
}

void pool::serve_read_only(thin_target& thin, mapped_bio& request, bio_cell* cell) {
  const auto found = metadata_->find_block(thin.metadata(), block_of(request));
  if (found.ok() && !(found->shared && request.is_write() && request.count != 0)) {
    if (request.count != 0) ++counters_.mapped_lookups;
    count_in_flight(request);
    remap_and_issue(thin, request, found->block);
    if (cell != nullptr) issue_cell(thin, *cell, found->block);
    return;
  }
  if (found.ok()) {
    unserviceable(request);
    if (cell != nullptr) release_waiting(thin, *cell);
    return;
  }
  if (cell != nullptr) release_waiting(thin, *cell);
  if (found.errno_value() != ENODATA) return end_bio(request, EIO);
  if (request.is_write()) return unserviceable(request);
  ++counters_.unmapped_reads;
  if (thin.origin() != nullptr) {
    count_in_flight(request);
    return send_to_origin(thin, request);
  }
  request.deliver_zeroes();
  end_bio(request);
}

}  // namespace sim
