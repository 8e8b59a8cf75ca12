#include "thin-tools/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
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

// The descriptor of this process that a name means, if it can be written to: what is written
// by that name goes where the descriptor stands, behind what others wrote there.
std::optional<int> descriptor_named(std::string_view path) {
  int number = -1;
  if (path == "/dev/stdout") number = STDOUT_FILENO;
  if (path == "/dev/stderr") number = STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const auto digits = path.substr(folder.size());
    const auto end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, number).ptr != end) return std::nullopt;
  }
  const int flags = number < 0 ? -1 : ::fcntl(number, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return std::nullopt;
  return number;
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
  if (const auto own = descriptor_named(path_); own && S_ISREG(present.st_mode)) {
    direct_ = pdata::file_handle(::fcntl(*own, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!direct_.is_open()) pdata::throw_errno(cannot_write, admitted_.path(), errno);
    return;
  }
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
  if (!is_new_file()) return;  // where it stands is not known
  writeback_.wrote(file(), written_, text.size());
  written_ += text.size();
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
