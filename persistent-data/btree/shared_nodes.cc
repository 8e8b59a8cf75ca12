#include "persistent-data/btree/shared_nodes.h"

namespace pdata {

namespace {

// More nodes than that with one first entry are not worth telling apart.
constexpr std::size_t max_alternatives = 8;

std::uint64_t first_entry_hash(std::uint64_t key, std::uint64_t value) {
  entries_digest digest;
  digest.add(key, value);
  return digest.low();
}

known_node describe_node(metadata_block location, const entry_list& entries, std::size_t first,
                         std::size_t count) {
  known_node node{location, static_cast<std::uint32_t>(count), {}};
  for (std::size_t i = first; i < first + count; ++i)
    node.digest.add(entries.key(i), entries.value_u64(i));
  return node;
}

}  // namespace

void shared_nodes::remember(metadata_block location, const entry_list& entries, std::size_t first,
                            std::size_t count) {
  if (count == 0) return;
  auto& same = by_first_entry_[first_entry_hash(entries.key(first), entries.value_u64(first))];
  if (same.size() == max_alternatives) same.erase(same.begin());
  same.push_back(describe_node(location, entries, first, count));
}

std::optional<metadata_block> shared_nodes::find(const entry_list& entries, std::size_t first,
                                                 std::size_t count) const {
  if (count == 0) return std::nullopt;
  const auto* same = beginning_with(entries.key(first), entries.value_u64(first));
  if (same == nullptr) return std::nullopt;
  const known_node wanted = describe_node(0, entries, first, count);
  for (const auto& node : *same)
    if (node.nr_entries == wanted.nr_entries && node.digest == wanted.digest) return node.location;
  return std::nullopt;
}

const std::vector<known_node>* shared_nodes::beginning_with(std::uint64_t key,
                                                            std::uint64_t value) const {
  const auto found = by_first_entry_.find(first_entry_hash(key, value));
  return found == by_first_entry_.end() ? nullptr : &found->second;
}

}  // namespace pdata
