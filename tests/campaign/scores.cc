#include "tests/campaign/scores.h"

#include <string_view>
#include <unordered_set>

namespace campaign {

using plain::u64;

namespace {

std::string_view text_of(plain::bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool differs_in_one_byte(plain::bytes a, plain::bytes b) {
  std::size_t nr_different = 0;
  for (std::size_t i = 0; i < a.size() && nr_different < 2; ++i) nr_different += a[i] != b[i];
  return nr_different == 1;
}

const plain::mapping* find(const plain::pool& pool, u64 device, u64 block) {
  const auto found = pool.devices.find(device);
  if (found == pool.devices.end()) return nullptr;
  const auto mapping = found->second.mappings.find(block);
  return mapping == found->second.mappings.end() ? nullptr : &mapping->second;
}

bool same(const plain::mapping* a, const plain::mapping& b) { return a != nullptr && *a == b; }

}  // namespace

score& score::operator+=(const score& more) {
  nr_mappings += more.nr_mappings;
  bound += more.bound;
  kept += more.kept;
  wrong += more.wrong;
  unmarked += more.unmarked;
  return *this;
}

u64 reachable_mappings(const patient& of, const damaged& now) {
  std::unordered_set<std::string_view> blocks;
  const plain::bytes image(now.image);
  for (auto at = now.moved_by % plain::block_bytes; at + plain::block_bytes <= image.size();
       at += plain::block_bytes)
    blocks.insert(text_of(image.subspan(at, plain::block_bytes)));
  std::map<u64, bool> usable;
  const auto is_usable = [&](u64 leaf) {
    const auto [known, is_new] = usable.try_emplace(leaf, false);
    if (!is_new) return known->second;
    const auto original = of.block(leaf);
    const auto place = leaf * plain::block_bytes + now.moved_by;
    known->second = blocks.contains(text_of(original)) ||
                    (place + plain::block_bytes <= image.size() &&
                     differs_in_one_byte(original, image.subspan(place, plain::block_bytes)));
    return known->second;
  };
  u64 sum = 0;
  for (const auto& [id, device] : of.truth.devices)
    for (const auto& [block, mapping] : device.mappings)
      sum += is_usable(std::prev(device.leaves.upper_bound(block))->second) ? 1 : 0;
  return sum;
}

score all_missing(const patient& truth) {
  score none;
  none.nr_mappings = truth.truth.nr_mappings();
  return none;
}

score compare(const patient& truth, const damaged& how, const plain::pool& found,
              const std::function<bool(u64)>& marked) {
  score sum = all_missing(truth);
  for (const auto& [id, device] : found.devices)
    for (const auto& [block, mapping] : device.mappings) {
      if (same(find(truth.truth, id, block), mapping)) {
        ++sum.kept;
      } else if (how.also_right == nullptr || !same(find(*how.also_right, id, block), mapping)) {
        ++sum.wrong;
        sum.unmarked += marked(id) ? 0 : 1;
      }
    }
  return sum;
}

}  // namespace campaign
