#include "thin-tools/files/file_names.h"

#include "thin-tools/files/file_names.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "persistent-data/base/error.h"
#include "persistent-data/io/file_handle.h"

namespace thin_tools {

std::string absolute_name(const std::string& path) {
  std::error_code failed;
  const auto name = std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
  if (failed) throw pdata::error(fmt::format("Couldn't find '{}': {}", path, failed.message()));
  return name.string();
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

void rename_file(const std::string& from, const std::string& to) {
  int outcome = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (outcome != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // Not every file system can do both at once; a link does not replace either.
    outcome = ::link(from.c_str(), to.c_str());
    if (outcome == 0) outcome = ::unlink(from.c_str());
  }
  if (outcome != 0)
    throw pdata::error(
        fmt::format("Couldn't give '{}' the name '{}': {}", from, to, pdata::errno_text(errno)));
  sync_folder_of(to, undone_by_loss_of_power);
}

void sync_folder_of(const std::string& path, const char* otherwise) {
  const auto folder = std::filesystem::path(path).parent_path();
  const std::string name = folder.empty() ? "." : folder.string();
  const auto opened = pdata::file_handle::open(name, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return;  // the names are there; only how durable they are is in doubt
  const auto outcome = opened->sync();
  if (!outcome.ok() && outcome.errno_value() != EINVAL)
    throw pdata::error(fmt::format("Couldn't sync folder '{}': {}; '{}' {}", name,
                                   pdata::errno_text(outcome.errno_value()), path, otherwise));
}

}  // namespace thin_tools
