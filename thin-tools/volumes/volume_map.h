// What a thin device has at each of its virtual blocks, as far as its metadata can be read:
// data, nothing, or something that is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/base/key_range.h"
#include "thin-tools/files/volume_survey.h"
#include "thin-tools/volumes/run_table.h"

namespace thin_tools {

// Virtual blocks whose mappings are lost, as far as they had any.
struct lost_part {
  pdata::key_range blocks;
  std::string reason;
};

class volume_map {
 public:
  enum class content : std::uint8_t {
    mapped,
    hole,  // reads as zeroes, or as the external origin
    lost,
  };
  struct segment {
    content what = content::hole;
    pdata::thin_block begin = 0;
    pdata::thin_block end = 0;         // of the last one: the largest number
    pdata::data_block data_begin = 0;  // of mapped blocks
  };
  // What is at a block, and how far it goes on from there.
  segment at(pdata::thin_block block) const;

  const volume_extent& extent() const { return extent_; }
  // How many mappings there should be, where that is known.
  const std::optional<std::uint64_t>& expected() const { return expected_; }
  std::uint64_t nr_missing() const;
  // More mappings are missing than the lost parts can have had: whatever is not mapped may
  // be lost.
  bool lost_anywhere() const { return lost_anywhere_; }
  bool whole() const { return lost_.empty() && !lost_anywhere_; }
  // The first of the parts, for people.
  const std::vector<lost_part>& lost_parts() const { return named_; }
  std::uint64_t nr_lost_parts() const { return nr_lost_parts_; }
  // One past the last block that is mapped, or known to be lost. None: what is lost has no
  // end that is known.
  std::optional<pdata::thin_block> known_end() const;

  const run_table& runs() const { return runs_; }

 private:
  friend class volume_map_builder;

  run_table runs_;
  std::vector<pdata::key_range> lost_;  // ascending, apart
  std::vector<lost_part> named_;
  std::uint64_t nr_lost_parts_ = 0;
  bool lost_anywhere_ = false;
  volume_extent extent_;
  std::optional<std::uint64_t> expected_;
};

class volume_map_builder {
 public:
  // Mappings to data blocks from there on cannot be true, and are lost.
  explicit volume_map_builder(std::uint64_t nr_data_blocks) : nr_data_blocks_(nr_data_blocks) {}

  void expect(std::optional<std::uint64_t> nr_mappings) { map_.expected_ = nr_mappings; }
  void add(const pdata::mapping_run& run);
  // In any order.
  void lose(lost_part part);
  void lose_anywhere() { map_.lost_anywhere_ = true; }

  volume_map finish();

 private:
  std::uint64_t capacity_of_lost() const;

  std::uint64_t nr_data_blocks_;
  volume_map map_;
};

}  // namespace thin_tools
