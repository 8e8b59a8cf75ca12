#include "persistent-data/transaction/value_type.h"

#include <algorithm>
#include <functional>

#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

void block_values::inc(std::span<const std::byte> values) const {
  with_runs(values, std::identity{},
            [this](metadata_block begin, metadata_block end) { manager_->inc(begin, end); });
}

void block_values::dec(std::span<const std::byte> values) const {
  with_runs(values, std::identity{},
            [this](metadata_block begin, metadata_block end) { manager_->dec(begin, end); });
}

bool block_values::equal(std::span<const std::byte> a, std::span<const std::byte> b) const {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace pdata
