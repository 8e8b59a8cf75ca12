#include "thin-tools/report/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

constexpr const char* cannot_write = "Couldn't write output file";

// The file that a chain of links ends at: that one is replaced, not the link.
std::string resolve_links(const std::string& path) {
  std::error_code failed;
  const auto resolved = std::filesystem::canonical(path, failed);
  return failed ? path : resolved.string();
}

std::string directory_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

unsigned mode_of_new_files() {
  const auto mask = ::umask(0);
  ::umask(mask);
  return 0666U & ~mask;
}

}  // namespace

output_file::output_file(const std::string& path) : path_(resolve_links(path)) {
  struct stat present {};
  if (::stat(path_.c_str(), &present) != 0) {
    if (errno != ENOENT) pdata::throw_errno(cannot_write, path, errno);
    open_beside(mode_of_new_files());
  } else if (S_ISREG(present.st_mode)) {
    // Replacing needs no permission on the file itself, but who may not write it must not.
    if (::access(path_.c_str(), W_OK) != 0) pdata::throw_errno(cannot_write, path, errno);
    open_beside(present.st_mode & 07777U);
  } else {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) pdata::throw_errno(cannot_write, path, errno);
  }
}

void output_file::open_beside(unsigned mode) {
  temporary_ = path_ + ".XXXXXX";
  descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    const int why = errno;
    temporary_.clear();
    pdata::throw_errno(cannot_write, path_, why);
  }
  if (::fchmod(descriptor_, mode) != 0) pdata::throw_errno(cannot_write, path_, errno);
}

output_file::~output_file() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

void output_file::write(std::string_view text) { descriptor_sink(descriptor_, path_).write(text); }

void output_file::commit() {
  if (temporary_.empty()) return;
  if (::fsync(descriptor_) != 0) pdata::throw_errno(cannot_write, path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    pdata::throw_errno(cannot_write, path_, errno);
  temporary_.clear();

  const std::string directory = directory_of(path_);
  const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;  // readable or not, the name is there; only its durability is in doubt
  const bool durable = ::fsync(opened) == 0 || errno == EINVAL;
  const int why = errno;
  ::close(opened);
  if (!durable) pdata::throw_errno(cannot_write, directory, why);
}

}  // namespace thin_tools
