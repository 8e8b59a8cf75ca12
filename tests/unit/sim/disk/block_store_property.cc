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

}  // namespace
}  // namespace sim
