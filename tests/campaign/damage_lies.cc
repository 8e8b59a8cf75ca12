// Blocks with right checksums that do not say what they should.
#include "tests/campaign/damage_kinds.h"

namespace campaign {

using plain::part;
using plain::u64;

namespace {

struct lie_row {
  const char* name;
  std::initializer_list<part> parts;
  std::size_t most;
};

// A number or two in header, keys or values.
void lie(plain::writable block, u64 location, dice& with) {
  const auto what = plain::kind_of(block);
  if (!what) return;
  for (auto n = 1 + below(with, 3); n > 0; --n) {
    const u64 limits[] = {64, 512, plain::block_bytes - 16};
    const auto at = 16 + below(with, limits[below(with, 3)] - 16) / 8 * 8;
    const auto number = plain::get64(block, at);
    const u64 others[] = {number + 1, number - 1, below(with, 2048),
                          number ^ u64{1} << below(with, 64), with()};
    plain::put64(block, at, others[below(with, std::size(others))]);
  }
  plain::seal(block, *what, location);
}

void lie_about(damaged& what, std::vector<u64> candidates, std::size_t most, dice& with) {
  for (const auto b : some(std::move(candidates), 1 + below(with, most), with))
    lie(what.block(b), b, with);
}

}  // namespace

void add_lie_kinds(std::vector<damage_kind>& to) {
  static const lie_row rows[] = {
      {"lie: superblock", {part::superblock}, 1},
      {"lie: details", {part::details}, 2},
      {"lie: top level", {part::top_level}, 2},
      {"lie: internal nodes", {part::internal, part::device_root}, 4},
      {"lie: leaves", {part::leaf}, 4},
      {"lie: space maps",
       {part::metadata_index, part::metadata_bitmap, part::data_index, part::data_bitmap,
        part::data_overflow, part::metadata_overflow},
       4},
  };
  for (const auto& row : rows)
    to.push_back({row.name, harm::lie, [&row](damaged& what, const patient& of, dice& with) {
                    lie_about(what, blocks_of(of, row.parts), row.most, with);
                  }});
  to.push_back({"lie: anything", harm::lie, [](damaged& what, const patient& of, dice& with) {
                  lie_about(what, used_blocks(of), 8, with);
                }});
}

}  // namespace campaign
