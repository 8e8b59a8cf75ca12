#include "thin-tools/files/output_device.h"

#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"
#include "thin-tools/files/metadata_file.h"

namespace thin_tools {

namespace {

// An empty pool and a device fit, barely.
constexpr std::uint64_t smallest_output_bytes = 10 * pdata::block_size;

// Opening a pipe would wait for its other end.
pass expect_file_or_device(pass admitted) {
  struct stat info {};
  if (::stat(admitted.path().c_str(), &info) == 0 && !S_ISREG(info.st_mode) &&
      !S_ISBLK(info.st_mode))
    throw pdata::error("Not a block device or regular file '" + admitted.path() + "'.");
  return admitted;
}

}  // namespace

std::unique_ptr<pdata::file_device> open_output_device(const pass& admitted) {
  auto device = open_device(admitted);
  if (device->size_bytes() == 0)
    throw pdata::error(fmt::format(
        "Zero size output file. '{}' must be as large as the metadata that it is to hold",
        admitted.path()));
  if (device->size_bytes() < smallest_output_bytes)
    throw pdata::error(
        fmt::format("Output file too small. '{}' has {} bytes, at least {} are needed",
                    admitted.path(), device->size_bytes(), smallest_output_bytes));
  return device;
}

std::unique_ptr<pdata::file_device> open_output_device(const std::string& path) {
  return open_output_device(admit(output_device_request(path)));
}

zeroed_output::zeroed_output(pass admitted, std::uint64_t bytes)
    : path_(admitted.path()), output_(expect_file_or_device(std::move(admitted))) {
  const int descriptor = file().descriptor();
  if (output_.is_new_file()) {
    if (::ftruncate(descriptor, static_cast<off_t>(bytes)) != 0)
      pdata::throw_errno("Couldn't set the size of", path_, errno);
    return;
  }
  struct stat info {};
  if (::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode))
    throw pdata::error("'" + path_ + "' is a file that is written to already: give its own name");
  const auto room = file().size();
  if (!room.ok()) pdata::throw_errno("Couldn't get the size of", path_, room.errno_value());
  if (*room < bytes)
    throw pdata::error(fmt::format("Output '{}' is too small: {} bytes are needed, it has {}",
                                   path_, bytes, *room));
  std::uint64_t range[2] = {0, bytes};
  if (bytes > 0 && ::ioctl(descriptor, BLKZEROOUT, range) != 0)
    pdata::throw_errno("Couldn't zero", path_, errno);
}

void expect_room(const pdata::file_device& output, pdata::metadata_block blocks_needed) {
  if (blocks_needed <= output.nr_blocks()) return;
  throw pdata::error(fmt::format(
      "Output file too small. '{}' has {} blocks of 4 KiB, the metadata needs at least {} ({} "
      "bytes)",
      output.path(), output.nr_blocks(), blocks_needed, blocks_needed * pdata::block_size));
}

}  // namespace thin_tools
