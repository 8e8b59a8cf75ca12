// The thin-pool target: a table's hold on a pool. Rules: Linux 6.1 dm-thin.c.
#pragma once

#include <memory>
#include <optional>

#include "sim/thin/dialect.h"
#include "sim/thin/pool.h"

namespace sim {

// What a table line asks for.
struct pool_line {
  std::string metadata_device;
  std::string data_device;
  std::string block_sectors;
  std::string low_water;
  pool_features features;
};

// EINVAL if the arguments have no meaning in the dialect.
pdata::result<pool_line> parse_pool_line(std::span<const std::string> arguments, dialect speaks);

class thin_pool_target : public target {
 public:
  struct parts {
    std::shared_ptr<pool> of;
    std::uint64_t low_water;  // blocks; in the first dialect sectors
    pool_features features;
  };

  thin_pool_target(const place& at, const parts& from);
  ~thin_pool_target() override;

  map_result map(mapped_bio& request) override;
  void presuspend(flush_mode) override { pool_.presuspend(); }
  void presuspend_undo() override { pool_.presuspend_undo(); }
  void postsuspend() override { pool_.postsuspend(); }
  pdata::status preresume() override;
  void resume() override { pool_.resume(); }
  pdata::status message(std::span<const std::string> words) override;
  std::string describe(status_kind kind, flush_mode mode) override;
  bool any_device(const device_visitor& visit) override;
  void io_hints(queue_limits& limits) override;

  pool& of() const { return pool_; }
  pool_features& adjusted() { return adjusted_; }
  const pool_features& requested() const { return requested_; }
  // As many free blocks, or fewer, are an event.
  std::optional<std::uint64_t> low_water_blocks() const;
  std::uint64_t metadata_threshold() const;
  // Unmaps the blocks of a device that lie wholly behind the new size. As a
  // message of the first version.
  pdata::status trim(pdata::device_id id, sector new_size);

 private:
  pdata::result<bool> resize_data();
  pdata::result<bool> resize_metadata();
  std::string info(flush_mode mode);
  std::string table_line() const;

  std::shared_ptr<pool> held_;
  pool& pool_;  // *held_
  std::uint64_t low_water_;
  pool_features requested_;
  pool_features adjusted_;  // to what the devices below can do, and the pool's mode
};

std::unique_ptr<target_type> thin_pool_type(pool_table& pools);

}  // namespace sim
