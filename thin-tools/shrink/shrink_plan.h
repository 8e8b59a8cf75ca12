// Which data blocks move where, so that a pool fits a smaller data device.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/base/run_joiner.h"
#include "persistent-data/stream/forwarding_sink.h"
#include "persistent-data/stream/mapping_runs.h"

namespace thin_tools {

struct data_move {  // `length` consecutive data blocks
  pdata::data_block from = 0;
  pdata::data_block to = 0;
  std::uint64_t length = 0;

  friend bool operator==(const data_move&, const data_move&) = default;
};

// Ascending by `from`, and by `to`: mapped blocks from the new end on go to the
// gaps below it, both in ascending order. A block that several devices share
// moves once.
struct shrink_plan {
  pdata::data_block nr_blocks = 0;  // the new size
  std::vector<data_move> moves;

  std::uint64_t blocks_to_move() const;
  // Names the plan: equal for equal plans, to recognise an interrupted run.
  std::uint64_t fingerprint() const;
};

// A sink that notes which data blocks a pool uses. Memory: 16 bytes for each run.
class used_blocks : public pdata::metadata_sink {
 public:
  void begin_superblock(const pdata::stream_superblock& superblock) override;
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id, const pdata::device_details&) override {}
  void end_device() override {}
  void run(const pdata::mapping_run& mappings) override;
  void ref(const std::string&) override {}

  const pdata::stream_superblock& superblock() const { return superblock_; }
  // One past the highest data block that is mapped.
  pdata::data_block end() const;
  // Throws error if the mapped blocks do not fit nr_blocks.
  shrink_plan plan(pdata::data_block nr_blocks);

 private:
  struct range {
    pdata::data_block begin;
    pdata::data_block end;
  };

  pdata::stream_superblock superblock_;
  std::vector<range> ranges_;
};

// Passes a stream on with the moves applied; the superblock gets the new size.
class moved_stream : public pdata::forwarding_sink {
 public:
  moved_stream(const shrink_plan& plan, pdata::metadata_sink& to)
      : forwarding_sink(to), plan_(plan), joiner_(pass_on{to}) {}

  void begin_superblock(const pdata::stream_superblock& superblock) override;
  void end_def() override;
  void end_device() override;
  void run(const pdata::mapping_run& mappings) override;
  void ref(const std::string& name) override;

 private:
  struct pass_on {
    metadata_sink& to;
    void operator()(const pdata::mapping_run& run) const { to.run(run); }
  };

  const shrink_plan& plan_;
  pdata::run_joiner<pdata::mapping_run, pass_on> joiner_;  // pieces may have become one run
};

}  // namespace thin_tools
