// A device that the device mapper made: an active table that its requests go
// through, a loaded one that waits for a resume, and the state between them.
// Rules: Linux 6.1 dm.c, dm-ioctl.c.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "sim/dm/table.h"

namespace sim {

// A request of the device, until all its pieces are done.
struct dm_io {
  mapped_device* owner = nullptr;
  bio* request = nullptr;
  unsigned pieces = 0;  // and one for the cutting itself
  int status = 0;
  bool flush_first = false;  // the data follow when the flush is done
  bool flush_along = false;  // the data ask for the flush
};

class mapped_device : public device {
 public:
  mapped_device(device_mapper& mapper, std::string name, device_number number);
  ~mapped_device() override;

  const std::string& name() const { return name_; }
  device_mapper& mapper() const { return mapper_; }

  sector size() const override { return size_; }
  void process(bio& request) override;
  void give_way() override;

  pdata::status load(std::span<const table_line> lines);
  void clear_inactive() { inactive_.reset(); }
  pdata::status suspend(flush_mode mode);
  pdata::status resume(flush_mode mode = flush_mode::flush);
  // By a pool for its thin devices. Nests.
  void internal_suspend_noflush();
  void internal_resume();
  // Requests that wait for a resume fail: it will not come.
  void fail_waiting();
  // The device goes: as a suspend, whatever its state; then the tables.
  void tear_down();
  void drop_tables();

  // Whether /dev/mapper has it: since the first time somebody resumed it.
  bool has_node() const { return has_node_; }
  void make_node() { has_node_ = true; }

  bool suspended() const { return suspended_; }
  bool accepts_requests() const { return active_ != nullptr && !blocked_; }
  table* active() const { return active_.get(); }
  table* inactive() const { return inactive_.get(); }
  std::uint32_t event_number() const { return event_number_; }
  void count_event() { ++event_number_; }

  // Devices that tables of this one use, shared between its tables.
  pdata::status get_device(device& used, device_access access);
  void put_device(device& used, device_access access);

 private:
  void suspend_targets(flush_mode mode);
  void post_suspend();
  pdata::status resume_targets();
  pdata::status swap_tables(std::unique_ptr<table>& old);
  void take_limits(const table& of, queue_limits limits);
  void release_deferred();

  void process_part(bio& request);
  void split(bio& request, dm_io& io);
  sector longest_piece(const target& t, sector at, sector count, io_op op) const;
  mapped_bio& new_piece_of(const bio& of, sector at, sector count, dm_io& io);
  void send(target& t, const bio& of, sector at, sector count, dm_io& io);
  void map_piece(target& t, mapped_bio& piece);
  void send_flush(bio& request, dm_io& io);
  void piece_done(dm_io& io);
  void piece_ended(mapped_bio& piece);
  static void end_piece(bio& piece);

  dm_io& new_io(bio& request);
  mapped_bio& new_piece();

  device_mapper& mapper_;
  std::string name_;
  std::unique_ptr<table> active_;
  std::unique_ptr<table> inactive_;
  target_type* immutable_type_ = nullptr;
  bool limits_known_ = false;
  sector size_ = 0;
  std::uint32_t event_number_ = 0;

  bool leads_back_ = false;  // its table, to itself
  bool has_node_ = false;
  bool suspended_ = false;
  bool suspended_internally_ = false;
  unsigned internal_suspends_ = 0;
  bool blocked_ = false;             // requests wait for the resume
  bool noflush_suspending_ = false;  // requests may be given back
  unsigned in_flight_ = 0;
  bio_list deferred_;

  std::map<std::pair<device*, device_access>, unsigned> used_;
  std::deque<dm_io> all_ios_;
  std::vector<dm_io*> free_ios_;
  std::deque<mapped_bio> all_pieces_;
  std::vector<mapped_bio*> free_pieces_;
};

}  // namespace sim
