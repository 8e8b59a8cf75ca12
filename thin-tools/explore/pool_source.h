// The metadata that is explored: read block by block as pages ask for it. Nothing in it is
// trusted, and nothing is ever written.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/explore/place.h"

namespace thin_tools::explore {

// Reads fail by EINTR from the moment that somebody says stop, so that what reads much ends soon.
class stoppable_device : public pdata::block_device {
 public:
  explicit stoppable_device(pdata::block_device& below) : below_(below) {}

  pdata::metadata_block nr_blocks() const override { return below_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override;
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override;
  pdata::status flush() override { return pdata::success; }

  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> blocks_read = 0;

 private:
  pdata::block_device& below_;
};

// A device of the pool as both small trees have it.
struct known_device {
  pdata::device_id id = 0;
  std::optional<pdata::device_details> details;
  std::optional<pdata::metadata_block> root;
};

struct known_devices {
  std::vector<known_device> list;  // ascending
  std::vector<pdata::damage> findings;

  const known_device* find(pdata::device_id id) const;  // null: there is none
};

class pool_source {
 public:
  // `name`: of the device, for titles. `check`: what thin_check finds of a device.
  using checker = std::function<std::vector<pdata::damage>(pdata::block_device&)>;
  enum class foreign_blocks : std::uint8_t { refused, shown };
  // Throws error where this is no thin metadata, unless its blocks are to be shown all the same.
  pool_source(pdata::block_device& device, std::string name, checker check,
              foreign_blocks foreign = foreign_blocks::refused);

  const std::string& name() const { return name_; }
  stoppable_device& device() { return device_; }
  pdata::batch_reader& reader() { return reader_; }

  // None: the superblock, or the snapshot's copy of it, cannot be used.
  const pdata::pool_layout* layout() const { return layout_ ? &*layout_ : nullptr; }
  const pdata::superblock* superblock(view of) const;
  const std::vector<pdata::damage>& superblock_findings() const { return superblock_findings_; }
  pdata::metadata_block nr_blocks() const { return nr_blocks_; }  // that the format can address

  // Read when first asked for.
  const known_devices& devices(view of);

  // A block's bytes, or why there are none. Requires location < device().nr_blocks().
  std::variant<std::unique_ptr<pdata::block_buffer>, pdata::node_fault> read(
      pdata::metadata_block location);

  // What thin_check found, once look_for_damage() has run.
  const std::vector<pdata::damage>* findings() const { return findings_ ? &*findings_ : nullptr; }
  void look_for_damage();
  // The first finding about the block; about a part of a device's virtual blocks. Null: none, or
  // nobody has looked.
  const pdata::damage* finding_at(pdata::metadata_block location) const;
  const pdata::damage* loss_in(view of, pdata::device_id device,
                               const pdata::key_range& keys) const;

  // Runs what reads much. Throws stopped if the reader was told to stop meanwhile.
  struct stopped {};
  void run_long(const char* what, const std::function<void()>& work);
  // Who waits for it: calls `work` in its own way, and may set device().stop.
  std::function<void(const char* what, const std::function<void()>& work)> wait_for;

  // "device 3 (vg/home)".
  std::string device_words(pdata::device_id id) const;
  std::map<pdata::device_id, std::string> names;  // of volumes
  view main =
      view::active;  // where pages begin; the other one is not read where this is a snapshot

 private:
  std::string name_;
  stoppable_device device_;
  pdata::batch_reader reader_;
  checker check_;
  pdata::metadata_block nr_blocks_;
  std::optional<pdata::pool_layout> layout_;
  std::vector<pdata::damage> superblock_findings_;
  std::optional<known_devices> devices_[2];
  std::optional<std::vector<pdata::damage>> findings_;
};

}  // namespace thin_tools::explore
