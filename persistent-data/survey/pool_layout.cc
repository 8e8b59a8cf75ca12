#include "persistent-data/survey/pool_layout.h"

#include <algorithm>
#include <memory>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/io/validate.h"
#include "persistent-data/survey/metadata_offset.h"
#include "persistent-data/survey/recognise.h"

namespace pdata {

namespace {

constexpr std::uint32_t superblock_version_min = 1;
constexpr std::uint32_t known_flags = flag_needs_check;

// The findings of one superblock.
class superblock_findings {
 public:
  superblock_findings(damage_sink& sink, metadata_block location, which_metadata view)
      : sink_(sink),
        model_{.where = structure::superblock, .in_snapshot = view == which_metadata::snapshot} {
    if (view == which_metadata::snapshot) model_.location = location;
  }

  void add(damage_id id, std::uint64_t expected, std::uint64_t actual) {
    damage finding = model_;
    finding.id = id;
    finding.expected = expected;
    finding.actual = actual;
    sink_.found(finding);
  }

 private:
  damage_sink& sink_;
  damage model_;
};

void judge_fields(const superblock& sb, superblock_findings& to) {
  if (sb.version < superblock_version_min || sb.version > superblock_version)
    to.add(damage_id::superblock_unknown_version, superblock_version, sb.version);
  if (sb.incompat_flags != 0) to.add(damage_id::superblock_incompat_features, 0, sb.incompat_flags);
  if (sb.compat_ro_flags != 0)
    to.add(damage_id::superblock_compat_ro_features, 0, sb.compat_ro_flags);
  if (!valid_data_block_size(sb.data_block_size))
    to.add(damage_id::superblock_data_block_size, data_block_size_min, sb.data_block_size);
  if (sb.metadata_block_size != block_sectors)
    to.add(damage_id::superblock_metadata_block_size, block_sectors, sb.metadata_block_size);
  if ((sb.flags & ~known_flags) != 0)
    to.add(damage_id::superblock_flags, 0, sb.flags & ~known_flags);
}

}  // namespace

std::optional<superblock> examine_superblock(block_view block, metadata_block location,
                                             which_metadata view, damage_sink& sink) {
  superblock_findings findings(sink, location, view);
  if (const auto why = validate(block, block_kind::superblock, location)) {
    const bool checksum = why->id == damage_id::block_checksum;
    findings.add(checksum ? damage_id::superblock_checksum : why->id, why->expected, why->actual);
    return std::nullopt;
  }
  const superblock sb = superblock::load(block);
  if (sb.magic != superblock_magic) {
    findings.add(damage_id::superblock_bad_magic, superblock_magic, sb.magic);
    return std::nullopt;
  }
  judge_fields(sb, findings);
  const auto unused = std::span(block).subspan(superblock::bytes_used);
  if (std::ranges::any_of(unused, [](std::byte b) { return b != std::byte{0}; }))
    findings.add(damage_id::superblock_junk, 0, 0);
  return sb;
}

std::optional<pool_layout> examine_layout(block_device& device, block_view first_block,
                                          damage_sink& sink) {
  const auto sb =
      examine_superblock(first_block, superblock_location, which_metadata::active, sink);
  if (!sb) return std::nullopt;
  superblock_findings findings(sink, superblock_location, which_metadata::active);
  if (sb->needs_check()) findings.add(damage_id::superblock_needs_check, 0, 1);

  pool_layout layout;
  layout.active = *sb;
  layout.snapshot_location = sb->held_root;
  layout.nr_metadata_blocks = std::min(device.nr_blocks(), max_metadata_blocks);
  const auto described = sb->metadata_space_map.nr_blocks;
  if (described > max_metadata_blocks)
    findings.add(damage_id::metadata_map_size, max_metadata_blocks, described);
  else if (described > device.nr_blocks())
    findings.add(damage_id::metadata_truncated, described, device.nr_blocks());

  // By the superblock's own size of the metadata, which is there even if only
  // the first block of a device is.
  const auto countable = std::min<std::uint64_t>(
      std::min<std::uint64_t>(described, max_metadata_blocks) * entries_per_bitmap,
      mapping_block_max + 1);
  const auto nr_data_blocks = sb->data_space_map.nr_blocks;
  if (nr_data_blocks > countable) findings.add(damage_id::data_map_size, countable, nr_data_blocks);
  layout.nr_data_blocks = std::min(nr_data_blocks, countable);
  layout.sizes_sound = described <= max_metadata_blocks && nr_data_blocks <= countable;
  choose_trees(layout, {});
  return layout;
}

void examine_snapshot(block_device& device, pool_layout& layout, damage_sink& sink) {
  const auto location = layout.snapshot_location;
  if (location == 0) return;
  superblock_findings findings(sink, location, which_metadata::snapshot);
  if (location >= layout.nr_metadata_blocks)
    return findings.add(damage_id::block_out_of_range, layout.nr_metadata_blocks, location);
  const auto block = std::make_unique<block_buffer>();
  if (const auto outcome = device.read(location, block->span()); !outcome.ok())
    return findings.add(damage_id::block_unreadable, 0,
                        static_cast<std::uint64_t>(outcome.errno_value()));
  const auto copy = examine_superblock(block->view(), location, which_metadata::snapshot, sink);
  if (!copy) return;
  if (copy->held_root != 0) findings.add(damage_id::snapshot_nested, 0, copy->held_root);
  if (copy->data_space_map != space_map_root{} || copy->metadata_space_map != space_map_root{})
    findings.add(damage_id::snapshot_space_maps, 0, 0);
  layout.snapshot = *copy;
}

void choose_trees(pool_layout& layout, const layout_options& options) {
  REQUIRE(!options.from_snapshot || layout.snapshot);
  layout.from_snapshot = options.from_snapshot;
  const superblock& sb = layout.chosen();
  layout.mapping_root = options.mapping_root.value_or(sb.mapping_root);
  layout.details_root = options.details_root.value_or(sb.details_root);
  layout.overridden =
      layout.mapping_root != sb.mapping_root || layout.details_root != sb.details_root;
}

void read_first_block(block_device& device, const std::string& name, block_span to) {
  if (const auto outcome = device.read(superblock_location, to); !outcome.ok())
    throw_errno("Couldn't read the superblock of", name, outcome.errno_value());
}

bool is_foreign(block_view first_block) {
  return identify(first_block) != block_kind::superblock &&
         superblock::load(first_block).magic != superblock_magic;
}

void throw_not_metadata(block_device& device, const std::string& name) {
  const auto what = advice_on(recognise(device));
  auto text = "'" + name + "': bad checksum in superblock: this is no thin metadata" +
              (what.empty() ? "" : ", " + what);
  if (const auto offset = find_metadata_offset(device))
    text += "; thin metadata begins " + std::to_string(*offset) + " bytes (" +
            std::to_string(*offset / sector_bytes) + " sectors) later, thin_repair reads it there";
  throw error(text);
}

namespace {

// Passes findings on and keeps the words of the last one.
struct remembering_sink : damage_sink {
  explicit remembering_sink(damage_sink& to) : next(to) {}
  void found(const damage& finding) override {
    last = describe(finding);
    next.found(finding);
  }
  damage_sink& next;
  std::string last;
};

}  // namespace

pool_layout read_layout(block_device& device, const std::string& name,
                        const layout_options& options, damage_sink& sink) {
  const auto first_block = std::make_unique<block_buffer>();
  read_first_block(device, name, first_block->span());
  if (is_foreign(first_block->view())) throw_not_metadata(device, name);
  remembering_sink remembering(sink);
  auto layout = examine_layout(device, first_block->view(), remembering);
  if (!layout) throw error("'" + name + "': " + remembering.last);

  if (options.from_snapshot && options.snapshot_location)
    layout->snapshot_location = *options.snapshot_location;
  if (options.from_snapshot && layout->snapshot_location == 0)
    throw error("'" + name + "': no current metadata snap: No metadata snapshot found.");
  examine_snapshot(device, *layout, remembering);
  if (options.from_snapshot && !layout->snapshot)
    throw error("'" + name + "': metadata snap: " + remembering.last);
  choose_trees(*layout, options);
  return *layout;
}

}  // namespace pdata
