// Puts a stream into the order of metadata_stream.h whose defs, devices and
// mappings come in any order. The memory it takes is bounded but for the defs:
// their names are kept.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "persistent-data/io/external_sorter.h"
#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

// A stream whose every ref names a def that ended before it (stream_validator.h,
// stream_order::any).
class stream_sorter : public metadata_sink {
 public:
  // `position`: where each event stands that comes in.
  explicit stream_sorter(const stream_position& position) : position_(position) {}

  void begin_superblock(const stream_superblock& superblock) override;
  void end_superblock() override {}
  void begin_def(const std::string& name) override;
  void end_def() override {}
  void begin_device(device_id device, const device_details& details) override;
  void end_device() override {}
  void run(const mapping_run& mappings) override;
  void ref(const std::string& name) override;

  // The whole stream in order; `position` follows, for the sink. Devices that
  // are there twice, and mappings that overlap, come one after the other: for
  // the sink to refuse. What it throws gets its line. To be called once.
  void send(metadata_sink& to, stream_position& position);

 private:
  enum class kind : std::uint8_t { beginning, run, ref };

  // An event other than an end. What the numbers are is up to the kind.
  struct event {
    std::uint64_t device = 0;     // the id; 0 in a def
    std::uint64_t container = 0;  // which def or device of the stream
    thin_block at = 0;            // the first block that it maps
    std::uint64_t line = 0;
    std::uint64_t long_numbers[2] = {};
    std::uint32_t short_numbers[2] = {};
    bool in_device = false;
    kind what = kind::beginning;

    bool operator<(const event& other) const;
  };
  struct def {
    std::string name;
    thin_block first = 0;
    bool has_mappings = false;
  };
  class sender;

  event here(kind what, thin_block at) const;

  const stream_position& position_;
  stream_superblock superblock_;
  std::vector<def> defs_;
  std::unordered_map<std::string, std::size_t> def_of_;  // by name
  event open_;                                           // the beginning of the open container
  std::uint64_t nr_containers_ = 0;
  external_sorter<event> events_;
};

}  // namespace pdata
