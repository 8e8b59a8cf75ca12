#include "sim/record/recorder.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>

#include "persistent-data/base/error.h"
#include "sim/record/record_merger.h"
#include "sim/record/relay_buffers.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/output_file.h"

namespace sim::record {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto longest_wait = std::chrono::milliseconds(500);

// Signals that end the recording wait to be asked for, and end nothing else.
class ending_signals {
 public:
  ending_signals() {
    sigset_t all;
    ::sigemptyset(&all);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&all, signal);
    if (::pthread_sigmask(SIG_BLOCK, &all, &before_) != 0)
      throw pdata::error("cannot wait for signals");
    file_ = pdata::file_handle(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!file_.is_open()) throw pdata::error("cannot wait for signals");
  }
  ~ending_signals() {
    take();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  int descriptor() const { return file_.descriptor(); }
  // True if one came.
  bool take() {
    signalfd_siginfo info;
    return ::read(file_.descriptor(), &info, sizeof info) == sizeof info;
  }

 private:
  sigset_t before_;
  pdata::file_handle file_;
};

struct traced_device {
  traced_device(const std::string& device, const record_settings& wanted)
      : trace(device, wanted.debugfs, wanted.buffers), buffers(trace.directory()) {}
  kernel_trace trace;
  relay_buffers buffers;
};

using traced_devices = std::vector<std::unique_ptr<traced_device>>;

std::uint64_t bytes_of(const traced_devices& devices) {
  std::uint64_t all = 0;
  for (const auto& d : devices) all += d->buffers.bytes();
  return all;
}

bool drain(const traced_devices& devices) {
  bool any = false;
  for (const auto& d : devices) any |= d->buffers.drain();
  return any;
}

void wait_until_end(const traced_devices& devices, const record_settings& wanted,
                    ending_signals& signals, clock::time_point begin,
                    std::atomic<std::uint64_t>& bytes) {
  std::vector<::pollfd> waiting{{signals.descriptor(), POLLIN, 0}};
  for (const auto& d : devices) d->buffers.add_to(waiting);
  for (;;) {
    auto wait = longest_wait;
    if (wanted.duration) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          begin + std::chrono::nanoseconds(*wanted.duration) - clock::now());
      if (left.count() <= 0) return;
      wait = std::min(wait, left + std::chrono::milliseconds(1));
    }
    ::poll(waiting.data(), waiting.size(), static_cast<int>(wait.count()));
    if (signals.take()) return;
    drain(devices);
    bytes = bytes_of(devices);
  }
}

}  // namespace

record_outcome record_devices(const record_settings& wanted, const thin_tools::pass& output) {
  record_outcome outcome;
  ending_signals signals;
  thin_tools::output_file file(output);
  traced_devices devices;
  for (const auto& device : wanted.devices) {
    devices.push_back(std::make_unique<traced_device>(device, wanted));
    outcome.version = std::min(outcome.version, devices.back()->trace.version());
  }
  const auto begin = clock::now();
  for (const auto& d : devices) d->trace.start();
  {
    std::atomic<std::uint64_t> bytes = 0;
    std::optional<thin_tools::progress_line> progress;
    if (wanted.shows_progress)
      progress.emplace([&] {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - begin);
        return fmt::format("recording: {} s, {} KiB", seconds.count(), bytes / 1024);
      });
    wait_until_end(devices, wanted, signals, begin, bytes);
  }
  // Stopping switches to the next buffer, and where all of a processor's are full then the kernel
  // counts a record as dropped although none is (relay_flush, kernel/relay.c of Linux 6.1 to 7.3).
  drain(devices);
  for (const auto& d : devices) d->trace.stop();
  outcome.seconds = std::chrono::duration<double>(clock::now() - begin).count();
  while (drain(devices)) {
  }
  std::vector<const pdata::spool_file*> spools;
  for (const auto& d : devices) {
    outcome.dropped += d->buffers.dropped();
    for (const auto* spool : d->buffers.spools()) spools.push_back(spool);
  }
  outcome.bytes = bytes_of(devices);
  outcome.records = merge_records(spools, [&](std::span<const std::byte> record) {
    file.write({reinterpret_cast<const char*>(record.data()), record.size()});
  });
  file.commit();
  return outcome;
}

}  // namespace sim::record
