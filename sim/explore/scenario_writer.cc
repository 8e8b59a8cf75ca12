#include "sim/explore/scenario_writer.h"

#include <fmt/format.h>

#include <set>

namespace sim::explore {

namespace {

using pdata::device_id;

constexpr sector part = 8;

// Says what small_pool does.
class scenario_writer {
 public:
  explicit scenario_writer(const pool_setup& setup)
      : shape_(setup.shape), features_(setup.features), data_blocks_(setup.shape.data_blocks) {}

  std::string write(const counterexample& example) {
    line("# Breaks {}: {}", name_of(example.what.broken), example.what.detail);
    line("# Disks: thin_sim run --device /dev/meta=mem:{}k --device /dev/data=mem:{}s",
         shape_.metadata_blocks * 4, (shape_.data_blocks + 1) * shape_.block_sectors);
    line("dmsetup create pool --table \"{}\"", pool_table());
    for (std::size_t i = 0; i < example.after.size(); ++i) {
      if (i + 1 == example.after.size() && example.moment != 0)
        line("# The power is lost in the next step, at its moment {}: {}; {}", example.moment,
             example.event, example.state);
      add(example.after[i]);
    }
    return std::move(text_);
  }

 private:
  template <class... Values>
  void line(fmt::format_string<Values...> format, Values&&... values) {
    text_ += fmt::format(format, std::forward<Values>(values)...) + "\n";
  }

  std::string pool_table() const {
    return fmt::format("0 {} thin-pool /dev/meta /dev/data {} 0{}{}",
                       data_blocks_ * shape_.block_sectors, shape_.block_sectors,
                       features_.empty() ? "" : " ", features_);
  }
  sector device_sectors() const { return shape_.device_blocks * shape_.block_sectors; }
  sector place(const operation& op) const {
    return op.at_last ? (shape_.device_blocks - 1) * shape_.block_sectors : 0;
  }

  void activate(device_id id) {
    line("dmsetup create thin{} --table \"0 {} thin /dev/mapper/pool {}\"", id, device_sectors(),
         id);
  }
  void message(const std::string& text) { line("dmsetup message pool 0 \"{}\"", text); }
  void write_data(device_id id, sector first, sector count, bool fua) {
    line("io /dev/mapper/thin{} write {} {} {}{}", id, first, count,
         1000 * (std::uint64_t{id} + 1) + ++nr_writes_[id], fua ? " sync" : "");
  }
  void discard(device_id id, sector first, sector count) {
    line("io /dev/mapper/thin{} discard {} {}", id, first, count);
  }
  void reload() {
    line("dmsetup load pool --table \"{}\"", pool_table());
    line("dmsetup suspend pool");
    line("dmsetup resume pool");
  }

  void add(const operation& op);

  const pool_shape& shape_;
  const std::string& features_;
  std::uint64_t data_blocks_;
  std::uint64_t transaction_id_ = 0;
  device_id next_id_ = 0;
  std::map<device_id, std::uint64_t> nr_writes_;
  std::string text_;
};

void scenario_writer::add(const operation& op) {
  const auto block = shape_.block_sectors;
  const device_id id = op.device;
  switch (op.what) {
    case verb::create:
    case verb::create_full: {
      const auto made = next_id_++;
      message(fmt::format("create_thin {}", made));
      activate(made);
      if (op.what == verb::create_full)
        write_data(made, 0, std::min(shape_.device_blocks, shape_.data_blocks) * block, false);
      break;
    }
    case verb::snap_active:
    case verb::snap_inactive: {
      const auto made = next_id_++;
      const bool stays = op.what == verb::snap_active;
      if (!stays) line("dmsetup remove thin{}", id);
      message(fmt::format("create_snap {} {}", made, id));
      if (!stays) activate(id);
      activate(made);
      break;
    }
    case verb::remove:
      line("dmsetup remove thin{}", id);
      return message(fmt::format("delete {}", id));
    case verb::write_block:
    case verb::fua_block:
      return write_data(id, place(op), block, op.what == verb::fua_block);
    case verb::write_part:
    case verb::fua_part:
      return write_data(id, place(op), part, op.what == verb::fua_part);
    case verb::flush:
      return line("io /dev/mapper/thin{} flush", id);
    case verb::discard_block:
      return discard(id, place(op), block);
    case verb::discard_part:
      return discard(id, place(op), part);
    case verb::discard_all:
      return discard(id, 0, device_sectors());
    case verb::discard_tail:
      return discard(id, shape_.tail_from * block, device_sectors() - shape_.tail_from * block);
    case verb::read:
      return line("io /dev/mapper/thin{} read 0 {}", id, device_sectors());
    case verb::tick:
      return line("sleep 1");
    case verb::end_discards:
      return line("# the data disk is done with its discards");
    case verb::reserve:
      return message("reserve_metadata_snap");
    case verb::release:
      return message("release_metadata_snap");
    case verb::next_transaction:
      message(fmt::format("set_transaction_id {} {}", transaction_id_, transaction_id_ + 1));
      ++transaction_id_;
      return;
    case verb::suspend:
      line("dmsetup suspend pool");
      return line("dmsetup resume pool");
    case verb::grow_data:
      ++data_blocks_;
      return reload();
    case verb::grow_metadata:
      line("# the metadata device has grown by 64 blocks");
      return reload();
  }
}

}  // namespace

std::string scenario_of(const pool_setup& setup, const counterexample& example) {
  return scenario_writer(setup).write(example);
}

}  // namespace sim::explore
