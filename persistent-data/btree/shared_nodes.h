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

#include "persistent-data/base/ids.h"
#include "persistent-data/btree/entry_list.h"

namespace pdata {

// Of a sequence of entries with 8-byte values.
class entries_digest {
 public:
  void add(std::uint64_t key, std::uint64_t value) {
    low_ = mix(low_ ^ mix(key + 0x9e3779b97f4a7c15U) ^ value);
    high_ = mix(high_ + mix(value ^ 0xd1b54a32d192ed03U) + key * 0xff51afd7ed558ccdU);
  }
  std::uint64_t low() const { return low_; }
  friend bool operator==(const entries_digest&, const entries_digest&) = default;

 private:
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
  }

  std::uint64_t low_ = 1;
  std::uint64_t high_ = 2;
};

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

  // Whether any node was used again.
  void note_use() { used_ = true; }
  bool used() const { return used_; }

 private:
  std::unordered_map<std::uint64_t, std::vector<known_node>> by_first_entry_;
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
