// The thin target: a virtual device of a pool. Rules: Linux 6.1 dm-thin.c.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/thin/pool.h"

namespace sim {

class thin_target : public target {
 public:
  struct parts {
    std::shared_ptr<pool> of;
    pdata::thin_device* metadata;
    pdata::device_id id;
    mapped_device& pool_device;
    device* origin;  // null: none
  };

  thin_target(const place& at, const parts& from);
  ~thin_target() override;

  map_result map(mapped_bio& request) override;
  void ended(mapped_bio& request) override;
  void presuspend(flush_mode mode) override;
  void postsuspend() override { requeue_mode = false; }
  pdata::status preresume() override;
  std::string describe(status_kind kind, flush_mode mode) override;
  bool any_device(const device_visitor& visit) override;
  void io_hints(queue_limits& limits) override;

  pdata::thin_device* metadata() const { return metadata_; }
  pdata::device_id id() const { return id_; }
  mapped_device& pool_device() const { return pool_device_; }
  device* origin() const { return origin_; }
  sector origin_size() const { return origin_size_; }
  pool& of() const { return pool_; }

  // Requests that wait for the pool's worker; the pool moves them.
  bio_list deferred;
  bio_list retries;  // for space
  std::vector<bio_cell*> deferred_cells;
  std::uint64_t order = 0;    // among the pool's
  bool requeue_mode = false;  // requests go back to the device mapper

 private:
  std::string info();
  pdata::status truncate();

  std::shared_ptr<pool> held_;
  pool& pool_;  // *held_
  pdata::thin_device* metadata_;
  pdata::device_id id_;
  mapped_device& pool_device_;
  device* origin_;
  sector origin_size_ = 0;
};

std::unique_ptr<target_type> thin_type(pool_table& pools);

}  // namespace sim
