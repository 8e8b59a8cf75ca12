// The thin devices of a pool as they can be read: by the trees as they are, or by those that
// a repair would write, which is made in memory. Nothing is written.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/gate/gate.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/volumes/volume_map.h"

namespace thin_tools {

// What is done about damage.
enum class damage_handling : std::uint8_t {
  refuse,  // an error
  skip,    // what can be read is used, what cannot be is lost
  repair,  // a repair is made in memory; of a metadata snapshot, which is never repaired: skip
};

struct pool_request {
  std::string metadata;
  bool from_snapshot = false;                              // as the metadata snapshot has it
  std::optional<pdata::metadata_block> snapshot_location;  // which must be there
  damage_handling damaged = damage_handling::refuse;
  repair_options repair;
};

// A device of which the pool knows, and nothing can be read.
struct lost_volume {
  pdata::device_id device = 0;
  std::optional<std::uint64_t> expected;  // mappings
  std::string reason;
};

// How sure it is that a volume has all its mappings.
enum class volume_grade : std::uint8_t {
  whole,     // as many as the device details count are there and can be read; after a repair
             // it is proven also that this is the last state and nothing was lost
  unproven,  // after a repair: none is known to be missing, and that none is was not proven
  damaged,   // some are lost
};

class pool_volumes {
 public:
  // Opens the metadata, and holds it as long as this lives: exclusively, but for a metadata
  // snapshot. Throws error, also for damage that is to be refused.
  explicit pool_volumes(const pool_request& wanted);
  ~pool_volumes();
  pool_volumes(const pool_volumes&) = delete;
  pool_volumes& operator=(const pool_volumes&) = delete;

  std::uint64_t block_bytes() const;
  // As the superblock has it, or as a repair would write it.
  const pdata::stream_superblock& superblock() const;
  // Of the data device; none: only the damaged superblock knew.
  std::optional<std::uint64_t> nr_data_blocks() const;

  // Those that can be read.
  std::map<pdata::device_id, pdata::device_details> devices() const;
  const std::vector<lost_volume>& lost() const;
  // What must be known of the pool as a whole before anything of it is believed: losses,
  // guesses, what is not proven. Whole lines; empty: nothing.
  const std::string& remarks() const;
  // Likewise of a device: what of it is guessed.
  std::string remarks(pdata::device_id device) const;

  // Reads all mappings of a device. Throws error if there is no such device, or some are
  // lost and that is to be refused. One call at a time.
  volume_map read(pdata::device_id device);
  // The same for all devices in one pass.
  void read_all(const std::function<void(pdata::device_id, const volume_map&)>& visit);

  volume_grade grade(const volume_map& map) const;

  struct trees;

 private:
  void read_maps(const std::set<pdata::device_id>& devices,
                 const std::function<void(pdata::device_id, volume_map&&)>& visit);

  std::unique_ptr<trees> trees_;
};

// What is lost of a volume, in lines for people: empty if nothing is. `reads_as`: what reading
// it does ("reads as zeroes").
std::string describe_losses(pdata::device_id device, const volume_map& map,
                            const std::string& reads_as);

}  // namespace thin_tools
