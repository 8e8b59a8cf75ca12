// What a block device stands on: loop devices on files, partitions on disks,
// device-mapper and md devices on others; as sysfs and the kernel's ioctls say it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thin_tools {

// Something that holds bytes and is told apart by its numbers.
struct place {
  enum class kind : std::uint8_t {
    device,  // a block device: `device` as st_rdev
    file,    // a regular file: `device` and `inode` as st_dev and st_ino
    name,    // a file that is not there yet: its folder's numbers, and its name
  };
  kind what = kind::device;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::string name;

  friend auto operator<=>(const place&, const place&) = default;
};

// A part of a device and where its bytes are one level below. All in bytes.
struct layer {
  std::uint64_t at = 0;               // where the part begins in the upper device
  std::uint64_t length = UINT64_MAX;  // of the part
  place on;
  std::uint64_t begin = 0;  // where its bytes begin below
  // Else each byte of the part may be anywhere in `spread` bytes below (stripes, parity).
  bool in_order = true;
  std::uint64_t spread = 0;

  friend bool operator==(const layer&, const layer&) = default;
};

class block_stack {
 public:
  virtual ~block_stack() = default;
  // None: the device stands on nothing that is known.
  virtual std::vector<layer> below(std::uint64_t device) const = 0;
  // The loop device that a file is behind, as "/dev/loop0"; empty: none.
  virtual std::string loop_device_of(const place& file) const = 0;
  // Whether it reads and writes what it stands on although nobody has it open: a pool, a RAID.
  virtual bool works_by_itself(std::uint64_t device) const = 0;
  // Every block device that there is.
  virtual std::vector<std::uint64_t> all_devices() const = 0;
};

// This machine's.
const block_stack& system_block_stack();

// A value of a device's request queue, of the whole disk if it is a partition; 0 where
// there is none ("discard_max_bytes").
std::uint64_t queue_limit(std::uint64_t device, const char* name);

// The first word of a device's attribute in sysfs ("ro", "dm/name"); empty where there is none.
std::string device_attribute(std::uint64_t device, const char* name);

// The name that the kernel has for a device, as "/dev/dm-0"; its numbers where it has none.
std::string name_of_device(std::uint64_t device);

// The layers of a device-mapper table as `dmsetup table` prints it, devices as
// major:minor. The place of a thin volume's bytes is known to its pool's metadata
// alone; a snapshot is what it holds itself: both end the search.
std::vector<layer> layers_of_dm_table(std::string_view table);
// Whether any of its targets does more than to pass requests on.
bool dm_table_works_by_itself(std::string_view table);

}  // namespace thin_tools
