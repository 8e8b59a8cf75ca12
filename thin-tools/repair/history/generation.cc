#include "thin-tools/repair/history/generation.h"

#include <algorithm>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/scan/census.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// A state has two: of the metadata and of the data.
constexpr std::size_t overflow_trees_max = 8;

// A map describes itself: index and bitmaps are in use once, as is the superblock,
// and no other index is.
bool counts_itself(const evidence& device, const generation& state) {
  const auto once = [&](metadata_block b) { return state.counts.get(b) == 1U; };
  if (!once(0) || !once(state.index) || !std::ranges::all_of(state.counts.bitmaps(), once))
    return false;
  return std::ranges::none_of(
      device.indices, [&](metadata_block b) { return b != state.index && state.counts.live(b); });
}

// The overflow tree of the metadata map is the one that has exactly the blocks
// with counts of three and more.
bool is_overflow_of(const evidence& device, metadata_block root,
                    const pdata::stored_counts& counts) {
  const auto nr_blocks = device.scan.nr_blocks();
  pdata::silent_sink sink;
  std::uint64_t found = 0;
  bool fits = true;
  pdata::batch_reader one_by_one(device.reader.device(), 1);
  pdata::for_each_entry(one_by_one, pdata::metadata_overflow_tree_shape, root, nr_blocks, false,
                        sink, [&](std::uint64_t block, std::span<const std::byte>) {
                          ++found;
                          fits = fits && block < nr_blocks && counts.in_overflow(block);
                        });
  std::uint64_t expected = 0;
  for (metadata_block b = 0; b < nr_blocks; ++b) expected += counts.in_overflow(b);
  return fits && found == expected;
}

void read_summary(const evidence& device, generation& state) {
  pdata::batch_reader one_by_one(device.reader.device(), 1);  // the trees are small
  for (const auto root : state.details_roots) {
    const auto details = read_details(one_by_one, root, device.scan.nr_blocks());
    for (const auto& [id, device_details] : details.devices) {
      state.mapped_blocks[id] += device_details.mapped_blocks;
      state.newest_time = std::max(
          {state.newest_time, device_details.creation_time, device_details.snapshotted_time});
      state.newest_transaction = std::max(state.newest_transaction, device_details.transaction_id);
    }
  }
}

void classify_roots(const evidence& device, generation& state, const reference_census& census) {
  const auto& scan = device.scan;
  std::size_t nr_overflow_trees = 0;
  metadata_block nodes_left = scan.nr_blocks();  // one node in several trees makes no state
  for (metadata_block b = 0; b < scan.nr_blocks(); ++b) {
    if (!state.counts.live(b)) continue;
    if (scan[b].is == pdata::block_class::superblock && b != 0) state.snapshots.push_back(b);
    if (scan[b].is != pdata::block_class::leaf && scan[b].is != pdata::block_class::internal)
      continue;
    if (census.refs(b) != 0) continue;
    const auto size = device.children.tree_size(b);
    const auto value_size = device.children.leaf_value_size(b);
    if (value_size != 8) {
      if (size > nodes_left) continue;
      nodes_left -= size;
    }
    switch (value_size) {
      case 24:
        state.details_roots.push_back(b);
        break;
      case 8:
        if (scan[b].is == pdata::block_class::internal || scan[b].names_blocks)
          state.mapping_roots.push_back(b);
        break;
      case 4:
        if (++nr_overflow_trees > overflow_trees_max) break;
        if (is_overflow_of(device, b, state.counts)) state.counts.load_overflow(device.reader, b);
        break;
      default:
        break;
    }
  }
  read_summary(device, state);
}

// Which part of the free blocks from `start` on up to its index block `to` passed
// over, if it came after `from`. The kernel takes the first free block from where it
// left off, or from the start if the pool was opened in between; the index block
// is among the last it takes.
double passed_over(const generation& from, const generation& to, metadata_block start) {
  std::uint64_t taken = 0;
  std::uint64_t skipped = 0;
  for (metadata_block b = start; b < to.index; ++b)
    if (!from.counts.live(b)) ++(to.counts.live(b) ? taken : skipped);
  return static_cast<double>(skipped) / static_cast<double>(taken + skipped + 1);
}

// What is kept of a state while it is compared with its neighbours.
struct ring_entry {
  metadata_block index = 0;
  std::uint32_t newest_time = 0;
  std::uint64_t nr_torn_above = 0;  // states up to the next whole one
  std::uint64_t step = 0;           // how much the next whole one differs
  metadata_block next_index = 0;    // of the next whole one
};

constexpr std::uint64_t unusual_step = 4;    // times the usual change from state to state
constexpr std::size_t ends_max = 64;         // each stands in memory with all its counts
constexpr std::size_t states_for_steps = 4;  // fewer show no usual change
constexpr double passed_over_few = 0.25;
constexpr double passed_over_many = 0.5;

using mapped_counts = std::map<pdata::device_id, std::uint64_t>;

// By how many mappings the devices of two states differ at least.
std::uint64_t difference(const mapped_counts& a, const mapped_counts& b) {
  std::uint64_t sum = 0;
  for (const auto& [id, count] : a) {
    const auto other = b.find(id);
    const auto matching = other != b.end() ? other->second : 0;
    sum += count > matching ? count - matching : matching - count;
  }
  for (const auto& [id, count] : b)
    if (!a.contains(id)) sum += count;
  return sum;
}

// Commits go around the device, so that the state which follows another one is
// the next above it. Where the next whole one has quite different contents the
// writing ended: at the last commit, or before the pool was opened again.
std::vector<ring_entry> find_ends(const std::vector<ring_entry>& ring) {
  std::vector<std::uint64_t> steps;
  for (const auto& e : ring) steps.push_back(e.step);
  std::ranges::sort(steps);
  const std::uint64_t usual = steps.empty() ? 0 : steps[steps.size() / 2];
  std::vector<ring_entry> ends;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const auto& next = ring[(i + 1) % ring.size()];
    const auto expected = unusual_step * (usual + 1) + 2 * usual * ring[i].nr_torn_above;
    if (next.newest_time < ring[i].newest_time || ring[i].step > expected) ends.push_back(ring[i]);
  }
  return ends;
}

// True if `to` may have been the commit after `from`: all that it has and `from`
// has not stands between their index blocks, and few free blocks there were passed
// over.
bool follows_at_once(const generation& from, const generation& to, metadata_block nr_blocks) {
  const auto distance = [&](metadata_block b) { return (b + nr_blocks - from.index) % nr_blocks; };
  const auto window = distance(to.index);
  std::uint64_t taken = 0;
  std::uint64_t skipped = 0;
  for (metadata_block b = 0; b < nr_blocks; ++b) {
    if (from.counts.live(b)) continue;
    const bool within = distance(b) <= window;
    if (to.counts.live(b) && !within) return false;
    if (within) ++(to.counts.live(b) ? taken : skipped);
  }
  return skipped <= taken;
}

// Of two ends one may be the place where the pool was opened again: the other
// one went on from the start of the device.
bool went_on_from_start(const generation& from, const generation& to) {
  return to.index < from.index && passed_over(from, to, 0) < passed_over_few &&
         passed_over(to, from, to.index + 1) > passed_over_many;
}

}  // namespace

// A device may be full of something else beyond what was ever
// written, and zeros there are no damage, but zeros among nodes are.
bool damaged_above(const pdata::block_scan& scan, const generation& state) {
  bool any_damage = false;
  bool any_blank = false;
  bool any_node = false;
  bool has_end = false;
  for (metadata_block n = 1; n <= commit_blocks_max; ++n) {
    const auto b = (state.index + n) % scan.nr_blocks();
    const auto is = scan[b].is;
    if (is != pdata::block_class::unusable) has_end = has_end || any_damage;
    if (state.counts.live(b)) continue;
    if (is == pdata::block_class::index) break;
    if (is == pdata::block_class::unusable)
      any_damage = true;
    else
      (is == pdata::block_class::blank ? any_blank : any_node) = true;
  }
  return any_damage ? any_node || has_end : any_blank && any_node;
}

std::optional<generation> classify(const evidence& device, metadata_block index,
                                   pdata::stored_counts counts) {
  generation state(std::move(counts));
  state.index = index;
  if (!state.counts.sound() || !state.counts.anything_known() || !counts_itself(device, state))
    return std::nullopt;
  const reference_census census(device.scan, device.children, state.counts);
  if (census.contradictions() != 0) return std::nullopt;
  classify_roots(device, state, census);
  return state;
}

namespace {

std::optional<generation> load_generation(const evidence& device, metadata_block index) {
  return classify(device, index,
                  pdata::stored_counts::load(device.reader, index, device.scan.nr_blocks()));
}

// Blocks and devices that are looked at for all states together. A device has room for
// one state in a few blocks, and each is held against all blocks: the states of a device
// of some GiB with a long history are too many.
constexpr std::uint64_t ring_work_max = std::uint64_t{1} << 31;

// A device costs more than a block: it stands in maps.
constexpr std::uint64_t work_of_details_node = 8192;

std::uint64_t work_of(const evidence& device, const generation& state) {
  std::uint64_t nr_nodes = 0;
  for (const auto root : state.details_roots) nr_nodes += device.children.tree_size(root);
  return device.scan.nr_blocks() + nr_nodes * work_of_details_node;
}

// Reads all states of the device; what is kept of them is little. None: they are too
// many.
std::vector<ring_entry> read_ring(const evidence& device) {
  std::uint64_t work = device.indices.size() * device.scan.nr_blocks();
  if (work > ring_work_max) return {};
  std::vector<ring_entry> ring;
  mapped_counts first;
  mapped_counts last;
  std::uint64_t nr_torn_below = 0;
  for (const auto index : device.indices) {
    auto state = load_generation(device, index);
    if (state) work += work_of(device, *state);
    if (work > ring_work_max) return {};
    if (!state) {
      ++(ring.empty() ? nr_torn_below : ring.back().nr_torn_above);
      continue;
    }
    if (ring.empty())
      first = state->mapped_blocks;
    else
      ring.back().step = difference(last, state->mapped_blocks);
    ring.push_back({.index = index, .newest_time = state->newest_time});
    last = std::move(state->mapped_blocks);
  }
  if (ring.empty()) return ring;
  ring.back().nr_torn_above += nr_torn_below;
  ring.back().step = difference(last, first);
  for (std::size_t i = 0; i < ring.size(); ++i)
    ring[i].next_index = ring[(i + 1) % ring.size()].index;
  return ring;
}

}  // namespace

newest_generations find_newest_generations(const evidence& device) {
  const auto nr_blocks = device.scan.nr_blocks();
  const auto ring = read_ring(device);
  if (ring.empty()) return {};
  const auto newest_time =
      std::ranges::max_element(ring, {}, &ring_entry::newest_time)->newest_time;
  const auto is_old = [&](const ring_entry& e) { return e.newest_time != newest_time; };
  // A large change may still have been one commit's.
  const auto went_on = [&](const ring_entry& e) {
    return e.nr_torn_above == 0 && e.next_index != e.index &&
           follows_at_once(*load_generation(device, e.index),
                           *load_generation(device, e.next_index), nr_blocks);
  };
  auto ends = ring.size() >= states_for_steps ? find_ends(ring) : std::vector<ring_entry>();
  std::erase_if(ends, is_old);
  auto certain = ends.empty() ? ring : ends;
  std::erase_if(certain, is_old);
  std::erase_if(certain, went_on);
  if (!certain.empty()) ends = std::move(certain);
  std::vector<generation> found;
  for (const auto& end : ends)
    if (found.size() < ends_max) found.push_back(*load_generation(device, end.index));
  std::vector<metadata_block> superseded;
  for (const auto& a : found)
    for (const auto& b : found)
      if (went_on_from_start(a, b)) superseded.push_back(a.index);
  std::erase_if(found,
                [&](const generation& g) { return std::ranges::count(superseded, g.index) != 0; });
  const bool damaged = std::ranges::any_of(
      found, [&](const generation& g) { return damaged_above(device.scan, g); });
  return {std::move(found), ring.size(), damaged};
}

}  // namespace thin_tools
