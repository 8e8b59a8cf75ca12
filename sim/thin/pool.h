// A pool: the metadata, the worker that changes it, and the requests that wait
// for the worker. The targets thin-pool and thin share it; it lives as long as
// one of their tables. Rules: Linux 6.1 dm-thin.c.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "persistent-data/engine/pool.h"
#include "sim/dm/device_mapper.h"
#include "sim/thin/bio_prison.h"
#include "sim/thin/deferred_set.h"
#include "sim/thin/metadata_view.h"
#include "sim/thin/pool_features.h"
#include "sim/thin/pool_table.h"
#include "sim/thin/thin_request.h"

namespace sim {

class thin_pool_target;

// Ranges of blocks are locked within multiples of it: dm-bio-prison-v1.h BIO_PRISON_MAX_RANGE.
inline constexpr std::uint64_t most_locked_blocks = 1024;

class pool : public std::enable_shared_from_this<pool> {
 public:
  // Opens or formats the metadata. The targets that use a pool hold it together.
  static pdata::result<std::shared_ptr<pool>> create(pool_table& all, mapped_device& owner,
                                                     device& metadata, device& data,
                                                     sector block_sectors, pool_mode mode);
  ~pool();
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  const mapped_device& owner() const { return owner_; }
  device& metadata_device() const { return metadata_device_; }
  device& data_device() const { return data_device_; }
  std::uint64_t block_sectors() const { return block_sectors_; }
  pdata::pool_metadata& metadata() { return *metadata_; }
  const pool_settings& settings() const { return all_.settings; }
  const kernel_rules& rules() const { return owner_.mapper().rules(); }
  pool_mode mode() const { return features_.mode; }
  const pool_features& features() const { return features_; }
  const pool_counters& counters() const { return counters_; }
  // Since it was opened: the time in which it could not allocate.
  virtual_time out_of_space_time() const;
  thin_pool_target* bound() const { return bound_; }
  bool suspended() const { return suspended_; }

  // For the thin-pool target.
  void bind(thin_pool_target& target);
  void unbind(thin_pool_target& target);
  void set_mode(pool_mode mode);
  pdata::status commit();
  void metadata_failed();
  void presuspend();
  void presuspend_undo();
  void postsuspend();
  void resume();
  void metadata_low();
  pdata::status flush_data();
  void cut_off();  // see metadata_view; what was committed is there
  // Requests that wait for the worker or for space fail.
  void fail_waiting();

  // For the thin target.
  void attach(thin_target& thin);
  void detach(thin_target& thin);
  map_result map(thin_target& thin, mapped_bio& request);
  void request_ended(mapped_bio& request);
  void begin_requeue(thin_target& thin);

 private:
  pool(pool_table& all, mapped_device& owner, device& metadata, device& data, sector block_sectors);

  // pool.cc: modes and space
  void notify();
  void fail_retries(int errno_value);
  void requeue_retries();
  void abort_transaction();
  void check_metadata_space();
  void check_data_space();
  void check_low_water(std::uint64_t free_blocks);
  int error_for_requests() const { return out_of_data_space_ ? ENOSPC : EIO; }
  int error_if_unserviceable() const;
  void no_space_timed_out();

  // pool_worker.cc: the worker's pass
  void note_deferring(thin_target& thin);
  void work();
  void wake();
  void run_prepared(std::vector<new_mapping*>& list, void (pool::*handle)(new_mapping&));
  void run_all_deferred();
  void run_deferred(thin_target& thin);
  void run_deferred_cells(thin_target& thin);
  void run_deferred_bios(thin_target& thin);
  void commit_if_asked();
  void process_bio(thin_target& thin, mapped_bio& request);
  void process_cell(thin_target& thin, bio_cell& cell);
  void serve_cell(thin_target& thin, bio_cell& cell);
  void serve_read_only(thin_target& thin, mapped_bio& request, bio_cell* cell);
  void unserviceable(mapped_bio& request);

  // pool_requests.cc: cells and remapping
  mapped_bio& holder_of(const bio_cell& cell) const;
  cell_key virtual_key(const thin_target& thin, pdata::thin_block begin,
                       pdata::thin_block end) const;
  cell_key data_key(const thin_target& thin, pdata::data_block begin, pdata::data_block end) const;
  pdata::thin_block block_of(const bio& request) const { return request.first / block_sectors_; }
  void remap(mapped_bio& request, pdata::data_block to);
  void issue(thin_target& thin, mapped_bio& request);
  void remap_and_issue(thin_target& thin, mapped_bio& request, pdata::data_block to);
  void send_to_origin(thin_target& thin, mapped_bio& request);
  bool triggers_commit(const thin_target& thin, const bio& request) const;
  void defer(thin_target& thin, mapped_bio& request);
  void defer_cell(thin_target& thin, bio_cell& cell);
  void release_waiting(thin_target& thin, bio_cell& cell);
  void end_cell(bio_cell& cell, int status);
  void issue_cell(thin_target& thin, bio_cell& cell, pdata::data_block to);
  void issue_shared_cell(thin_target& thin, bio_cell& cell, pdata::data_block to);
  void discard_ready(new_mapping& mapping);
  void count_in_flight(mapped_bio& request);
  void count_shared_read(mapped_bio& request);
  void retry_later(mapped_bio& request);
  void retry_cell_later(bio_cell& cell);

  // pool_provision.cc: new blocks
  pdata::status allocate(pdata::data_block& block);
  void provision(thin_target& thin, mapped_bio& request, bio_cell& cell);
  void read_unmapped(thin_target& thin, mapped_bio& request, bio_cell& cell);
  void serve_shared(thin_target& thin, mapped_bio& request, pdata::data_block at,
                    bio_cell& virtual_cell);
  void break_sharing(thin_target& thin, mapped_bio& request, pdata::data_block from,
                     bio_cell& cell);
  void allocation_failed(bio_cell& cell, pdata::status failure);
  new_mapping& new_mapping_for(thin_target& thin, pdata::thin_block block, pdata::data_block data,
                               bio_cell& cell);
  void schedule_copy(new_mapping& mapping, device& from, pdata::data_block block,
                     mapped_bio& request, sector count);
  void schedule_zero(new_mapping& mapping, mapped_bio& request);
  void schedule_from_origin(new_mapping& mapping, mapped_bio& request);
  void overwrite(new_mapping& mapping, mapped_bio& request);
  bool is_whole_block(const bio& request) const;
  void action_done(new_mapping& mapping, bool ok = true);
  void prepared_mapping(new_mapping& mapping);
  void insert(new_mapping& mapping);
  void complete_overwrite(thin_target& thin, mapped_bio& request);

  // pool_discard.cc
  void process_discard(thin_target& thin, mapped_bio& request);
  void discard_cell(thin_target& thin, bio_cell& cell);
  void discard_run(thin_target& thin, mapped_bio& request, const pdata::mapped_range& run);
  void break_up_discard(thin_target& thin, const bio_cell& cell, mapped_bio& request);
  void prepared_discard(new_mapping& mapping);
  pdata::status unmap(const new_mapping& mapping);
  void unmap_only(new_mapping& mapping);
  void unmap_and_pass_down(new_mapping& mapping);
  void pass_down(new_mapping& mapping);
  void pass_down_unshared(new_mapping& mapping, bio& parent);
  void discard_passed_down(new_mapping& mapping);
  void finish_discard(new_mapping& mapping, int status);

  pool_table& all_;
  mapped_device& owner_;
  device& metadata_device_;
  device& data_device_;
  std::uint64_t block_sectors_;  // of each block
  metadata_view view_;
  std::unique_ptr<pdata::pool_metadata> metadata_;

  thin_pool_target* bound_ = nullptr;
  pool_features features_;
  std::optional<std::uint64_t> low_water_blocks_;  // as many free, or fewer: an event
  bool low_water_sent_ = false;
  bool suspended_ = true;
  bool out_of_data_space_ = false;
  bool passes_discards_ = false;
  bio_prison prison_;
  deferred_set<new_mapping> shared_reads_;
  deferred_set<new_mapping> all_io_;
  std::vector<new_mapping*> prepared_mappings_;
  std::vector<new_mapping*> prepared_discards_;
  std::vector<new_mapping*> passed_down_;
  bio_list waiting_for_commit_;      // are sent after it
  bio_list completing_with_commit_;  // are complete after it
  std::vector<thin_target*> thins_;
  std::vector<thin_target*> deferring_;  // those with requests that are deferred, in their order

  work_item worker_;
  timer waker_;
  timer no_space_;
  virtual_time last_commit_ = 0;
  pool_counters counters_;
  std::optional<virtual_time> out_of_space_since_;
  virtual_time out_of_space_before_ = 0;  // that
  std::uint64_t unmapped_blocks_ = 0;     // see commit_notice
};

}  // namespace sim
