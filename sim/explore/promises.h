// What a pool has promised so far: which devices there are, what their sectors
// may hold, which transaction id is stored. Learns it from the requests and
// messages alone, and so knows nothing of how a pool keeps a promise.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>

#include "persistent-data/base/ids.h"
#include "sim/disk/bio.h"
#include "sim/explore/sector_promise.h"

namespace sim::explore {

using pdata::device_id;

enum class presence : std::uint8_t { must, may, must_not };

struct device_promise {
  presence there = presence::must;
  // A device made and deleted again under the same number may show either.
  std::vector<sector_promise> contents;
  device_id family = 0;  // of the first origin
  bool is_snapshot = false;
};

class promises {
 public:
  // Devices have at most `device_sectors` sectors.
  explicit promises(sector device_sectors) : device_sectors_(device_sectors) {}

  // As thin_watch has them. A request that ends changes nothing if that yields false.
  void request_began(device_id device, const void* token, const bio& request);
  bool request_ended(device_id device, const void* token, int status);
  void message_began(std::span<const std::string> words);
  void message_ended(std::span<const std::string> words, bool ok);

  // No request will end any more.
  void power_lost();

  const std::map<device_id, device_promise>& devices() const { return devices_; }
  bool was_deleted(device_id device) const { return deleted_.contains(device); }
  // Ids that the superblock may hold.
  std::uint64_t lowest_transaction_id() const { return stored_id_; }
  std::uint64_t highest_transaction_id() const { return asked_id_; }
  // Who wrote this stamp; none: nobody.
  std::optional<device_id> writer_of(const content& what) const;
  // Of the first origin; the device itself if it is none's snapshot.
  device_id family_of(device_id device) const;

  sector device_sectors() const { return device_sectors_; }
  std::size_t nr_in_flight() const { return in_flight_.size(); }
  // Where less is allowed than before, in their order. Other requests only allow
  // more; devices come and go with messages.
  struct tightening {
    device_id device = 0;
    sector first = 0;
    sector count = 0;
  };
  const std::vector<tightening>& tightenings() const { return tightenings_; }
  // How many devices were asked for: something is promised of each from then on.
  std::uint64_t nr_asked_for() const { return nr_asked_for_; }
  void add_to(fingerprint& to) const;

 private:
  struct request {
    device_id device = 0;
    io_op op = io_op::read;
    sector first = 0;
    sector count = 0;
    bool fua = false;
    bool is_flush = false;
    std::uint64_t epoch = 0;  // of a flush: what was acknowledged before it
  };

  void create(device_id device);
  void snapshot(device_id device, device_id origin);

  sector device_sectors_;
  std::map<device_id, device_promise> devices_;
  std::map<device_id, device_id> families_;  // of deleted devices too
  std::set<device_id> deleted_;
  std::unordered_map<const void*, request> in_flight_;
  std::unordered_map<std::uint64_t, device_id> writers_;  // by seed
  std::uint64_t epoch_ = 1;
  std::uint64_t stored_id_ = 0;
  std::uint64_t asked_id_ = 0;
  std::vector<tightening> tightenings_;
  std::uint64_t nr_asked_for_ = 0;
};

}  // namespace sim::explore
