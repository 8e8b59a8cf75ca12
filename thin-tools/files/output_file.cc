#include "thin-tools/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "persistent-data/base/error.h"
#include "thin-tools/gate/storage.h"

namespace thin_tools {

namespace {

constexpr const char* cannot_write = "Couldn't write output file";

unsigned mode_of_new_files() {
  const auto mask = ::umask(0);
  ::umask(mask);
  return 0666U & ~mask;
}

}  // namespace

// That file is replaced which a chain of links ends at, not the link.
output_file::output_file(pass admitted) : admitted_(std::move(admitted)), path_(admitted_.path()) {
  struct stat present {};
  if (::stat(path_.c_str(), &present) != 0) {
    if (errno != ENOENT) pdata::throw_errno(cannot_write, admitted_.path(), errno);
    path_ = end_of_links(path_);
    beside_.emplace(path_, mode_of_new_files());
    return;
  }
  // A file is opened although it is replaced: who may not write it must not, and one
  // that is in use is left alone.
  auto opened = admitted_.open(pass::claim::exclusive);
  if (!opened.ok())
    throw pdata::error(
        std::string(cannot_write) + " '" + admitted_.path() +
        "': " + pdata::errno_text(opened.errno_value()) +
        (opened.errno_value() == EBUSY ? "; it is mounted, or something else uses it" : ""));
  std::error_code failed;
  const auto resolved = std::filesystem::canonical(path_, failed);
  if (S_ISREG(present.st_mode) && !failed) {
    path_ = resolved.string();
    beside_.emplace(path_, present);
  } else {
    direct_ = std::move(*opened);
  }
}

void output_file::write(std::string_view text) {
  descriptor_sink(file().descriptor(), path_).write(text);
}

void write_output_file(const std::string& role, const std::string& path, std::string_view text) {
  output_file file(admit({role, path, use::replace}));
  file.write(text);
  file.commit();
}

void output_file::commit() {
  if (beside_) return beside_->take_name();
  const auto outcome = direct_.sync();
  // Pipes and terminals have nothing to sync.
  if (!outcome.ok() && outcome.errno_value() != EINVAL && outcome.errno_value() != EROFS)
    pdata::throw_errno(cannot_write, path_, outcome.errno_value());
}

}  // namespace thin_tools
