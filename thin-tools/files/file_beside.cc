#include "thin-tools/files/file_beside.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "persistent-data/base/error.h"
#include "thin-tools/files/file_names.h"

namespace thin_tools {

namespace {

constexpr const char* cannot_write = "Couldn't write output file";

std::string random_suffix() {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::array<unsigned char, 6> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    pdata::throw_errno("Couldn't get", "random numbers", errno);
  std::string suffix = ".";
  for (const auto byte : bytes) suffix += letters[byte % letters.size()];
  return suffix;
}

}  // namespace

file_beside::file_beside(std::string final_name, unsigned mode)
    : final_name_(std::move(final_name)) {
  int why = EEXIST;
  for (int tries = 0; tries < 100 && why == EEXIST; ++tries) {
    const auto name = final_name_ + random_suffix();
    // Before it is there, so that there is no gap.
    if (!unfinished_.set(name)) {
      why = ENAMETOOLONG;
      break;
    }
    auto opened = pdata::file_handle::open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    why = opened.errno_value();
    if (opened.ok())
      file_ = std::move(*opened);
    else
      unfinished_.keep();  // it is another's
  }
  if (file_.is_open() && ::fchmod(file_.descriptor(), mode) == 0) return;
  if (file_.is_open()) why = errno;
  pdata::throw_errno(cannot_write, final_name_, why);
}

file_beside::file_beside(std::string final_name, const struct stat& replaced)
    : file_beside(std::move(final_name), 0600) {
  const int descriptor = file_.descriptor();
  // Only root may give files away. The mode comes after: a change of owner may clear bits of it.
  if (::fchown(descriptor, replaced.st_uid, replaced.st_gid) != 0 && errno != EPERM)
    pdata::throw_errno(cannot_write, final_name_, errno);
  if (::fchmod(descriptor, replaced.st_mode & 07777U) != 0)
    pdata::throw_errno(cannot_write, final_name_, errno);
}

void file_beside::take_name() {
  if (const auto outcome = file_.sync(); !outcome.ok())
    pdata::throw_errno(cannot_write, final_name_, outcome.errno_value());
  if (std::rename(unfinished_.name(), final_name_.c_str()) != 0)
    pdata::throw_errno(cannot_write, final_name_, errno);
  unfinished_.keep();
  took_name_ = true;
  sync_folder_of(final_name_, undone_by_loss_of_power);
}

}  // namespace thin_tools
