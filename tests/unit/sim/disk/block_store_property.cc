#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "sim/disk/block_store.h"

namespace sim {
namespace {

using block = std::array<std::byte, block_store::block_bytes>;

// Words that count up, with a mask of how many bytes of each may be set, as far as `words`.
block block_of(std::uint64_t seed, std::size_t words, unsigned bytes_per_word) {
  block made{};
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < words * 8; ++i)
    if (i % 8 < bytes_per_word) made[i] = static_cast<std::byte>(random());
  return made;
}

// More blocks than stay unpacked, of all sizes, written over and erased in any order.
RC_GTEST_PROP(block_store, agrees_with_a_plain_map, ()) {
  constexpr std::uint64_t blocks = 700;
  block_store store;
  std::map<std::uint64_t, block> plain;
  std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
  for (int step = 0; step < 3000; ++step) {
    const auto where = random() % blocks;
    if (random() % 8 == 0) {
      store.erase(where);
      plain.erase(where);
      continue;
    }
    const auto made = block_of(random(), random() % 513, static_cast<unsigned>(random() % 9));
    store.put(where, made);
    plain[where] = made;
    if (std::ranges::all_of(made, [](std::byte b) { return b == std::byte{0}; }))
      plain.erase(where);
  }
  RC_ASSERT(store.nr_blocks() == plain.size());
  std::uint64_t next = 0;
  for (const auto& [where, expected] : plain) {
    RC_ASSERT(store.next(next, blocks) == where);
    next = where + 1;
    block found;
    found.fill(std::byte{0xff});
    store.read(where, found);
    RC_ASSERT(found == expected);
  }
  RC_ASSERT(store.next(next, blocks) == blocks);
}

// Nodes that are copied on write: each version goes to another place, like the last one but
// for some words, sometimes many. Places are written again, so that originals go, too.
RC_GTEST_PROP(block_store, keeps_versions_as_they_were_written, ()) {
  constexpr std::uint64_t blocks = 1000;
  constexpr std::size_t nr_nodes = 40;
  constexpr std::size_t words = block_store::block_bytes / 8;
  block_store store;
  std::map<std::uint64_t, block> plain;
  std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
  std::array<block, nr_nodes> nodes;
  for (block& node : nodes) node = block_of(random(), words, 2);
  for (std::uint64_t step = 0; step < 5 * blocks; ++step) {
    block& node = nodes[random() % nr_nodes];
    const auto changes = random() % 16 == 0 ? 200 : random() % 12;
    for (std::size_t i = 0; i < changes; ++i)
      node[8 * (random() % words)] = static_cast<std::byte>(random());
    const auto where = step % blocks;
    store.put(where, node);
    plain[where] = node;
    if (random() % 16 == 0) {
      const auto gone = random() % blocks;
      store.erase(gone);
      plain.erase(gone);
    }
  }
  for (const auto& [where, expected] : plain) {
    block found;
    RC_ASSERT(store.has(where));
    store.read(where, found);
    RC_ASSERT(found == expected);
  }
}

// Metadata blocks that are handed over without place and checksum, each like an earlier one or
// not, read as if they had been sealed first.
RC_GTEST_PROP(block_store, seals_what_was_put_unsealed, ()) {
  constexpr std::uint64_t blocks = 600;
  constexpr std::size_t words = block_store::block_bytes / 8;
  block_store store;
  std::map<std::uint64_t, block> plain;
  std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
  block node = block_of(random(), words, 2);
  for (std::uint64_t step = 0; step < 3 * blocks; ++step) {
    if (random() % 64 == 0) node = block_of(random(), random() % (words + 1), 2);
    for (auto changes = random() % 16; changes != 0; --changes)
      node[8 * (random() % words)] = static_cast<std::byte>(random());
    const auto where = random() % blocks;
    if (random() % 8 == 0) {
      store.put(where, node);
      plain[where] = node;
      if (std::ranges::all_of(node, [](std::byte b) { return b == std::byte{0}; }))
        plain.erase(where);
      continue;
    }
    const auto kind = random() % 2 == 0 ? pdata::block_kind::btree_node : pdata::block_kind::bitmap;
    store.put_unsealed({where, kind, random() % blocks, node});
    plain[where] = node;
    pdata::seal(plain[where], kind, where);
  }
  RC_ASSERT(store.nr_blocks() == plain.size());
  for (const auto& [where, expected] : plain) {
    block found;
    found.fill(std::byte{0xff});
    store.read(where, found);
    RC_ASSERT(found == expected);
  }
}

}  // namespace
}  // namespace sim
