// Thin pool metadata as the kernel keeps it in memory: the operations of
// Linux 6.1 dm-thin-metadata.c, with its results, its order of allocations and
// so its bytes. The simulator's targets stand on this class alone.
//
// One thread at a time. Errors are the kernel's errno values; ENODATA says "no
// such device or mapping". After a failed call the open transaction may hold
// half of the operation, as in the kernel: commit or abort is the caller's
// choice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/io/block_device.h"

namespace pdata {

// The largest id that the kernel gives a device, though the format has room for
// more (Linux 6.1 dm-thin.c, MAX_DEV_ID).
inline constexpr device_id max_device_id = (1U << 24) - 1;

// An open thin device; owned by the pool, valid from open_device to close_device.
class thin_device;

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

class pool_metadata {
 public:
  // Opens or formats. `device` must outlive the pool.
  static result<std::unique_ptr<pool_metadata>> open(block_device& device,
                                                     const pool_open_options& options);
  // Closes as the kernel does: commits if it may, writes dirty blocks.
  virtual ~pool_metadata() = default;
  // The same with the outcome: EBUSY (and nothing done) while a device is open.
  virtual status close() = 0;

  // Messages.
  virtual status create_thin(device_id device) = 0;
  virtual status create_snap(device_id device, device_id origin) = 0;
  virtual status delete_device(device_id device) = 0;
  virtual status set_transaction_id(std::uint64_t current, std::uint64_t next) = 0;
  virtual result<std::uint64_t> transaction_id() const = 0;
  virtual status reserve_metadata_snapshot() = 0;
  virtual status release_metadata_snapshot() = 0;
  virtual result<metadata_block> held_root() const = 0;  // 0: none

  // Devices.
  virtual result<thin_device*> open_device(device_id device) = 0;
  virtual void close_device(thin_device* device) = 0;
  virtual device_id id_of(const thin_device* device) const = 0;
  virtual result<block_lookup> find_block(thin_device* device, thin_block block) = 0;
  // The first mapped range at or after begin, below end: ENODATA if none.
  virtual result<mapped_range> find_mapped_range(thin_device* device, thin_block begin,
                                                 thin_block end) = 0;
  virtual status insert_block(thin_device* device, thin_block block, data_block data) = 0;
  virtual status remove_range(thin_device* device, thin_block begin, thin_block end) = 0;
  virtual std::uint64_t mapped_blocks(const thin_device* device) const = 0;
  virtual result<std::optional<thin_block>> highest_mapped(thin_device* device) = 0;
  virtual bool changed_this_transaction(const thin_device* device) const = 0;
  virtual bool aborted_changes(const thin_device* device) const = 0;
  virtual bool any_device_changed() const = 0;

  // Data blocks.
  virtual result<data_block> alloc_data_block() = 0;
  virtual status inc_data_range(data_block begin, data_block end) = 0;
  virtual status dec_data_range(data_block begin, data_block end) = 0;
  virtual result<bool> block_is_shared(data_block block) = 0;  // reference count above 1

  // Sizes, in blocks.
  virtual result<std::uint64_t> free_data_blocks() const = 0;
  virtual result<std::uint64_t> nr_data_blocks() const = 0;
  virtual result<std::uint64_t> free_metadata_blocks() const = 0;  // the reserve is taken off
  virtual result<std::uint64_t> nr_metadata_blocks() const = 0;
  virtual status resize_data(std::uint64_t nr_blocks) = 0;
  virtual status resize_metadata(std::uint64_t nr_blocks) = 0;

  // Transactions.
  virtual status commit() = 0;
  virtual status abort() = 0;
  virtual bool in_fail_mode() const = 0;  // an abort failed: every call fails from now on
  virtual void set_read_only() = 0;
  virtual void set_read_write() = 0;
  virtual status set_needs_check() = 0;
  virtual bool needs_check() const = 0;

  // Called by every commit of a pool in service before it writes: the target
  // flushes its data device here. A failure fails the commit.
  virtual void on_pre_commit(std::function<status()> callback) = 0;
  // Called when the number of free metadata blocks (reserve included) falls to
  // `threshold` or below; edge triggered. Lost by abort.
  virtual status on_metadata_low(std::uint64_t threshold, std::function<void()> callback) = 0;
};

}  // namespace pdata
