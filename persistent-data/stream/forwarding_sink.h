// A stream passed on as it is: the base of sinks that change one thing.
#pragma once

#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

class forwarding_sink : public metadata_sink {
 public:
  explicit forwarding_sink(metadata_sink& next) : next_(next) {}

  void begin_superblock(const stream_superblock& superblock) override {
    next_.begin_superblock(superblock);
  }
  void end_superblock() override { next_.end_superblock(); }
  void begin_def(const std::string& name) override { next_.begin_def(name); }
  void end_def() override { next_.end_def(); }
  void begin_device(device_id device, const device_details& details) override {
    next_.begin_device(device, details);
  }
  void end_device() override { next_.end_device(); }
  void run(const mapping_run& mappings) override { next_.run(mappings); }
  void ref(const std::string& name) override { next_.ref(name); }

 protected:
  metadata_sink& next() { return next_; }

 private:
  metadata_sink& next_;
};

}  // namespace pdata
