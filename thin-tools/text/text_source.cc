#include "thin-tools/text/text_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "persistent-data/base/error.h"

namespace thin_tools {

file_source::file_source(const pass& admitted)
    : name_(admitted.path() == "-" ? "standard input" : admitted.path()),
      held_(admitted.holds()),
      descriptor_(STDIN_FILENO) {
  if (admitted.path() == "-") return;
  auto opened = admitted.open(pass::claim::shared);
  if (!opened.ok())
    pdata::throw_errno(
        opened.errno_value() == ENOENT ? "Couldn't find input file" : "Couldn't open", name_,
        opened.errno_value());
  file_ = std::move(*opened);
  descriptor_ = file_.descriptor();
  struct stat info {};
  if (::fstat(descriptor_, &info) == 0 && S_ISDIR(info.st_mode))
    pdata::throw_errno("Couldn't read", name_, EISDIR);
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

std::size_t file_source::read(std::span<char> to) {
  while (true) {
    const ssize_t n = ::read(descriptor_, to.data(), to.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) pdata::throw_errno("Couldn't read", name_, errno);
  }
}

std::uint64_t file_source::size_bytes() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  return static_cast<std::uint64_t>(info.st_size);
}

std::size_t string_source::read(std::span<char> to) {
  const std::size_t n = std::min(to.size(), rest_.size());
  std::copy_n(rest_.data(), n, to.data());
  rest_.remove_prefix(n);
  return n;
}

}  // namespace thin_tools
