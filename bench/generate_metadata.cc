// Makes large metadata for benchmarks: devices with scattered mappings of their
// own, and mappings that all of them share as snapshots do. The result depends
// on the options alone.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "persistent-data/io/file_device.h"
#include "persistent-data/pool/pool_builder.h"
#include "persistent-data/pool/stream_validator.h"
#include "thin-tools/commands/command_line.h"
#include "thin-tools/generate/pool_shape.h"

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

struct wish {
  std::string output;
  std::uint64_t size_bytes;
  thin_tools::pool_shape shape;
};

wish read_wish(const thin_tools::command_line& line) {
  constexpr std::uint64_t many = std::uint64_t{1} << 32;
  wish wanted;
  wanted.output = line.required_value("output", "No output file provided.");
  wanted.size_bytes = line.number("size", 1 << 14).value_or(512) << 20;
  wanted.shape.nr_devices = line.number("devices", 1 << 24).value_or(8);
  wanted.shape.own = line.number("mappings", many).value_or(1000000);
  wanted.shape.shared = line.number("shared", many).value_or(0);
  wanted.shape.run_length =
      std::max<std::uint64_t>(1, line.number("run-length", 1 << 20).value_or(1));
  wanted.shape.seed = line.number("seed").value_or(1);
  line.expect_no_operands();
  return wanted;
}

void generate(const wish& wanted) {
  std::ofstream(wanted.output, std::ios::trunc).close();
  std::filesystem::resize_file(wanted.output, wanted.size_bytes);
  pdata::file_device device(wanted.output, pdata::access::write_exclusive);
  pdata::pool_builder builder(device, {});
  pdata::stream_validator proven(builder);
  thin_tools::stream_shape(wanted.shape, proven);
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
      generate(read_wish(line));
    }
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", syntax.name, e.what());
    return 1;
  }
}
