#include "thin-tools/pack/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <vector>

#include "persistent-data/base/error.h"

namespace thin_tools {

using pdata::block_size;
using pdata::error;
using pdata::metadata_block;

namespace {

class target {
 public:
  explicit target(const std::string& path) : path_(path) {
    struct stat info {};
    is_device_ = ::stat(path.c_str(), &info) == 0 && S_ISBLK(info.st_mode);
    const int flags = O_RDWR | O_CLOEXEC | (is_device_ ? O_EXCL : O_CREAT);
    fd_ = ::open(path.c_str(), flags, 0666);
    if (fd_ < 0) pdata::throw_errno("Couldn't open output file", path, errno);
    if (::fstat(fd_, &info) != 0 || !(is_device_ || S_ISREG(info.st_mode))) {
      ::close(fd_);
      throw error("Not a block device or regular file '" + path + "'.");
    }
  }
  ~target() { ::close(fd_); }
  target(const target&) = delete;
  target& operator=(const target&) = delete;

  // Makes everything zero and the size right.
  void clear(std::uint64_t nr_blocks) const {
    const auto bytes = nr_blocks * block_size;
    if (!is_device_) {
      if (::ftruncate(fd_, 0) != 0 || ::ftruncate(fd_, static_cast<off_t>(bytes)) != 0)
        pdata::throw_errno("Couldn't set the size of", path_, errno);
      return;
    }
    std::uint64_t device_bytes = 0;
    if (::ioctl(fd_, BLKGETSIZE64, &device_bytes) != 0)
      pdata::throw_errno("Couldn't get the size of", path_, errno);
    if (device_bytes < bytes)
      throw error(fmt::format("Output '{}' is too small: {} bytes are needed, it has {}", path_,
                              bytes, device_bytes));
    std::uint64_t range[2] = {0, bytes};
    if (::ioctl(fd_, BLKZEROOUT, range) != 0) pdata::throw_errno("Couldn't zero", path_, errno);
  }

  void write(metadata_block location, pdata::block_view block) const {
    std::size_t done = 0;
    while (done < block.size()) {
      const ssize_t n = ::pwrite(fd_, block.data() + done, block.size() - done,
                                 static_cast<off_t>(location * block_size + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) pdata::throw_errno("Couldn't write", path_, n < 0 ? errno : EIO);
      done += static_cast<std::size_t>(n);
    }
  }

  void sync() const {
    if (::fsync(fd_) != 0) pdata::throw_errno("Couldn't sync", path_, errno);
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool is_device_ = false;
};

}  // namespace

void unpack(const pack_file& from, const std::string& to) {
  from.for_each_block([](metadata_block, pdata::block_view) {});
  const target output(to);
  output.clear(from.nr_blocks());
  from.for_each_block(
      [&](metadata_block location, pdata::block_view block) { output.write(location, block); });
  output.sync();
}

}  // namespace thin_tools
