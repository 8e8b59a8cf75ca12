// Runs joined over any cuts of a device into leaves, against runs of the whole.
#include "thin-tools/report/stretch.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>

#include "persistent-data/format/node_editor.h"
#include "tests/unit/thin-tools/report/plain_sums.h"

namespace thin_tools::report {
namespace {

using namespace pdata;
using test_support::mapping_table;

stretch leaf_of(std::span<const std::pair<thin_block, mapping>> entries) {
  const auto block = std::make_unique<block_buffer>();
  auto leaf = node_editor::format(block->span(), node_kind::leaf, 8, max_node_entries(8));
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    std::array<std::byte, 8> value;
    store_le(value, 0, pack_mapping(entries[i].second));
    leaf.insert_at(i, entries[i].first, value);
  }
  const auto node = std::get<node_view>(node_view::parse(block->view()));
  if (node.empty()) return {leaf_stretch::of(node), 0, 0, 0};
  return {leaf_stretch::of(node), node.first_key(), node.last_key(), node.nr_entries()};
}

// Leaves joined pair by pair, as nodes above them are.
stretch joined(std::span<const stretch> parts) {
  if (parts.empty()) return {};
  if (parts.size() == 1) return parts.front();
  const auto half = *rc::gen::inRange<std::size_t>(1, parts.size());
  auto all = joined(parts.first(half));
  all.append(joined(parts.subspan(half)));
  return all;
}

TEST(stretch_property, cuts_do_not_matter) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::pair<thin_block, mapping>> entries;
    thin_block thin = 0;
    data_block data = 1000;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12));
    for (const auto step : steps) {
      thin += step == 0 ? 2 : 1;
      data += step == 1 ? 5 : step == 2 ? 0 : 1;
      entries.emplace_back(thin, mapping{data, static_cast<std::uint32_t>(step)});
    }
    std::vector<stretch> leaves;
    for (std::size_t at = 0; at < entries.size();) {
      if (*rc::gen::arbitrary<bool>()) leaves.push_back(leaf_of({}));
      const auto length = std::min(entries.size() - at, *rc::gen::inRange<std::size_t>(1, 9));
      leaves.push_back(leaf_of(std::span(entries).subspan(at, length)));
      at += length;
    }
    const auto all = joined(leaves);
    const auto layout = all.layout();
    const auto expected = test_support::plain_layout(mapping_table(entries.begin(), entries.end()));
    RC_ASSERT(all.mapped() == entries.size());
    RC_ASSERT(all.leaves() == leaves.size());
    RC_ASSERT(layout.runs == expected.runs);
    RC_ASSERT(layout.longest_run == expected.longest_run);
    RC_ASSERT(layout.adjacent_pairs == expected.adjacent_pairs);
    RC_ASSERT(layout.sequential_pairs == expected.sequential_pairs);
    RC_ASSERT(layout.by_length.size() == expected.by_length.size());
    for (std::size_t i = 0; i < expected.by_length.size(); ++i)
      RC_ASSERT(layout.by_length[i].blocks == expected.by_length[i].blocks);
  }));
}

}  // namespace
}  // namespace thin_tools::report
