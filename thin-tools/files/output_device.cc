#include "thin-tools/files/output_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"

namespace thin_tools {

namespace {

// An empty pool and a device fit, barely.
constexpr std::uint64_t smallest_output_bytes = 10 * pdata::block_size;

// What a write changes in the end: a device, or a file by its device and number.
struct storage {
  bool is_device = false;
  std::uint64_t device = 0;
  std::uint64_t file = 0;
  friend bool operator==(const storage&, const storage&) = default;
};

storage storage_of(const struct stat& info, const std::string& path) {
  if (!S_ISBLK(info.st_mode)) return {false, info.st_dev, info.st_ino};
  const storage itself{true, info.st_rdev, 0};
  const auto device = pdata::file_handle::open(path, O_RDONLY | O_NONBLOCK);
  if (!device.ok()) return itself;
  struct loop_info64 loop {};
  if (::ioctl(device->descriptor(), LOOP_GET_STATUS64, &loop) != 0) return itself;
  // Loop devices of block devices name these by their own number.
  if (loop.lo_rdevice != 0) return {true, loop.lo_rdevice, 0};
  return {false, loop.lo_device, loop.lo_inode};
}

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

pdata::file_handle open_zeroed(const std::string& path, std::uint64_t bytes) {
  struct stat info {};
  const bool is_device = ::stat(path.c_str(), &info) == 0 && S_ISBLK(info.st_mode);
  auto opened = pdata::file_handle::open(path, O_RDWR | (is_device ? O_EXCL : O_CREAT));
  if (!opened.ok()) pdata::throw_errno("Couldn't open output file", path, opened.errno_value());
  const int descriptor = opened->descriptor();
  if (::fstat(descriptor, &info) != 0 || !(is_device || S_ISREG(info.st_mode)))
    throw pdata::error("Not a block device or regular file '" + path + "'.");
  if (!is_device) {
    if (::ftruncate(descriptor, 0) != 0 || ::ftruncate(descriptor, static_cast<off_t>(bytes)) != 0)
      pdata::throw_errno("Couldn't set the size of", path, errno);
    return std::move(*opened);
  }
  const auto room = opened->size();
  if (!room.ok()) pdata::throw_errno("Couldn't get the size of", path, room.errno_value());
  if (*room < bytes)
    throw pdata::error(fmt::format("Output '{}' is too small: {} bytes are needed, it has {}", path,
                                   bytes, *room));
  std::uint64_t range[2] = {0, bytes};
  if (bytes > 0 && ::ioctl(descriptor, BLKZEROOUT, range) != 0)
    pdata::throw_errno("Couldn't zero", path, errno);
  return std::move(*opened);
}

void refuse_same_file(const std::string& input, const std::string& output) {
  struct stat in {};
  struct stat out {};
  const bool found =
      input == "-" ? ::fstat(STDIN_FILENO, &in) == 0 : ::stat(input.c_str(), &in) == 0;
  if (!found || ::stat(output.c_str(), &out) != 0) return;
  if (storage_of(in, input) == storage_of(out, output))
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
