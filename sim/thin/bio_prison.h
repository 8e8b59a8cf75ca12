// Locks on ranges of blocks of a pool. The first bio that asks for a range holds
// its cell; later ones that overlap wait in it. Rules: Linux 6.1
// dm-bio-prison-v1.c.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "persistent-data/base/ids.h"
#include "sim/disk/bio.h"

namespace sim {

struct cell_key {
  bool is_virtual = false;  // blocks of the thin device; else of the data device
  pdata::device_id device = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  // Keys that overlap are equal, as the kernel's tree has it.
  friend bool operator<(const cell_key& a, const cell_key& b) {
    if (a.is_virtual != b.is_virtual) return b.is_virtual;
    if (a.device != b.device) return a.device < b.device;
    return a.end <= b.begin;
  }
};

struct bio_cell {
  cell_key key;
  bio* holder = nullptr;
  bio_list waiting;
};

class bio_prison {
 public:
  // The cell, if the range was free; else none, and the bio (if any) waits in
  // the cell that is there.
  bio_cell* detain(const cell_key& key, bio* inmate) {
    const auto [at, is_new] = cells_.try_emplace(key);
    if (!is_new) {
      if (inmate != nullptr) at->second->waiting.push(*inmate);
      return nullptr;
    }
    at->second = std::make_unique<bio_cell>(bio_cell{key, inmate, {}});
    return at->second.get();
  }

  // Opens the cell; its holder and those who waited are added to `bios`.
  void release(bio_cell& cell, bio_list& bios) {
    if (cell.holder != nullptr) bios.push(*cell.holder);
    release_no_holder(cell, bios);
  }
  void release_no_holder(bio_cell& cell, bio_list& bios) {
    bios.take(cell.waiting);
    cells_.erase(cell.key);
  }

  bool empty() const { return cells_.empty(); }

 private:
  std::map<cell_key, std::unique_ptr<bio_cell>> cells_;
};

}  // namespace sim
