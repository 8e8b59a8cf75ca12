// A stream put aside in a compact form, to be played again any number of times.
#pragma once

#include <array>

#include "persistent-data/io/spool_file.h"
#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

class stream_spool : public metadata_sink {
 public:
  // `position`: where each event stands that comes in, to be passed on in a replay.
  explicit stream_spool(const stream_position* position = nullptr) : position_(position) {}

  void begin_superblock(const stream_superblock& superblock) override;
  void end_superblock() override;
  void begin_def(const std::string& name) override;
  void end_def() override;
  void begin_device(device_id device, const device_details& details) override;
  void end_device() override;
  void run(const mapping_run& mappings) override;
  bool runs(std::span<const mapping_run> all) override;
  void ref(const std::string& name) override;

  bool has_defs() const { return has_defs_; }

  // The whole stream, as it came in. `position` is kept at the event's.
  void replay(metadata_sink& sink, stream_position* position = nullptr) const;

 private:
  void put_position();
  void put_run(const mapping_run& mappings);
  void put(std::uint64_t number);
  void put_tag(std::uint8_t tag);
  void put_text(const std::string& text);
  void send();

  spool_file spool_;
  // What is being written of an event, a tag, six numbers and the line at most, or of many runs.
  static constexpr std::size_t record_bytes_max = 96;
  std::array<std::byte, 4096> record_{};
  std::size_t record_bytes_ = 0;
  mapping_run previous_;  // runs are stored by what changes
  const stream_position* position_;
  std::uint64_t last_line_ = 0;
  bool has_defs_ = false;
};

}  // namespace pdata
