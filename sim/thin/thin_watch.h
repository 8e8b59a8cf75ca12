// Who sees every request that reaches a thin device and leaves it, and every
// message to a pool: what an explorer knows of what was asked and acknowledged.
#pragma once

#include <span>
#include <string>

#include "persistent-data/base/ids.h"
#include "sim/disk/bio.h"

namespace sim {

class thin_watch {
 public:
  virtual ~thin_watch() = default;

  // A part of a request, cut at the blocks of the pool (a discard may be longer),
  // with the sectors of the thin device. `token` stands for it until it ends.
  virtual void request_began(pdata::device_id device, const void* token, const bio& request) = 0;
  virtual void request_ended(pdata::device_id device, const void* token, int status) = 0;

  virtual void message_began(std::span<const std::string> words) = 0;
  virtual void message_ended(std::span<const std::string> words, bool ok) = 0;
};

}  // namespace sim
