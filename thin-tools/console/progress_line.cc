#include "thin-tools/console/progress_line.h"

#include <unistd.h>

#include <chrono>

#include "thin-tools/console/output.h"

namespace thin_tools {

namespace {

constexpr std::chrono::milliseconds interval{200};
constexpr const char* wipe = "\r\x1b[K";

}  // namespace

progress_line::progress_line(std::function<std::string()> text) : text_(std::move(text)) {
  if (::isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { show_until_done(); });
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
