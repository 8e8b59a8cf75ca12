#include "thin-tools/rmap/rmap.h"

#include <algorithm>
#include <tuple>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/pool/device_tables.h"
#include "persistent-data/pool/mapping_forest.h"

namespace thin_tools {

using namespace pdata;

namespace {

// A run within one leaf, for all who share it.
struct leaf_run {
  data_block data_begin;
  std::uint64_t length;
  thin_block thin_begin;
  owner_set_id owners;
};

class region_lookup {
 public:
  explicit region_lookup(const std::vector<region>& regions) : regions_(regions) {}

  const region* find(data_block block) const {
    const auto after = std::ranges::upper_bound(regions_, block, {}, &region::begin);
    if (after == regions_.begin()) return nullptr;
    const region& candidate = *std::prev(after);
    return block < candidate.end ? &candidate : nullptr;
  }

 private:
  const std::vector<region>& regions_;
};

void collect(const owned_leaf& leaf, const region_lookup& regions, std::vector<leaf_run>& to) {
  const region* current = nullptr;
  bool open = false;  // the last run of `to` may go on
  for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
    const data_block block = unpack_mapping(leaf.node.value_u64(i)).block;
    if (current == nullptr || block < current->begin || block >= current->end) {
      current = regions.find(block);
      open = false;
      if (current == nullptr) continue;
    }
    const thin_block virtual_block = leaf.node.key(i);
    if (open && to.back().data_begin + to.back().length == block &&
        to.back().thin_begin + to.back().length == virtual_block) {
      ++to.back().length;
      continue;
    }
    to.push_back({block, 1, virtual_block, leaf.owners});
    open = true;
  }
}

// Runs of one device that go on from one leaf to the next become one.
void join(std::vector<reverse_run>& runs) {
  std::ranges::sort(runs, {},
                    [](const reverse_run& r) { return std::tuple(r.device, r.thin_begin); });
  std::size_t kept = 0;
  for (const auto& next : runs) {
    if (kept > 0) {
      auto& last = runs[kept - 1];
      if (last.device == next.device && last.thin_begin + last.length == next.thin_begin &&
          last.data_begin + last.length == next.data_begin) {
        last.length += next.length;
        continue;
      }
    }
    runs[kept++] = next;
  }
  runs.resize(kept);
}

}  // namespace

reverse_map map_regions(batch_reader& reader, const pool_layout& layout,
                        const std::vector<region>& regions, damage_sink& sink) {
  const auto table = read_mapping_roots(reader, layout, sink);
  mapping_forest forest(reader, layout, table.roots);
  const region_lookup lookup(regions);
  std::vector<std::vector<leaf_run>> by_worker(reader.nr_workers());
  const bool good = forest.read_leaves(
      [&](const owned_leaf& leaf) { collect(leaf, lookup, by_worker[leaf.worker]); }, sink);

  reverse_map found;
  found.damaged = !good || table.damaged_from.has_value();
  for (auto& runs : by_worker) {
    for (const auto& run : runs)
      forest.owners(run.owners).for_each([&](std::uint32_t owner) {
        found.runs.push_back({run.data_begin, run.length, forest.devices()[owner], run.thin_begin});
      });
    runs = {};
  }
  join(found.runs);
  std::ranges::sort(found.runs, {}, [](const reverse_run& r) {
    return std::tuple(r.data_begin, r.length, r.device, r.thin_begin);
  });
  return found;
}

void write_text(const reverse_map& found, text_sink& to) {
  text_buffer out(to);
  for (const auto& run : found.runs)
    out << "data " << run.data_begin << ".." << run.data_begin + run.length << " -> thin("
        << run.device << ") " << run.thin_begin << ".." << run.thin_begin + run.length << "\n";
  out.finish();
}

void write_json(const reverse_map& found, text_sink& to) {
  text_buffer out(to);
  out << "{\n  \"complete\": " << (found.damaged ? "false" : "true") << ",\n  \"mappings\": [";
  const char* separator = "\n    ";
  for (const auto& run : found.runs) {
    out << separator << "{\"data_begin\": " << run.data_begin
        << ", \"data_end\": " << run.data_begin + run.length << ", \"dev_id\": " << run.device
        << ", \"thin_begin\": " << run.thin_begin
        << ", \"thin_end\": " << run.thin_begin + run.length << "}";
    separator = ",\n    ";
  }
  out << (found.runs.empty() ? "]\n}\n" : "\n  ]\n}\n");
  out.finish();
}

}  // namespace thin_tools
