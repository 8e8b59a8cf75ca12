#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "persistent-data/base/error.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/size/size_option.h"
#include "thin-tools/transfer/active_volume.h"
#include "thin-tools/transfer/migrate.h"
#include "thin-tools/transfer/opened_source.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("Source: a volume of an active pool, which holds a metadata snapshot"),
    {0, "source-dev", argument::required, "DEVICE", "the thin device, active and read-only"},
    heading("Or metadata and data device of a pool"),
    {0, "metadata-dev", argument::required, "DEVICE", "the pool's metadata device or file"},
    {0, "data-dev", argument::required, "DEVICE", "the pool's data device or file"},
    {0, "dev-id", argument::required, "DEV", "the thin device to copy"},
    {'m', "metadata-snap", argument::none, "",
     "as the metadata snapshot has it; works while the pool is active"},
    {0, "size", argument::required, "SIZE",
     "size of the volume (default: LVM2's, else up to its last mapped block); sectors without "
     "unit"},
    lvm_row,
    heading("Destination"),
    {0, "dest-dev", argument::required, "DEVICE", "a device, or a file that is there"},
    {0, "dest-file", argument::required, "FILE", "a new file"},
    {0, "delta-id", argument::required, "DEV",
     "the destination holds this thin device: write only what differs"},
    {0, "zero-dest", argument::none, "", "zero what is not mapped"},
    {0, "buffer-size-meg", argument::required, "MB", "memory for what is read ahead (16)"},
    {'q', "quiet", argument::none, "", "no output but errors"},
    unused_verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{"thin_migrate", "Copy a thin device to a file or another device.",
                                "", options};

std::optional<std::uint64_t> volume_bytes(const command_line& line, const device_names& names,
                                          pdata::device_id device) {
  if (const auto size = sectors_option(line, "size")) return *size * sectors.bytes;
  const auto* volume = names.known() ? names.pool().find(device) : nullptr;
  if (!volume) return std::nullopt;
  return volume->sectors * sectors.bytes;
}

// What --source-dev leads to, with the device itself, which its contents are read from.
class active_source {
 public:
  explicit active_source(std::string path)
      : path_(std::move(path)), volume_(find_active_volume(path_)) {}

  const active_volume& volume() const { return volume_; }
  source_names pool() const { return {volume_.metadata, volume_.data, true}; }
  const data_device& open() {
    device_.emplace(admitted_);
    return *device_;
  }

  // The metadata snapshot gives what is mapped: it has to be what is mapped now.
  void expect_current(opened_source& pool, const source_volume& in_snapshot) const {
    constexpr int looks_max = 50;
    constexpr std::chrono::milliseconds pause{100};
    for (int look = 0; look < looks_max; ++look) {
      if (const auto now = pool.committed_fingerprint(volume_.device)) {
        if (*now == in_snapshot.fingerprint) return;
        throw pdata::error(
            fmt::format("'{}' has changed since the pool's metadata snapshot was taken: release it "
                        "and take it again",
                        path_));
      }
      std::this_thread::sleep_for(pause);
    }
    throw pdata::error(
        fmt::format("the pool of '{}' committed during each of {} looks at what the "
                    "volume maps: try again when less is written to the pool",
                    path_, looks_max));
  }

  void expect_same() const {
    if (find_active_volume(path_) != volume_)
      throw pdata::error(fmt::format("'{}' is another volume than when its copy was begun", path_));
  }

 private:
  std::string path_;
  active_volume volume_;
  pass admitted_ = admit_reading("source device", path_);
  std::optional<data_device> device_;
};

std::size_t buffer_bytes(const command_line& line) {
  constexpr std::uint64_t meg_max = std::min<std::uint64_t>(4096, SIZE_MAX >> 20);
  const auto meg = line.number("buffer-size-meg", meg_max).value_or(16);
  if (meg == 0) throw invalid_value("buffer-size-meg", "0", "it is too small");
  return static_cast<std::size_t>(meg) << 20;
}

void expect_no_inactive_pool(const command_line& line) {
  for (const auto* other : {"metadata-dev", "data-dev", "dev-id", "metadata-snap", "size"})
    if (line.has(other))
      throw usage_error(fmt::format("--source-dev and --{} exclude each other.", other));
}

source_names inactive_pool(const command_line& line) {
  source_names from{line.required_value("metadata-dev", "No metadata device provided."),
                    line.required_value("data-dev", "No data device provided."),
                    line.has("metadata-snap")};
  line.required_value("dev-id", "No device id provided.");
  return from;
}

int run(const command_line& line) {
  check_peer_options(line);
  const device_names names(line);
  line.expect_no_operands();
  std::optional<active_source> active;
  if (line.has("source-dev")) {
    expect_no_inactive_pool(line);
    active.emplace(*line.value("source-dev"));
  }
  const auto from = active ? active->pool() : inactive_pool(line);
  const auto device = active ? active->volume().device : *names.id(line, "dev-id");
  const auto base_device = names.id(line, "delta-id");
  const bool new_file = line.has("dest-file");
  if (new_file == line.has("dest-dev"))
    throw usage_error("One of --dest-dev and --dest-file must be given.");
  if (new_file && base_device) throw usage_error("--delta-id needs --dest-dev");
  const auto target = *line.value(new_file ? "dest-file" : "dest-dev");
  const bool quiet = line.has("quiet");

  const auto target_passes = admit_target(
      target, new_file ? transfer_target::opening::new_file : transfer_target::opening::existing);
  opened_source source(from);
  if (const auto remark = source.remark(); !quiet && !remark.empty()) print(stderr, remark + "\n");
  const auto volume = source.volume(
      device, active ? active->volume().volume_bytes : volume_bytes(line, names, device));
  if (active) active->expect_current(source, volume);
  std::optional<source_volume> base;
  if (base_device) {
    auto base_bytes = volume_bytes(line, names, *base_device);
    if (active && !base_bytes) base_bytes = active->volume().volume_bytes;
    base = source.volume(*base_device, base_bytes);
  }
  migrate_request what{.volume = volume,
                       .base = base ? &*base : nullptr,
                       .target = target,
                       .new_file = new_file,
                       .zero_rest = line.has("zero-dest"),
                       .buffer_bytes = buffer_bytes(line)};
  if (active) {
    what.active = &active->open();
    what.confirm = [&] { active->expect_same(); };
  }
  send_progress progress;
  std::optional<progress_line> shown;
  if (!quiet)
    shown.emplace([&] {
      return fmt::format("copied {} of {} MiB", progress.bytes_read >> 20,
                         progress.bytes_expected >> 20);
    });
  const auto done = migrate_volume(what, source.data(), progress);
  shown.reset();
  if (!quiet)
    print(stdout,
          fmt::format(
              "device {}: {} bytes, {} of them written, {} cleared{}\n", device,
              volume.map.volume_bytes, done.data_bytes, done.zero_bytes,
              new_file || base || what.zero_rest ? "" : "; what is not mapped was left as it was"));
  return exit_good;
}

}  // namespace

const command thin_migrate_command{&syntax, run};

}  // namespace thin_tools
