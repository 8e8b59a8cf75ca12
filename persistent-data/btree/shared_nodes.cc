#include "persistent-data/btree/shared_nodes.h"
#include "persistent-data/base/checked_math.h"

namespace pdata {

namespace {

// More nodes than that with one first entry are not worth telling apart.
constexpr std::size_t max_alternatives = 8;

}  // namespace

entries_digest digest_of(const entry_list& entries, std::size_t first, std::size_t count) {
  entries_digest digest;
  std::size_t begin = first;
  for (std::size_t i = first + 1; i <= first + count; ++i) {
    if (i < first + count && continues_run(entries, i)) continue;
    digest.add_run(entries.key(begin), entries.value_u64(begin), i - begin);
    begin = i;
  }
  return digest;
}

void shared_nodes::remember(metadata_block location, const entry_list& entries, std::size_t first,
                            std::size_t count) {
  if (count == 0) return;
  const auto hash = hash_of(entries.key(first), entries.value_u64(first));
  auto& same = by_first_entry_[hash];
  if (same.empty()) note_in_filter(hash);
  if (same.size() == max_alternatives) same.erase(same.begin());
  same.push_back({location, static_cast<std::uint32_t>(count), digest_of(entries, first, count)});
}

std::optional<metadata_block> shared_nodes::find(const entry_list& entries, std::size_t first,
                                                 std::size_t count) const {
  if (count == 0) return std::nullopt;
  const auto* same = beginning_with(entries.key(first), entries.value_u64(first));
  if (same == nullptr) return std::nullopt;
  const auto digest = digest_of(entries, first, count);
  for (const auto& node : *same)
    if (node.nr_entries == count && node.digest == digest) return node.location;
  return std::nullopt;
}

const std::vector<known_node>* shared_nodes::beginning_with(std::uint64_t key,
                                                            std::uint64_t value) const {
  const auto hash = hash_of(key, value);
  if (!may_have(hash)) return nullptr;
  const auto found = by_first_entry_.find(hash);
  return found == by_first_entry_.end() ? nullptr : &found->second;
}

std::uint64_t shared_nodes::before_any(std::uint64_t key, std::uint64_t value,
                                       std::uint64_t count) const {
  std::uint64_t i = 0;
  while (i < count) {
    const auto hash = hash_of(key + i, value + i * run_value_step);
    if (may_have(hash) && by_first_entry_.contains(hash)) break;
    ++i;
  }
  return i;
}

void shared_nodes::note_in_filter(std::uint64_t hash) {
  const auto set = [this](std::uint64_t one) {
    const std::uint64_t bit = one >> filter_shift_;
    filter_[to_size(bit / 64)] |= std::uint64_t{1} << bit % 64;
  };
  if (by_first_entry_.size() * 8 <= filter_.size() * 64) return set(hash);
  filter_.assign(filter_.size() * 2, 0);
  --filter_shift_;
  for (const auto& [known, nodes] : by_first_entry_) set(known);
}

}  // namespace pdata
