#include "persistent-data/io/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "persistent-data/base/require.h"

namespace pdata {

namespace {

std::string temporary_directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

[[noreturn]] void cannot_spool(int why) {
  throw spool_error("Couldn't use a temporary file in '" + temporary_directory() +
                    "' (TMPDIR names another place): " + errno_text(why));
}

int open_nameless_file() {
  const std::string directory = temporary_directory();
  int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  std::string name = directory + "/spool.XXXXXX";
  descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) cannot_spool(errno);
  ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

spool_file::spool_file(std::size_t memory_bytes) : memory_bytes_(memory_bytes) {}

spool_file::~spool_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void spool_file::append(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() > memory_bytes_) write_out();
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void spool_file::write_out() {
  if (descriptor_ < 0) descriptor_ = open_nameless_file();
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t n = ::pwrite(descriptor_, buffer_.data() + done, buffer_.size() - done,
                               static_cast<off_t>(in_file_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot_spool(errno);
    done += static_cast<std::size_t>(n);
  }
  in_file_ += buffer_.size();
  buffer_.clear();
}

void spool_file::read(std::uint64_t offset, std::span<std::byte> to) const {
  REQUIRE(offset <= size() && to.size() <= size() - offset);
  while (!to.empty() && offset < in_file_) {
    const auto wanted = std::min<std::uint64_t>(to.size(), in_file_ - offset);
    const ssize_t n = ::pread(descriptor_, to.data(), wanted, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) cannot_spool(n < 0 ? errno : EIO);
    offset += static_cast<std::uint64_t>(n);
    to = to.subspan(static_cast<std::size_t>(n));
  }
  if (!to.empty()) std::memcpy(to.data(), buffer_.data() + (offset - in_file_), to.size());
}

}  // namespace pdata
