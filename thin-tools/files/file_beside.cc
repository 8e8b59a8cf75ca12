#include "thin-tools/files/file_beside.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string_view>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

constexpr const char* cannot_write = "Couldn't write output file";
constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// What a signal handler may look at. A tool has few outputs at a time.
struct unfinished {
  std::atomic<bool> taken{false};
  std::atomic<bool> named{false};
  char name[PATH_MAX] = {};
};
std::array<unfinished, 64> unfinished_files;

void remove_unfinished(int signal) {
  for (const auto& file : unfinished_files)
    if (file.named) ::unlink(file.name);
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

// A signal that the caller has us ignore (nohup) goes on being ignored.
void watch_signals() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const int signal : ending_signals) {
      struct sigaction now {};
      if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
      now.sa_handler = remove_unfinished;
      ::sigaction(signal, &now, nullptr);
    }
  });
}

std::size_t take_slot() {
  for (std::size_t i = 0; i < unfinished_files.size(); ++i)
    if (!unfinished_files[i].taken.exchange(true)) return i;
  throw pdata::error("too many files are being written at a time");
}

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

std::string directory_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

void expect_durable(const std::string& directory) {
  const auto opened = pdata::file_handle::open(directory, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return;  // readable or not, the name is there; only its durability is in doubt
  const auto outcome = opened->sync();
  if (!outcome.ok() && outcome.errno_value() != EINVAL)
    pdata::throw_errno(cannot_write, directory, outcome.errno_value());
}

}  // namespace

file_beside::file_beside(std::string final_name, unsigned mode)
    : final_name_(std::move(final_name)), slot_(take_slot()) {
  watch_signals();
  auto& mine = unfinished_files[slot_];
  int why = EEXIST;
  for (int tries = 0; tries < 100 && why == EEXIST; ++tries) {
    const auto name = final_name_ + random_suffix();
    if (name.size() >= sizeof mine.name) {
      why = ENAMETOOLONG;
      break;
    }
    std::memcpy(mine.name, name.c_str(), name.size() + 1);
    mine.named = true;  // before it is there, so that there is no gap
    auto opened = pdata::file_handle::open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    why = opened.errno_value();
    if (opened.ok()) {
      file_ = std::move(*opened);
      break;
    }
    mine.named = false;
  }
  if (file_.is_open() && ::fchmod(file_.descriptor(), mode) == 0) return;
  if (file_.is_open()) why = errno;
  if (file_.is_open()) ::unlink(mine.name);
  mine.named = false;
  mine.taken = false;
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

file_beside::~file_beside() {
  auto& mine = unfinished_files[slot_];
  if (mine.named) ::unlink(mine.name);
  mine.named = false;
  mine.taken = false;
}

void file_beside::take_name() {
  auto& mine = unfinished_files[slot_];
  if (const auto outcome = file_.sync(); !outcome.ok())
    pdata::throw_errno(cannot_write, final_name_, outcome.errno_value());
  if (std::rename(mine.name, final_name_.c_str()) != 0)
    pdata::throw_errno(cannot_write, final_name_, errno);
  mine.named = false;
  took_name_ = true;
  expect_durable(directory_of(final_name_));
}

}  // namespace thin_tools
