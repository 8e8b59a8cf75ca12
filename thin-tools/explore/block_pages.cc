#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/validate.h"
#include "persistent-data/survey/raw_fields.h"
#include "thin-tools/explore/descent.h"
#include "thin-tools/explore/pages.h"
#include "thin-tools/explore/words.h"
#include "thin-tools/page/human_numbers.h"

namespace thin_tools::explore {

using namespace pdata;
using namespace thin_tools::page;

namespace {

const char* kind_words(space_map_kind kind) {
  return kind == space_map_kind::data ? "data" : "metadata";
}

std::uint64_t size_of(const pool_layout& layout, space_map_kind kind) {
  return kind == space_map_kind::data
             ? layout.nr_data_blocks
             : std::min<std::uint64_t>(layout.active.metadata_space_map.nr_blocks,
                                       layout.nr_metadata_blocks);
}

std::uint32_t slots_of(std::uint64_t bitmap, std::uint64_t nr_blocks) {
  const auto first = bitmap * entries_per_bitmap;
  if (first >= nr_blocks) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(entries_per_bitmap, nr_blocks - first));
}

page without_superblock(std::string title) {
  page made;
  made.title = std::move(title);
  made.add("without a superblock nothing is known of space maps", look::damaged);
  return made;
}

}  // namespace

page space_map_page(pool_source& pool, const space_map_place& where) {
  const bool data = where.kind == space_map_kind::data;
  const auto title = fmt::format("{} space map", kind_words(where.kind));
  const auto* layout = pool.layout();
  if (layout == nullptr) return without_superblock(title);
  const auto& root = data ? layout->active.data_space_map : layout->active.metadata_space_map;
  page made;
  made.title = title;
  made.add(fmt::format("{} of {} {} blocks are in use, as the superblock says",
                       with_separators(root.nr_allocated), with_separators(root.nr_blocks),
                       kind_words(where.kind)),
           look::heading);
  if (data)
    made.add_link(fmt::format("index tree        node in block {}", root.bitmap_root),
                  node_place{.location = root.bitmap_root, .shape = data_index_tree_shape});
  else
    made.add_link(fmt::format("index             block {}", root.bitmap_root),
                  block_place{root.bitmap_root});
  made.add_link(
      fmt::format("counts of 3 and more: node in block {}", root.ref_count_root),
      node_place{.location = root.ref_count_root,
                 .shape = data ? data_overflow_tree_shape : metadata_overflow_tree_shape});

  damage_list found;
  auto index = std::make_shared<std::vector<std::optional<index_entry>>>();
  pool.run_long("reading the index", [&] {
    ref_counts unused(pool.nr_blocks());
    space_map_reader map(pool.reader(), where.kind, root, size_of(*layout, where.kind),
                         pool.nr_blocks());
    map.open(unused, found);
    *index = map.index();
  });
  for (const auto& finding : found.findings)
    made.lines.push_back({describe(finding), look::damaged, place_of(finding)});
  made.add(fmt::format("{} bitmaps", with_separators(index->size())), look::heading);
  made.start = made.lines.size();
  made.nr_rows = index->size();
  made.row = [&pool, index, kind = where.kind](std::size_t number) -> line {
    const auto first = number * std::uint64_t{entries_per_bitmap};
    const auto& entry = (*index)[number];
    auto text = fmt::format("blocks from {:<14}", with_separators(first));
    if (!entry)
      return {text + " not in the index", look::damaged, bitmap_place{kind, number, std::nullopt}};
    text += fmt::format(" bitmap in block {:<9} {} free", entry->location,
                        with_separators(entry->nr_free));
    return {text, pool.finding_at(entry->location) != nullptr ? look::damaged : look::plain,
            bitmap_place{kind, number, std::nullopt}};
  };
  return made;
}

namespace {

// Neighbours that are counted alike; of three and more each block is by itself, since the number
// stands elsewhere.
struct count_run {
  std::uint32_t first = 0;
  std::uint32_t length = 0;
  std::uint32_t count = 0;
};

std::vector<count_run> runs_of(block_view bitmap, std::uint32_t slots) {
  std::vector<count_run> runs;
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    const auto count = bitmap_count(bitmap, slot);
    if (!runs.empty() && count != count_in_overflow && runs.back().count == count)
      ++runs.back().length;
    else
      runs.push_back({slot, 1, count});
  }
  return runs;
}

std::uint32_t free_in(const std::vector<count_run>& runs) {
  std::uint32_t free = 0;
  for (const auto& run : runs) free += run.count == 0 ? run.length : 0;
  return free;
}

}  // namespace

page bitmap_page(pool_source& pool, const bitmap_place& where) {
  const auto title = fmt::format("bitmap {} of the {} space map", with_separators(where.number),
                                 kind_words(where.kind));
  const auto* layout = pool.layout();
  if (layout == nullptr) return without_superblock(title);
  page made;
  made.title = title;
  const auto slots = slots_of(where.number, size_of(*layout, where.kind));
  if (slots == 0) {
    made.add("the space map does not reach so far", look::damaged);
    return made;
  }
  const auto refuse = [&](const node_fault& why) {
    made.add(fault_words(why), look::damaged);
    return std::move(made);
  };
  const auto [entry, missing] = index_entry_of(pool, where.kind, where.number);
  if (!entry) return refuse(missing.value_or(node_fault{damage_id::bitmap_missing, where.number}));
  if (entry->location >= pool.nr_blocks())
    return refuse({damage_id::block_out_of_range, pool.nr_blocks(), entry->location});
  made.add_link(fmt::format("in block {}", entry->location), block_place{entry->location});
  const auto read = pool.read(entry->location);
  if (const auto* why = std::get_if<node_fault>(&read)) return refuse(*why);
  const auto& bitmap = std::get<std::unique_ptr<block_buffer>>(read);
  if (const auto why = validate(bitmap->view(), block_kind::bitmap, entry->location))
    return refuse(*why);
  const auto runs = std::make_shared<const std::vector<count_run>>(runs_of(bitmap->view(), slots));
  // Slots behind the end of the device count as free (Linux 6.1 dm-space-map-common.c).
  const auto free = free_in(*runs) + (entries_per_bitmap - slots);
  made.add(fmt::format("{} counts, {} free by the index, {} by the bitmap", with_separators(slots),
                       with_separators(entry->nr_free), with_separators(free)),
           entry->nr_free == free ? look::plain : look::damaged);
  made.start = made.lines.size();
  made.nr_rows = runs->size();
  const auto first = where.number * entries_per_bitmap;
  if (where.block)
    for (std::size_t i = 0; i < runs->size(); ++i)
      if (first + (*runs)[i].first <= *where.block) made.start = made.lines.size() + i;
  made.row = [&pool, runs, first, kind = where.kind](std::size_t number) -> line {
    const auto& run = (*runs)[number];
    const auto begin = first + run.first;
    const auto target =
        kind == space_map_kind::data ? place(data_place{begin}) : place(block_place{begin});
    auto text = fmt::format("blocks {:<28}", range_words({begin, begin + run.length}));
    if (run.count != count_in_overflow)
      return {
          text + (run.count == 0 ? " free" : fmt::format(" counted {}", times_words(run.count))),
          run.count == 0 ? look::dim : look::plain, target};
    const auto exact = count_of(pool, kind, begin);
    if (exact.fault)
      return {text + " three times or more: " + fault_words(*exact.fault), look::damaged, target};
    return {text + fmt::format(" counted {}", times_words(exact.count)), look::plain, target};
  };
  return made;
}

namespace {

std::string value_words(const named_value& value) {
  return value.digits.empty() ? std::to_string(value.number) : value.digits;
}

// A mapping's two halves, where a value of eight bytes can be nothing else.
std::string entry_words(const std::vector<named_value>& entry) {
  std::string text;
  for (const auto& value : entry)
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", value.name, value_words(value));
  return text;
}

// Blocks that an entry names, if any.
std::optional<place> target_of(const std::vector<named_value>& entry, metadata_block nr_blocks) {
  for (const auto& value : entry)
    if ((value.name == "child" || value.name == "blocknr") && value.number < nr_blocks)
      return block_place{value.number};
  return std::nullopt;
}

std::string text_words(block_view bytes) {
  std::string text;
  for (const auto byte : bytes) {
    const auto c = static_cast<char>(byte);
    text += c >= ' ' && c <= '~' ? c : '.';
  }
  return text;
}

std::string dump_row(block_view bytes, std::size_t row) {
  constexpr std::size_t width = 16;
  std::string text = fmt::format("{:04x} ", row * width);
  for (std::size_t i = 0; i < width; ++i)
    text += fmt::format("{}{:02x}", i % 8 == 0 ? " " : "",
                        std::to_integer<unsigned>(bytes[row * width + i]));
  return text + "  " + text_words(bytes).substr(row * width, width);
}

}  // namespace

page block_page(pool_source& pool, const block_place& where) {
  page made;
  made.title = fmt::format("metadata block {}", where.location);
  if (where.location >= pool.device().nr_blocks()) {
    made.add(fmt::format("the metadata device has {} blocks: there is no such block",
                         with_separators(pool.device().nr_blocks())),
             look::damaged);
    return made;
  }
  auto read = pool.read(where.location);
  if (const auto* why = std::get_if<node_fault>(&read)) {
    made.add(fault_words(*why), look::damaged);
    return made;
  }
  const std::shared_ptr<block_buffer> bytes =
      std::move(std::get<std::unique_ptr<block_buffer>>(read));
  const auto facts = examine_block(bytes->view(), where.location);
  const bool blank = all_zero(bytes->view());
  made.add(blank ? std::string("zeroes")
           : facts.known()
               ? fmt::format("{}{}", block_type_name(facts.type), facts.valid ? "" : ", not valid")
               : std::string("unknown: no checksum of thin metadata fits"),
           facts.valid || blank ? look::heading : look::damaged);
  if (const auto* finding = pool.finding_at(where.location))
    made.add(describe(*finding), look::damaged);
  if (pool.layout() != nullptr &&
      where.location < size_of(*pool.layout(), space_map_kind::metadata)) {
    const auto counted = count_of(pool, space_map_kind::metadata, where.location);
    made.add_link(
        counted.fault
            ? "count not known: " + fault_words(*counted.fault)
            : fmt::format("the metadata space map counts it {}", times_words(counted.count)),
        bitmap_place{space_map_kind::metadata, where.location / entries_per_bitmap, where.location},
        counted.fault ? look::damaged : look::plain);
  }
  if (blank) return made;
  // What stands in a damaged node may still be there.
  const auto read_as = facts.known() ? facts.type : block_type::btree_unknown;
  const auto entries = std::make_shared<const std::vector<std::vector<named_value>>>(
      list_entries(bytes->view(), read_as));
  const bool guessed = !facts.known() && !entries->empty();
  for (const auto& value : list_fields(bytes->view(), guessed ? read_as : facts.type))
    made.add(fmt::format("{:<34} {}", value.name, value_words(value)));
  if (!entries->empty())
    made.add(fmt::format("{} entries{}", entries->size(), guessed ? ", if it is a node" : ""),
             look::heading);
  const auto nr_entries = entries->size();
  constexpr std::size_t dump_rows = block_size / 16;
  made.nr_rows = nr_entries + 1 + dump_rows;
  made.row = [bytes, entries, nr_entries, nr_blocks = pool.nr_blocks()](std::size_t index) -> line {
    if (index < nr_entries)
      return {entry_words((*entries)[index]), look::plain, target_of((*entries)[index], nr_blocks)};
    if (index == nr_entries) return {"bytes", look::heading};
    return {dump_row(bytes->view(), index - nr_entries - 1), look::dim};
  };
  return made;
}

}  // namespace thin_tools::explore
