#include "persistent-data/io/file_device.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "persistent-data/base/error.h"

namespace pdata {

file_device::file_device(std::string path, file_handle opened, std::shared_ptr<const void> held)
    : path_(std::move(path)), held_(std::move(held)), file_(std::move(opened)) {
  struct stat info {};
  if (::fstat(file_.descriptor(), &info) != 0) throw_errno("Couldn't stat file", path_, errno);
  is_block_device_ = S_ISBLK(info.st_mode);
  if (!is_block_device_ && !S_ISREG(info.st_mode))
    throw error("Not a block device or regular file '" + path_ + "'.");
  const auto size = file_.size();
  if (!size.ok()) throw_errno("Couldn't get the size of", path_, size.errno_value());
  size_bytes_ = *size;
}

bool file_device::covers(metadata_block first, std::size_t bytes) const {
  return first <= nr_blocks() && bytes / block_size <= nr_blocks() - first;
}

status file_device::read(metadata_block first, std::span<std::byte> to) {
  if (!covers(first, to.size())) return status(EIO);
  const auto outcome = file_.read(first * block_size, to);
  if (!outcome.ok()) ++nr_failed_reads_;
  return outcome;
}

status file_device::write(metadata_block first, std::span<const std::byte> from) {
  return covers(first, from.size()) ? file_.write(first * block_size, from) : status(EIO);
}

void read_through_cache(block_device& device) {
  const auto* file = dynamic_cast<file_device*>(&device);
  if (file == nullptr) return;
  const auto flags = ::fcntl(file->descriptor(), F_GETFL);
  if (flags >= 0) static_cast<void>(::fcntl(file->descriptor(), F_SETFL, flags & ~O_DIRECT));
}

metadata_block next_data(const block_device& device, metadata_block from) {
  const auto* file = dynamic_cast<const file_device*>(&device);
  if (file == nullptr || file->is_block_device() || from == device.nr_blocks()) return from;
  const auto at = ::lseek(file->descriptor(), static_cast<off_t>(from * block_size), SEEK_DATA);
  // ENXIO: nothing but a hole. Where the file system does not tell, all is data.
  if (at < 0) return errno == ENXIO ? device.nr_blocks() : from;
  return std::clamp<metadata_block>(static_cast<std::uint64_t>(at) / block_size, from,
                                    device.nr_blocks());
}

}  // namespace pdata
