// Damage that asks not what it meets: areas, stripes of a RAID, lengths and
// places of the device, and single bits.
#include <fmt/format.h>

#include <algorithm>

#include "tests/campaign/damage_kinds.h"

namespace campaign {

using plain::u64;

namespace {

constexpr auto block_bytes = plain::block_bytes;

// An area of `size` bytes around a block that is in use.
void strike_region(damaged& what, const patient& of, dice& with, u64 size, filler how) {
  const auto target = some(used_blocks(of), 1, with).front() * block_bytes;
  const auto whole = u64{what.image.size()};
  const auto reach = std::min(size, target + block_bytes) / block_bytes;
  const auto begin = target - below(with, reach) * block_bytes;
  fill(plain::writable(what.image).subspan(begin, std::min(size, whole - begin)), how, with);
}

// One of `members` disks in chunks of 64 KiB is gone.
void strike_stripes(damaged& what, dice& with, u64 members, filler how) {
  constexpr u64 chunk = 65536;
  for (auto at = below(with, members) * chunk; at < what.image.size(); at += members * chunk)
    fill(plain::writable(what.image).subspan(at, std::min<u64>(chunk, what.image.size() - at)), how,
         with);
}

void truncate(damaged& what, const patient& of, dice& with) {
  const auto used = used_blocks(of);
  const auto end = used.back() + 1;
  const auto kept = end * (50 + below(with, 50)) / 100;
  what.image.resize(std::max<u64>(kept, 1) * block_bytes);
}

void shift(damaged& what, dice& with) {
  constexpr u64 offsets[] = {512, 1024, 2048, 4096, 8192, 32256, 65536, 131072, 1048576};
  what.moved_by = offsets[below(with, std::size(offsets))];
  image_bytes front(what.moved_by, std::byte{0});
  if (below(with, 2) != 0) fill(front, filler::garbage, with);
  what.image.insert(what.image.begin(), front.begin(), front.end());
  what.image.resize((what.image.size() + block_bytes - 1) / block_bytes * block_bytes);
}

void flip_bits(damaged& what, const patient& of, dice& with, std::size_t nr_blocks) {
  for (const auto b : some(used_blocks(of), nr_blocks, with))
    what.block(b)[below(with, block_bytes)] ^= std::byte{1} << below(with, 8);
}

}  // namespace

void add_region_kinds(std::vector<damage_kind>& to) {
  struct region_size {
    const char* name;
    u64 bytes;
  };
  static constexpr region_size sizes[] = {
      {"64 KiB", 65536}, {"1 MiB", 1 << 20}, {"8 MiB", 8 << 20}};
  for (const auto& size : sizes)
    for (const auto how : {filler::zeroes, filler::garbage})
      to.push_back({fmt::format("{} {}", size.name, how == filler::zeroes ? "zeroed" : "garbage"),
                    harm::plain, [&size, how](damaged& what, const patient& of, dice& with) {
                      strike_region(what, of, with, size.bytes, how);
                    }});
  for (const auto members : {4, 8})
    to.push_back({fmt::format("one of {} stripes", members), harm::plain,
                  [members](damaged& what, const patient&, dice& with) {
                    strike_stripes(what, with, static_cast<u64>(members),
                                   members == 4 ? filler::zeroes : filler::garbage);
                  }});
  to.push_back({"truncated", harm::plain, truncate});
  to.push_back({"shifted", harm::plain,
                [](damaged& what, const patient&, dice& with) { shift(what, with); }, false});
  for (const auto count : {1, 20})
    to.push_back({count == 1 ? "one bit" : fmt::format("a bit in each of {} blocks", count),
                  harm::plain,
                  [count](damaged& what, const patient& of, dice& with) {
                    flip_bits(what, of, with, static_cast<std::size_t>(count));
                  },
                  false});
  to.push_back({"a byte in each of 10 blocks", harm::plain,
                [](damaged& what, const patient& of, dice& with) {
                  for (const auto b : some(used_blocks(of), 10, with))
                    what.block(b)[below(with, block_bytes)] ^=
                        static_cast<std::byte>(1 + below(with, 255));
                },
                false});
}

}  // namespace campaign
