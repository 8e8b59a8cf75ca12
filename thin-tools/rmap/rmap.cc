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

// What one worker finds.
struct found_runs {
  std::vector<leaf_run> inner;
  std::vector<leaf_run> edges;  // begin or end with their leaf: others may go on there
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

void collect(const owned_leaf& leaf, const region_lookup& regions, found_runs& to) {
  const node_view& node = leaf.node;
  const region* current = nullptr;
  leaf_run open{0, 0, 0, leaf.owners};
  std::uint32_t begun_at = 0;
  const auto close = [&](std::uint32_t end) {
    if (open.length == 0) return;
    const bool edge = begun_at == 0 || end == node.nr_entries();
    (edge ? to.edges : to.inner).push_back(open);
    open.length = 0;
  };
  for (std::uint32_t i = 0; i < node.nr_entries(); ++i) {
    const data_block block = unpack_mapping(node.value_u64(i)).block;
    if (current == nullptr || block < current->begin || block >= current->end) {
      close(i);
      current = regions.find(block);
      if (current == nullptr) continue;
    }
    const thin_block virtual_block = node.key(i);
    if (open.length != 0 && open.data_begin + open.length == block &&
        open.thin_begin + open.length == virtual_block) {
      ++open.length;
      continue;
    }
    close(i);
    open = {block, 1, virtual_block, leaf.owners};
    begun_at = i;
  }
  close(node.nr_entries());
}

// The same run for each device that has it.
void expand(const mapping_forest& forest, const std::vector<leaf_run>& runs,
            std::vector<reverse_run>& to) {
  for (const auto& run : runs)
    forest.owners(run.owners).for_each([&](std::uint32_t owner) {
      to.push_back({run.data_begin, run.length, forest.devices()[owner], run.thin_begin});
    });
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

bool in_order(const reverse_run& a, const reverse_run& b) {
  if (a.data_begin != b.data_begin) return a.data_begin < b.data_begin;
  return std::tuple(a.length, a.device, a.thin_begin) <
         std::tuple(b.length, b.device, b.thin_begin);
}

}  // namespace

reverse_map map_regions(batch_reader& reader, const pool_layout& layout,
                        const std::vector<region>& regions, damage_sink& sink) {
  const auto table = read_mapping_roots(reader, layout, sink);
  mapping_forest forest(reader, layout, table.roots);
  const region_lookup lookup(regions);
  std::vector<found_runs> by_worker(reader.nr_workers());
  const bool good = forest.read_leaves(
      [&](const owned_leaf& leaf) { collect(leaf, lookup, by_worker[leaf.worker]); }, sink);

  reverse_map found;
  found.damaged = !good || table.damaged_from.has_value();
  for (const auto& runs : by_worker) expand(forest, runs.edges, found.runs);
  join(found.runs);
  for (auto& runs : by_worker) {
    expand(forest, runs.inner, found.runs);
    runs = {};
  }
  std::ranges::sort(found.runs, in_order);
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
