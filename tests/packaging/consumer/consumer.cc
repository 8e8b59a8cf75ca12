// Opens metadata, lists devices and mappings, reports damage: what a program that
// embeds the library does.
#include <fcntl.h>

#include <iostream>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/file_device.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/pool_layout.h"

struct lister : pdata::metadata_sink {
  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id id, const pdata::device_details& details) override {
    std::cout << "device " << id << ": " << details.mapped_blocks << " blocks\n";
  }
  void end_device() override {}
  void run(const pdata::mapping_run& run) override {
    std::cout << "  " << run.begin << " -> " << run.data_begin << " (" << run.length << ")\n";
  }
  void ref(const std::string&) override {}
};

int main(int, char** argv) try {
  auto opened = pdata::file_handle::open(argv[1], O_RDONLY);
  if (!opened.ok()) pdata::throw_errno("Couldn't open", argv[1], opened.errno_value());
  pdata::file_device device(argv[1], std::move(*opened));
  pdata::damage_list damage;
  const auto layout = pdata::read_layout(device, argv[1], {}, damage);
  pdata::batch_reader reader(device);
  lister out;
  pdata::stream_options options;
  options.salvage = true;
  const bool whole = pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.active),
                                        options, out, damage);
  for (const auto& finding : damage.findings) std::cout << pdata::describe(finding) << "\n";
  return whole && damage.findings.empty() ? 0 : 1;
} catch (const pdata::error& e) {
  std::cerr << e.what() << "\n";
  return 1;
}
