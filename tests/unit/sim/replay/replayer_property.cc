// Random traces through random pools, with snapshots, crashes, fstrims, growth
// and too little space on the way: what is read is what was written, snapshots
// keep what they held, and the checker finds the metadata clean after every
// commit.
#include "sim/replay/replayer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/report/json_report.h"

namespace sim::replay {

namespace {

constexpr sector span = 6000;  // of each device, not a whole number of blocks
constexpr std::uint32_t nr_devices = 2;
constexpr sector pool_block = 128;

struct traced_request {
  std::uint64_t delay_ms = 0;
  std::string op;
  sector first = 0;
  sector count = 0;
  std::uint32_t device = 0;
};

rc::Gen<traced_request> any_request() {
  const auto delay = rc::gen::element<std::uint64_t>(0, 0, 1, 5, 100, 700, 3000);
  const auto op = rc::gen::element<std::string>("w", "w", "w", "r", "r", "d", "d", "f", "FWFS",
                                                "WFS", "write_zeroes");
  const auto count = rc::gen::element<std::uint64_t>(1, 8, 64, pool_block, 300, 10 * pool_block);
  return rc::gen::mapcat(rc::gen::arbitrary<bool>(), [=](bool aligned) {
    const auto first = rc::gen::map(
        rc::gen::inRange<std::uint64_t>(0, span),
        [aligned](std::uint64_t at) { return aligned ? at / pool_block * pool_block : at; });
    return rc::gen::construct<traced_request>(delay, op, first, count,
                                              rc::gen::inRange<std::uint32_t>(0, nr_devices));
  });
}

std::string trace_text(const std::vector<traced_request>& requests) {
  std::string text = "time_ms,op,offset_sectors,length_sectors,device\n";
  std::uint64_t now = 0;
  for (const auto& r : requests) {
    now += r.delay_ms;
    text += fmt::format("{},{},{},{},{}\n", now, r.op, r.first, r.op == "f" ? sector(0) : r.count,
                        r.device);
  }
  return text;
}

template <class T>
std::optional<T> maybe(const rc::Gen<T>& value) {
  return *rc::gen::arbitrary<bool>() ? std::optional<T>(*value) : std::nullopt;
}

pool_options any_pool() {
  pool_options wanted;
  for (pdata::device_id id = 0; id < nr_devices; ++id) wanted.thins.push_back({id, span});
  wanted.size = pool_block * *rc::gen::element<std::uint64_t>(20, 60, 200);
  wanted.metadata_size = pdata::block_sectors * *rc::gen::element<std::uint64_t>(20, 30, 60, 1024);
  wanted.block_size = pool_block;
  wanted.low_water = *rc::gen::element<std::uint64_t>(0, 3);
  const auto feature = maybe(rc::gen::element<std::string>(
      "skip_block_zeroing", "error_if_no_space", "ignore_discard", "no_discard_passdown"));
  if (feature) wanted.features.push_back(*feature);
  wanted.no_space_timeout = one_second * *rc::gen::element<virtual_time>(1, 5, 60);
  return wanted;
}

schedule_options any_schedule() {
  schedule_options wanted;
  wanted.snapshot_every =
      maybe(rc::gen::element<virtual_time>(one_second * 7 / 10, 3 * one_second));
  if (wanted.snapshot_every) wanted.keep = retention{*rc::gen::inRange<std::uint64_t>(0, 4), {}};
  wanted.fstrim_every = maybe(rc::gen::just(5 * one_second));
  wanted.crashes = *rc::gen::resize(3, rc::gen::container<std::vector<virtual_time>>(
                                           rc::gen::inRange<virtual_time>(1, 30 * one_second)));
  return wanted;
}

replay_settings any_settings() {
  replay_settings settings;
  settings.pool = any_pool();
  settings.schedule = any_schedule();
  settings.grow = maybe(rc::gen::just(10 * pool_block));
  settings.wrap = true;
  return settings;
}

report::replay_report replay(const std::string& text, const replay_settings& settings) {
  const auto reader = trace::open_trace_bytes(std::as_bytes(std::span(text)), {});
  replay_progress progress;
  replayer replaying(settings, plan_pool(settings, nullptr), progress);
  return replaying.run(*reader);
}

}  // namespace

RC_GTEST_PROP(Replayer, AgreesWithEveryTrace, ()) {
  const auto requests = *rc::gen::container<std::vector<traced_request>>(any_request());
  auto settings = any_settings();
  settings.check_every = 1;
  const auto text = trace_text(requests);
  RC_LOG() << text;

  const auto report = replay(text, settings);
  RC_ASSERT(report.verified.disagreement == "");
  RC_ASSERT(report.damaged_records == 0U);
  RC_ASSERT(report.requests.all() == requests.size());
  RC_ASSERT(report.verified.metadata_checks > 0U);
}

// Where nobody asks for the metadata before the end, most of their versions are never stored:
// also where the pool gives up transactions, because its metadata device is full.
RC_GTEST_PROP(Replayer, ReportsTheSameWhetherOrNotMetadataAreKept, ()) {
  const auto text = trace_text(*rc::gen::container<std::vector<traced_request>>(any_request()));
  auto settings = any_settings();
  if (*rc::gen::arbitrary<bool>()) settings.schedule.crashes.clear();
  RC_LOG() << text;
  const auto late = replay(text, settings);
  settings.output.save_metadata = "kept";
  RC_ASSERT(report::to_json(late) == report::to_json(replay(text, settings)));
}

}  // namespace sim::replay
