#include "sim/explore/small_pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/engine/pool.h"
#include "sim/explore/crash_examiner.h"

namespace sim::explore {

namespace {

constexpr sector part = 8;  // of a block, for partial writes and discards
constexpr std::uint64_t extra_metadata_blocks = 64;
constexpr unsigned max_devices = 3;

std::string name_of_thin(device_id id) { return fmt::format("thin{}", id); }

}  // namespace

// A disk in memory whose size changes.
class growing_backing : public memory_backing {
 public:
  explicit growing_backing(sector size) : memory_backing(size), now_(size) {}
  sector size() const override { return now_; }
  void grow(sector size) { now_ = size; }

 private:
  sector now_;
};

small_pool::small_pool(const pool_setup& setup)
    : setup_(setup),
      watch_({.torn_sectors = setup.torn_sectors,
              .data_sectors = (setup.shape.data_blocks + 1) * setup.shape.block_sectors,
              .device_sectors = setup.shape.device_blocks * setup.shape.block_sectors},
             content::stamped(stale_seed, 0)),
      nr_writes_(max_devices) {
  const auto& shape = setup_.shape;
  geometry_ = {.metadata_blocks = shape.metadata_blocks,
               .data_blocks = shape.data_blocks,
               .block_sectors = shape.block_sectors,
               .device_sectors = shape.device_blocks * shape.block_sectors,
               .speaks = setup.speaks,
               .kernel = setup.kernel,
               .features = setup.features};
  pool_settings settings;
  settings.speaks = setup.speaks.speaks;
  settings.lacks = setup.speaks.lacks;
  settings.kernel = setup.kernel;
  settings.watch = &watch_.requests();
  machine_ = std::make_unique<machine>(settings);
  auto metadata = std::make_unique<growing_backing>(shape.metadata_blocks * pdata::block_sectors);
  metadata_backing_ = metadata.get();
  metadata_disk_ = &machine_->add_disk("/dev/meta", std::move(metadata));
  const sector data_sectors = (shape.data_blocks + 1) * shape.block_sectors;
  auto data = std::make_unique<memory_backing>(data_sectors);
  data->write(0, data_sectors, content::stamped(stale_seed, 0)).ignore();
  data_disk_ = &machine_->add_disk("/dev/data", std::move(data));
  data_disk_->hold_discards();
  metadata_disk_->watch(&watch_.metadata_disk());
  data_disk_->watch(&watch_.data_disk());
  const table_line line{
      0, shape.data_blocks * shape.block_sectors, "thin-pool",
      fmt::format("/dev/meta /dev/data {} 0 {}", shape.block_sectors, setup.features)};
  if (const auto r = machine_->create("pool", std::span(&line, 1)); !r.ok())
    throw pdata::error("the pool cannot be made: " + pdata::errno_text(r.errno_value()));
}

small_pool::~small_pool() {
  watch_.on_event(nullptr);
  fingerprint unused;
  watch_.probe_into(unused);
  // What waits for a discard could not end otherwise.
  end_discards();
  machine_->power_off();
  machine_.reset();
}

sector small_pool::place(const operation& op) const {
  return op.at_last ? (setup_.shape.device_blocks - 1) * setup_.shape.block_sectors : 0;
}

bool small_pool::can(const operation& op) const {
  switch (op.what) {
    case verb::create:
    case verb::create_full:
      return next_id_ < max_devices;
    case verb::snap_active:
    case verb::snap_inactive:
      return active_.contains(op.device) && next_id_ < max_devices;
    case verb::end_discards:
      return data_disk_->has_held_discards();
    case verb::grow_data:
      return !has_grown_data_;
    case verb::grow_metadata:
      return !has_grown_metadata_;
    default:
      return !row_of(op.what).on_device || active_.contains(op.device);
  }
}

void small_pool::activate(device_id id) {
  const table_line line{0, geometry_.device_sectors, "thin",
                        fmt::format("/dev/mapper/pool {}", id)};
  if (machine_->create(name_of_thin(id), std::span(&line, 1)).ok()) active_.insert(id);
}

// Waits, as a suspend does, for the requests in flight.
void small_pool::deactivate(device_id id) {
  if (!active_.erase(id)) return;
  end_discards();
  machine_->remove(name_of_thin(id)).ignore();
}

void small_pool::message(const std::string& text) { machine_->message("pool", 0, text).ignore(); }

// Several requests may be in flight: those that wait for space or a discard.
void small_pool::ask(const block_request& request, device_id id) {
  mapped_device* on = machine_->find(name_of_thin(id));
  if (on == nullptr) return;
  start(*on, request, [](pdata::status) {});
  machine_->loop().run();
}

void small_pool::write(const operation& op, sector count, write_kind kind) {
  const sector first = place(op);
  const auto seed = 1000 * (std::uint64_t{op.device} + 1) + ++nr_writes_[op.device];
  ask(block_request::write(first, count, content::stamped(seed, first), kind), id_of(op));
}

void small_pool::discard(device_id id, sector first, sector count) {
  ask(block_request::discard(first, count), id);
}

void small_pool::end_discards() {
  while (data_disk_->has_held_discards()) {
    data_disk_->complete_discards();
    machine_->loop().run();
  }
}

namespace {

// What a read may yield that begins now: the newest write that was acknowledged,
// and whatever is in flight or has failed; of a discard the old data too.
bool may_be_read(const sector_promise& contents, sector first, sector count, const content& what,
                 sector& wrong) {
  for (const auto& [at, segment] : contents.segments()) {
    const sector begin = std::max(at, first);
    const sector end = std::min(at + segment.count, first + count);
    if (begin >= end) continue;
    bool is_right = false;
    for (auto v = segment.versions.rbegin(); v != segment.versions.rend() && !is_right; ++v) {
      is_right = same_contents(what.at(begin - first), v->what.at(begin - at), end - begin);
      if (!v->is_discard && !v->has_failed && v->in_flight == nullptr) break;
    }
    if (is_right) continue;
    wrong = begin;
    return false;
  }
  return true;
}

}  // namespace

// What was in flight when the read began may have ended before it.
void small_pool::read(device_id id) {
  const auto promise = watch_.model().devices().find(id);
  mapped_device* on = machine_->find(name_of_thin(id));
  if (promise == watch_.model().devices().end() || on == nullptr) return;
  const auto before = promise->second.contents.back();
  struct piece {
    sector first, count;
    content what;
  };
  auto pieces = std::make_shared<std::vector<piece>>();
  const auto sink =
      std::make_shared<content_sink>([pieces](sector offset, sector count, const content& what) {
        pieces->push_back({offset, count, what});
      });
  start(*on, block_request::read(0, geometry_.device_sectors, sink.get()),
        [sink](pdata::status) {});
  machine_->loop().run();
  const auto& after = promise->second.contents.back();
  sector wrong = 0;
  for (const auto& p : *pieces)
    if (!may_be_read(before, p.first, p.count, p.what, wrong) &&
        !may_be_read(after, p.first, p.count, p.what, wrong))
      wrong_reads_.push_back(
          {invariant::reads_without_crash,
           fmt::format("sector {} of device {} does not show what was written last", wrong, id)});
}

void small_pool::snapshot(const operation& op, origin during) {
  const auto of = id_of(op);
  if (during == origin::is_inactive) deactivate(of);
  const auto id = next_id_++;
  message(fmt::format("create_snap {} {}", id, of));
  if (during == origin::is_inactive) activate(of);
  activate(id);
}

void small_pool::reload(std::uint64_t data_blocks) {
  geometry_.data_blocks = data_blocks;
  end_discards();
  const table_line line{
      0, data_blocks * geometry_.block_sectors, "thin-pool",
      fmt::format("/dev/meta /dev/data {} 0 {}", geometry_.block_sectors, setup_.features)};
  machine_->load("pool", std::span(&line, 1)).ignore();
  machine_->suspend("pool").ignore();
  machine_->resume("pool").ignore();
}

void small_pool::apply(const operation& op) {
  const auto& shape = setup_.shape;
  const auto block = shape.block_sectors;
  const auto id = id_of(op);
  switch (op.what) {
    case verb::create:
    case verb::create_full: {
      const auto made = next_id_++;
      message(fmt::format("create_thin {}", made));
      activate(made);
      if (op.what == verb::create) break;
      // Block by block, as a program writes.
      const auto last = std::min(shape.device_blocks, shape.data_blocks);
      const auto seed = 1000 * (made + 1) + ++nr_writes_[pdata::to_size(made)];
      for (std::uint64_t b = 0; b < last; ++b)
        ask(block_request::write(b * block, block, content::stamped(seed, b * block)), made);
      break;
    }
    case verb::snap_active:
      return snapshot(op, origin::stays_active);
    case verb::snap_inactive:
      return snapshot(op, origin::is_inactive);
    case verb::remove:
      deactivate(id);
      return message(fmt::format("delete {}", id));
    case verb::write_block:
      return write(op, block, write_kind::cached);
    case verb::write_part:
      return write(op, part, write_kind::cached);
    case verb::fua_block:
      return write(op, block, write_kind::fua);
    case verb::fua_part:
      return write(op, part, write_kind::fua);
    case verb::flush:
      return ask(block_request::flush(), id);
    case verb::discard_block:
      return discard(id, place(op), block);
    case verb::discard_part:
      return discard(id, place(op), part);
    case verb::discard_all:
      return discard(id, 0, geometry_.device_sectors);
    case verb::discard_tail:
      return discard(id, shape.tail_from * block,
                     geometry_.device_sectors - shape.tail_from * block);
    case verb::read:
      return read(id);
    case verb::tick:
      return machine_->loop().advance(one_second);
    case verb::end_discards:
      return end_discards();
    case verb::reserve:
      return message("reserve_metadata_snap");
    case verb::release:
      return message("release_metadata_snap");
    case verb::next_transaction:
      message(fmt::format("set_transaction_id {} {}", transaction_id_, transaction_id_ + 1));
      ++transaction_id_;
      return;
    case verb::suspend:
      end_discards();
      machine_->suspend("pool").ignore();
      machine_->resume("pool").ignore();
      return;
    case verb::grow_data:
      has_grown_data_ = true;
      return reload(geometry_.data_blocks + 1);
    case verb::grow_metadata:
      has_grown_metadata_ = true;
      geometry_.metadata_blocks += extra_metadata_blocks;
      metadata_backing_->grow(geometry_.metadata_blocks * pdata::block_sectors);
      return reload(geometry_.data_blocks);
  }
}

hash128 small_pool::end_with_fingerprint() {
  fingerprint f;
  watch_.metadata().add_to(f);
  watch_.data().add_to(f);
  watch_.model().add_to(f);
  f.add(geometry_.data_blocks);
  f.add(geometry_.metadata_blocks);
  f.add(next_id_);
  f.add(std::uint64_t{has_grown_data_} + 2 * std::uint64_t{has_grown_metadata_});
  for (const auto id : active_) f.add(id);
  for (const auto n : nr_writes_) f.add(n);
  const auto add_status = [&] {
    const auto lines = machine_->report("pool", status_kind::info, flush_mode::noflush);
    if (lines.ok() && !lines->empty()) f.add(std::string_view(lines->front().text));
    f.add(machine_->find("pool")->event_number());
  };
  add_status();
  // From here on what the pool writes is a part of its state. The first write
  // shows whether a commit is due, the others where the next blocks come from.
  watch_.probe_into(f);
  watch_.on_event(nullptr);
  const auto probe_write = [&](device_id id) {
    ask(block_request::write(0, part, content::stamped(stale_seed, 0)), id);
  };
  if (!active_.empty()) probe_write(*active_.begin());
  end_discards();
  constexpr device_id probe = pdata::max_device_id;
  message(fmt::format("create_thin {}", probe));
  activate(probe);
  probe_write(probe);
  machine_->loop().advance(one_second);
  f.add(std::string_view("end"));
  add_status();
  return f.value();
}

}  // namespace sim::explore
