// The modes of a pool and the features that its table asks for.
#pragma once

#include <cstdint>

namespace sim {

// In the order in which a pool degrades.
enum class pool_mode : std::uint8_t {
  write,
  out_of_data_space,      // metadata may change, but no data block can be allocated
  out_of_metadata_space,  // as read_only, until the metadata device grows
  read_only,
  fail,
};

inline bool is_read_only(pool_mode mode) {
  return mode == pool_mode::out_of_metadata_space || mode == pool_mode::read_only;
}

struct pool_features {
  pool_mode mode = pool_mode::write;
  bool zero_new_blocks = true;
  bool discard_enabled = true;
  bool discard_passdown = true;
  bool error_if_no_space = false;
};

// What a pool has done since it was opened.
struct pool_counters {
  std::uint64_t mapped_lookups = 0;      // requests, cut at blocks, that found a mapping
  std::uint64_t unmapped_reads = 0;      // answered with zeroes or by the origin
  std::uint64_t provisioned_blocks = 0;  // new mappings where there was none
  std::uint64_t broken_shares = 0;       // new mappings in place of shared ones
  std::uint64_t zeroed_blocks = 0;       // by the pool, before a smaller write
  std::uint64_t copied_blocks = 0;       // from a shared block or an external origin
  std::uint64_t overwritten_blocks = 0;  // neither needed: the write was the whole block
  std::uint64_t removed_mappings = 0;    // by discards
  std::uint64_t commits = 0;
  std::uint64_t metadata_failures = 0;

  pool_counters& operator+=(const pool_counters& other) {
    mapped_lookups += other.mapped_lookups;
    unmapped_reads += other.unmapped_reads;
    provisioned_blocks += other.provisioned_blocks;
    broken_shares += other.broken_shares;
    zeroed_blocks += other.zeroed_blocks;
    copied_blocks += other.copied_blocks;
    overwritten_blocks += other.overwritten_blocks;
    removed_mappings += other.removed_mappings;
    commits += other.commits;
    metadata_failures += other.metadata_failures;
    return *this;
  }
};

}  // namespace sim
