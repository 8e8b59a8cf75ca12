#include "sim/replay/sweep_runner.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>

#include "persistent-data/base/error.h"
#include "sim/replay/replay_run.h"
#include "sim/report/json_report.h"
#include "thin-tools/console/output.h"

namespace sim::replay {

namespace {

struct file_closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file = std::unique_ptr<std::FILE, file_closer>;

// The child's part. Its report goes to an unnamed file that the parent reads.
int run_variant(const replay_settings& settings, std::FILE* to) {
  try {
    thin_tools::print(to, report::to_json(run_replay(settings, {.shows_progress = false})));
    thin_tools::flush_output(to);
    return 0;
  } catch (const std::exception& e) {
    thin_tools::print(stderr, fmt::format("{}: {}\n", settings.name, e.what()));
    return 1;
  }
}

std::string read_all(std::FILE* from) {
  std::rewind(from);
  std::string text;
  char buffer[65536];
  while (const auto n = std::fread(buffer, 1, sizeof buffer, from)) text.append(buffer, n);
  return text;
}

struct running_variant {
  file report;
  std::string failure;
  report::run_clock clock;
  report::run_time time;
};

std::string failure_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "its report could not be written";
}

pid_t begin(const replay_settings& settings, running_variant& mine) {
  mine.report.reset(std::tmpfile());
  if (!mine.report) pdata::throw_errno("cannot make a file for", settings.name, errno);
  std::fflush(nullptr);
  mine.clock = {};
  const pid_t child = ::fork();
  if (child < 0) pdata::throw_errno("cannot start a process for", settings.name, errno);
  if (child == 0) ::_exit(run_variant(settings, mine.report.get()));
  return child;
}

}  // namespace

sweep_outcome run_sweep(const std::vector<replay_settings>& variants, unsigned jobs) {
  std::vector<running_variant> all(variants.size());
  std::map<pid_t, std::size_t> running;
  for (std::size_t next = 0; next < variants.size() || !running.empty();) {
    if (next < variants.size() && running.size() < jobs) {
      running[begin(variants[next], all[next])] = next;
      ++next;
      continue;
    }
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) pdata::throw_errno("cannot wait for", "the variants", errno);
    const auto found = running.find(ended);
    if (found == running.end()) continue;
    auto& variant = all[found->second];
    variant.failure = failure_of(status);
    variant.time = variant.clock.read();
    running.erase(found);
  }
  sweep_outcome outcome;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& name = variants[i].name;
    outcome.reports.push_back({name, all[i].failure.empty() ? read_all(all[i].report.get())
                                                            : report::to_json(failed_report(
                                                                  variants[i], all[i].failure))});
    outcome.times[name] = all[i].time;
  }
  return outcome;
}

}  // namespace sim::replay
