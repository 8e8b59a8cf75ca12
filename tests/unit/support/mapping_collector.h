// A sink that gathers what each device of a stream maps, refs expanded, and
// requires of the stream what metadata_stream.h promises.
#pragma once

#include <rapidcheck.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/stream/mapping_runs.h"

namespace test_support {

class mapping_collector : public pdata::metadata_sink {
 public:
  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override { complete = true; }
  void begin_def(const std::string& name) override {
    RC_ASSERT(devices.empty());
    RC_ASSERT(!defs.contains(name));
    runs_ = &defs[name];
    last_ = std::nullopt;
  }
  void end_def() override { runs_ = nullptr; }
  void begin_device(pdata::device_id device, const pdata::device_details& of_it) override {
    if (!devices.empty()) RC_ASSERT(devices.rbegin()->first < device);
    table_ = &devices[device];
    details[device] = of_it;
    last_ = std::nullopt;
  }
  void end_device() override { table_ = nullptr; }
  void run(const pdata::mapping_run& run) override {
    RC_ASSERT(run.length > 0);
    if (last_) RC_ASSERT(!pdata::continues(*last_, run));  // runs are maximal
    last_ = run;
    if (runs_ != nullptr)
      runs_->push_back(run);
    else
      add(run);
  }
  void ref(const std::string& name) override {
    ++nr_refs[name];
    last_ = std::nullopt;
    for (const auto& run : defs.at(name)) add(run);
  }

  std::map<pdata::device_id, std::map<pdata::thin_block, pdata::mapping>> devices;
  std::map<pdata::device_id, pdata::device_details> details;
  std::map<std::string, std::vector<pdata::mapping_run>> defs;
  std::map<std::string, int> nr_refs;
  bool complete = false;

 private:
  void add(const pdata::mapping_run& run) {
    if (!table_->empty()) RC_ASSERT(table_->rbegin()->first < run.begin);
    for (std::uint64_t i = 0; i < run.length; ++i)
      (*table_)[run.begin + i] = {run.data_begin + i, run.time};
  }

  std::map<pdata::thin_block, pdata::mapping>* table_ = nullptr;
  std::vector<pdata::mapping_run>* runs_ = nullptr;
  std::optional<pdata::mapping_run> last_;
};

}  // namespace test_support
