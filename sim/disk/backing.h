// Where a disk keeps what is durable: memory or a file.
#pragma once

#include <string>

#include "persistent-data/base/status.h"
#include "persistent-data/io/file_handle.h"
#include "sim/disk/block_store.h"
#include "sim/disk/extent_map.h"
#include "thin-tools/gate/gate.h"

namespace sim {

class backing {
 public:
  virtual ~backing() = default;
  virtual sector size() const = 0;
  // Delivers the range in order, `offset` counted from `first`.
  virtual pdata::status read(sector first, sector count, sector offset, const content_sink& to) = 0;
  virtual pdata::status write(sector first, sector count, const content& what) = 0;

  // Whether it takes metadata blocks that it seals when they are read; these are of 8 sectors.
  virtual bool takes_unsealed() const { return false; }
  virtual void write_unsealed(const pdata::unsealed_block&) {}
};

// Sectors that were never written are zero and cost nothing.
class memory_backing : public backing {
 public:
  explicit memory_backing(sector size) : size_(size) {}
  sector size() const override { return size_; }
  pdata::status read(sector first, sector count, sector offset, const content_sink& to) override;
  pdata::status write(sector first, sector count, const content& what) override;
  bool takes_unsealed() const override { return true; }
  void write_unsealed(const pdata::unsealed_block& block) override;
  std::size_t nr_runs() const { return extents_.nr_runs() + blocks_.nr_blocks(); }

 private:
  void write_run(sector first, sector count, const content& what);
  void write_bytes(sector first, sector count, const content& what);
  void read_block(block_store::block_number block, sector first, sector end, sector offset,
                  const content_sink& to) const;

  sector size_;
  extent_map extents_;  // where there is no block
  block_store blocks_;
};

// A regular file or a block device, changed in place. Bytes behind the last
// whole sector are not part of the device. What is durable to the simulated
// machine is in the file, but the host may still have to write it.
class file_backing : public backing {
 public:
  // Opens; with a size the file is created, or resized to it. Throws
  // pdata::error naming the file and the reason.
  explicit file_backing(thin_tools::pass admitted);
  file_backing(thin_tools::pass admitted, sector create_with_size);

  sector size() const override { return size_; }
  pdata::status read(sector first, sector count, sector offset, const content_sink& to) override;
  pdata::status write(sector first, sector count, const content& what) override;

 private:
  void open(int flags);
  bool zero(sector first, sector count);

  thin_tools::pass admitted_;
  std::string path_;
  pdata::file_handle file_;
  bool is_regular_ = false;
  sector size_ = 0;
};

}  // namespace sim
