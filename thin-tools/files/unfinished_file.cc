#include "thin-tools/files/unfinished_file.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstring>
#include <mutex>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

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

}  // namespace

unfinished_file::unfinished_file() : slot_(take_slot()) { watch_signals(); }

unfinished_file::~unfinished_file() {
  auto& mine = unfinished_files[slot_];
  if (mine.named) ::unlink(mine.name);
  mine.named = false;
  mine.taken = false;
}

bool unfinished_file::set(const std::string& name) {
  auto& mine = unfinished_files[slot_];
  mine.named = false;
  if (name.size() >= sizeof mine.name) return false;
  std::memcpy(mine.name, name.c_str(), name.size() + 1);
  mine.named = true;
  return true;
}

void unfinished_file::keep() { unfinished_files[slot_].named = false; }

const char* unfinished_file::name() const { return unfinished_files[slot_].name; }

}  // namespace thin_tools
