// The implementation of pool_metadata: Linux 6.1 dm-thin-metadata.c. Its
// sources are parted by concern: kernel_pool.cc (open, format, close),
// pool_commit.cc (commit, abort, metadata snapshots), pool_devices.cc and
// pool_mappings.cc.
#pragma once

#include <memory>

#include "persistent-data/engine/device_list.h"
#include "persistent-data/engine/pool_metadata.h"
#include "persistent-data/engine/pool_transaction.h"
#include "persistent-data/transaction/block_cache.h"

namespace pdata {

class kernel_pool : public pool_metadata {
 public:
  kernel_pool(block_device& device, const pool_open_options& options);
  ~kernel_pool() override;

  status start();  // opens or formats; the pool is good for nothing before
  status close() override;

  status create_thin(device_id device) override;
  status create_snap(device_id device, device_id origin) override;
  status delete_device(device_id device) override;
  status set_transaction_id(std::uint64_t current, std::uint64_t next) override;
  result<std::uint64_t> transaction_id() const override;
  status reserve_metadata_snapshot() override;
  status release_metadata_snapshot() override;
  result<metadata_block> held_root() const override;

  result<thin_device*> open_device(device_id device) override;
  void close_device(thin_device* device) override;
  device_id id_of(const thin_device* device) const override { return device->id; }
  result<block_lookup> find_block(thin_device* device, thin_block block) override;
  result<mapped_range> find_mapped_range(thin_device* device, thin_block begin,
                                         thin_block end) override;
  status insert_block(thin_device* device, thin_block block, data_block data) override;
  status remove_range(thin_device* device, thin_block begin, thin_block end) override;
  std::uint64_t mapped_blocks(const thin_device* device) const override {
    return device->details.mapped_blocks;
  }
  result<std::optional<thin_block>> highest_mapped(thin_device* device) override;
  bool changed_this_transaction(const thin_device* device) const override {
    return device->changed;
  }
  bool aborted_changes(const thin_device* device) const override {
    return device->aborted_with_changes;
  }
  bool any_device_changed() const override;

  result<data_block> alloc_data_block() override;
  status inc_data_range(data_block begin, data_block end) override;
  status dec_data_range(data_block begin, data_block end) override;
  result<bool> block_is_shared(data_block block) override;

  result<std::uint64_t> free_data_blocks() const override;
  result<std::uint64_t> nr_data_blocks() const override;
  result<std::uint64_t> free_metadata_blocks() const override;
  result<std::uint64_t> nr_metadata_blocks() const override;
  status resize_data(std::uint64_t nr_blocks) override;
  status resize_metadata(std::uint64_t nr_blocks) override;

  status commit() override;
  status abort() override;
  bool in_fail_mode() const override { return failed_; }
  void set_read_only() override { cache_.set_read_only(true); }
  void set_read_write() override { cache_.set_read_only(false); }
  status set_needs_check() override;
  bool needs_check() const override { return (flags_ & flag_needs_check) != 0; }

  void on_pre_commit(std::function<status()> callback) override;
  status on_metadata_low(std::uint64_t threshold, std::function<void()> callback) override;

 private:
  // What the kernel does where it takes its lock for a change: from then on the
  // pool is in service and commits. EINVAL after a failed abort or a close.
  status begin_change();
  status readable() const { return failed_ ? status(EINVAL) : success; }

  status open_or_format(bool may_format);
  std::unique_ptr<pool_transaction> new_transaction();
  status format();
  status open_existing();
  status write_first_superblock();
  status check_features(const superblock& sb) const;
  status load_superblock();
  status write_details();
  status commit_transaction();
  void set_reserve();

  result<thin_device*> load_device(device_id device, bool create);
  bool details_exist(device_id device);
  status link_device(device_id device, metadata_block root);
  status set_snapshot_details(thin_device& snapshot, device_id origin);
  block_lookup make_lookup(const thin_device& device, std::uint64_t value) const;
  result<std::uint64_t> remove_mappings(metadata_block& root, thin_block begin, thin_block end);
  static status grow(space_map& map, std::uint64_t nr_blocks);

  block_device& device_;
  pool_open_options options_;
  block_cache cache_;
  std::unique_ptr<pool_transaction> transaction_;
  device_list devices_;

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
