// Makes large metadata for benchmarks: devices with scattered mappings of their
// own, and mappings that all of them share as snapshots do. The result depends
// on the options alone.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/io/file_device.h"
#include "persistent-data/pool/pool_builder.h"
#include "persistent-data/pool/stream_validator.h"
#include "thin-tools/commands/command_line.h"

namespace {

using thin_tools::argument;

constexpr thin_tools::option_row options[] = {
    {'o', "output", argument::required, "FILE", "file to make"},
    {'s', "size", argument::required, "MIB", "size of the metadata (512)"},
    {'d', "devices", argument::required, "N", "devices (8)"},
    {'m', "mappings", argument::required, "N", "mappings of each device alone (1000000)"},
    {0, "shared", argument::required, "N", "mappings that all devices share (0)"},
    {'r', "run-length", argument::required, "N", "mean length of runs (1: all scattered)"},
    {0, "seed", argument::required, "N", "another pool of the same shape (1)"},
};
constexpr thin_tools::command_syntax syntax{
    "generate_metadata", "Make large thin provisioning metadata for benchmarks.", "", options};

struct shape {
  std::string output;
  std::uint64_t size_bytes;
  std::uint64_t nr_devices;
  std::uint64_t own;
  std::uint64_t shared;
  std::uint64_t run_length;
  std::uint64_t seed;
};

class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint64_t up_to(std::uint64_t limit) { return 1 + next() % limit; }

 private:
  std::uint64_t next() {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
  }
  std::uint64_t state_;
};

// Data blocks, each given out once, in extents that lie about in no order.
class scattered_blocks {
 public:
  scattered_blocks(std::uint64_t nr_extents, std::uint64_t extent_blocks)
      : nr_extents_(nr_extents | 1), extent_blocks_(extent_blocks) {}

  std::uint64_t nr_blocks() const { return nr_extents_ * extent_blocks_; }
  pdata::data_block next_extent() {
    // The step has no factor in common with the odd number of extents.
    position_ = (position_ + step_) % nr_extents_;
    REQUIRE(++given_ <= nr_extents_);
    return position_ * extent_blocks_;
  }

  // A power of two near the golden section of the range: neighbours part.
  void spread() {
    while (step_ * 2 < nr_extents_) step_ *= 2;
  }

 private:
  std::uint64_t nr_extents_;
  std::uint64_t extent_blocks_;
  std::uint64_t step_ = 1;
  std::uint64_t position_ = 0;
  std::uint64_t given_ = 0;
};

class generator {
 public:
  generator(const shape& wanted, pdata::metadata_sink& sink)
      : wanted_(wanted),
        sink_(sink),
        random_(wanted.seed),
        longest_run_(2 * wanted.run_length - 1),
        blocks_(wanted.nr_devices * wanted.own + wanted.shared + 1, longest_run_) {
    blocks_.spread();
  }

  void generate() {
    pdata::stream_superblock pool;
    pool.time = 1;
    pool.transaction_id = wanted_.nr_devices;
    pool.data_block_size = 128;
    pool.nr_data_blocks = blocks_.nr_blocks();
    sink_.begin_superblock(pool);
    if (wanted_.shared != 0) {
      sink_.begin_def("shared");
      mappings(wanted_.shared, 0, 0);
      sink_.end_def();
    }
    const pdata::thin_block after_shared = virtual_block_;
    for (std::uint64_t device = 1; device <= wanted_.nr_devices; ++device) {
      sink_.begin_device(device, {wanted_.shared + wanted_.own, device - 1, 0, 1});
      if (wanted_.shared != 0) sink_.ref("shared");
      mappings(wanted_.own, after_shared, 1);
      sink_.end_device();
    }
    sink_.end_superblock();
  }

 private:
  void mappings(std::uint64_t count, pdata::thin_block first, std::uint32_t time) {
    constexpr std::uint64_t longest_gap = 15;
    virtual_block_ = first;
    while (count != 0) {
      const std::uint64_t length = std::min(count, random_.up_to(longest_run_));
      sink_.run({virtual_block_, blocks_.next_extent(), length, time});
      virtual_block_ += length + random_.up_to(longest_gap);
      count -= length;
    }
  }

  const shape& wanted_;
  pdata::metadata_sink& sink_;
  random_source random_;
  std::uint64_t longest_run_;
  scattered_blocks blocks_;
  pdata::thin_block virtual_block_ = 0;
};

shape read_shape(const thin_tools::command_line& line) {
  constexpr std::uint64_t many = std::uint64_t{1} << 32;
  shape wanted;
  wanted.output = line.required_value("output", "No output file provided.");
  wanted.size_bytes = line.number("size", 1 << 14).value_or(512) << 20;
  wanted.nr_devices = line.number("devices", 1 << 24).value_or(8);
  wanted.own = line.number("mappings", many).value_or(1000000);
  wanted.shared = line.number("shared", many).value_or(0);
  wanted.run_length = std::max<std::uint64_t>(1, line.number("run-length", 1 << 20).value_or(1));
  wanted.seed = line.number("seed").value_or(1);
  line.expect_no_operands();
  return wanted;
}

void generate(const shape& wanted) {
  std::ofstream(wanted.output, std::ios::trunc).close();
  std::filesystem::resize_file(wanted.output, wanted.size_bytes);
  pdata::file_device device(wanted.output, pdata::access::write_exclusive);
  pdata::pool_builder builder(device, {});
  pdata::stream_validator proven(builder);
  generator(wanted, proven).generate();
  fmt::print("{}: the pool needs {} blocks, there are {}\n", wanted.output, builder.blocks_needed(),
             device.nr_blocks());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const thin_tools::command_line line(syntax, std::vector<std::string>(argv + 1, argv + argc));
    if (line.has("help")) {
      fmt::print("{}", usage_text(syntax));
    } else {
      generate(read_shape(line));
    }
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", syntax.name, e.what());
    return 1;
  }
}
