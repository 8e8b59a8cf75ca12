#include "thin-tools/report/output_device.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"

namespace thin_tools {

namespace {

// An empty pool and a device fit, barely.
constexpr std::uint64_t smallest_output_bytes = 10 * pdata::block_size;

}  // namespace

std::unique_ptr<pdata::file_device> open_output_device(const std::string& path) {
  auto device = std::make_unique<pdata::file_device>(path, pdata::access::write_exclusive);
  if (device->size_bytes() == 0)
    throw pdata::error(fmt::format(
        "Zero size output file. '{}' must be as large as the metadata that it is to hold", path));
  if (device->size_bytes() < smallest_output_bytes)
    throw pdata::error(
        fmt::format("Output file too small. '{}' has {} bytes, at least {} are needed", path,
                    device->size_bytes(), smallest_output_bytes));
  return device;
}

void refuse_same_file(const std::string& input, const std::string& output) {
  struct stat in {};
  struct stat out {};
  const bool found =
      input == "-" ? ::fstat(STDIN_FILENO, &in) == 0 : ::stat(input.c_str(), &in) == 0;
  if (!found || ::stat(output.c_str(), &out) != 0) return;
  const bool same_device = S_ISBLK(in.st_mode) && S_ISBLK(out.st_mode) && in.st_rdev == out.st_rdev;
  if (same_device || (in.st_dev == out.st_dev && in.st_ino == out.st_ino))
    throw pdata::error("Input and output are the same: '" + output + "'");
}

void expect_room(const pdata::file_device& output, pdata::metadata_block blocks_needed) {
  if (blocks_needed <= output.nr_blocks()) return;
  throw pdata::error(fmt::format(
      "Output file too small. '{}' has {} blocks of 4 KiB, the metadata needs at least {} ({} "
      "bytes)",
      output.path(), output.nr_blocks(), blocks_needed, blocks_needed * pdata::block_size));
}

}  // namespace thin_tools
