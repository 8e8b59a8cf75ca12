// How far an interrupted shrink came, bound to what it moved: the plan, the metadata
// that the plan was made from, and the contents that were copied.
//
//   thin_shrink 2
//   plan HEX transaction N time N mappings HEX
//   INDEX BLOCKS CRC      a line for each batch that is durably moved; the last of an
//                         index counts, and a line that is cut off does not
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "thin-tools/files/output_file.h"
#include "thin-tools/shrink/pool_digest.h"
#include "thin-tools/shrink/shrink_plan.h"

namespace thin_tools {

struct moved_batch {
  std::uint64_t nr_blocks = 0;  // data blocks
  std::uint32_t checksum = 0;   // CRC-32C of what was copied

  friend bool operator==(const moved_batch&, const moved_batch&) = default;
};

class move_journal {
 public:
  // No pass: nothing is kept. Reads what is there. Throws error if that is no journal,
  // or belongs to another plan or other metadata.
  move_journal(std::optional<pass> file, const shrink_plan& plan, const pool_digest& pool);

  // By their index in the plan's order, without a gap.
  const std::map<std::uint64_t, moved_batch>& done() const { return done_; }
  std::uint64_t blocks_done() const;
  // Durable on return.
  void record(std::uint64_t index, const moved_batch& batch);
  void remove() const;
  std::string path() const { return file_ ? file_->path() : ""; }

 private:
  void read();
  void begin();

  std::optional<pass> file_;
  std::string title_;
  std::map<std::uint64_t, moved_batch> done_;
  std::unique_ptr<output_file> out_;
};

}  // namespace thin_tools
