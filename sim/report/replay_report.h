// What a replay found out: counters, the state of the pool at the end, and how
// both went over virtual time. The replay fills it, the writers of this folder
// turn it into text, JSON, CSV, JUnit XML and a page.
//
// Blocks are data blocks of the pool (block_sectors each) or metadata blocks
// (4096 bytes); sizes are bytes; times are nanoseconds of the trace's clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "persistent-data/base/ids.h"
#include "sim/report/heat_map.h"
#include "sim/trace/trace_description.h"
#include "thin-tools/page/data_map.h"
#include "thin-tools/page/run_bucket.h"

namespace sim::report {

struct request_counts {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t discards = 0;
  std::uint64_t flushes = 0;
  std::uint64_t write_zeroes = 0;
  std::uint64_t fua_writes = 0;  // of the writes
  std::uint64_t failed = 0;      // ended with an error, like no space
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;  // what the trace wrote
  std::uint64_t discarded_bytes = 0;

  std::uint64_t all() const { return reads + writes + discards + flushes + write_zeroes; }
};

// What the thin targets did for the requests.
struct mapping_work {
  std::uint64_t mapped_lookups = 0;  // requests, split at blocks, to a mapped block
  std::uint64_t unmapped_reads = 0;  // answered with zeroes or by the origin
  std::uint64_t provisions = 0;      // new blocks mapped
  std::uint64_t broken_shares = 0;   // blocks copied or remapped because a snapshot shares them
  std::uint64_t zeroed_blocks = 0;
  std::uint64_t copied_blocks = 0;
  std::uint64_t discarded_blocks = 0;    // mappings removed by discards
  std::uint64_t data_written_bytes = 0;  // to the data device: requests, zeroing, copying
  std::uint64_t commits = 0;
  std::uint64_t metadata_blocks_written = 0;
};

struct space_use {
  std::uint64_t used = 0;
  std::uint64_t highest = 0;
  std::uint64_t total = 0;
};

struct device_space {
  pdata::device_id id = 0;
  std::string name;  // the trace's device, or what made it: "snapshot of 0 at 600 s"
  std::uint64_t virtual_sectors = 0;
  std::uint64_t mapped_blocks = 0;
  std::uint64_t exclusive_blocks = 0;  // data blocks that only this device maps
  std::uint64_t shared_blocks = 0;
};

struct pool_event {
  std::uint64_t time_ns = 0;
  std::string text;  // "low water mark reached", ...
};

// What happens beside the requests, for the marks of plots.
enum class mark_kind : std::uint8_t { snapshot, deletion, crash, out_of_space, growth };
struct timed_mark {
  std::uint64_t time_ns = 0;
  mark_kind kind = mark_kind::snapshot;
};

// How the mappings of the volumes lie on the data device at one time.
struct layout_point {
  std::uint64_t time_ns = 0;
  std::uint64_t adjacent_pairs = 0;  // as in fragmentation
  std::uint64_t sequential_pairs = 0;
};

struct device_heat {
  std::string device;
  heat_map reads;
  heat_map writes;
};

// Counters are totals since the start, so that samples can be dropped.
struct series_point {
  std::uint64_t time_ns = 0;
  std::uint64_t data_blocks = 0;
  std::uint64_t data_total = 0;     // the size of the data device then
  std::uint64_t mapped_blocks = 0;  // by volumes and snapshots together
  std::uint64_t metadata_blocks = 0;
  std::uint64_t requests = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t data_written_bytes = 0;
  std::uint64_t provisions = 0;
  std::uint64_t broken_shares = 0;
  std::uint64_t zeroed_blocks = 0;
  std::uint64_t copied_blocks = 0;
  std::uint64_t commits = 0;
  std::uint64_t metadata_blocks_written = 0;
  std::vector<std::uint64_t> volume_blocks;  // mapped by each volume, in the order of `volumes`

  friend bool operator==(const series_point&, const series_point&) = default;
};

// How mappings lie on the data device.
struct fragmentation {
  std::uint64_t mapped_blocks = 0;
  std::uint64_t runs = 0;
  std::uint64_t longest_run = 0;
  std::uint64_t adjacent_pairs = 0;    // neighbours in a thin device, both mapped
  std::uint64_t sequential_pairs = 0;  // of those, neighbours on the data device
  std::vector<thin_tools::page::run_bucket> by_length;
};

struct verification {
  bool data = true;  // false: nobody asked for it, only metadata is checked
  std::uint64_t reads = 0;
  std::uint64_t sectors = 0;
  std::uint64_t metadata_checks = 0;
  std::string disagreement;  // "": none; otherwise what stopped the replay
};

struct expectation_outcome {
  std::string expression;
  double value = 0;
  bool holds = false;
  std::optional<double> limit;  // that a baseline makes of it
};

struct replay_report {
  std::string name;  // of the run or of the sweep's variant
  std::vector<std::string> traces;
  std::string trace_format;
  std::map<std::string, std::string> settings;  // options that matter: "block-size" "128k"
  std::uint64_t block_sectors = 128;
  std::uint64_t duration_ns = 0;  // virtual

  std::string error;                 // what ended the run before its end; "": nothing
  std::set<std::string> allowed;     // names of findings that do not fail the run
  trace::trace_description assumed;  // what the trace was taken to be

  std::uint64_t records = 0;  // of all kinds
  std::uint64_t skipped_records = 0;
  std::uint64_t damaged_records = 0;
  std::uint64_t lost_records = 0;  // by the trace's own sequence numbers
  std::uint64_t cut_short = 0;     // files that cannot be read to their end
  std::uint64_t late_records = 0;
  std::vector<std::string> trace_problems;  // the first damaged records, "POSITION: REASON"

  request_counts requests;
  mapping_work work;
  space_use data;
  space_use metadata;
  std::uint64_t metadata_reserve = 0;    // blocks that the kernel keeps back; space_use is without
  std::uint64_t out_of_space_ns = 0;     // the pool could not allocate
  std::string pool_trouble;              // why the pool at the end cannot be written; "": it can
  std::uint64_t shared_data_blocks = 0;  // data blocks that several devices map
  std::uint64_t snapshots_created = 0;
  std::uint64_t devices_deleted = 0;
  std::uint64_t crashes = 0;
  std::vector<device_space> devices;
  std::vector<std::string> status;  // dmsetup's status lines at the end, the pool's first
  fragmentation layout;
  std::vector<pool_event> events;
  verification verified;
  std::vector<series_point> series;
  std::vector<std::string> volumes;
  std::vector<timed_mark> marks;
  std::vector<layout_point> layout_over_time;
  std::vector<device_heat> heat;
  std::vector<thin_tools::page::map_cell> data_map;
  std::vector<expectation_outcome> expectations;

  std::uint64_t block_bytes() const { return block_sectors * pdata::sector_bytes; }
};

}  // namespace sim::report
