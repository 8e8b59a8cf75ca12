#include "sim/replay/replayer.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "sim/replay/result_examiner.h"
#include "sim/replay/volume_layout.h"
#include "sim/run/metadata_check.h"
#include "sim/thin/thin_target.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::replay {

using namespace thin_tools::page;

namespace {

constexpr std::uint64_t progress_step = 1024;  // requests
constexpr sector longest_base_read = 2048;

bool takes_snapshots(const schedule_options& of) {
  return of.snapshot_every || !of.snapshots.empty();
}

}  // namespace

replayer::replayer(const replay_settings& settings, pool_plan plan, replay_progress& progress,
                   action_log* log)
    : settings_(settings),
      progress_(progress),
      log_(log),
      bed_(std::move(plan), settings, log),
      runner_(bed_, report_, log, settings),
      collector_(bed_, report_,
                 {.state = [this] { return volumes(); }, .layout = [this] { return layout(); }}),
      schedule_(settings.schedule) {
  for (const auto& thin : bed_.thins()) {
    add_device(thin);
    if (settings.verify && (bed_.plan().has_metadata || !bed_.plan().scenario_file.empty()))
      find_base(devices_.back());
  }
  for (const auto id : settings.schedule.snapshot_devices)
    if (!bed_.plan().size_of_more_thins &&
        std::ranges::find(bed_.thins(), id, &thin_place::id) == bed_.thins().end())
      throw pdata::error(fmt::format("no snapshots of thin {}: there is no such device", id));
  for (const auto& [name, id] : settings.device_map)
    next_snapshot_ = std::max(next_snapshot_, id + 1);
  if (settings.verify && takes_snapshots(settings.schedule)) {
    proven_ = std::make_unique<proven_parts>(bed_.pool_of().block_sectors());
    if (!bed_.watch_data(proven_->watch())) proven_.reset();
  }
  bed_.call_on_commit([this](const commit_notice& commit) { check_commit(commit); });
}

model_rules replayer::rules() const {
  return {.block_sectors = bed_.pool_of().block_sectors(),
          .zeroes_new_blocks = bed_.pool_of().features().zero_new_blocks,
          .keeps_what_may_be_lost = !settings_.schedule.crashes.empty()};
}

void replayer::add_device(const thin_place& thin) {
  devices_.push_back({thin, device_model(rules()), fmt::format("thin {}", thin.id)});
  held_discards_.emplace_back();
  next_snapshot_ = std::max(next_snapshot_, thin.id + 1);
}

thin_target& replayer::target_of(const replayed_device& device) const {
  return dynamic_cast<thin_target&>(*bed_.device_of(device.place).active()->targets().front());
}

report_collector::volume_state replayer::volumes() const {
  report_collector::volume_state state;
  state.mapped.reserve(devices_.size());
  targets_.resize(devices_.size());
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (targets_[i] == nullptr) targets_[i] = &target_of(devices_[i]);
    state.mapped.push_back(targets_[i]->metadata()->mapped_blocks());
  }
  for (const auto& set : snapshots_) state.mapped_by_others += set.mapped;
  return state;
}

// Of volumes, not of snapshots.
report::layout_point replayer::layout() const {
  report::layout_point found;
  auto& metadata = bed_.pool_of().metadata();
  for (const auto& device : devices_) {
    add_layout(metadata, target_of(device).metadata(),
               pdata::div_up(device.place.size, bed_.pool_of().block_sectors()), found);
  }
  return found;
}

// What is there before the first request is what the device must go on holding.
void replayer::find_base(replayed_device& device) {
  auto& mapped = bed_.device_of(device.place);
  auto& pool = bed_.pool_of();
  auto& thin = dynamic_cast<thin_target&>(*mapped.active()->targets().front());
  const bool has_origin = !device.place.origin.empty();
  const std::uint64_t block = pool.block_sectors();
  auto base = std::make_shared<extent_map>();
  sector reading = 0;
  const content_sink sink = [&](sector offset, sector count, const content& what) {
    if (!what.is_zero()) base->put(reading + offset, count, what);
  };
  for (sector at = 0; at < device.place.size;) {
    sector end = device.place.size;
    if (!has_origin) {
      const auto run = pool.metadata().find_mapped_range(thin.metadata(), at / block,
                                                         pdata::div_up(device.place.size, block));
      if (!run.ok()) break;
      at = run->begin * block;
      end = std::min<sector>(end, run->end * block);
    }
    for (; at < end; at = std::min<sector>(end, at + longest_base_read)) {
      reading = at;
      const auto read =
          block_request::read(at, std::min<sector>(longest_base_read, end - at), &sink);
      if (const auto r = perform(bed_.on(), mapped, read); !r.ok())
        pdata::throw_errno("cannot read", mapped.path(), r.errno_value());
    }
  }
  const bool was_empty = thin.metadata()->mapped_blocks() == 0;
  using below = device_model::below;
  device.model.set_base(std::move(base), !has_origin ? below::zeroes
                                         : was_empty ? below::base
                                                     : below::unknown);
}

// The thin device that the user has named for it, or the next one that nobody
// has named.
std::optional<std::size_t> replayer::choose_device(const std::string& traced) {
  const auto& named = settings_.device_map;
  if (const auto found = named.find(traced); found != named.end()) {
    for (std::size_t i = 0; i < devices_.size(); ++i)
      if (devices_[i].place.id == found->second) return i;
    return std::nullopt;
  }
  for (; first_free_ < devices_.size(); ++first_free_) {
    const auto id = devices_[first_free_].place.id;
    if (std::ranges::none_of(named, [&](const auto& entry) { return entry.second == id; }))
      return first_free_++;
  }
  return std::nullopt;
}

// Where nobody knew how many devices there are.
std::optional<std::size_t> replayer::make_device(const std::string& traced) {
  if (!bed_.plan().size_of_more_thins) return std::nullopt;
  const auto found = settings_.device_map.find(traced);
  const auto id = found == settings_.device_map.end() ? next_snapshot_ : found->second;
  add_device(bed_.add_thin(id, *bed_.plan().size_of_more_thins));
  if (found == settings_.device_map.end()) first_free_ = devices_.size();
  return devices_.size() - 1;
}

// In the order of the trace's table, so that a part of the trace goes to the
// same devices as all of it.
std::size_t replayer::device_for(std::uint32_t traced, const trace::trace_reader& reader) {
  while (routes_.size() <= traced) {
    const auto& name = reader.devices().name(static_cast<std::uint32_t>(routes_.size()));
    auto route = choose_device(name);
    if (!route) route = make_device(name);
    routes_.push_back(route);
    if (route) devices_[*route].label += fmt::format(" ({})", name);
  }
  if (routes_[traced]) return *routes_[traced];
  throw pdata::error(
      fmt::format("the trace's device '{0}' has no thin device: add one with --thin, or choose one "
                  "with --map {0}=ID",
                  reader.devices().name(traced)));
}

void replayer::count(const trace::io_request& request) {
  auto& counts = report_.requests;
  const std::uint64_t bytes = request.nr_sectors * pdata::sector_bytes;
  switch (request.op) {
    case trace::io_op::read:
      ++counts.reads;
      counts.read_bytes += bytes;
      break;
    case trace::io_op::write:
      ++counts.writes;
      counts.fua_writes += request.fua;
      counts.written_bytes += bytes;
      break;
    case trace::io_op::write_zeroes:
      ++counts.write_zeroes;
      counts.written_bytes += bytes;
      break;
    case trace::io_op::discard:
      ++counts.discards;
      counts.discarded_bytes += bytes;
      break;
    case trace::io_op::flush:
      ++counts.flushes;
      break;
  }
}

void replayer::note_heat(std::size_t device, const trace::io_request& request) {
  constexpr std::size_t devices_shown = 8;
  if (device >= devices_shown) return;
  if (report_.heat.size() <= device) report_.heat.resize(device + 1);
  auto& heat = report_.heat[device];
  if (request.op == trace::io_op::read)
    heat.reads.add(request.time_ns, request.sector, request.nr_sectors);
  else if (request.op == trace::io_op::write || request.op == trace::io_op::write_zeroes)
    heat.writes.add(request.time_ns, request.sector, request.nr_sectors);
}

void replayer::on_device(std::size_t device, const trace::io_request& request) {
  if (settings_.schedule.fstrim_every) {
    auto& held = held_discards_[device];
    if (request.op == trace::io_op::discard)
      return held.put(request.sector, request.nr_sectors, number_);
    if (request.op == trace::io_op::write || request.op == trace::io_op::write_zeroes)
      held.erase(request.sector, request.nr_sectors);
  }
  const auto waiting = runner_.in_flight();
  if (!runner_.run(devices_[device], request, number_) && runner_.in_flight() == waiting)
    ++report_.requests.failed;
}

// Folded back into the device, in pieces where it passes the end.
void replayer::wrapped(std::size_t device, trace::io_request request) {
  const sector size = devices_[device].place.size;
  sector left = std::min<sector>(request.nr_sectors, size);
  request.sector = request.sector % size;
  while (left != 0) {
    request.nr_sectors = std::min<sector>(left, size - request.sector);
    on_device(device, request);
    left -= request.nr_sectors;
    request.sector = 0;
  }
}

void replayer::one(const trace::io_request& request, const trace::trace_reader& reader) {
  const auto device = device_for(request.device, reader);
  const sector size = devices_[device].place.size;
  ++number_;
  count(request);
  note_heat(device, request);
  if (request.sector + request.nr_sectors <= size) return on_device(device, request);
  if (!settings_.wrap)
    throw pdata::error(fmt::format(
        "{}: a request of {} sectors at {} is beyond the {} sectors of thin {} (--wrap folds it "
        "back)",
        reader.position_of(request), request.nr_sectors, request.sector, size,
        devices_[device].place.id));
  wrapped(device, request);
}

// What a step has brought about.
void replayer::step() {
  if (!runner_.idle()) runner_.collect();
  if (collector_.watch(bed_.now()) && settings_.grow) grow(bed_.now());
  if (commit_problem_) {
    const auto text =
        fmt::format("the metadata is not clean after commit {}: {}", commits_, *commit_problem_);
    throw disagreement{number_, text, "", 0, 0};
  }
}

void replayer::advance_to(virtual_time time) {
  if (log_ != nullptr && time > bed_.now()) log_->pass(time - bed_.now());
  bed_.advance_to(time);
}

// By the second, so that events have their time.
void replayer::pass_time(virtual_time until) {
  while (const auto due = schedule_.take(until)) {
    if (due->time > bed_.now()) {
      advance_to(due->time);
      step();
    }
    keep(*due);
    step();
  }
  while (bed_.now() < until && until - bed_.now() > one_second &&
         until - bed_.now() < 7200 * one_second) {
    advance_to(bed_.now() + one_second);
    collector_.sample(bed_.now());
    step();
  }
  advance_to(until);
}

void replayer::keep(const appointment& due) {
  switch (due.what) {
    case event_kind::crash:
      return crash(due.time);
    case event_kind::fstrim:
      return trim(due.time);
    case event_kind::delete_oldest:
      return delete_oldest(due.time);
    case event_kind::snapshot:
      return take_snapshots(due.time);
  }
}

void replayer::take_snapshots(virtual_time time) {
  if (!runner_.idle()) {
    bed_.end_discards();
    runner_.collect();
  }
  if (!runner_.idle()) return collector_.add_event(time, "no snapshot: requests wait for space");
  snapshot_set taken{time, {}, 0};
  const auto& chosen = settings_.schedule.snapshot_devices;
  for (auto& device : devices_) {
    if (!chosen.empty() && std::ranges::find(chosen, device.place.id) == chosen.end()) continue;
    const auto id = next_snapshot_++;
    if (const auto r = bed_.take_snapshot(device.place, id); !r.ok()) {
      collector_.add_event(time, fmt::format("no snapshot of thin {}: {}", device.place.id,
                                             pdata::errno_text(r.errno_value())));
      continue;
    }
    ++report_.snapshots_created;
    taken.mapped += target_of(device).metadata()->mapped_blocks();
    auto& member = taken.members.emplace_back(device);
    member.place.id = id;
    member.place.name = fmt::format("snapshot-{}", id);
    member.label = fmt::format("snapshot of thin {} at {}", device.place.id, time_text(time));
    // The message has committed.
    member.model.flushed();
  }
  collector_.add_mark(time, report::mark_kind::snapshot);
  snapshots_.push_back(std::move(taken));
  if (settings_.schedule.keep) delete_beyond(*settings_.schedule.keep, time);
}

void replayer::delete_beyond(const retention& rule, virtual_time time) {
  std::vector<virtual_time> times;
  for (const auto& set : snapshots_) times.push_back(set.taken);
  const auto kept = kept_by(rule, times);
  std::size_t at = 0;
  for (const bool keeps : kept) {
    if (keeps)
      ++at;
    else
      delete_set(at, time);
  }
}

void replayer::delete_oldest(virtual_time time) {
  if (!snapshots_.empty()) delete_set(0, time);
}

void replayer::delete_set(std::size_t number, virtual_time time) {
  collector_.add_mark(time, report::mark_kind::deletion);
  for (auto& member : snapshots_[number].members) {
    verify_snapshot(member);
    if (const auto r = bed_.delete_device(member.place.id); !r.ok())
      collector_.add_event(time, fmt::format("cannot delete thin {}: {}", member.place.id,
                                             pdata::errno_text(r.errno_value())));
    else
      ++report_.devices_deleted;
  }
  snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(number));
}

// The discards that a filesystem without the discard option keeps for fstrim.
void replayer::trim(virtual_time time) {
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    trace::io_request request{.time_ns = time, .op = trace::io_op::discard};
    held_discards_[i].visit_present([&](sector first, sector count, std::uint64_t) {
      request.sector = first;
      request.nr_sectors = count;
      runner_.run(devices_[i], request, number_);
    });
    held_discards_[i] = {};
  }
}

void replayer::crash(virtual_time time) {
  ++report_.crashes;
  collector_.add_event(time, "the machine lost its power");
  collector_.add_mark(time, report::mark_kind::crash);
  if (settings_.schedule.crash_states)
    if (const auto problem = bed_.examine_crash())
      throw disagreement{number_, "a loss of power may break " + *problem, "", 0, 0};
  bed_.crash();
  targets_.clear();
  if (proven_) proven_->forget_all();
  runner_.forget();
  collector_.restarted();
  for (auto& device : devices_) device.model.crashed();
  for (auto& set : snapshots_)
    for (auto& member : set.members) member.model.crashed();
}

void replayer::grow(virtual_time time) {
  const auto r = bed_.grow(*settings_.grow);
  if (r.ok()) collector_.add_mark(time, report::mark_kind::growth);
  collector_.add_event(time, r.ok() ? "the data device was grown"
                                    : fmt::format("the data device cannot grow: {}",
                                                  pdata::errno_text(r.errno_value())));
}

void replayer::check_commit(const commit_notice& commit) {
  collector_.note_use();
  ++commits_;
  if (!settings_.check_every || commits_ % *settings_.check_every != 0 || commit_problem_) return;
  ++report_.verified.metadata_checks;
  // After a loss of power data blocks may be counted and not mapped, for good.
  commit_problem_ = find_problem(
      bed_.on(), {commit.metadata, report_.crashes == 0 ? commit.unmapped_blocks : UINT64_MAX});
}

void replayer::replay(trace::trace_reader& reader) {
  trace::io_request request;
  virtual_time last = 0;
  while (reader.next(request)) {
    last = request.time_ns;
    if (request.time_ns > bed_.now()) pass_time(request.time_ns);
    collector_.sample(request.time_ns);
    one(request, reader);
    step();
    if (number_ % progress_step != 0) continue;
    progress_.requests.store(number_, std::memory_order_relaxed);
    progress_.bytes.store(reader.consumed_bytes(), std::memory_order_relaxed);
  }
  end(last);
}

// Requests that wait get the time after which they fail; then everything is
// read again.
void replayer::end(virtual_time time) {
  if (!runner_.idle()) pass_time(bed_.now() + settings_.pool.no_space_timeout + one_second);
  report_.duration_ns = time;
  report_.status.push_back(bed_.pool_status());
  for (const auto& device : devices_) report_.status.push_back(bed_.status_of(device.place));
  step();
  collector_.finish(std::max(time, bed_.now()));
  for (auto& device : devices_) verify_all(device);
  for (auto& set : snapshots_)
    for (auto& member : set.members) verify_snapshot(member);
}

void replayer::examine() {
  expected_result expected{.pool_status = report_.status.empty() ? "" : report_.status.front(),
                           .last_request = number_,
                           .compares_mappings = settings_.verify,
                           .may_leak = report_.crashes != 0 || !runner_.idle()};
  const bool known = bed_.counters().metadata_failures == 0;
  bed_.shut_down(runner_.idle() ? testbed::ending::orderly : testbed::ending::power_off);
  expected.may_leak |= !known;
  if (known) list_devices(expected);
  examine_result(bed_.metadata_contents(), expected, report_);
}

void replayer::list_devices(expected_result& expected) const {
  for (const auto& device : devices_) expected.devices.push_back(&device);
  for (const auto& set : snapshots_)
    for (const auto& member : set.members) expected.devices.push_back(&member);
}

report::replay_report replayer::run(trace::trace_reader& reader) {
  progress_.total_bytes = reader.total_bytes().value_or(0);
  try {
    replay(reader);
    examine();
  } catch (const disagreement& wrong) {
    stopped_by_ = wrong;
    report_.verified.disagreement = fmt::format("request {}: {}", wrong.request, wrong.text);
  }
  const auto& read = reader.statistics();
  for (const auto& device : devices_) report_.volumes.push_back(device.label);
  for (std::size_t i = 0; i < report_.heat.size(); ++i) report_.heat[i].device = devices_[i].label;
  report_.verified.data = settings_.verify;
  report_.records = read.requests + read.skipped + read.damaged;
  report_.assumed = reader.describe();
  report_.lost_records = report_.assumed.lost;
  report_.cut_short = read.cut_short;
  report_.skipped_records = read.skipped;
  report_.damaged_records = read.damaged;
  report_.late_records = read.late;
  for (const auto& problem : read.problems)
    report_.trace_problems.push_back(fmt::format("{}: {}", problem.position, problem.reason));
  return std::move(report_);
}

}  // namespace sim::replay
