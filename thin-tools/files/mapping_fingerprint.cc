#include "thin-tools/files/mapping_fingerprint.h"

#include <optional>

#include "persistent-data/stream/pool_reader.h"

namespace thin_tools {

namespace {

struct fingerprint_sink : pdata::metadata_sink {
  explicit fingerprint_sink(std::uint32_t sectors) : block_sectors(sectors) {}

  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id device, const pdata::device_details&) override {
    current = device;
    open.emplace(block_sectors);
  }
  void end_device() override { found.emplace(current, open->value()); }
  void run(const pdata::mapping_run& mappings) override { open->add(mappings); }
  void ref(const std::string&) override {}

  std::uint32_t block_sectors;
  pdata::device_id current = 0;
  std::optional<mapping_fingerprint> open;
  std::map<pdata::device_id, digest_value> found;
};

}  // namespace

void mapping_fingerprint::add(const pdata::mapping_run& run) {
  if (open_.length != 0 && run.begin == open_.begin + open_.length &&
      run.data_begin == open_.data_begin + open_.length) {
    open_.length += run.length;
    return;
  }
  close();
  open_ = run;
}

digest_value mapping_fingerprint::value() {
  close();
  return digest_.value();
}

void mapping_fingerprint::close() {
  if (open_.length == 0) return;
  digest_.add_u64(open_.begin);
  digest_.add_u64(open_.data_begin);
  digest_.add_u64(open_.length);
  open_.length = 0;
}

std::map<pdata::device_id, digest_value> find_fingerprints(pdata::batch_reader& reader,
                                                           const pdata::pool_layout& layout,
                                                           pdata::damage_sink& sink) {
  fingerprint_sink fingerprints(layout.chosen().data_block_size);
  if (!pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.chosen()), {},
                          fingerprints, sink))
    return {};
  return std::move(fingerprints.found);
}

}  // namespace thin_tools
