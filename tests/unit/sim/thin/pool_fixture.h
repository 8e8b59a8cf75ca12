// A machine with a pool, for tests: requests, contents and the metadata's check.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "persistent-data/io/memory_device.h"
#include "sim/thin/machine.h"
#include "sim/thin/metadata_view.h"
#include "thin-tools/check/check.h"

namespace sim {

inline constexpr sector block = 128;
inline constexpr sector metadata_sectors = 8 * 1024;

class pool_machine {
 public:
  explicit pool_machine(sector data_sectors, const std::string& features = "0",
                        const pool_settings& settings = {})
      : m(settings),
        metadata(m.add_disk("/dev/meta", std::make_unique<memory_backing>(metadata_sectors))),
        data(m.add_disk("/dev/data", std::make_unique<memory_backing>(4 * data_sectors))) {
    EXPECT_TRUE(create_pool(data_sectors, features).ok());
  }

  pdata::status create_pool(sector data_sectors, const std::string& features = "0") {
    const table_line line{0, data_sectors, "thin-pool", "/dev/meta /dev/data 128 0 " + features};
    return m.create("pool", std::span(&line, 1));
  }
  pdata::status reload_pool(sector data_sectors, const std::string& features = "0") {
    const table_line line{0, data_sectors, "thin-pool", "/dev/meta /dev/data 128 0 " + features};
    const auto r = m.load("pool", std::span(&line, 1));
    return r.ok() ? m.resume("pool") : r;
  }
  pdata::status create_thin(int id, sector size) {
    m.message("pool", 0, "create_thin " + std::to_string(id)).ignore();
    return open_thin(id, size);
  }
  pdata::status open_thin(int id, sector size) {
    const table_line line{0, size, "thin", "/dev/mapper/pool " + std::to_string(id)};
    return m.create(name(id), std::span(&line, 1));
  }
  static std::string name(int id) { return "thin" + std::to_string(id); }
  device& thin(int id) { return *m.find(name(id)); }

  int write(int id, sector first, sector count, std::uint64_t seed, bool sync = true) {
    auto r = perform(m, thin(id),
                     block_request::write(first, count, content::stamped(seed, first),
                                          sync ? write_kind::fua : write_kind::cached));
    return r.errno_value();
  }
  int discard(int id, sector first, sector count) {
    return perform(m, thin(id), block_request::discard(first, count)).errno_value();
  }
  int flush(int id) { return perform(m, thin(id), block_request::flush()).errno_value(); }

  // The seed of every sector; 0 for zeroes. Empty if the read fails.
  std::vector<std::uint64_t> read(int id, sector first, sector count) {
    std::vector<std::uint64_t> seeds(count, 0);
    const content_sink sink = [&](sector offset, sector n, const content& what) {
      for (sector i = 0; i < n; ++i) seeds.at(offset + i) = what.seed();
    };
    const auto r = perform(m, thin(id), block_request::read(first, count, &sink));
    return r.ok() ? seeds : std::vector<std::uint64_t>();
  }

  std::string pool_status() { return m.report("pool", status_kind::info)->at(0).text; }
  std::string thin_status(int id) { return m.report(name(id), status_kind::info)->at(0).text; }

  machine m;
  disk& metadata;
  disk& data;
};

// The metadata on a machine's disk; one thread at a time is what it stands.
inline thin_tools::check_report check_metadata(machine& m, disk& on) {
  pdata::memory_device copy(on.size() / 8);
  metadata_view view(m, on);
  for (pdata::metadata_block b = 0; b < copy.nr_blocks(); ++b)
    EXPECT_TRUE(view.read(b, copy.at(b).bytes).ok());
  return thin_tools::check(copy, "metadata", {});
}

}  // namespace sim
