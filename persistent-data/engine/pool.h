// Thin pool metadata as the kernel keeps it in memory: the operations of
// Linux 6.1 dm-thin-metadata.c, with its results, its order of allocations and
// so its bytes. The simulator's targets stand on this class alone.
//
// Its sources are parted by concern: pool.cc (open, format, close), pool_commit.cc
// (commit, abort, metadata snapshots), pool_devices.cc and pool_mappings.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/engine/pool_trees.h"
#include "persistent-data/engine/thin_device.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/block_device.h"
#include "persistent-data/transaction/block_cache.h"

namespace pdata {

struct block_lookup {
  data_block block = 0;
  bool shared = false;  // by time alone: a snapshot was taken after the mapping was made
};

struct mapped_range {  // consecutive virtual blocks on consecutive data blocks
  thin_block begin = 0;
  thin_block end = 0;  // exclusive
  data_block first = 0;
  bool shared = false;
};

struct pool_open_options {
  std::uint32_t data_block_size = 0;  // sectors
  bool may_format = true;             // a first block of zeroes is formatted, else EPERM
  bool read_only_device = false;      // compat_ro features are then no obstacle

  // False: as kernels that lack a fix, for studies of what it cured.
  bool commits_before_snapshot = true;        // a metadata snapshot
  bool counts_children_of_only_child = true;  // see rebalance.cc
};

// Free metadata blocks that the pool keeps from sight, so that a commit always
// finds some: of as many blocks in all.
std::uint64_t metadata_reserve(std::uint64_t nr_blocks);

// One thread at a time. Errors are the kernel's errno values; ENODATA says "no
// such device or mapping". After a failed call the open transaction may hold
// half of the operation, as in the kernel: commit or abort is the caller's
// choice.
class pool_metadata {
 public:
  // Opens or formats. `device` must outlive the pool.
  static result<std::unique_ptr<pool_metadata>> open(block_device& device,
                                                     const pool_open_options& options);
  // Closes as the kernel does: commits if it may, writes dirty blocks.
  ~pool_metadata();
  pool_metadata(const pool_metadata&) = delete;
  pool_metadata& operator=(const pool_metadata&) = delete;
  // The same with the outcome: EBUSY (and nothing done) while a device is open.
  status close();

  // Messages.
  status create_thin(device_id device);
  status create_snap(device_id device, device_id origin);
  status delete_device(device_id device);
  status set_transaction_id(std::uint64_t current, std::uint64_t next);
  result<std::uint64_t> transaction_id() const;
  status reserve_metadata_snapshot();
  status release_metadata_snapshot();
  result<metadata_block> held_root() const;  // 0: none

  // Devices.
  result<thin_device*> open_device(device_id device);
  void close_device(thin_device* device);
  result<block_lookup> find_block(thin_device* device, thin_block block);
  // The first mapped range at or after begin, below end: ENODATA if none.
  result<mapped_range> find_mapped_range(thin_device* device, thin_block begin, thin_block end);
  // All mappings in [begin, end), in order.
  status visit_mappings(thin_device* device, thin_block begin, thin_block end,
                        const std::function<void(thin_block, const block_lookup&)>& visit);
  status insert_block(thin_device* device, thin_block block, data_block data);
  status remove_range(thin_device* device, thin_block begin, thin_block end);
  result<std::optional<thin_block>> highest_mapped(thin_device* device);
  bool any_device_changed() const;

  // Data blocks.
  result<data_block> alloc_data_block();
  status inc_data_range(data_block begin, data_block end);
  status dec_data_range(data_block begin, data_block end);
  result<bool> block_is_shared(data_block block);  // reference count above 1

  // Sizes, in blocks.
  result<std::uint64_t> free_data_blocks() const;
  result<std::uint64_t> nr_data_blocks() const;
  result<std::uint64_t> free_metadata_blocks() const;  // the reserve is taken off
  result<std::uint64_t> nr_metadata_blocks() const;
  status resize_data(std::uint64_t nr_blocks);
  status resize_metadata(std::uint64_t nr_blocks);

  // Transactions.
  status commit();
  status abort();
  bool in_fail_mode() const { return failed_; }  // an abort failed: every call fails from now on
  // The device has all that was flushed (io/unsealed_blocks.h).
  void pay_device() { cache_.pay_all(); }
  void set_read_only() { cache_.set_read_only(); }
  void set_read_write() { cache_.set_read_write(); }
  status set_needs_check();
  bool needs_check() const { return (flags_ & flag_needs_check) != 0; }

  // Called by every commit of a pool in service before it writes: the target
  // flushes its data device here. A failure fails the commit.
  void on_pre_commit(std::function<status()> callback);
  // Called when the number of free metadata blocks (reserve included) falls to
  // `threshold` or below; edge triggered. Lost by abort.
  status on_metadata_low(std::uint64_t threshold, std::function<void()> callback);

 private:
  pool_metadata(block_device& device, const pool_open_options& options);
  status start();  // opens or formats; the pool is good for nothing before

  // What the kernel does where it takes its lock for a change: from then on the
  // pool is in service and commits. EINVAL after a failed abort or a close.
  status begin_change();
  status readable() const { return failed_ ? status(EINVAL) : success; }

  enum class if_blank : std::uint8_t { fail, format };
  status open_or_format(if_blank otherwise);
  std::unique_ptr<pool_transaction> new_transaction();
  status format();
  status open_existing();
  status write_first_superblock();
  status check_features(const superblock& sb) const;
  status load_superblock();
  status write_details();
  status commit_transaction();
  void set_reserve();

  thin_device* find_device(device_id device);
  thin_device* keep_device(device_id device, const device_details& details,
                           thin_device::details_are now);
  void note_change(thin_device& device);
  void forget_device(thin_device& device);
  enum class if_absent : std::uint8_t { fail, create };  // create: it must be absent
  result<thin_device*> load_device(device_id device, if_absent otherwise);
  bool details_exist(device_id device);
  status link_device(device_id device, metadata_block root);
  status set_snapshot_details(thin_device& snapshot, device_id origin);
  block_lookup make_lookup(const thin_device& device, std::uint64_t value) const;
  result<std::uint64_t> look_up(const thin_device& device, thin_block block);
  result<std::uint64_t> remove_mappings(metadata_block& root, thin_block begin, thin_block end);
  static status grow(space_map& map, std::uint64_t nr_blocks);

  block_device& device_;
  pool_open_options options_;
  block_cache cache_;
  std::unique_ptr<pool_transaction> transaction_;
  std::unordered_map<device_id, thin_device> devices_;  // in memory
  std::vector<thin_device*> changed_;                   // those whose details are to be written
  std::uint64_t nr_kept_ = 0;                           // devices, of all times

  std::uint32_t time_ = 0;
  std::uint64_t transaction_id_ = 0;
  std::uint32_t flags_ = 0;
  metadata_block held_root_ = 0;
  std::uint64_t metadata_reserve_ = 0;  // blocks kept from sight for the overhead of commits

  bool failed_ = false;  // an abort failed, or the pool is closed
  bool closed_ = false;
  bool in_service_ = false;  // before that a commit has nothing to do
  std::function<status()> pre_commit_;
};

}  // namespace pdata
