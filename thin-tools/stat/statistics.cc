#include "thin-tools/stat/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/validate.h"
#include "persistent-data/stream/mapping_runs.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/owned_leaves.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/files/full_metadata.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// Passes findings on and notices those that cost something.
struct watching_sink : pdata::damage_sink {
  explicit watching_sink(pdata::damage_sink& to) : next(to) {}
  void found(const pdata::damage& finding) override {
    fatal = fatal || pdata::catalogue_row(finding.id).severity == pdata::severity::fatal;
    next.found(finding);
  }
  pdata::damage_sink& next;
  bool fatal = false;
};

class count_reader {
 public:
  count_reader(pdata::batch_reader& reader, const pdata::pool_layout& layout,
               pdata::space_map_kind kind, pdata::damage_sink& sink)
      : reader_(reader), layout_(layout), kind_(kind), sink_(sink), found_(reader.nr_workers()) {}

  count_statistics read() {
    const bool data = kind_ == pdata::space_map_kind::data;
    const auto& root = data ? layout_.active.data_space_map : layout_.active.metadata_space_map;
    const auto nr_blocks =
        data ? layout_.nr_data_blocks
             : std::min<std::uint64_t>(root.nr_blocks, pdata::max_metadata_blocks);
    pdata::space_map_reader map(reader_, kind_, root, nr_blocks, layout_.nr_metadata_blocks);
    pdata::ref_counts unused(layout_.nr_metadata_blocks);
    map.open(unused, sink_);
    read_overflow(root.ref_count_root);
    read_bitmaps(map);

    count_statistics all{.counts = {}, .damaged = sink_.fatal};
    for (const auto& part : found_) all.counts.add(part);
    return all;
  }

 private:
  // Findings were made when the map was opened.
  void read_overflow(metadata_block root) {
    pdata::silent_sink known;
    const auto shape = kind_ == pdata::space_map_kind::data ? pdata::data_overflow_tree_shape
                                                            : pdata::metadata_overflow_tree_shape;
    pdata::for_each_entry(reader_, shape, root, layout_.nr_metadata_blocks,
                          pdata::which_metadata::active, known,
                          [&](std::uint64_t block, std::span<const std::byte> value) {
                            overflow_.emplace_back(block, pdata::decode_u32(value));
                          });
  }

  void read_bitmaps(const pdata::space_map_reader& map) {
    const auto where = kind_ == pdata::space_map_kind::data ? pdata::structure::data_bitmap
                                                            : pdata::structure::metadata_bitmap;
    std::vector<std::optional<pdata::damage>> bad(map.index().size());
    map.read_bitmaps([&](const pdata::read_bitmap& bitmap) {
      auto fault = bitmap.fault;
      if (!fault)
        if (const auto missing = count_slots(bitmap, map.slots_of(bitmap.number)); missing != 0)
          fault = pdata::node_fault{pdata::damage_id::count_overflow_missing, 0, missing};
      if (fault)
        bad[pdata::to_size(bitmap.number)] =
            pdata::finding_of(*fault, bitmap.location, {.where = where});
    });
    for (const auto& finding : bad)
      if (finding) sink_.found(*finding);
  }

  // Returns how many counts of three and more are not in the overflow tree.
  std::uint64_t count_slots(const pdata::read_bitmap& bitmap, std::uint32_t nr_slots) {
    std::uint64_t small[pdata::count_in_overflow] = {};
    std::uint64_t missing = 0;
    auto& counts = found_[bitmap.worker];
    for (std::uint32_t slot = 0; slot < nr_slots; ++slot) {
      const auto count = pdata::bitmap_count(bitmap.bytes, slot);
      if (count != pdata::count_in_overflow) {
        ++small[count];
        continue;
      }
      const std::uint64_t counted = bitmap.number * pdata::entries_per_bitmap + slot;
      const auto exact = std::ranges::lower_bound(overflow_, counted, {},
                                                  &std::pair<std::uint64_t, std::uint32_t>::first);
      if (exact == overflow_.end() || exact->first != counted)
        ++missing;
      else
        counts.add(exact->second);
    }
    counts.add(1, small[1]);
    counts.add(2, small[2]);
    return missing;
  }

  pdata::batch_reader& reader_;
  const pdata::pool_layout& layout_;
  pdata::space_map_kind kind_;
  watching_sink sink_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> overflow_;  // ascending
  std::vector<histogram> found_;                                   // of each worker
};

}  // namespace

count_statistics count_references(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                                  pdata::space_map_kind kind, pdata::damage_sink& sink) {
  return count_reader(reader, layout, kind, sink).read();
}

namespace {

// Runs of each device, whenever their parts were mapped.
class run_counter : public pdata::metadata_sink {
 public:
  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id, const pdata::device_details&) override {
    ++found_.nr_devices;
  }
  void end_device() override { joiner_.finish(); }
  void run(const pdata::mapping_run& run) override {
    auto untimed = run;
    untimed.time = 0;
    joiner_.add(untimed);
  }
  void ref(const std::string&) override {}

  const run_statistics& found() const { return found_; }

 private:
  struct counted {
    histogram& lengths;
    void operator()(const pdata::mapping_run& run) const { lengths.add(run.length); }
  };

  run_statistics found_;
  pdata::run_joiner<pdata::mapping_run, counted> joiner_{counted{found_.lengths}};
};

}  // namespace

run_statistics measure_runs(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                            pdata::damage_sink& sink) {
  watching_sink watched(sink);
  run_counter counter;
  const bool whole = pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.chosen()),
                                        {.salvage = true}, counter, watched);
  auto all = counter.found();
  all.damaged = !whole || watched.fatal;
  return all;
}

namespace {

void put_json(text_buffer& out, const histogram& numbers, std::string_view op, bool damaged,
              const pdata::metadata_usage& usage, std::string_view more) {
  out << fmt::format("{{\n  {},\n  \"op\": \"{}\",\n  \"complete\": {},\n  {},\n",
                     json_head("thin_stat report"), op, !damaged, usage_json(usage));
  out << fmt::format("  \"total\": {},\n  \"average\": {:.2f},\n{}  \"counts\": [", numbers.total(),
                     numbers.average(), more);
  const char* between = "\n    ";
  for (const auto& [number, times] : numbers.times()) {
    out << between << fmt::format("{{\"number\": {}, \"times\": {}}}", number, times);
    between = ",\n    ";
  }
  out << "\n  ]\n}\n";
  out.finish();
}

}  // namespace

void write_json(const count_statistics& found, std::string_view op,
                const pdata::metadata_usage& usage, text_sink& to) {
  text_buffer out(to);
  put_json(out, found.counts, op, found.damaged, usage, "");
}

void write_json(const run_statistics& found, std::string_view op,
                const pdata::metadata_usage& usage, text_sink& to) {
  text_buffer out(to);
  put_json(out, found.lengths, op, found.damaged, usage,
           fmt::format("  \"devices\": {},\n", found.nr_devices));
}

void write_statistics(const count_statistics& found, text_sink& to) {
  text_buffer out(to);
  found.counts.write(out, "ref-count", "times");
  out << fmt::format("{} blocks allocated\navg ref count = {:.2f}\n", found.counts.total(),
                     found.counts.average());
  out.finish();
}

void write_statistics(const run_statistics& found, text_sink& to) {
  text_buffer out(to);
  found.lengths.write(out, "length", "counts");
  out << fmt::format("{} runs in {} devices\navg run length = {:.2f}\n", found.lengths.total(),
                     found.nr_devices, found.lengths.average());
  out.finish();
}

}  // namespace thin_tools
