#include "sim/record/relay_buffers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "persistent-data/base/error.h"
#include "thin-tools/gate/gate.h"

namespace sim::record {

namespace {

constexpr std::size_t spool_memory = 256 << 10;  // for each processor
constexpr std::size_t most_at_once = 512 << 10;

pdata::result<pdata::file_handle> open_buffer(const std::string& path) {
  return thin_tools::admit_reading("trace buffer " + path, path)
      .open(thin_tools::pass::claim::shared, O_NONBLOCK);
}

bool exists(const std::string& path) {
  std::error_code problem;
  return std::filesystem::exists(path, problem);
}

}  // namespace

relay_buffers::relay_buffers(std::string directory) : directory_(std::move(directory)) {
  // A processor that is not there leaves a gap in the numbers.
  const long possible = std::max(::sysconf(_SC_NPROCESSORS_CONF), 1L);
  for (long n = 0; n < possible; ++n) {
    const auto path = fmt::format("{}/trace{}", directory_, n);
    if (!exists(path)) continue;
    auto opened = open_buffer(path);
    if (!opened.ok())
      pdata::throw_errno("cannot read the trace buffer", path, opened.errno_value());
    processors_.push_back(std::make_unique<processor>(
        processor{path, std::move(*opened), pdata::spool_file(spool_memory)}));
  }
  if (processors_.empty())
    throw pdata::error(fmt::format(
        "there are no trace buffers in '{}': is debugfs mounted there (--debugfs)?", directory_));
}

bool relay_buffers::drain() {
  bool any = false;
  std::vector<std::byte> piece(most_at_once);
  for (const auto& p : processors_) {
    for (;;) {
      const auto n = ::read(p->file.descriptor(), piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN)
        pdata::throw_errno("cannot read the trace buffer", p->path, errno);
      if (n <= 0) break;
      p->put_aside.append(std::span(piece).first(static_cast<std::size_t>(n)));
      any = true;
    }
  }
  return any;
}

void relay_buffers::add_to(std::vector<::pollfd>& waiting) const {
  for (const auto& p : processors_) waiting.push_back({p->file.descriptor(), POLLIN, 0});
}

std::uint64_t relay_buffers::bytes() const {
  std::uint64_t all = 0;
  for (const auto& p : processors_) all += p->put_aside.size();
  return all;
}

std::uint64_t relay_buffers::dropped() const {
  const auto path = directory_ + "/dropped";
  const auto opened = open_buffer(path);
  if (!opened.ok()) pdata::throw_errno("cannot read", path, opened.errno_value());
  std::array<char, 32> text{};
  const auto n = ::read(opened->descriptor(), text.data(), text.size());
  std::uint64_t count = 0;
  if (n <= 0 || std::from_chars(text.data(), text.data() + n, count).ec != std::errc())
    throw pdata::error(fmt::format("'{}' does not hold a number", path));
  return count;
}

std::vector<const pdata::spool_file*> relay_buffers::spools() const {
  std::vector<const pdata::spool_file*> all;
  for (const auto& p : processors_) all.push_back(&p->put_aside);
  return all;
}

}  // namespace sim::record
