#include "thin-tools/files/output_file.h"

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
    auto opened = pdata::file_handle::open(path_, O_WRONLY);
    if (!opened.ok()) pdata::throw_errno(cannot_write, path, opened.errno_value());
    file_ = std::move(*opened);
  }
}

void output_file::open_beside(unsigned mode) {
  std::string name = path_ + ".XXXXXX";
  file_ = pdata::file_handle(::mkostemp(name.data(), O_CLOEXEC));
  if (!file_.is_open()) pdata::throw_errno(cannot_write, path_, errno);
  temporary_.name = name;
  if (::fchmod(file_.descriptor(), mode) != 0) pdata::throw_errno(cannot_write, path_, errno);
}

output_file::temporary::~temporary() {
  if (!name.empty()) ::unlink(name.c_str());
}

void output_file::write(std::string_view text) {
  descriptor_sink(file_.descriptor(), path_).write(text);
}

void write_output_file(const std::string& path, std::string_view text) {
  output_file file(path);
  file.write(text);
  file.commit();
}

void output_file::commit() {
  if (temporary_.name.empty()) return;
  if (const auto outcome = file_.sync(); !outcome.ok())
    pdata::throw_errno(cannot_write, path_, outcome.errno_value());
  if (::rename(temporary_.name.c_str(), path_.c_str()) != 0)
    pdata::throw_errno(cannot_write, path_, errno);
  temporary_.name.clear();

  const std::string directory = directory_of(path_);
  const auto opened = pdata::file_handle::open(directory, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return;  // readable or not, the name is there; only its durability is in doubt
  const auto outcome = opened->sync();
  if (!outcome.ok() && outcome.errno_value() != EINVAL)
    pdata::throw_errno(cannot_write, directory, outcome.errno_value());
}

}  // namespace thin_tools
