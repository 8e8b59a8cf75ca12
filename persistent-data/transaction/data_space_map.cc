#include "persistent-data/transaction/data_space_map.h"

namespace pdata {

status data_space_map::create(std::uint64_t nr_blocks) {
  const status created = counts_.create();
  if (!created.ok()) return created;
  const status extended = counts_.extend(nr_blocks);
  if (!extended.ok()) return extended;
  return commit();
}

status data_space_map::open(const space_map_root& root) {
  counts_.open(root);
  return commit();
}

result<std::uint64_t> data_space_map::new_block() {
  auto block = find_common_free(committed_, counts_, cursor_);
  if (block.errno_value() == ENOSPC) block = find_common_free(committed_, counts_, 0);
  if (!block.ok()) return block;
  cursor_ = *block + 1;
  const status counted = inc(*block, *block + 1);
  if (!counted.ok()) return counted;
  return block;
}

status data_space_map::count_net(const result<std::int64_t>& net) {
  if (net.ok()) nr_allocated_since_commit_ += static_cast<std::uint64_t>(*net);
  return net.outcome();
}

status data_space_map::inc(std::uint64_t begin, std::uint64_t end) {
  return count_net(counts_.inc(begin, end));
}

status data_space_map::dec(std::uint64_t begin, std::uint64_t end) {
  return count_net(counts_.dec(begin, end));
}

result<bool> data_space_map::count_is_more_than_one(std::uint64_t block) {
  const auto found = count(block);
  if (!found.ok()) return found.failure();
  return *found > 1;
}

status data_space_map::commit() {
  const status written = counts_.commit();
  if (!written.ok()) return written;
  committed_ = counts_;
  nr_allocated_since_commit_ = 0;
  return success;
}

}  // namespace pdata
