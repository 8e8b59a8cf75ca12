#include "thin-tools/report/stretch.h"

#include <algorithm>
#include <bit>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/mapping_value.h"

namespace thin_tools::report {

using namespace pdata;

namespace {

std::size_t bucket_of(std::uint64_t length) {
  return static_cast<std::size_t>(std::bit_width(length) - 1);
}

void add_run(layout_facts& to, std::uint64_t length) {
  const auto bucket = bucket_of(length);
  if (to.by_length.size() <= bucket) to.by_length.resize(bucket + 1);
  ++to.by_length[bucket].runs;
  to.by_length[bucket].blocks += length;
  to.longest_run = std::max(to.longest_run, length);
}

// Empty nodes may be referred to by as many parents as there is room for.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return checked_add(a, b).value_or(UINT64_MAX);
}

}  // namespace

leaf_stretch leaf_stretch::of(const node_view& leaf) {
  leaf_stretch found;
  if (leaf.empty()) return found;
  const auto first = unpack_mapping(leaf.value_u64(0));
  found.first_data = first.block;
  found.oldest = found.newest = first.time;
  std::uint16_t run = 1;
  auto before = first.block;
  const auto end_run = [&] {
    if (found.nr_runs++ == 0) {
      found.first_run = run;
      return;
    }
    auto& bucket = found.inner[bucket_of(run)];
    ++bucket.runs;
    bucket.blocks = static_cast<std::uint8_t>(bucket.blocks + run);
    found.longest_inner = std::max(found.longest_inner, run);
  };
  for (std::uint32_t i = 1; i < leaf.nr_entries(); ++i) {
    const auto here = unpack_mapping(leaf.value_u64(i));
    const bool adjacent = leaf.key(i) == leaf.key(i - 1) + 1;
    const bool sequential = adjacent && here.block == before + 1;
    found.adjacent_pairs = static_cast<std::uint16_t>(found.adjacent_pairs + adjacent);
    found.sequential_pairs = static_cast<std::uint16_t>(found.sequential_pairs + sequential);
    found.oldest = std::min(found.oldest, here.time);
    found.newest = std::max(found.newest, here.time);
    if (!sequential) {
      end_run();
      run = 0;
    }
    ++run;
    before = here.block;
  }
  found.last_data = before;
  found.last_run = run;
  if (found.nr_runs++ == 0) found.first_run = run;
  return found;
}

stretch::stretch(const leaf_stretch& leaf, thin_block first, thin_block last,
                 std::uint32_t nr_entries)
    : mapped_(nr_entries), leaves_(1) {
  if (nr_entries == 0) return;
  first_key_ = first;
  last_key_ = last;
  first_data_ = leaf.first_data;
  last_data_ = leaf.last_data;
  first_run_ = leaf.first_run;
  last_run_ = leaf.last_run;
  nr_runs_ = leaf.nr_runs;
  oldest_ = leaf.oldest;
  newest_ = leaf.newest;
  inner_.adjacent_pairs = leaf.adjacent_pairs;
  inner_.sequential_pairs = leaf.sequential_pairs;
  inner_.longest_run = leaf.longest_inner;
  for (std::size_t i = 0; i < leaf_stretch::buckets; ++i) {
    if (leaf.inner[i].runs == 0) continue;
    inner_.by_length.resize(i + 1);
    inner_.by_length[i] = {leaf.inner[i].runs, leaf.inner[i].blocks};
  }
}

void stretch::count_internal_node() { internal_nodes_ = sum(internal_nodes_, 1); }

void stretch::append(const stretch& next) {
  const auto leaves = sum(leaves_, next.leaves_);
  const auto internal_nodes = sum(internal_nodes_, next.internal_nodes_);
  if (next.mapped_ != 0) {
    if (mapped_ == 0) {
      *this = next;
    } else {
      const bool adjacent = next.first_key_ == last_key_ + 1;
      const bool sequential = adjacent && next.first_data_ == last_data_ + 1;
      inner_.add(next.inner_);
      inner_.adjacent_pairs += adjacent;
      inner_.sequential_pairs += sequential;
      // The two runs that meet here.
      if (sequential) {
        const auto joined = last_run_ + next.first_run_;
        const bool first = nr_runs_ == 1;
        const bool last = next.nr_runs_ == 1;
        if (first) first_run_ = joined;
        last_run_ = last ? joined : next.last_run_;
        if (!first && !last) add_run(inner_, joined);
        nr_runs_ += next.nr_runs_ - 1;
      } else {
        if (nr_runs_ > 1) add_run(inner_, last_run_);
        if (next.nr_runs_ > 1) add_run(inner_, next.first_run_);
        last_run_ = next.last_run_;
        nr_runs_ += next.nr_runs_;
      }
      mapped_ = sum(mapped_, next.mapped_);
      last_key_ = next.last_key_;
      last_data_ = next.last_data_;
      oldest_ = std::min(oldest_, next.oldest_);
      newest_ = std::max(newest_, next.newest_);
    }
  }
  leaves_ = leaves;
  internal_nodes_ = internal_nodes;
}

layout_facts stretch::layout() const {
  layout_facts all = inner_;
  all.runs = nr_runs_;
  if (nr_runs_ != 0) add_run(all, first_run_);
  if (nr_runs_ > 1) add_run(all, last_run_);
  return all;
}

}  // namespace thin_tools::report
