#include "thin-tools/console/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

std::atomic<bool> output_begun{false};

message_filter& filter_of_messages() {
  static message_filter filter;
  return filter;
}

void check_stream(std::FILE* stream, bool good) {
  if (good || stream == stderr) return;
  const int why = errno;
  if (why == EPIPE) throw closed_pipe();
  throw pdata::error("Couldn't write the output: " + pdata::errno_text(why));
}

}  // namespace

void ignore_closed_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void hold_standard_streams() {
  // The lowest free number is given; what lies above the streams is given back.
  int held = ::open("/", O_PATH);
  while (held >= 0 && held <= STDERR_FILENO) held = ::open("/", O_PATH);
  if (held >= 0) ::close(held);
}

bool is_output_begun() { return output_begun; }

void note_output(int descriptor) {
  if (descriptor == STDOUT_FILENO) output_begun = true;
}

void print(std::FILE* stream, std::string_view text) {
  if (stream == stdout && !text.empty()) output_begun = true;
  std::string filtered;
  if (stream == stderr && filter_of_messages()) text = filtered = filter_of_messages()(text);
  const bool good = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  check_stream(stream, good);
}

void filter_messages(message_filter filter) { filter_of_messages() = std::move(filter); }

void flush_output(std::FILE* stream) { check_stream(stream, std::fflush(stream) == 0); }

}  // namespace thin_tools
