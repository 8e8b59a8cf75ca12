#include "thin-tools/console/progress_line.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "thin-tools/console/output.h"

namespace thin_tools {

namespace {

constexpr std::chrono::milliseconds interval{200};
constexpr const char* wipe = "\r\x1b[K";

// A terminal that knows no control sequences is called dumb, or nothing.
bool can_renew_a_line() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && *kind != '\0' &&
         std::string_view(kind) != "dumb";
}

}  // namespace

progress_line::progress_line(std::function<std::string()> text) : text_(std::move(text)) {
  if (can_renew_a_line()) thread_ = std::thread([this] { show_until_done(); });
}

progress_line::~progress_line() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void progress_line::show_until_done() {
  bool shown = false;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval, [this] { return done_; })) {
    print(stderr, wipe + text_());
    std::fflush(stderr);
    shown = true;
  }
  if (shown) print(stderr, wipe);
}

}  // namespace thin_tools
