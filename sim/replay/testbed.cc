#include "sim/replay/testbed.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "sim/explore/crash_examiner.h"
#include "sim/scenario/interpreter.h"
#include "sim/thin/thin_target.h"

namespace sim::replay {

using pdata::status;
using pdata::success;

namespace {

// Nothing is left for an idle pool to do after this long.
constexpr virtual_time idle_after = 3600 * one_second;

// A disk's contents outlive the machine that it is part of.
class plugged_backing : public backing {
 public:
  plugged_backing(std::shared_ptr<backing> contents, std::shared_ptr<bool> connected)
      : contents_(std::move(contents)), connected_(std::move(connected)) {}

  sector size() const override { return contents_->size(); }
  status read(sector first, sector count, sector offset, const content_sink& to) override {
    return contents_->read(first, count, offset, to);
  }
  status write(sector first, sector count, const content& what) override {
    return *connected_ ? contents_->write(first, count, what) : success;
  }
  bool takes_unsealed() const override { return contents_->takes_unsealed(); }
  void write_unsealed(const pdata::unsealed_block& block) override {
    if (*connected_) contents_->write_unsealed(block);
  }

 private:
  std::shared_ptr<backing> contents_;
  std::shared_ptr<bool> connected_;
};

thin_place place_of(const thin_options& thin) {
  return {thin.id, fmt::format("thin-{}", thin.id), thin.size, ""};
}

[[noreturn]] void cannot(std::string_view what, const std::string& name, status why) {
  pdata::throw_errno(fmt::format("cannot {}", what), name, why.errno_value());
}

}  // namespace

testbed::testbed(pool_plan plan, const replay_settings& settings, action_log* log)
    : plan_(std::move(plan)),
      log_(log),
      may_lose_power_(!settings.schedule.crashes.empty() || settings.watched),
      crash_states_(settings.schedule.crash_states),
      watched_(settings.watched),
      // The pool is made by the replay, and its metadata read by nobody else before the end.
      metadata_is_private_(plan_.scenario_file.empty() && !plan_.has_metadata &&
                           !settings.check_every && !settings.output.save_metadata),
      variables_(settings.pool.variables) {
  settings_.kernel = settings.pool.kernel;
  settings_.speaks = settings.pool.speaks.speaks;
  settings_.lacks = settings.pool.speaks.lacks;
  settings_.no_space_timeout = settings.pool.no_space_timeout;
  if (crash_states_ || watched_) watch_pool();
  start_machine();
  if (!plan_.scenario_file.empty()) {
    run_scenario();
    started_at_ = 0 - machine_->loop().now();  // wraps: now() is 0
    in_service_ = true;
    return;
  }
  pool_table_ = *plan_.pool;
  for (const auto& thin : plan_.thins) thins_.push_back(place_of(thin));
  make_devices();
  in_service_ = true;
}

testbed::~testbed() {
  if (!machine_) return;
  end_discards();
  machine_->power_off();
}

void testbed::watch_pool() {
  if (!plan_.scenario_file.empty() || plan_.has_metadata)
    throw pdata::error("--crash-states needs a pool that the replay makes itself");
  sector longest = plan_.size_of_more_thins.value_or(0);
  for (const auto& thin : plan_.thins) longest = std::max(longest, thin.size);
  auto& data = *plan_.disks.at(1).contents;
  const auto stale = content::stamped(explore::stale_seed, 0);
  data.write(0, data.size(), stale).ignore();
  watch_ = std::make_unique<explore::pool_watch>(
      explore::pool_watch::sizes{.torn_sectors = watched_ ? watched_->torn_sectors : sector(1),
                                 .data_sectors = data.size(),
                                 .device_sectors = longest},
      stale);
  settings_.watch = &watch_->requests();
}

explore::pool_geometry testbed::geometry() const {
  const auto words = split_words(pool_table_.arguments);
  explore::pool_geometry geometry;
  geometry.metadata_blocks = plan_.disks.at(0).contents->size() / pdata::block_sectors;
  geometry.block_sectors = pool_of().block_sectors();
  geometry.data_blocks = pool_table_.length / geometry.block_sectors;
  geometry.speaks = {settings_.speaks, settings_.lacks};
  geometry.kernel = settings_.kernel;
  for (const auto& thin : thins_)
    geometry.device_sectors = std::max(geometry.device_sectors, thin.size);
  constexpr std::size_t features_at = 4;  // behind the devices, the block and the mark
  for (std::size_t i = features_at; i < words.size(); ++i)
    geometry.features += (i == features_at ? "" : " ") + words[i];
  return geometry;
}

void testbed::end_discards() {
  if (discards_) discards_->end_all();
}

std::optional<std::string> testbed::examine_crash() {
  explore::survivor_cache cache;
  explore::crash_examiner examiner(
      *watch_, cache,
      {.max_states = pdata::to_size(std::min<std::uint64_t>(*crash_states_, SIZE_MAX))});
  std::optional<std::string> first;
  examiner.examine(geometry(), [&](const explore::violation& v, const std::string& state) {
    if (first || v.broken == explore::invariant::no_leaks) return;
    first = fmt::format("{}: {} ({})", explore::name_of(v.broken), v.detail, state);
  });
  return first;
}

void testbed::start_machine() {
  ++round_;
  connected_ = std::make_shared<bool>(true);
  machine_ = std::make_unique<machine>(settings_);
  for (const auto& d : plan_.disks)
    machine_->add_disk(d.path, std::make_unique<plugged_backing>(d.contents, connected_),
                       d.options);
  if (watch_) {
    machine_->disks().at(0)->watch(&watch_->metadata_disk());
    auto& data = *machine_->disks().at(1);
    if (watched_)
      discards_ =
          std::make_unique<explore::discard_timer>(machine_->loop(), watch_->data_disk(), data);
    else
      data.watch(&watch_->data_disk());
  }
  // A cache that nothing can lose only takes time.
  if (!may_lose_power_)
    for (const auto& d : machine_->disks()) d->disable_write_cache();
  if (metadata_is_private_) machine_->disks().front()->serve_one_cache();
  if (on_commit_) machine_->on_commit(on_commit_);
}

void testbed::make_devices() {
  if (const auto r = machine_->create(pool_name_, {&pool_table_, 1}); !r.ok())
    cannot("create pool",
           fmt::format("{} {} thin-pool {}", pool_table_.begin, pool_table_.length,
                       pool_table_.arguments),
           r);
  for (const auto& thin : thins_) make_thin(thin);
  find_devices();
}

void testbed::make_thin(const thin_place& thin) {
  const auto made = machine_->message(pool_name_, 0, "create_thin " + id_text(thin.id));
  if (!made.ok() && made.errno_value() != EEXIST) cannot("create thin", id_text(thin.id), made);
  activate(thin);
}

const thin_place& testbed::add_thin(pdata::device_id id, sector size) {
  thins_.push_back(place_of({id, size}));
  log(fmt::format("dmsetup message {} 0 \"create_thin {}\"", pool_name_, id));
  make_thin(thins_.back());
  return thins_.back();
}

void testbed::run_scenario() {
  const auto script = parse_script(plan_.scenario_file, plan_.scenario_text, variables_);
  const auto nothing = [](std::string_view) {};
  run_script(script, *machine_, {.out = nothing, .messages = nothing});
  pool_name_.clear();
  pool_device_ = nullptr;
  find_devices();
  if (pool_name_.empty())
    throw pdata::error(fmt::format("scenario '{}' leaves no active pool", plan_.scenario_file));
  if (thins_.empty())
    throw pdata::error(
        fmt::format("scenario '{}' leaves no active thin device", plan_.scenario_file));
}

// What a restart has to make again, and where the metadata is.
void testbed::find_devices() {
  const bool by_scenario = pool_name_.empty();
  for (const auto& name : machine_->names()) {
    const auto* active = machine_->find(name)->active();
    if (active == nullptr || active->targets().size() != 1) continue;
    const auto& target = *active->targets().front();
    const auto line = machine_->report(name, status_kind::table);
    if (dynamic_cast<const thin_pool_target*>(&target) != nullptr) {
      if (by_scenario && !pool_name_.empty())
        throw pdata::error(
            fmt::format("scenario '{}' leaves more than one pool", plan_.scenario_file));
      if (!by_scenario) continue;
      pool_name_ = name;
      pool_table_ = {0, target.length(), "thin-pool", line->front().text};
    } else if (const auto* thin = dynamic_cast<const thin_target*>(&target);
               thin != nullptr && by_scenario) {
      thins_.push_back({thin->id(), name, target.length(),
                        thin->origin() == nullptr ? "" : thin->origin()->path()});
    }
  }
  if (pool_name_.empty()) return;
  const auto& path = pool_of().metadata_device().path();
  for (const auto& d : plan_.disks)
    if (d.path == path) metadata_contents_ = d.contents;
  if (!metadata_contents_)
    throw pdata::error(fmt::format("the pool's metadata device '{}' is no disk", path));
}

std::uint64_t testbed::metadata_sectors_written() const {
  const auto* on = &pool_of().metadata_device();
  std::uint64_t sectors = metadata_before_crashes_;
  for (const auto& d : machine_->disks())
    if (d.get() == on) sectors += d->counters().sectors_written;
  return sectors;
}

std::uint64_t testbed::data_sectors_written() const {
  const auto* metadata = &pool_of().metadata_device();
  std::uint64_t sectors = data_before_crashes_;
  for (const auto& d : machine_->disks())
    if (d.get() != metadata) sectors += d->counters().sectors_written;
  return sectors;
}

pool_counters testbed::counters() const {
  auto sum = before_crashes_;
  sum += pool_of().counters();
  return sum;
}

virtual_time testbed::out_of_space_time() const {
  return out_of_space_before_crashes_ + pool_of().out_of_space_time();
}

void testbed::find_device(const thin_place& thin) const {
  thin.found.device = machine_->find(thin.name);
  thin.found.round = round_;
}

void testbed::find_pool_line() const {
  pool_device_ = machine_->find(pool_name_);
  pool_active_ = pool_device_->active();
  pool_line_ = dynamic_cast<thin_pool_target*>(pool_active_->targets().front().get());
  REQUIRE(pool_line_ != nullptr);
}

std::uint32_t testbed::event_number() const { return machine_->find(pool_name_)->event_number(); }

void testbed::call_on_commit(commit_call call) {
  on_commit_ = std::move(call);
  machine_->on_commit(on_commit_);
}

bool testbed::watch_data(disk_watch& by) {
  if (watch_) return false;
  for (const auto& d : machine_->disks()) {
    if (d.get() != &pool_of().data_device()) continue;
    d->watch(&by);
    data_watch_ = &by;
    return true;
  }
  return false;
}

void testbed::advance_to(virtual_time time) {
  const virtual_time target = time - started_at_;
  auto& loop = machine_->loop();
  if (target > loop.now() + 2 * idle_after) {
    loop.advance(idle_after);
    loop.skip_to(target - idle_after);
  }
  if (target > loop.now()) loop.advance_to(target);
}

status testbed::take_snapshot(const thin_place& of, pdata::device_id id) {
  log("dmsetup suspend " + of.name);
  log(fmt::format("dmsetup message {} 0 \"create_snap {} {}\"", pool_name_, id, of.id));
  log("dmsetup resume " + of.name);
  end_discards();  // a suspend waits for them
  auto r = machine_->suspend(of.name);
  if (!r.ok()) return r;
  r = machine_->message(pool_name_, 0, fmt::format("create_snap {} {}", id, of.id));
  const auto resumed = machine_->resume(of.name);
  return r.ok() ? resumed : r;
}

status testbed::delete_device(pdata::device_id id) {
  log(fmt::format("dmsetup message {} 0 \"delete {}\"", pool_name_, id));
  return machine_->message(pool_name_, 0, "delete " + id_text(id));
}

void testbed::activate(const thin_place& thin) {
  const auto pool_path = machine_->find(pool_name_)->path();
  const table_line line{
      0, thin.size, "thin",
      fmt::format("{} {}{}{}", pool_path, thin.id, thin.origin.empty() ? "" : " ", thin.origin)};
  if (in_service_)
    log(fmt::format("dmsetup create {} --table \"0 {} thin {}\"", thin.name, thin.size,
                    line.arguments));
  if (const auto r = machine_->create(thin.name, {&line, 1}); !r.ok())
    cannot("activate thin", id_text(thin.id), r);
}

void testbed::deactivate(const thin_place& thin) {
  log("dmsetup remove " + thin.name);
  ++round_;
  if (const auto r = machine_->remove(thin.name); !r.ok())
    cannot("remove thin", id_text(thin.id), r);
}

void testbed::crash() {
  const virtual_time time = now();
  if (log_ != nullptr) log_->comment("Here power is lost, which a scenario cannot show.");
  before_crashes_ = counters();
  out_of_space_before_crashes_ = out_of_space_time();
  metadata_before_crashes_ = metadata_sectors_written();
  data_before_crashes_ = data_sectors_written();
  *connected_ = false;
  for (const auto& d : machine_->disks()) d->watch(nullptr);
  if (watch_) watch_->power_lost();
  machine_->power_off();
  for (const auto& d : machine_->disks()) d->power_off();
  discards_.reset();
  pool_device_ = nullptr;
  machine_.reset();
  start_machine();
  started_at_ = time;
  in_service_ = false;
  make_devices();
  if (data_watch_ != nullptr) watch_data(*data_watch_);
  in_service_ = true;
}

status testbed::grow(sector by) {
  auto longer = pool_table_;
  longer.length += by;
  log(fmt::format("dmsetup reload {} --table \"0 {} thin-pool {}\"", pool_name_, longer.length,
                  longer.arguments));
  log("dmsetup suspend " + pool_name_);
  log("dmsetup resume " + pool_name_);
  pool_device_ = nullptr;  // a later table may lie where this one does
  auto r = machine_->load(pool_name_, {&longer, 1});
  if (r.ok()) r = machine_->suspend(pool_name_);
  if (!r.ok()) return r;
  r = machine_->resume(pool_name_);
  if (r.ok()) pool_table_ = longer;
  return r;
}

std::string testbed::pool_status() {
  const auto lines = machine_->report(pool_name_, status_kind::info);
  return fmt::format("0 {} thin-pool {}", pool_table_.length, lines->front().text);
}

std::string testbed::status_of(const thin_place& thin) const {
  const auto lines = machine_->report(thin.name, status_kind::info);
  return fmt::format("0 {} thin {}", thin.size, lines->front().text);
}

void testbed::shut_down(ending how) {
  end_discards();
  if (how == ending::orderly)
    machine_->remove_all();
  else
    machine_->power_off();
  // The disks write back what their caches hold.
  discards_.reset();
  pool_device_ = nullptr;
  ++round_;
  machine_.reset();
}

setup_lines testbed::setup_commands() const {
  setup_lines lines;
  if (!plan_.scenario_file.empty()) {
    lines.push_back(plan_.scenario_text);
    return lines;
  }
  const auto& metadata = plan_.disks.front().path;
  if (!plan_.has_metadata)
    lines.push_back(fmt::format("dd if=/dev/zero of={} bs=4096 count=1", metadata));
  lines.push_back(fmt::format("dmsetup create pool --table \"0 {} thin-pool {}\"",
                              plan_.pool->length, plan_.pool->arguments));
  for (const auto& thin : plan_.thins) {
    lines.push_back(fmt::format("dmsetup message pool 0 \"create_thin {}\"{}", thin.id,
                                plan_.has_metadata ? " 2>/dev/null" : ""));
    lines.push_back(fmt::format("dmsetup create thin-{} --table \"0 {} thin /dev/mapper/pool {}\"",
                                thin.id, thin.size, thin.id));
  }
  return lines;
}

}  // namespace sim::replay
