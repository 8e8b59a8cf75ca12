// The fingerprint of a thin device: a digest of where its blocks are.
//
// It is the XXH3 of 128 bits of numbers of eight bytes, the least significant first: the data block
// size in sectors; then for each run, in ascending order of virtual blocks, its first virtual
// block, its first data block and its length in blocks. Runs are as long as they can be,
// whatever leaves and times their mappings are of. Two devices of a pool have the same
// fingerprint where each virtual block of one is the same data block of the other.
#pragma once

#include <map>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/metadata_stream.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/files/digest.h"

namespace thin_tools {

class mapping_fingerprint {
 public:
  explicit mapping_fingerprint(std::uint32_t data_block_sectors) {
    digest_.add_u64(data_block_sectors);
  }

  // In ascending order; the times do not count.
  void add(const pdata::mapping_run& run);
  digest_value value();

 private:
  void close();

  digest digest_;
  pdata::mapping_run open_;  // length 0: none
};

// Of every device that can be read; none of them where damage hides any, which goes to the sink.
std::map<pdata::device_id, digest_value> find_fingerprints(pdata::batch_reader& reader,
                                                           const pdata::pool_layout& layout,
                                                           pdata::damage_sink& sink);

}  // namespace thin_tools
