#include "persistent-data/engine/pool_trees.h"

#include <algorithm>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

data_block mapped_block(std::uint64_t value) { return unpack_mapping(value).block; }

}  // namespace

void mapping_values::inc(std::span<const std::byte> values) const {
  with_runs(values, mapped_block,
            [this](data_block begin, data_block end) { map_->inc(begin, end).ignore(); });
}

void mapping_values::dec(std::span<const std::byte> values) const {
  with_runs(values, mapped_block,
            [this](data_block begin, data_block end) { map_->dec(begin, end).ignore(); });
}

bool mapping_values::equal(std::span<const std::byte> a, std::span<const std::byte> b) const {
  return mapped_block(decode_u64(a)) == mapped_block(decode_u64(b));
}

void subtree_values::inc(std::span<const std::byte> values) const {
  for (std::size_t at = 0; at < values.size(); at += bytes())
    subtree_.manager->inc(decode_u64(values.subspan(at)));
}

void subtree_values::dec(std::span<const std::byte> values) const {
  for (std::size_t at = 0; at < values.size(); at += bytes())
    tree_delete(subtree_, decode_u64(values.subspan(at))).ignore();
}

bool subtree_values::equal(std::span<const std::byte> a, std::span<const std::byte> b) const {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace pdata
