// The nodes that were written so far, found again by their contents, so that a
// tree which repeats what another one holds refers to its nodes.
//
// Nodes are compared by a 128-bit digest of their entries: that two different
// ones agree in it is far less likely than that the memory they stand in fails.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/btree/entry_list.h"

namespace pdata {

// Of a sequence of entries with 8-byte values, taken as the longest runs (entry_list.h)
// that it consists of: what goes on in steps costs no more than one entry. Keys ascend, so the
// runs say themselves where they stand, and none waits for the one before it.
class entries_digest {
 public:
  void add_run(std::uint64_t key, std::uint64_t value, std::uint64_t count) {
    low_ += mix(key * 0x9e3779b97f4a7c15U + (value ^ 0xa0761d6478bd642fU) * 0xe7037ed1a0b428dbU +
                count * 0xc2b2ae3d27d4eb4fU);
    high_ += mix(key * 0xff51afd7ed558ccdU + (value ^ 0xd1b54a32d192ed03U) * 0x8ebc6af09c88c6e3U +
                 count * 0x165667b19e3779f9U);
  }
  friend bool operator==(const entries_digest&, const entries_digest&) = default;

 private:
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
  }

  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

// True if entry `i` goes on where the one before it ends.
inline bool continues_run(const entry_list& entries, std::size_t i) {
  return entries.key(i) == entries.key(i - 1) + 1 &&
         entries.value_u64(i) == entries.value_u64(i - 1) + run_value_step;
}

entries_digest digest_of(const entry_list& entries, std::size_t first, std::size_t count);

struct known_node {
  metadata_block location = 0;
  std::uint32_t nr_entries = 0;
  entries_digest digest;
};

class shared_nodes {
 public:
  void remember(metadata_block location, const entry_list& entries, std::size_t first,
                std::size_t count);

  // A node of exactly these entries.
  std::optional<metadata_block> find(const entry_list& entries, std::size_t first,
                                     std::size_t count) const;

  // Nodes that begin with this entry; none: nullptr.
  const std::vector<known_node>* beginning_with(std::uint64_t key, std::uint64_t value) const;
  // False: no node begins with this entry.
  bool may_begin_with(std::uint64_t key, std::uint64_t value) const {
    return may_have(hash_of(key, value));
  }
  // How many of `count` entries of a run come before the first that a node begins with.
  std::uint64_t before_any(std::uint64_t key, std::uint64_t value, std::uint64_t count) const;

  // Whether any node was used again.
  void note_use() { used_ = true; }
  bool used() const { return used_; }

 private:
  static std::uint64_t hash_of(std::uint64_t key, std::uint64_t value) {
    return (key * 0x9e3779b97f4a7c15U ^ value) * 0xff51afd7ed558ccdU;
  }
  bool may_have(std::uint64_t hash) const {
    const std::uint64_t bit = hash >> filter_shift_;
    return (filter_[to_size(bit / 64)] >> (bit % 64) & 1) != 0;
  }
  void note_in_filter(std::uint64_t hash);

  std::unordered_map<std::uint64_t, std::vector<known_node>> by_first_entry_;  // by hash
  // Most entries begin no node: a bit is set for each hash that does, one in eight at most.
  std::vector<std::uint64_t> filter_ = std::vector<std::uint64_t>(64);
  int filter_shift_ = 64 - 12;
  bool used_ = false;
};

// What is kept of internal nodes in addition: their entries.
class internal_nodes : public shared_nodes {
 public:
  void remember(metadata_block location, const entry_list& entries, std::size_t first,
                std::size_t count) {
    shared_nodes::remember(location, entries, first, count);
    entries_.emplace(location, entries.slice(first, count));
  }
  const entry_list& entries_of(metadata_block location) const { return entries_.at(location); }

 private:
  std::unordered_map<metadata_block, entry_list> entries_;
};

}  // namespace pdata
