// A damaged device as it is with those blocks put right that prove how: by a single change
// that makes checksum, place and structure right (format/checksum_correction.h), or by a
// block that was written to a wrong place and names the right one. Read-only. Blocks are
// looked at as they are read, so what is undamaged costs a checksum.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "persistent-data/format/checksum_correction.h"
#include "persistent-data/io/block_device.h"
#include "thin-tools/repair/input/torn_blocks.h"

namespace thin_tools {

// A block as it was put right.
struct corrected_block {
  pdata::metadata_block location = 0;
  std::string how;  // "bit 3 of byte 1000", "taken from block 17, where it was written to"
};

class corrected_device : public pdata::block_device {
 public:
  explicit corrected_device(pdata::block_device& device);
  ~corrected_device() override;

  pdata::metadata_block nr_blocks() const override { return device_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override;
  pdata::status write(pdata::metadata_block, std::span<const std::byte>) override {
    return pdata::status(EROFS);
  }
  pdata::status flush() override { return pdata::success; }

  // Reads the whole device, once, for blocks that were written to a wrong place. A damaged
  // block has it done when it is read. One of zeroes has not, and is left as it is until
  // then: what was never written is read in passing, too.
  void look_everywhere();

  // These blocks, as they stand there, are not what belongs there: what was written to a wrong
  // place and names the right one takes their place, if there is anything; else they read as
  // damaged from now on. What is disbelieved again is damaged for good. Not while another
  // thread reads.
  void disbelieve(const std::vector<pdata::metadata_block>& blocks);

  // Blocks of which exactly one other block says that it belongs there, ascending.
  std::vector<pdata::metadata_block> claimed_blocks();

  // Of the blocks that were read until now, ascending.
  std::vector<corrected_block> corrections() const;

 private:
  struct strays;

  bool correct(pdata::metadata_block location, pdata::block_span bytes);
  bool replace(pdata::metadata_block location, pdata::block_span bytes);
  bool take_stray(pdata::metadata_block location, pdata::block_span bytes);
  enum class disbelief : std::uint8_t { once, for_good };
  void read_disbelieved(pdata::metadata_block location, pdata::block_span bytes, disbelief how);
  bool take_torn(pdata::metadata_block location, pdata::block_span bytes);
  void find_strays();
  void note(pdata::metadata_block location, std::string how);

  pdata::block_device& device_;
  std::once_flag looking_;
  std::atomic<bool> has_looked_{false};
  std::unique_ptr<strays> strays_;
  std::unique_ptr<torn_blocks> torn_;
  mutable std::mutex mutex_;  // guards the corrections
  std::map<pdata::metadata_block, std::string> corrections_;
  std::map<pdata::metadata_block, disbelief> disbelieved_;
};

}  // namespace thin_tools
