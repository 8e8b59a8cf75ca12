// Which version of the targets is simulated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "persistent-data/base/ids.h"

namespace sim {

enum class dialect : std::uint8_t {
  linux,       // a kernel of today: kernel_version says which
  first_2011,  // as the document that introduced thin provisioning has it
};

// Published fixes that the simulated kernel lacks, so that what they cured can be
// seen. The man page of thin_sim-explore names the commits.
struct missing_fixes {
  // The data device is flushed before the metadata is committed (694cfe7f31db).
  bool flush_before_commit = false;
  // A FUA write of a whole new block ends after the commit (4ae280b4ee34).
  bool fua_overwrite = false;
  // Blocks stay counted until their discard has ended (2a0fbffb1e50).
  bool discard_passdown_order = false;
  // A metadata snapshot is of committed trees (0d200aefd49f, 49e99fc717f6).
  bool metadata_snap_commit = false;
  // What a shared only child refers to is counted when its parent takes its
  // place (CVE-2026-46107).
  bool refcount_underflow = false;

  friend bool operator==(const missing_fixes&, const missing_fixes&) = default;
};

struct dialect_choice {
  dialect speaks = dialect::linux;
  missing_fixes lacks;
};

// "linux", "linux-6.1" or "2011", and behind the first two ",without=FIX" any
// number of times; several fixes of one "without" are parted by '|' or '+'.
// None: `wrong` says what is not understood.
std::optional<dialect_choice> parse_dialect(std::string_view text, std::string& wrong);
std::string to_string(const dialect_choice& choice);
std::string fix_names();  // all, with commas

pdata::device_id largest_device_id(dialect speaks);

// As the kernel's kstrtoull in base 10: digits, perhaps after a '+' and before
// one newline; none for anything else, overflow too.
std::optional<std::uint64_t> parse_kernel_number(std::string_view text);

}  // namespace sim
