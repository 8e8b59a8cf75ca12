// Locks on ranges of blocks of a pool. The first bio that asks for a range holds
// its cell; later ones that overlap wait in it. Rules: Linux 6.1
// dm-bio-prison-v1.c.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

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
  using cells = std::map<cell_key, std::unique_ptr<bio_cell>>;

 public:
  // The cell, if the range was free; else none, and the bio (if any) waits in
  // the cell that is there.
  bio_cell* detain(const cell_key& key, bio* inmate) {
    if (free_.empty()) {
      cells spare;
      spare.try_emplace(key, std::make_unique<bio_cell>());
      free_.push_back(spare.extract(spare.begin()));
    }
    free_.back().key() = key;
    auto placed = cells_.insert(std::move(free_.back()));
    if (!placed.inserted) {
      free_.back() = std::move(placed.node);
      if (inmate != nullptr) placed.position->second->waiting.push(*inmate);
      return nullptr;
    }
    free_.pop_back();
    *placed.position->second = bio_cell{key, inmate, {}};
    return placed.position->second.get();
  }

  // Opens the cell; its holder and those who waited are added to `bios`.
  void release(bio_cell& cell, bio_list& bios) {
    if (cell.holder != nullptr) bios.push(*cell.holder);
    release_no_holder(cell, bios);
  }
  void release_no_holder(bio_cell& cell, bio_list& bios) {
    bios.take(cell.waiting);
    free_.push_back(cells_.extract(cell.key));
  }

  bool empty() const { return cells_.empty(); }

 private:
  cells cells_;
  std::vector<cells::node_type> free_;  // to be used again
};

}  // namespace sim
