// The runs of mappings of one device in little memory, and found by virtual block: a few
// bytes for a run, whatever its length. Runs that go on where the one before ends are one,
// whenever they were mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "persistent-data/base/ids.h"

namespace thin_tools {

class run_table {
 public:
  // In ascending order, without overlap, else throws error; nothing is found before finish().
  // What lies beyond blocks_max is left out: no volume is so large.
  static constexpr pdata::thin_block blocks_max = std::uint64_t{1} << 63;
  void add(pdata::thin_block begin, pdata::data_block data_begin, std::uint64_t length);
  void finish();

  // The run that a block is in, or the gap between runs.
  struct part {
    bool mapped = false;
    pdata::thin_block begin = 0;
    pdata::thin_block end = UINT64_MAX;  // of the last gap: the largest number
    pdata::data_block data_begin = 0;    // of a run: where `begin` is
  };
  part find(pdata::thin_block block) const;

  std::uint64_t nr_runs() const { return nr_runs_; }
  std::size_t bytes() const;

 private:
  struct run {
    pdata::thin_block begin = 0;
    std::uint64_t length = 0;
    pdata::data_block data_begin = 0;

    pdata::thin_block end() const { return begin + length; }
  };
  // So many runs are decoded, one after the other, to find one.
  static constexpr std::uint64_t chunk_runs = 64;
  struct chunk {
    pdata::thin_block begin = 0;  // of its first run
    std::uint64_t at = 0;         // where its bytes begin
  };

  void put(std::uint64_t number);
  void put_run(const run& next);

  std::vector<chunk> chunks_;
  std::vector<std::uint8_t> encoded_;
  std::uint64_t nr_runs_ = 0;
  run open_;  // the last one, which may go on
  run last_;  // that was encoded
};

}  // namespace thin_tools
