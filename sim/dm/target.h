// What a target is to the device mapper: it maps the requests of one range of
// a mapped device to other devices. Rules: Linux 6.1 dm.c, dm-table.c.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistent-data/base/status.h"
#include "sim/disk/device.h"

namespace sim {

class mapped_device;
class table;
class target;
struct dm_io;

// The part of a request that lies in one target.
struct mapped_bio : bio {
  target* owner = nullptr;
  dm_io* whole = nullptr;
  device* to = nullptr;  // where map() sent it
  unsigned copy = 0;     // which one, where a target asks for several

  // Room for what a target has to remember of a request.
  template <class T>
  T& per_bio() {
    static_assert(sizeof(T) <= sizeof(room_) && std::is_trivially_destructible_v<T>);
    return *std::launder(reinterpret_cast<T*>(room_.data()));
  }
  template <class T>
  T& new_per_bio() {
    static_assert(sizeof(T) <= sizeof(room_) && std::is_trivially_destructible_v<T>);
    return *new (room_.data()) T{};
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, 64> room_;
};

// Of a bio that a target has been given by its mapped device.
inline mapped_bio& as_mapped(bio& request) { return static_cast<mapped_bio&>(request); }

enum class map_result : std::uint8_t {
  submitted,  // the target completes it, now or later
  remapped,   // send it to where it points
  killed,     // fails with EIO
};

enum class status_kind : std::uint8_t { info, table };
// noflush (DM_NOFLUSH_FLAG): a suspend gives requests back instead of waiting for them, and a
// status causes no commit.
enum class flush_mode : unsigned char { flush, noflush };

class target {
 public:
  struct place {
    table& in;
    sector begin;
    sector length;
  };
  using device_visitor = std::function<bool(device&, sector first, sector count)>;

  explicit target(const place& at) : table_(at.in), begin_(at.begin), length_(at.length) {}
  virtual ~target() = default;
  target(const target&) = delete;
  target& operator=(const target&) = delete;

  table& in() const { return table_; }
  sector begin() const { return begin_; }
  sector length() const { return length_; }

  virtual map_result map(mapped_bio& request) = 0;
  // Before a request that was mapped completes.
  virtual void ended(mapped_bio&) {}

  virtual void presuspend(flush_mode) {}
  virtual void presuspend_undo() {}
  virtual void postsuspend() {}
  virtual pdata::status preresume() { return pdata::success; }
  virtual void resume() {}

  virtual pdata::status message(std::span<const std::string> /*words*/) {
    return pdata::status(EINVAL);
  }
  virtual std::string describe(status_kind, flush_mode) { return {}; }

  // True if the visitor was true for a device below.
  virtual bool any_device(const device_visitor&) { return false; }
  virtual void io_hints(queue_limits&) {}
  // Whether any_device() is asked at all when the limits of a table are combined.
  virtual bool visits_devices() const { return true; }

 protected:
  friend class table;
  friend class mapped_device;
  // What the constructor of a target decides.
  bool takes_flushes_ = false;
  bool takes_discards_ = false;
  bool flush_always_ = false;          // flushes mean something whatever is below
  bool discard_always_ = false;        // so do discards
  bool discard_cut_at_limit_ = false;  // at multiples of the device's longest one
  bool flush_bypasses_ = false;        // may go to what is below without map()
  bool takes_write_zeroes_ = false;
  unsigned copies_ = 1;       // of each flush and each discard: map() tells them apart
  sector max_io_length_ = 0;  // requests are cut at its multiples; 0: not

 private:
  table& table_;
  sector begin_;
  sector length_;
};

class target_type {
 public:
  struct traits {
    bool singleton = false;  // alone in its table
    bool immutable = false;  // the table's type cannot change any more
    bool wildcard = false;   // may replace an immutable target
  };

  target_type(std::string name, traits features) : name_(std::move(name)), traits_(features) {}
  virtual ~target_type() = default;

  const std::string& name() const { return name_; }
  const traits& features() const { return traits_; }

  virtual pdata::result<std::unique_ptr<target>> construct(
      const target::place& at, std::span<const std::string> arguments) = 0;

 private:
  std::string name_;
  traits traits_;
};

}  // namespace sim
