#include "tests/support/plain_pool.h"

#include <string_view>

namespace plain {

namespace {

constexpr u32 deepest = 16;

std::string operator+(std::string_view text, u64 number) {
  return std::string(text) + std::to_string(number);
}

bytes block_of(bytes image, u64 location) {
  if (location >= image.size() / block_bytes) return {};
  return image.subspan(location * block_bytes, block_bytes);
}

class tree_walk {
 public:
  tree_walk(bytes image, u32 value_size) : image_(image), value_size_(value_size) {}

  // Keys are at least `low`, and below `high` where there is one.
  void walk(u64 location, u32 depth, u64 low, std::optional<u64> high) {
    const auto block = block_of(image_, location);
    if (block.empty()) return fault("node outside: ", location);
    if (!seen_.insert(location).second) return fault("node twice in one tree: ", location);
    if (depth > deepest) return fault("too deep: ", location);
    if (!is_sound(block, kind::node, location)) return fault("no sound node: ", location);
    const auto header = get_node_header(block);
    const u32 value_size = header.is_leaf() ? value_size_ : 8;
    if ((header.flags != 1 && header.flags != 2) || header.value_size != value_size ||
        header.max_entries != most_entries(value_size) || header.nr_entries > header.max_entries)
      return fault("malformed node: ", location);
    found.nodes.push_back(
        {location, depth, header, low, header.nr_entries != 0 ? node_key(block, 0) : 0});
    if (header.nr_entries == 0 && (depth != 0 || !header.is_leaf()))
      fault("empty node: ", location);
    for (u32 i = 0; i < header.nr_entries; ++i) {
      const u64 key = node_key(block, i);
      if (key < low || (high && key >= *high) || (i != 0 && key <= node_key(block, i - 1)))
        fault("keys out of order: ", location);
    }
    if (header.is_leaf()) return add_leaf(block, location, depth, header);
    for (u32 i = 0; i < header.nr_entries; ++i)
      walk(get64(node_value(block, i), 0), depth + 1, node_key(block, i),
           i + 1 < header.nr_entries ? std::optional(node_key(block, i + 1)) : high);
  }

  tree found;

 private:
  void add_leaf(bytes block, u64 location, u32 depth, const node_header& header) {
    if (leaf_depth_.value_or(depth) != depth) fault("leaf at another depth: ", location);
    leaf_depth_ = depth;
    for (u32 i = 0; i < header.nr_entries; ++i)
      found.entries.push_back({node_key(block, i), node_value(block, i), location});
  }
  void fault(std::string_view what, u64 location) { found.faults.push_back(what + location); }

  bytes image_;
  u32 value_size_;
  std::set<u64> seen_;
  std::optional<u32> leaf_depth_;
};

class pool_reader {
 public:
  explicit pool_reader(bytes image) : image_(image) {}

  pool read(u64 location) {
    const auto block = block_of(image_, location);
    if (block.empty() || !is_sound(block, kind::superblock, location) ||
        get_superblock(block).magic != superblock_magic) {
      fault("no sound superblock: ", location);
      return std::move(pool_);
    }
    pool_.fields = get_superblock(block);
    refer_to(location, part::superblock);
    read_trees(pool_.fields, pool_.devices, true);
    if (pool_.fields.held_root != 0) read_held();
    read_data_map();
    read_metadata_map();
    return std::move(pool_);
  }

 private:
  void fault(std::string_view what, u64 number) { pool_.faults.push_back(what + number); }

  void refer_to(u64 location, part what) {
    ++pool_.metadata_references[location];
    pool_.parts[what].insert(location);
  }

  tree read(u64 root, u32 value_size) {
    auto found = read_tree(image_, root, value_size);
    pool_.faults.insert(pool_.faults.end(), found.faults.begin(), found.faults.end());
    return found;
  }

  // Counts the references that a tree's nodes make to their children, each node once.
  // True for those leaves that are new.
  std::set<u64> count_nodes(const tree& of) {
    std::set<u64> fresh;
    for (const auto& node : of.nodes) {
      if (!counted_.insert(node.location).second) continue;
      if (node.header.is_leaf()) {
        fresh.insert(node.location);
        continue;
      }
      const auto block = block_of(image_, node.location);
      for (u32 i = 0; i < node.header.nr_entries; ++i)
        ++pool_.metadata_references[get64(node_value(block, i), 0)];
    }
    return fresh;
  }

  void note_parts(const tree& of, part what) {
    for (const auto& node : of.nodes) pool_.parts[what].insert(node.location);
  }

  void read_trees(const superblock& fields, std::map<u64, device>& devices, bool live) {
    ++pool_.metadata_references[fields.mapping_root];
    ++pool_.metadata_references[fields.details_root];
    const auto top = read(fields.mapping_root, 8);
    const auto fresh = count_nodes(top);
    for (const auto& entry : top.entries) {
      auto& found = devices[entry.key];
      found.root = get64(entry.value, 0);
      if (fresh.contains(entry.leaf)) ++pool_.metadata_references[found.root];
      read_mappings(found, live);
    }
    const auto table = read(fields.details_root, 24);
    count_nodes(table);
    if (live) {
      note_parts(top, part::top_level);
      note_parts(table, part::details);
    }
    std::set<u64> named;
    for (const auto& entry : table.entries) {
      named.insert(entry.key);
      const auto found = devices.find(entry.key);
      if (found == devices.end()) {
        pool_.without_mappings.insert(entry.key);
        continue;
      }
      found->second.about = {get64(entry.value, 0), get64(entry.value, 8), get32(entry.value, 16),
                             get32(entry.value, 20)};
      if (found->second.about.mapped_blocks != found->second.mappings.size())
        fault("mapped_blocks of device ", entry.key);
    }
    for (const auto& [id, unused] : devices)
      if (!named.contains(id)) pool_.without_details.insert(id);
  }

  void read_mappings(device& into, bool live) {
    const auto mappings = read(into.root, 8);
    const auto fresh = count_nodes(mappings);
    for (const auto& entry : mappings.entries) {
      const u64 value = get64(entry.value, 0);
      const mapping found{value >> 24, static_cast<u32>(value & 0xffffff)};
      into.mappings[entry.key] = found;
      if (fresh.contains(entry.leaf)) ++pool_.data_references[found.block];
    }
    for (const auto& node : mappings.nodes) {
      if (node.header.is_leaf() && node.header.nr_entries != 0)
        into.leaves[node.first_key] = node.location;
      if (!live) continue;
      const bool is_root = node.location == into.root;
      pool_.parts[is_root                 ? part::device_root
                  : node.header.is_leaf() ? part::leaf
                                          : part::internal]
          .insert(node.location);
    }
  }

  void read_held() {
    const auto location = pool_.fields.held_root;
    refer_to(location, part::held_superblock);
    const auto block = block_of(image_, location);
    if (block.empty() || !is_sound(block, kind::superblock, location))
      return fault("no sound metadata snapshot: ", location);
    read_trees(get_superblock(block), pool_.held_devices, false);
  }

  void read_bitmap(u64 number, bytes entry, u64 nr_blocks, space_map& into, part what) {
    bitmap found{get64(entry, 0), get32(entry, 8), get32(entry, 12), 0, counts_of_bitmap};
    refer_to(found.location, what);
    const auto block = block_of(image_, found.location);
    if (block.empty() || !is_sound(block, kind::bitmap, found.location))
      return fault("no sound bitmap: ", found.location);
    for (u64 slot = counts_of_bitmap; slot-- > 0;) {
      const u64 counted = number * counts_of_bitmap + slot;
      const u32 count = bitmap_count(block, slot);
      if (count == 0) {
        ++found.found_free;
        found.first_free = slot;
      } else if (counted >= nr_blocks) {
        fault("counted behind the end: ", counted);
      } else {
        const auto large = into.overflow.find(counted);
        if (count == 3 && large == into.overflow.end()) fault("no overflow entry: ", counted);
        into.counts[counted] = count == 3 && large != into.overflow.end() ? large->second : count;
      }
    }
    if (found.found_free != found.nr_free) fault("nr_free of bitmap ", found.location);
    if (found.none_free_before > found.first_free) fault("free before the hint: ", found.location);
    into.bitmaps.push_back(found);
  }

  void read_overflow(const space_root& root, space_map& into, part what) {
    ++pool_.metadata_references[root.overflow_root];
    const auto overflow = read(root.overflow_root, 4);
    count_nodes(overflow);
    note_parts(overflow, what);
    for (const auto& entry : overflow.entries) {
      into.overflow[entry.key] = get32(entry.value, 0);
      if (into.overflow[entry.key] < 3) fault("overflow entry of a small count: ", entry.key);
    }
  }

  void judge_totals(const space_root& root, const space_map& map) {
    u64 nr_large = 0;
    for (const auto& [block, count] : map.counts) nr_large += count >= 3 ? 1 : 0;
    if (nr_large != map.overflow.size())
      fault("overflow entries that no bitmap asks for: ", map.overflow.size() - nr_large);
    if (root.nr_allocated != map.counts.size()) fault("nr_allocated ", root.nr_allocated);
    if (map.bitmaps.size() != (root.nr_blocks + counts_of_bitmap - 1) / counts_of_bitmap)
      fault("number of bitmaps: ", map.bitmaps.size());
  }

  void read_data_map() {
    const auto& root = pool_.fields.data;
    read_overflow(root, pool_.data, part::data_overflow);
    ++pool_.metadata_references[root.bitmap_root];
    const auto index = read(root.bitmap_root, 16);
    count_nodes(index);
    note_parts(index, part::data_index);
    for (std::size_t i = 0; i < index.entries.size(); ++i) {
      if (index.entries[i].key != i) fault("key of data bitmap ", i);
      read_bitmap(i, index.entries[i].value, root.nr_blocks, pool_.data, part::data_bitmap);
    }
    judge_totals(root, pool_.data);
  }

  void read_metadata_map() {
    const auto& root = pool_.fields.metadata;
    read_overflow(root, pool_.metadata, part::metadata_overflow);
    refer_to(root.bitmap_root, part::metadata_index);
    const auto index = block_of(image_, root.bitmap_root);
    if (index.empty() || !is_sound(index, kind::index, root.bitmap_root))
      return fault("no sound index: ", root.bitmap_root);
    for (u64 i = 0; i < bitmaps_of_index; ++i) {
      const auto entry = index.subspan(16 + i * 16, 16);
      if (i * counts_of_bitmap < root.nr_blocks)
        read_bitmap(i, entry, root.nr_blocks, pool_.metadata, part::metadata_bitmap);
    }
    judge_totals(root, pool_.metadata);
  }

  bytes image_;
  pool pool_;
  std::set<u64> counted_;  // nodes whose references are counted already
};

}  // namespace

u64 pool::nr_mappings() const {
  u64 sum = 0;
  for (const auto& [id, found] : devices) sum += found.mappings.size();
  return sum;
}

tree read_tree(bytes image, u64 root, u32 value_size) {
  tree_walk walk(image, value_size);
  walk.walk(root, 0, 0, std::nullopt);
  return std::move(walk.found);
}

pool read_pool_at(bytes image, u64 superblock_location) {
  return pool_reader(image).read(superblock_location);
}

pool read_pool(bytes image) { return read_pool_at(image, 0); }

}  // namespace plain
