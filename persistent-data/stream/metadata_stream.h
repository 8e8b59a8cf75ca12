// The contents of a pool as a stream of events, where readers and writers of
// metadata meet: a reader (binary metadata, XML, JSON, a repair plan) calls a
// sink (XML, JSON, text, a builder of binary metadata).
//
//   stream  := begin_superblock def* device* end_superblock
//   def     := begin_def mapping* end_def
//   device  := begin_device (mapping | ref)* end_device
//
// Devices come in ascending order of id, mappings in ascending order of virtual
// block, also across refs. A def holds mappings that several devices share; it
// is inserted into a device by a ref. Runs are maximal within the def or device
// where they stand.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/device_details.h"

namespace pdata {

struct stream_superblock {
  std::string uuid;  // as text; both peers print it empty
  std::uint32_t time = 0;
  std::uint64_t transaction_id = 0;
  std::uint32_t flags = 0;
  std::uint32_t version = 2;
  std::uint32_t data_block_size = 0;  // sectors
  std::uint64_t nr_data_blocks = 0;
};

// Consecutive virtual blocks on consecutive data blocks, mapped at one time.
struct mapping_run {
  thin_block begin = 0;
  data_block data_begin = 0;
  std::uint64_t length = 0;  // > 0
  std::uint32_t time = 0;

  friend bool operator==(const mapping_run&, const mapping_run&) = default;
};

// Where in its text the reader of a stream is: it says so before each event but
// the ends.
struct stream_position {
  std::uint64_t line = 0;  // 0: not known
};

class metadata_sink {
 public:
  virtual ~metadata_sink() = default;
  virtual void begin_superblock(const stream_superblock& superblock) = 0;
  virtual void end_superblock() = 0;
  virtual void begin_def(const std::string& name) = 0;
  virtual void end_def() = 0;
  virtual void begin_device(device_id device, const device_details& details) = 0;
  virtual void end_device() = 0;
  virtual void run(const mapping_run& mappings) = 0;
  virtual void ref(const std::string& name) = 0;

  // Runs that follow each other, each on a line of its own from the position on: true if the
  // sink took them all at once. False if it took none, since that is no cheaper, or something is
  // wrong with one: they come one by one then.
  virtual bool runs(std::span<const mapping_run>) { return false; }

  // A sink that makes text of each run alone may have it made ahead of time, by
  // several threads at once: render() gives the text of runs that follow an
  // earlier run of the same def or device, rendered_runs() takes it back in its
  // turn, in place of run().
  virtual bool renders_runs() const { return false; }
  virtual std::string render(std::span<const mapping_run>) const { return {}; }
  virtual void rendered_runs(std::string_view) {}
};

}  // namespace pdata
