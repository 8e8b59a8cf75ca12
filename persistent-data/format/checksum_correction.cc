#include "persistent-data/format/checksum_correction.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <vector>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/crc32c.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

constexpr std::array thin_kinds{block_kind::superblock, block_kind::btree_node, block_kind::index,
                                block_kind::bitmap};
constexpr std::uint32_t checksum_bytes = 4;
constexpr auto location_at = static_cast<std::uint32_t>(offset_of(block_fields, "blocknr"));
constexpr std::uint32_t location_bytes = 8;

bool one_bit(std::uint32_t bits) { return std::popcount(bits) == 1; }

block_correction change_of(block_kind kind, std::uint32_t offset, std::uint32_t flipped) {
  return {one_bit(flipped) ? correction_kind::bit : correction_kind::byte, kind, offset,
          static_cast<std::uint8_t>(flipped)};
}

// What a byte does to a checksum register of zeroes; by the register's top byte, which is
// different for each, what byte that was.
struct byte_signatures {
  std::array<std::uint32_t, 256> of{};
  std::array<std::uint8_t, 256> by_top_byte{};

  byte_signatures() {
    for (std::uint32_t byte = 0; byte < of.size(); ++byte) {
      // The register's lowest byte is combined with the next byte: flipping the byte
      // flips that part of the register.
      const std::array last{std::byte(byte)};
      const std::array zero{std::byte{0}};
      of[byte] = crc32c(last) ^ crc32c(zero);
      by_top_byte[of[byte] >> 24] = static_cast<std::uint8_t>(byte);
    }
  }
};

// Calls visit(offset, flipped) for every change of one byte behind the checksum that
// changes the checksum by `difference`.
template <class Visit>
void for_each_byte_change(std::uint32_t difference, Visit visit) {
  static const byte_signatures signatures;
  // The register as it was before the last bytes, one after the other.
  std::uint32_t state = difference;
  for (std::uint32_t offset = block_size; offset-- > checksum_bytes;) {
    const auto byte = signatures.by_top_byte[state >> 24];
    const std::uint32_t before = state ^ signatures.of[byte];
    if (before == 0) visit(offset, std::uint32_t{byte});
    state = before << 8 | byte;
  }
}

bool small_tree_value(std::uint32_t size) {
  return size == 4 || size == 8 || size == index_entry::bytes || size == 24;
}

bool sound_node(block_view block, metadata_block nr_blocks) {
  const auto outcome = node_view::parse(block);
  const auto* node = std::get_if<node_view>(&outcome);
  if (node == nullptr || !small_tree_value(node->value_size())) return false;
  if (node->padding() != 0 || node->max_entries() != max_node_entries(node->value_size()))
    return false;
  if (node->is_leaf()) return true;
  for (std::uint32_t i = 0; i < node->nr_entries(); ++i)
    if (node->value_u64(i) == superblock_location || node->value_u64(i) >= nr_blocks) return false;
  return true;
}

bool sound_index(block_view block, metadata_block nr_blocks) {
  if (load_le<std::uint32_t>(block, offset_of(index_block_fields, "padding")) != 0) return false;
  for (std::uint64_t slot = 0; slot < max_metadata_bitmaps; ++slot) {
    const auto entry = load_index_entry(block, slot);
    if (entry.location >= nr_blocks || entry.nr_free > entries_per_bitmap ||
        entry.none_free_before > entries_per_bitmap)
      return false;
  }
  return true;
}

bool sound_superblock(block_view block, metadata_block nr_blocks) {
  const auto sb = superblock::load(block);
  return sb.magic == superblock_magic && sb.version >= 1 && sb.version <= superblock_version &&
         valid_data_block_size(sb.data_block_size) && sb.metadata_block_size == block_sectors &&
         sb.mapping_root < nr_blocks && sb.details_root < nr_blocks && sb.held_root < nr_blocks;
}

// What the corrections of one block are found with.
class corrector {
 public:
  corrector(block_view block, metadata_block location, metadata_block nr_blocks)
      : block_(block), location_(location), nr_blocks_(nr_blocks) {}

  std::optional<block_correction> find() {
    std::uint64_t difference = stored_location(block_) ^ location_;
    if (difference == 0) {
      for (const auto kind : thin_kinds) {
        const auto syndrome = block_checksum(block_, kind) ^ stored_checksum(block_);
        if (syndrome == 0) return std::nullopt;  // nothing to correct
        try_checksum(kind, syndrome);
        for_each_byte_change(syndrome, [&](std::uint32_t offset, std::uint32_t flipped) {
          const bool in_location = offset >= location_at && offset < location_at + location_bytes;
          if (!in_location) consider(change_of(kind, offset, flipped));
        });
      }
    } else {
      // The location is known, so the change is, too.
      std::uint32_t offset = location_at;
      for (; (difference & 0xff) == 0; difference >>= 8) ++offset;
      if (difference > 0xff) return std::nullopt;
      for (const auto kind : thin_kinds)
        consider(change_of(kind, offset, static_cast<std::uint32_t>(difference)));
    }
    if (location_ == superblock_location || could_be_superblock()) try_clearing();
    return choose();
  }

 private:
  bool could_be_superblock() const { return superblock::load(block_).magic == superblock_magic; }

  // An error in the stored checksum itself.
  void try_checksum(block_kind kind, std::uint32_t syndrome) {
    for (std::uint32_t byte = 0; byte < checksum_bytes; ++byte)
      if ((syndrome & ~(0xffU << 8 * byte)) == 0)
        consider(change_of(kind, byte, syndrome >> 8 * byte));
  }

  // A label, or anything else, where a superblock has only zeroes.
  void try_clearing() {
    const auto unused = std::span(block_).subspan(superblock::bytes_used);
    const auto first = std::ranges::find_if(unused, [](std::byte b) { return b != std::byte{0}; });
    if (first == unused.end()) return;
    const auto offset = superblock::bytes_used + static_cast<std::size_t>(first - unused.begin());
    consider(
        {correction_kind::cleared, block_kind::superblock, static_cast<std::uint32_t>(offset), 0});
  }

  void consider(const block_correction& change) {
    std::memcpy(changed_->span().data(), block_.data(), block_size);
    apply(change, changed_->span());
    if (identify(changed_->view()) != change.is || stored_location(changed_->view()) != location_)
      return;
    if (sound_structure(changed_->view(), change.is, nr_blocks_)) found_.push_back(change);
  }

  // A single bit before a byte, which one in thousands of random errors can be undone by.
  std::optional<block_correction> choose() const {
    for (const auto kind :
         {correction_kind::bit, correction_kind::cleared, correction_kind::byte}) {
      const auto nr = std::ranges::count(found_, kind, &block_correction::kind);
      if (nr > 1) return std::nullopt;
      if (nr == 1) return *std::ranges::find(found_, kind, &block_correction::kind);
    }
    return std::nullopt;
  }

  block_view block_;
  metadata_block location_;
  metadata_block nr_blocks_;
  std::unique_ptr<block_buffer> changed_ = std::make_unique<block_buffer>();
  std::vector<block_correction> found_;
};

}  // namespace

bool sound_structure(block_view block, block_kind kind, metadata_block nr_blocks) {
  switch (kind) {
    case block_kind::superblock:
      return sound_superblock(block, nr_blocks);
    case block_kind::btree_node:
      return sound_node(block, nr_blocks);
    case block_kind::index:
      return sound_index(block, nr_blocks);
    case block_kind::bitmap:
      return load_le<std::uint32_t>(block, offset_of(bitmap_fields, "not_used")) == 0;
    default:
      return false;
  }
}

std::optional<block_correction> find_correction(block_view block, metadata_block location,
                                                metadata_block nr_blocks) {
  return corrector(block, location, nr_blocks).find();
}

void apply(const block_correction& correction, block_span block) {
  if (correction.kind == correction_kind::cleared)
    std::fill(block.begin() + superblock::bytes_used, block.end(), std::byte{0});
  else
    block[correction.offset] ^= std::byte(correction.flipped);
}

std::string describe(const block_correction& correction) {
  switch (correction.kind) {
    case correction_kind::bit:
      return fmt::format("bit {} of byte {}", std::countr_zero(correction.flipped),
                         correction.offset);
    case correction_kind::byte:
      return fmt::format("byte {}", correction.offset);
    case correction_kind::cleared:
      break;
  }
  return fmt::format("bytes from {} on that nothing uses", correction.offset);
}

}  // namespace pdata
