#include "persistent-data/pool/pool_values.h"

#include <algorithm>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/transaction/runs.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

data_block mapped_block(std::uint64_t value) { return unpack_mapping(value).block; }

}  // namespace

void mapping_values::inc(std::span<const std::byte> values) const {
  for_each_run(values, mapped_block,
               [this](data_block begin, data_block end) { map_->inc(begin, end).ignore(); });
}

void mapping_values::dec(std::span<const std::byte> values) const {
  for_each_run(values, mapped_block,
               [this](data_block begin, data_block end) { map_->dec(begin, end).ignore(); });
}

bool mapping_values::equal(std::span<const std::byte> a, std::span<const std::byte> b) const {
  return mapped_block(load_le<std::uint64_t>(a, 0)) == mapped_block(load_le<std::uint64_t>(b, 0));
}

void subtree_values::inc(std::span<const std::byte> values) const {
  for (std::size_t at = 0; at < values.size(); at += bytes())
    subtree_.manager->inc(load_le<std::uint64_t>(values, at));
}

void subtree_values::dec(std::span<const std::byte> values) const {
  for (std::size_t at = 0; at < values.size(); at += bytes())
    tree_delete(subtree_, load_le<std::uint64_t>(values, at)).ignore();
}

bool subtree_values::equal(std::span<const std::byte> a, std::span<const std::byte> b) const {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace pdata
