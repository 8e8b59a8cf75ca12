// A number for all that a pool's metadata says: it tells pools apart, and guards
// against nothing.
#pragma once

#include <cstdint>

#include "persistent-data/stream/metadata_stream.h"

namespace thin_tools {

// FNV-1a over numbers.
class number_hash {
 public:
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
      hash_ = (hash_ ^ (number >> shift & 0xff)) * 0x100000001b3;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

class pool_digest : public pdata::metadata_sink {
 public:
  void begin_superblock(const pdata::stream_superblock& superblock) override {
    transaction_id_ = superblock.transaction_id;
    time_ = superblock.time;
    hash_.add(superblock.data_block_size);
    hash_.add(superblock.nr_data_blocks);
  }
  void end_superblock() override {}
  void begin_def(const std::string& name) override { add(name); }
  void end_def() override {}
  void begin_device(pdata::device_id device, const pdata::device_details& details) override {
    for (const std::uint64_t number :
         {device.value(), details.mapped_blocks, details.transaction_id,
          std::uint64_t{details.creation_time}, std::uint64_t{details.snapshotted_time}})
      hash_.add(number);
  }
  void end_device() override {}
  void run(const pdata::mapping_run& run) override {
    for (const std::uint64_t number :
         {run.begin.value(), run.data_begin.value(), run.length, std::uint64_t{run.time}})
      hash_.add(number);
  }
  void ref(const std::string& name) override { add(name); }

  std::uint64_t transaction_id() const { return transaction_id_; }
  std::uint32_t time() const { return time_; }
  std::uint64_t value() const { return hash_.value(); }

 private:
  void add(const std::string& text) {
    for (const char c : text) hash_.add(static_cast<unsigned char>(c));
  }

  number_hash hash_;
  std::uint64_t transaction_id_ = 0;
  std::uint32_t time_ = 0;
};

}  // namespace thin_tools
