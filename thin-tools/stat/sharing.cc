#include "thin-tools/stat/sharing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "persistent-data/base/error.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/space-map/sparse_cells.h"
#include "persistent-data/survey/device_names.h"
#include "persistent-data/survey/owned_leaves.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/console/json_report.h"

namespace thin_tools {

using namespace pdata;

namespace {

// Of each data block a bit for each device that maps it.
using user_bits = sparse_cells<std::uint64_t, 16384>;
static_assert(user_bits::region_blocks % 64 == 0);

// Counts pairs in 64 blocks at a time: with the bits of a device in one word each, a pair is one
// intersection.
class pair_counter {
 public:
  explicit pair_counter(std::size_t nr_devices)
      : counts_(nr_devices, std::vector<std::uint64_t>(nr_devices)) {}

  void add(std::uint64_t bits) {
    if (bits == 0) return;
    for (auto rest = bits; rest != 0; rest &= rest - 1)
      blocks_of_[static_cast<std::size_t>(std::countr_zero(rest))] |= std::uint64_t{1} << filled_;
    if (++filled_ == 64) flush();
  }

  std::vector<std::vector<std::uint64_t>> take() {
    flush();
    return std::move(counts_);
  }

 private:
  void flush() {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (blocks_of_[i] == 0) continue;
      for (std::size_t j = 0; j < counts_.size(); ++j)
        counts_[i][j] += static_cast<std::uint64_t>(std::popcount(blocks_of_[i] & blocks_of_[j]));
    }
    blocks_of_ = {};
    filled_ = 0;
  }

  std::vector<std::vector<std::uint64_t>> counts_;
  std::array<std::uint64_t, 64> blocks_of_{};  // of each device
  unsigned filled_ = 0;
};

std::map<device_id, metadata_block> chosen_roots(const top_level& table,
                                                 const std::set<device_id>& wanted) {
  if (wanted.empty()) return table.roots;
  std::map<device_id, metadata_block> roots;
  for (const auto device : wanted) {
    const auto found = table.roots.find(device);
    if (found != table.roots.end())
      roots.insert(*found);
    else if (!table.damaged())
      throw error(no_such_device(device, table.roots));
  }
  return roots;
}

}  // namespace

sharing_matrix find_sharing(batch_reader& reader, const pool_layout& layout,
                            const std::set<device_id>& wanted, damage_sink& sink) {
  const auto table = read_top_level(reader, layout, sink);
  const auto roots = chosen_roots(table, wanted);
  if (roots.size() > sharing_devices_max)
    throw error(fmt::format(
        "the matrix is of at most {} devices, and there are {}: choose some with --dev-id",
        sharing_devices_max, roots.size()));
  owned_leaves forest(reader, layout, roots);
  user_bits users(layout.nr_data_blocks);
  const bool whole = forest.read_leaves(
      [&](const owned_leaf& leaf) {
        std::uint64_t bits = 0;
        forest.owners(leaf.owners).for_each([&](auto owner) { bits |= std::uint64_t{1} << owner; });
        for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
          const auto block = unpack_mapping(leaf.node.value_u64(i)).block;
          if (block < users.nr_blocks()) users.at(block).fetch_or(bits, std::memory_order_relaxed);
        }
      },
      sink);

  pair_counter pairs(roots.size());
  for (std::uint64_t begin = 0; begin < users.nr_blocks(); begin += user_bits::region_blocks) {
    if (users.region_untouched(begin / user_bits::region_blocks)) continue;
    const auto end = std::min(users.nr_blocks(), begin + user_bits::region_blocks);
    for (auto block = begin; block < end; ++block)
      pairs.add(users.find(block)->load(std::memory_order_relaxed));
  }
  return {
      .devices = forest.devices(), .blocks = pairs.take(), .damaged = !whole || table.damaged()};
}

void write_table(const sharing_matrix& found, const std::vector<std::string>& names,
                 text_sink& to) {
  const auto label = [&](std::size_t i) {
    return names[i].empty() ? std::to_string(found.devices[i])
                            : fmt::format("{}({})", found.devices[i], names[i]);
  };
  const auto nr = found.devices.size();
  std::size_t first_width = 3;
  for (std::size_t i = 0; i < nr; ++i) first_width = std::max(first_width, label(i).size());
  text_buffer out(to);
  out << fmt::format("{:>{}} ", "DEV", first_width);
  std::vector<std::size_t> widths(nr);
  for (std::size_t j = 0; j < nr; ++j) {
    widths[j] = label(j).size();
    for (std::size_t i = 0; i < nr; ++i)
      widths[j] = std::max(widths[j], std::to_string(found.blocks[i][j]).size());
    out << fmt::format("{:>{}} ", label(j), widths[j]);
  }
  out << "\n";
  for (std::size_t i = 0; i < nr; ++i) {
    out << fmt::format("{:>{}} ", label(i), first_width);
    for (std::size_t j = 0; j < nr; ++j)
      out << fmt::format("{:>{}} ", found.blocks[i][j], widths[j]);
    out << "\n";
  }
  out.finish();
}

void write_json(const sharing_matrix& found, const std::vector<std::string>& names, text_sink& to) {
  text_buffer out(to);
  out << "{\n  " << json_head("thin_stat sharing")
      << ",\n  \"complete\": " << (found.damaged ? "false" : "true") << ",\n  \"devices\": [";
  for (std::size_t i = 0; i < found.devices.size(); ++i)
    out << fmt::format("{}{{\"dev\": {}, \"name\": {}}}", i == 0 ? "" : ", ", found.devices[i],
                       names[i].empty() ? "null" : '"' + names[i] + '"');
  out << "],\n  \"shared_blocks\": [";
  for (std::size_t i = 0; i < found.blocks.size(); ++i) {
    out << (i == 0 ? "\n    [" : ",\n    [");
    for (std::size_t j = 0; j < found.blocks.size(); ++j)
      out << (j == 0 ? "" : ", ") << found.blocks[i][j];
    out << "]";
  }
  out << (found.blocks.empty() ? "]\n}\n" : "\n  ]\n}\n");
  out.finish();
}

}  // namespace thin_tools
