// The devices that the pool has in memory, in the kernel's order: the last one
// loaded comes first. The order is that in which commit writes their details.
#pragma once

#include <list>

#include "persistent-data/engine/thin_device.h"

namespace pdata {

class device_list {
 public:
  thin_device* find(device_id device) {
    for (thin_device& candidate : devices_)
      if (candidate.id == device) return &candidate;
    return nullptr;
  }
  thin_device& add(device_id device, const device_details& details, bool is_new) {
    return devices_.emplace_front(device, details, is_new);
  }
  void drop(const thin_device& device) {
    devices_.remove_if([&device](const thin_device& d) { return &d == &device; });
  }
  void drop_closed() {
    devices_.remove_if([](const thin_device& d) { return d.open_count == 0; });
  }
  bool empty() const { return devices_.empty(); }

  auto begin() { return devices_.begin(); }
  auto end() { return devices_.end(); }
  auto begin() const { return devices_.begin(); }
  auto end() const { return devices_.end(); }
  auto erase(std::list<thin_device>::iterator at) { return devices_.erase(at); }

 private:
  std::list<thin_device> devices_;
};

}  // namespace pdata
