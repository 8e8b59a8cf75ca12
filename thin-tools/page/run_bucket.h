// Runs of data blocks that follow each other on the thin and on the data device, by length.
#pragma once

#include <cstdint>

namespace thin_tools::page {

// Bucket b holds the runs of 2^b to 2^(b+1)-1 blocks.
struct run_bucket {
  std::uint64_t runs = 0;
  std::uint64_t blocks = 0;
};

}  // namespace thin_tools::page
