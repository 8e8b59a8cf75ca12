// A random pool whose defs, devices and mappings are shuffled is sorted into the
// pool that it was.
#include "persistent-data/stream/stream_sorter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/unit/support/random_streams.h"
#include "tests/unit/support/stream_text.h"

namespace pdata {
namespace {

template <class Range>
void shuffle(Range& range) {
  if (range.size() < 2) return;
  const auto nr_swaps = *rc::gen::inRange<std::size_t>(0, 2 * range.size());
  for (std::size_t i = 0; i < nr_swaps; ++i)
    std::swap(range[*rc::gen::inRange<std::size_t>(0, range.size())],
              range[*rc::gen::inRange<std::size_t>(0, range.size())]);
}

// Refs to defs without mappings are dropped by sorting: they say nothing.
test_support::generated_pool without_empty_refs(test_support::generated_pool pool) {
  for (auto& device : pool.devices)
    std::erase_if(device.pieces, [&](const auto& piece) {
      const auto* name = std::get_if<std::string>(&piece);
      return name != nullptr && pool.defs.at(*name).empty();
    });
  return pool;
}

TEST(stream_sorter_property, a_shuffled_pool_is_sorted_into_what_it_was) {
  EXPECT_TRUE(rc::check([] {
    const auto pool = without_empty_refs(*test_support::any_pool());
    test_support::stream_text expected;
    pool.play(expected);

    auto shuffled = pool;
    shuffle(shuffled.devices);
    for (auto& device : shuffled.devices) shuffle(device.pieces);
    for (auto& [name, runs] : shuffled.defs) shuffle(runs);
    stream_spool spool;
    stream_validator proof(spool, stream_order::any);
    shuffled.play(proof);
    proof.expect_complete();

    stream_position position;
    stream_sorter sorter(position);
    spool.replay(sorter, &position);
    test_support::stream_text events;
    stream_validator again(events, stream_order::required, &position);
    sorter.send(again, position);
    again.expect_complete();
    RC_ASSERT(events.text == expected.text);
  }));
}

}  // namespace
}  // namespace pdata
