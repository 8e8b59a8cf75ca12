#include "persistent-data/stream/stream_sorter.h"

#include <tuple>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"

namespace pdata {

bool stream_sorter::event::operator<(const event& other) const {
  const auto key = [](const event& e) {
    const bool inside = e.what != kind::beginning;
    return std::tuple(e.in_device, e.device, e.container, inside, e.at, e.line);
  };
  return key(*this) < key(other);
}

stream_sorter::event stream_sorter::here(kind what, thin_block at) const {
  event one = open_;
  one.what = what;
  one.at = at;
  one.line = position_.line;
  return one;
}

void stream_sorter::begin_superblock(const stream_superblock& superblock) {
  superblock_ = superblock;
}

void stream_sorter::begin_def(const std::string& name) {
  open_ = {};
  open_.container = nr_containers_++;
  open_.line = position_.line;
  event beginning = open_;
  beginning.long_numbers[0] = defs_.size();
  events_.add(beginning);
  def_of_.emplace(name, defs_.size());
  defs_.push_back({name});
}

void stream_sorter::begin_device(device_id device, const device_details& details) {
  open_ = {};
  open_.device = device;
  open_.container = nr_containers_++;
  open_.line = position_.line;
  open_.in_device = true;
  event beginning = open_;
  beginning.long_numbers[0] = details.mapped_blocks;
  beginning.long_numbers[1] = details.transaction_id;
  beginning.short_numbers[0] = details.creation_time;
  beginning.short_numbers[1] = details.snapshotted_time;
  events_.add(beginning);
}

void stream_sorter::run(const mapping_run& mappings) {
  event one = here(kind::run, mappings.begin);
  one.long_numbers[0] = mappings.data_begin;
  one.long_numbers[1] = mappings.length;
  one.short_numbers[0] = mappings.time;
  events_.add(one);
  if (open_.in_device) return;
  def& here = defs_.back();
  here.first = here.has_mappings ? std::min(here.first, mappings.begin) : mappings.begin;
  here.has_mappings = true;
}

void stream_sorter::ref(const std::string& name) {
  const std::size_t index = def_of_.at(name);
  if (!defs_[index].has_mappings) return;
  event one = here(kind::ref, defs_[index].first);
  one.long_numbers[0] = index;
  events_.add(one);
}

// Makes a stream of events that come in order.
class stream_sorter::sender {
 public:
  sender(const std::vector<def>& defs, metadata_sink& to, stream_position& position)
      : defs_(defs), to_(to), position_(position) {}

  void take(const event& one) {
    const auto& [first, second] = one.long_numbers;
    const auto& [third, fourth] = one.short_numbers;
    if (one.what == kind::beginning) close();
    position_.line = one.line;
    switch (one.what) {
      case kind::beginning:
        open_ = one;
        is_open_ = true;
        if (one.in_device)
          to_.begin_device(one.device, {first, second, third, fourth});
        else
          to_.begin_def(defs_[to_size(first)].name);
        return;
      case kind::run:
        return to_.run({one.at, first, second, third});
      case kind::ref:
        return to_.ref(defs_[to_size(first)].name);
    }
  }

  void close() {
    if (!is_open_) return;
    is_open_ = false;
    position_.line = open_.line;
    if (open_.in_device)
      to_.end_device();
    else
      to_.end_def();
  }

 private:
  const std::vector<def>& defs_;
  metadata_sink& to_;
  stream_position& position_;
  event open_;
  bool is_open_ = false;
};

void stream_sorter::send(metadata_sink& to, stream_position& position) {
  to.begin_superblock(superblock_);
  sender out(defs_, to, position);
  try {
    events_.drain([&](const event& one) { out.take(one); });
    out.close();
  } catch (const spool_error&) {
    throw;
  } catch (const error& e) {
    throw error("line " + std::to_string(position.line) + ": " + e.what());
  }
  to.end_superblock();
}

}  // namespace pdata
