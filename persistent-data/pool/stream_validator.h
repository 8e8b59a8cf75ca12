// Proves a stream that comes from outside before anything is made of it, and
// passes it on. Everything that would corrupt metadata or lose something is
// refused by an error that says why; who reads the stream adds where.
//
// Runs without length are dropped. mapped_blocks must be what the mappings add
// up to.
#pragma once

#include <optional>
#include <unordered_map>

#include "persistent-data/pool/metadata_stream.h"

namespace pdata {

class stream_validator : public metadata_sink {
 public:
  explicit stream_validator(metadata_sink& next) : next_(next) {}

  void begin_superblock(const stream_superblock& superblock) override;
  void end_superblock() override;
  void begin_def(const std::string& name) override;
  void end_def() override;
  void begin_device(device_id device, const device_details& details) override;
  void end_device() override;
  void run(const mapping_run& mappings) override;
  void ref(const std::string& name) override;

  // The whole stream was seen. Throws if it was not.
  void expect_complete() const;

 private:
  enum class place : std::uint8_t { before, pool, def, device, after };

  // The virtual blocks of a def or device so far.
  struct extent {
    std::uint64_t nr_mappings = 0;
    thin_block first = 0;  // meaningful if there are mappings
    thin_block last = 0;

    void append(thin_block begin, thin_block end, std::uint64_t count);
  };

  metadata_sink& next_;
  place place_ = place::before;
  std::uint64_t nr_data_blocks_ = 0;
  std::unordered_map<std::string, extent> defs_;
  std::string open_def_;
  extent extent_;
  device_details details_;
  std::optional<device_id> last_device_;
};

}  // namespace pdata
