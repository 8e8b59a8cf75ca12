// The pool that volumes are copied from: metadata and data device, open.
#pragma once

#include <optional>
#include <string>

#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/transfer/source_volume.h"

namespace thin_tools {

struct source_names {
  std::string metadata;
  std::string data;
  bool metadata_snapshot = false;  // of a pool that is active
};

class opened_source {
 public:
  // Throws error where they cannot be read, or damage is in the way.
  explicit opened_source(const source_names& names);

  const data_device& data() const { return data_; }
  std::uint32_t block_sectors() const { return pool_.layout.chosen().data_block_size; }
  std::uint64_t transaction_id() const { return pool_.layout.chosen().transaction_id; }

  // See find_volume. Throws error also where the data device ends before the volume's blocks.
  source_volume volume(pdata::device_id device, std::optional<std::uint64_t> volume_bytes);
  // The fingerprint of a device's mappings as the active pool has committed them last; none where
  // it committed while they were read. For a device that nobody writes to: what changes
  // nevertheless while it is read is damage here.
  std::optional<digest_value> committed_fingerprint(pdata::device_id device);
  // A remark on the size of the data device; empty: none.
  std::string remark() const;

 private:
  pool_extent extent(pdata::data_block end) const;

  // Both are let in before either is opened.
  pass metadata_pass_;
  pass data_pass_;
  pdata::refusing_sink damage_;
  opened_pool pool_;
  data_device data_;
};

}  // namespace thin_tools
