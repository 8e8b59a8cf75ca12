#include "sim/explore/metadata_states.h"

#include <algorithm>
#include <cstring>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace sim::explore {

using pdata::block_sectors;

block_ptr store_block(pdata::block_view bytes) {
  auto made = std::make_shared<stored_block>();
  std::ranges::copy(bytes, made->data.bytes.begin());
  made->hash = hash_of(bytes);
  return made;
}

const block_ptr& zero_block() {
  static const block_ptr zero = store_block(pdata::block_buffer().view());
  return zero;
}

// The pool writes whole blocks; a program that zeroes the device's beginning
// does too.
template <class Visit>
void metadata_states::for_each_block(sector first, sector count, const content& what,
                                     Visit visit) const {
  REQUIRE(first % block_sectors == 0 && count % block_sectors == 0);
  pdata::block_buffer buffer;
  for (sector done = 0; done < count; done += block_sectors) {
    const auto block = (first + done) / block_sectors;
    if (what.is_zero()) {
      visit(block, zero_block());
      continue;
    }
    what.at(done).copy_to(buffer.span());
    visit(block, store_block(buffer.view()));
  }
}

void metadata_states::write_began(sector first, sector count, const content& what) {
  ++version_;
  for_each_block(first, count, what, [&](metadata_block b, block_ptr p) {
    unflushed_.push_back({b, std::move(p)});
  });
}

void metadata_states::write_is_durable(sector first, sector count, const content& what) {
  ++version_;
  const auto begin = first / block_sectors;
  const auto end = (first + count) / block_sectors;
  std::erase_if(unflushed_, [&](const write& w) { return w.block >= begin && w.block < end; });
  for_each_block(first, count, what,
                 [&](metadata_block b, block_ptr p) { put_durable(b, std::move(p)); });
}

void metadata_states::flushed() {
  if (unflushed_.empty()) return;
  ++version_;
  for (auto& w : unflushed_) put_durable(w.block, std::move(w.what));
  unflushed_.clear();
}

void metadata_states::power_lost() {
  ++version_;
  unflushed_.clear();
}

void metadata_states::put_durable(metadata_block block, block_ptr what) {
  const auto part_of = [&](const block_ptr& p) {
    fingerprint f;
    f.add(block);
    f.add(p->hash);
    return f.value();
  };
  auto& place = durable_[block];
  if (place) {
    const auto old = part_of(place);
    durable_sum_.low -= old.low;
    durable_sum_.high -= old.high;
  }
  place = std::move(what);
  const auto now = part_of(place);
  durable_sum_.low += now.low;
  durable_sum_.high += now.high;
}

const block_ptr& metadata_states::durable(metadata_block block) const {
  const auto found = durable_.find(block);
  return found == durable_.end() ? zero_block() : found->second;
}

bool metadata_states::has_unflushed(metadata_block block) const {
  return std::ranges::any_of(unflushed_, [&](const write& w) { return w.block == block; });
}

std::vector<block_ptr> metadata_states::alternatives(metadata_block block, std::size_t limit,
                                                     bool& is_all) const {
  std::vector<block_ptr> all{durable(block)};
  const auto add = [&](block_ptr p) {
    if (std::ranges::none_of(all, [&](const auto& q) { return q->hash == p->hash; }))
      all.push_back(std::move(p));
  };
  for (const auto& w : unflushed_)
    if (w.block == block) add(w.what);
  const auto nr_whole = all.size();
  // Each unit of sectors is that of one of the whole ones.
  const auto unit =
      pdata::to_size(std::min<std::uint64_t>(torn_sectors_ * sector_bytes, pdata::block_size));
  std::vector<pdata::block_buffer> mixed{all[0]->data};
  for (std::size_t at = 0; at < pdata::block_size && unit < pdata::block_size; at += unit) {
    const auto nr_before = mixed.size();
    for (std::size_t i = 1; i < nr_whole; ++i) {
      const auto* other = all[i]->data.bytes.data() + at;
      const auto repeats = [&](std::size_t j) {
        return std::memcmp(other, all[j]->data.bytes.data() + at, unit) == 0;
      };
      bool known = false;
      for (std::size_t j = 0; j < i && !known; ++j) known = repeats(j);
      if (known) continue;
      for (std::size_t m = 0; m < nr_before; ++m) {
        if (mixed.size() > limit) {
          is_all = false;
          break;
        }
        auto torn = mixed[m];
        std::memcpy(torn.bytes.data() + at, other, unit);
        mixed.push_back(torn);
      }
    }
  }
  if (unit < pdata::block_size)
    for (const auto& m : mixed) add(store_block(m.view()));
  if (all.size() > limit) {
    is_all = false;
    all.resize(limit);
  }
  return all;
}

void metadata_states::add_to(fingerprint& to) const {
  to.add(durable_sum_);
  to.add(unflushed_.size());
  for (const auto& w : unflushed_) {
    to.add(w.block);
    to.add(w.what->hash);
  }
}

}  // namespace sim::explore
