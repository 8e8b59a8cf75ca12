// Checks a pool's metadata: every block of it once, in disk order, on all
// processors.
//
// What is checked. The superblock and the metadata snapshot's copy of it; the
// nodes of every tree, alone and against their parents; devices named by both
// trees, and by as many mappings as their details say; data blocks within the
// data device; times that would make the kernel write into shared blocks
// (time_rules.h); every reference count of both space maps against the references
// that the trees hold, those of the snapshot included; what index and root say
// of the bitmaps; the overflow trees.
//
// What a finding means for the exit status, and why:
//   fatal      1, always. Something is lost or will be when the pool is used.
//   leak       1, unless it was repaired in this run or the user ignores leaks.
//              A count above the references: a crash in the middle of a discard
//              leaves such blocks, shared ones included. Fewer free blocks by index or
//              root than by the bitmaps: other tools' repairs leave those, and the
//              kernel never uses the rest. Space is lost, nothing else; the repair
//              gives it back.
//   tolerable  0. The kernel works with it, so it must not keep a system from
//              booting: under-full nodes, junk in unused bytes, a set needs_check
//              flag, summaries that promise more than the bitmaps have, metadata that
//              is full. Reported, never a reason to write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/damage.h"
#include "persistent-data/io/block_device.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/check/progress.h"
#include "thin-tools/check/time_rules.h"

namespace thin_tools {

enum class check_depth : std::uint8_t {
  superblock,  // the superblock alone
  devices,     // no mappings, so no space maps
  everything,
};

enum class repair_scope : std::uint8_t {
  nothing,
  leaks_and_flag,  // what the depth allows to know: without mappings the flag only
};

struct check_options {
  check_depth depth = check_depth::everything;
  pdata::layout_options trees;
  repair_scope repair = repair_scope::nothing;
  check_progress* progress = nullptr;
  unsigned workers = 0;  // as in batch_reader; 1 for a device in memory
};

// A device that lost mappings, or whose details are wrong.
struct damaged_device {
  pdata::device_id id = 0;
  bool in_snapshot = false;
  std::uint64_t expected_mappings = 0;  // by its details
  std::uint64_t readable_mappings = 0;
};

enum class verdict : std::uint8_t { healthy, tolerable, leaks, damaged };

struct check_report {
  std::optional<pdata::superblock> superblock;  // none: it cannot be used
  std::uint64_t transaction_id = 0;             // of the trees that were checked
  std::uint64_t metadata_free_blocks = 0;       // by the bitmaps, else by the superblock
  std::uint64_t metadata_blocks = 0;            // in all
  std::uint64_t metadata_reserve = 0;           // of the free ones: the kernel's own
  bool mappings_checked = false;
  bool counts_checked = false;
  std::vector<std::string> not_checked;  // parts of the metadata, by the options
  bool of_snapshot = false;              // its trees were checked instead of the active ones

  std::vector<pdata::damage> findings;  // active metadata first, then the snapshot's
  std::uint64_t nr_unlisted = 0;        // findings beyond the number that is kept
  std::uint64_t nr_fatal = 0;
  std::uint64_t nr_leaks = 0;
  std::uint64_t nr_tolerable = 0;
  std::vector<damaged_device> devices;

  std::uint64_t leaked_metadata_blocks = 0;
  std::uint64_t leaked_data_blocks = 0;
  std::uint64_t undercounted_metadata_blocks = 0;
  std::uint64_t undercounted_data_blocks = 0;

  safe_times times_needed;  // where times are unsafe

  std::uint64_t correctable_blocks = 0;  // of those with bad checksums

  // What is no damage of what was checked, in sentences; no matter of the exit status.
  std::vector<std::string> notes;

  bool counts_repaired = false;
  bool flag_cleared = false;

  // What is left after the repair.
  verdict outcome() const;
  bool metadata_full() const { return superblock && metadata_free_blocks <= metadata_reserve; }
  bool needs_check() const { return superblock && superblock->needs_check() && !flag_cleared; }
};

// `name` stands for the device in errors, which are thrown where there is
// nothing to check: no thin metadata at all, a device shorter than its metadata,
// no metadata snapshot where one is asked for; and where reading the first block
// or repairing fails. All other damage is in the report.
check_report check(pdata::block_device& device, const std::string& name,
                   const check_options& options);

}  // namespace thin_tools
