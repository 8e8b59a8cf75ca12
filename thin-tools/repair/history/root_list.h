// Everything on a metadata device that may be the root of a top level tree or of
// a details tree: the pool's own, those of a metadata snapshot, and those of
// states that copy-on-write left behind.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "thin-tools/repair/history/candidate_pairs.h"

namespace thin_tools {

struct listed_root {
  pdata::metadata_block location = 0;
  std::uint64_t nr_devices = 0;
  std::uint64_t nr_mappings = 0;  // in the trees; for details: what they say
  std::uint64_t nr_damaged = 0;   // devices with damaged trees
  std::uint32_t newest_time = 0;  // of details
  std::uint64_t newest_transaction = 0;
  std::string used_by;  // "superblock", "metadata snapshot" or nothing
};

struct root_list {
  std::vector<listed_root> mapping_roots;  // most mappings first
  std::vector<listed_root> details_roots;
  std::vector<root_pair> pairs;  // that agree with each other, newest first
  // What each of the first pairs would give, by device: mappings.
  std::vector<std::map<pdata::device_id, std::uint64_t>> given;
  // What a repair takes where no roots are given; either may be lost.
  std::optional<pdata::metadata_block> chosen_mapping_root;
  std::optional<pdata::metadata_block> chosen_details_root;
  std::vector<std::string> reasons;  // for that, and what speaks against it
  std::string undecided;             // why it takes none
};

root_list list_roots(pdata::batch_reader& reader);

std::string describe(const root_list& roots);
std::string root_list_json(const root_list& roots);

}  // namespace thin_tools
