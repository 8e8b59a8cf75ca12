#include "persistent-data/stream/def_store.h"

#include <array>

namespace pdata {

namespace {

constexpr std::size_t leaf_entries = max_node_entries(child_value_bytes);

}  // namespace

void def_store::begin(const std::string& name) {
  open_ = name;
  first_of_open_ = leaves_.size();
}

void def_store::add(std::uint64_t key, std::uint64_t value) {
  pending_.add_u64(key, value);
  if (pending_.size() == 2 * leaf_entries) cut_leaf(leaf_entries);
}

void def_store::cut_leaf(std::size_t count) {
  leaves_.push_back({pending_.key(0), 0, spool_.size(), static_cast<std::uint32_t>(count)});
  for (std::size_t i = 0; i < count; ++i) {
    const std::array<std::uint64_t, 2> entry{pending_.key(i), pending_.value_u64(i)};
    spool_.append(std::as_bytes(std::span(entry)));
  }
  pending_.erase_front(count);
}

void def_store::end() {
  if (pending_.size() > leaf_entries) cut_leaf(pending_.size() - pending_.size() / 2);
  if (!pending_.empty()) cut_leaf(pending_.size());
  const def made{first_of_open_, leaves_.size() - first_of_open_};
  if (!defs_.emplace(open_, made).second) throw error("there are two defs named '" + open_ + "'");
}

void def_store::add_to(tree_builder& tree, const std::string& name) {
  const auto found = defs_.find(name);
  if (found == defs_.end()) throw error("there is no def named '" + name + "'");
  const auto [first, count] = found->second;
  for (std::size_t i = first; i < first + count; ++i)
    tree.add_leaf({this, i, leaves_[i].first_key, leaves_[i].nr_entries});
}

entry_list def_store::read(std::size_t index) {
  const leaf& wanted = leaves_[index];
  std::vector<std::array<std::uint64_t, 2>> stored(wanted.nr_entries);
  spool_.read(wanted.entries_at, std::as_writable_bytes(std::span(stored)));
  entry_list entries(child_value_bytes);
  for (const auto& [key, value] : stored) entries.add_u64(key, value);
  return entries;
}

metadata_block def_store::place(std::size_t index) {
  leaf& wanted = leaves_[index];
  if (wanted.location == 0) wanted.location = write_leaf_(read(index), 0, wanted.nr_entries);
  return wanted.location;
}

}  // namespace pdata
