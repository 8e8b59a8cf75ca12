// What happens to metadata devices, by kind.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/campaign/patients.h"

namespace campaign {

using dice = std::mt19937_64;

inline plain::u64 below(dice& with, plain::u64 end) { return end == 0 ? 0 : with() % end; }

struct damaged {
  image_bytes image;
  // What the pool is whose metadata this was, if it is not the patient's own: of
  // two states that both have a claim either is right.
  const plain::pool* also_right = nullptr;
  plain::u64 moved_by = 0;  // bytes by which everything stands later

  plain::u64 nr_blocks() const { return image.size() / plain::block_bytes; }
  plain::writable block(plain::u64 at) {
    return plain::writable(image).subspan(at * plain::block_bytes, plain::block_bytes);
  }
};

// What a repair owes to a kind of damage.
enum class harm {
  plain,  // what is damaged can be seen: nothing wrong, nothing silent
  lie,    // right checksums over wrong numbers: not everything can be seen
};

struct damage_kind {
  std::string name;
  harm how = harm::plain;
  // Damages; changes nothing where the patient has no such part or past.
  std::function<void(damaged&, const patient&, dice&)> strike;
  // The superblock cannot be read, and the user says how the data device is divided.
  bool hints = true;
};

const std::vector<damage_kind>& damage_kinds();

// The kinds of damage_kinds(), by concern.
void add_part_kinds(std::vector<damage_kind>& to);     // superblock, roots, nodes, leaves
void add_region_kinds(std::vector<damage_kind>& to);   // areas, stripes, lengths, places
void add_history_kinds(std::vector<damage_kind>& to);  // older contents, misdirected writes
void add_lie_kinds(std::vector<damage_kind>& to);      // right checksums

// Blocks that the pool uses.
std::vector<plain::u64> used_blocks(const patient& of);
std::vector<plain::u64> blocks_of(const patient& of, std::initializer_list<plain::part> parts);
// `count` different ones, or all.
std::vector<plain::u64> some(std::vector<plain::u64> from, std::size_t count, dice& with);

enum class filler { zeroes, garbage };
void fill(plain::writable area, filler with, dice& chance);

// Blocks that differ from the patient's; those that are gone count.
std::vector<plain::u64> hit_blocks(const damaged& now, const patient& before);

}  // namespace campaign
