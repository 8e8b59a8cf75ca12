// The one table of everything that can be wrong. A row has a stable name (for
// JSON and tests; never reused), a severity and the words. In the words
// {expected} and {actual} stand for the numbers of the finding, {location} for
// the bad block. Each id is raised in one place and has a test that plants it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "persistent-data/format/damage.h"

namespace pdata {

// clang-format off: a table, one row a line
// X(id, severity, words)
#define PDATA_DAMAGE_CATALOGUE(X)                                                                  \
  /* any block */                                                                                  \
  X(block_unreadable, fatal, "cannot be read: {errno}")                                            \
  X(block_out_of_range, fatal, "block {actual} is beyond the metadata device ({expected} blocks)") \
  X(block_checksum, fatal, "bad checksum")                                                         \
  X(block_kind, fatal, "wrong kind of block: {actual_kind} instead of {expected_kind}")            \
  X(block_misplaced, fatal, "block says that it belongs at {actual}")                              \
  /* B-tree nodes */                                                                               \
  X(node_flags, fatal, "node is neither leaf nor internal (flags {actual})")                       \
  X(node_value_size, fatal, "node has values of {actual} bytes instead of {expected}")             \
  X(node_max_entries, fatal,                                                                       \
    "node claims room for {actual} entries, a block has room for {expected}")                      \
  X(node_nr_entries, fatal, "node claims {actual} entries, it has room for {expected}")            \
  X(node_key_order, fatal, "keys are not in ascending order (entry {actual})")                     \
  X(node_empty, fatal, "internal node without entries")                                            \
  X(node_max_entries_odd, tolerable,                                                               \
    "node's room for {actual} entries is not a multiple of three")                                 \
  X(node_underfull, tolerable,                                                                     \
    "node has {actual} entries, fewer than a third of its room ({expected})")                      \
  X(node_padding, tolerable, "junk in the node header's padding")                                  \
  X(node_keys_below_parent, fatal, "node's first key {actual} is below its parent's {expected}")   \
  X(node_keys_above_parent, fatal,                                                                 \
    "node's last key {actual} is not below its parent's next, {expected}")                         \
  X(node_separator_low, fatal,                                                                     \
    "internal node's first key {actual} is below its parent's {expected}: no mapping is lost "     \
    "yet, the kernel's next writes may lose them")                                                 \
  X(node_separator_high, fatal,                                                                    \
    "internal node's last key {actual} is not below its parent's next, {expected}: no mapping"     \
    " is lost yet, the kernel's next writes may lose them")                                        \
  X(node_depth, fatal, "leaf at depth {actual} in a tree of depth {expected}")                     \
  X(node_loop, fatal, "node is its own descendant")                                                \
  /* superblock, also the metadata snapshot's copy */                                              \
  X(superblock_checksum, fatal, "bad checksum in superblock")                                      \
  X(superblock_bad_magic, fatal, "bad magic number {actual}, thin metadata has {expected}")        \
  X(superblock_unknown_version, fatal, "unknown version {actual}")                                 \
  X(superblock_incompat_features, fatal,                                                           \
    "incompatible features {actual} that no known kernel has")                                     \
  X(superblock_compat_ro_features, fatal, "unknown features {actual} that allow only reading")     \
  X(superblock_data_block_size, fatal,                                                             \
    "data block size of {actual} sectors is not a multiple of {expected} up to 2097152")           \
  X(superblock_metadata_block_size, tolerable,                                                     \
    "metadata block size is given as {actual} sectors, it is {expected}")                          \
  X(superblock_flags, tolerable, "unknown flags {actual}")                                         \
  X(superblock_junk, tolerable, "junk in bytes that are not used")                                 \
  X(superblock_needs_check, tolerable,                                                             \
    "the needs_check flag is set: the kernel will only read this pool")                            \
  X(metadata_map_size, fatal,                                                                      \
    "the metadata space map describes {actual} blocks, the format allows {expected}")              \
  X(metadata_truncated, fatal,                                                                     \
    "the metadata space map describes {expected} blocks, only {actual} exist")                     \
  X(data_map_size, fatal,                                                                          \
    "the data space map describes {actual} blocks, this metadata can count {expected}")            \
  X(snapshot_nested, tolerable, "the copy names a snapshot of its own, block {actual}")            \
  X(snapshot_space_maps, tolerable, "the copy names space maps")                                   \
  /* devices */                                                                                    \
  X(device_without_mappings, fatal, "has no mapping tree, its details count {expected} mappings")  \
  X(device_without_details, fatal, "is not in the device details tree")                            \
  X(device_mapped_blocks, fatal,                                                                   \
    "unexpected number of mappings, expected {expected}, actual {actual}")                         \
  X(device_times, fatal,                                                                           \
    "time {actual} is ahead of the pool's clock, {expected}: after the next snapshot the "         \
    "kernel would write into blocks that it shares")                                               \
  X(mapping_times, fatal,                                                                          \
    "a mapping's time, {actual}, is ahead of the pool's clock, {expected}: after the next "        \
    "snapshot the kernel would write into blocks that it shares")                                  \
  X(shared_block_times, fatal,                                                                     \
    "{actual} mappings of blocks that are mapped more than once are not older than its "           \
    "snapshot time, {expected}: the kernel would write into them in place")                        \
  X(device_id_too_large, tolerable, "the kernel opens no device with an id above {expected}")      \
  X(mapping_beyond_data, fatal,                                                                    \
    "data block {actual} is beyond the data device ({expected} blocks)")                           \
  /* space maps */                                                                                 \
  X(count_too_high, leak, "counted as used {actual} times, used {expected} times")                 \
  X(count_too_low, fatal, "counted as used {actual} times, used {expected} times")                 \
  X(count_overflow_missing, fatal,                                                                 \
    "{actual} counts are three or more, and the overflow tree does not have them")                 \
  X(overflow_small, fatal, "a count of {actual} does not belong in the overflow tree")             \
  X(overflow_unexpected, tolerable,                                                                \
    "the overflow tree has {actual} counts that the bitmap does not ask for")                      \
  X(overflow_beyond_end, tolerable,                                                                \
    "the overflow tree counts blocks beyond the end of the device")                                \
  X(bitmap_beyond_end, tolerable, "{actual} counts beyond the end of the device")                  \
  X(bitmap_missing, fatal, "the index tree has no entry for bitmap {expected}")                    \
  X(index_beyond_end, tolerable,                                                                   \
    "the index has an entry for bitmap {actual}, there are {expected}")                            \
  X(index_nr_free, tolerable, "the index says {actual} free blocks, the bitmap has {expected}")    \
  X(index_nr_free_low, leak,                                                                       \
    "the index says {actual} free blocks, the bitmap has {expected}: the kernel never uses "       \
    "the rest")                                                                                    \
  X(index_none_free_before, leak,                                                                  \
    "the index says no block below slot {actual} is free, slot {expected} is: the kernel "         \
    "never uses it")                                                                               \
  X(nr_allocated, tolerable, "the root says {actual} blocks are in use, the bitmaps {expected}")   \
  X(nr_allocated_high, leak,                                                                       \
    "the root says {actual} blocks are in use, the bitmaps {expected}: the kernel never uses "     \
    "the rest")                                                                                    \
  X(metadata_full, tolerable,                                                                      \
    "the metadata is full: {actual} blocks are free, and the kernel keeps {expected} in "          \
    "reserve")
// clang-format on

enum class damage_id : std::uint16_t {
#define X(id, severity, words) id,
  PDATA_DAMAGE_CATALOGUE(X)
#undef X
};

struct damage_row {
  std::string_view name;
  pdata::severity severity;
  std::string_view words;
};

std::span<const damage_row> damage_catalogue();
const damage_row& catalogue_row(damage_id id);

// Stable name for machines: "details_tree".
std::string_view structure_id(structure where);
std::string_view severity_id(severity level);  // "leak", "tolerable", "fatal"

// "device details tree", "mapping tree of device 5", "metadata snapshot's ..."
std::string describe_place(const damage& finding);

// One line: place, block, words, what is lost.
std::string describe(const damage& finding);

}  // namespace pdata
