// Pack file to metadata. The file is untrusted: every length is bounded by what
// is there, every block number by the header, memory by a bit for each block.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/io/file_handle.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

class pack_file {
 public:
  // Opens a file and reads its header and the positions of its chunks. Throws
  // error: no such file, not a pack file, another version or block size, a
  // length beyond the end of the file.
  explicit pack_file(const pass& admitted);

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Consecutive blocks, 64 at most. Called from several threads; the blocks may be changed.
  using run_receiver = std::function<void(pdata::metadata_block first, std::span<std::byte>)>;

  // Decodes every record on all cores. Throws error if anything is damaged: an
  // unsound zlib stream or instruction, a block out of range or named twice.
  void for_each_run(const run_receiver& receive) const;

 private:
  struct chunk {
    std::uint64_t offset;
    std::uint64_t length;
  };

  pdata::error not_a_pack_file() const;
  void read_header();
  void find_chunks();
  void read_at(std::uint64_t offset, std::span<std::byte> to) const;

  pass admitted_;
  std::string path_;
  pdata::file_handle file_;
  std::uint64_t size_ = 0;
  std::uint64_t nr_blocks_ = 0;
  std::vector<chunk> chunks_;
};

}  // namespace thin_tools
