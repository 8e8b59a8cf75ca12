#include "sim/explore/promises.h"

#include <strings.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "sim/explore/fingerprint.h"
#include "sim/thin/dialect.h"

namespace sim::explore {

namespace {

bool is_named(std::span<const std::string> words, const char* name, const char* old_name) {
  return ::strcasecmp(words[0].c_str(), name) == 0 || ::strcasecmp(words[0].c_str(), old_name) == 0;
}

std::uint64_t number(std::span<const std::string> words, std::size_t at) {
  return at < words.size() ? parse_kernel_number(words[at]).value_or(0) : 0;
}

}  // namespace

void promises::request_began(device_id device, const void* token, const bio& asked) {
  request r{
      device, asked.op, asked.first, asked.count, asked.fua, asked.preflush && asked.count == 0, 0};
  if (r.is_flush) r.epoch = ++epoch_;
  in_flight_[token] = r;
  const auto found = devices_.find(device);
  if (found == devices_.end() || asked.count == 0 || asked.first >= device_sectors_) return;
  auto& contents = found->second.contents;
  if (asked.op == io_op::write) {
    if (asked.payload.what() == content::kind::stamp)
      writers_.emplace(asked.payload.seed(), device);
    for (auto& c : contents)
      c.write_began(asked.first, asked.count, asked.payload.kept(asked.count), token);
  } else if (asked.op == io_op::discard) {
    for (auto& c : contents) c.discard_began(asked.first, asked.count, token);
  }
}

bool promises::request_ended(device_id device, const void* token, int status) {
  const auto node = in_flight_.extract(token);
  if (node.empty()) return false;
  const request& r = node.mapped();
  if (r.op == io_op::read && !r.is_flush) return false;
  const auto found = devices_.find(device);
  if (found == devices_.end()) return true;
  for (auto& c : found->second.contents) {
    if (r.is_flush && status == 0)
      c.flushed(r.epoch, [&](sector first, sector count) {
        tightenings_.push_back({device, first, count});
      });
    if (r.fua && status == 0) tightenings_.push_back({device, r.first, r.count});
    if (r.count == 0 || r.first >= device_sectors_) continue;
    if (status == 0)
      c.request_done(r.first, r.count, token, r.fua ? write_kind::fua : write_kind::cached, epoch_);
    else
      c.request_failed(r.first, r.count, token);
  }
  return true;
}

void promises::create(device_id device) {
  auto& d = devices_[device];
  ++nr_asked_for_;
  if (d.there == presence::must && !d.contents.empty()) return;  // it will fail
  d.there = presence::may;
  d.contents.emplace_back(device_sectors_);
  d.family = device;
  d.is_snapshot = false;
  families_[device] = device;
}

void promises::snapshot(device_id device, device_id origin) {
  const auto of = devices_.find(origin);
  if (of == devices_.end()) return;
  auto& d = devices_[device];
  ++nr_asked_for_;
  if (d.there == presence::must && !d.contents.empty()) return;
  d.there = presence::may;
  for (const auto& c : of->second.contents) d.contents.push_back(c.as_snapshot());
  d.family = of->second.family;
  d.is_snapshot = true;
  tightenings_.push_back({device, 0, device_sectors_});
  families_[device] = d.family;
}

void promises::message_began(std::span<const std::string> words) {
  if (is_named(words, "create_thin", "new-thin")) create(number(words, 1));
  if (is_named(words, "create_snap", "new-snap")) snapshot(number(words, 1), number(words, 2));
  if (is_named(words, "delete", "del")) {
    const auto found = devices_.find(number(words, 1));
    if (found != devices_.end()) found->second.there = presence::may;
  }
  if (is_named(words, "set_transaction_id", "trans-id")) asked_id_ = number(words, 2);
}

void promises::message_ended(std::span<const std::string> words, bool ok) {
  const auto found = devices_.find(number(words, 1));
  const bool created =
      is_named(words, "create_thin", "new-thin") || is_named(words, "create_snap", "new-snap");
  const bool deleted = is_named(words, "delete", "del");
  if (is_named(words, "set_transaction_id", "trans-id")) {
    if (ok)
      stored_id_ = number(words, 2);
    else
      asked_id_ = stored_id_;
  }
  if (found == devices_.end()) return;
  if (created && ok) {
    auto& d = found->second;
    d.there = presence::must;
    d.contents.erase(d.contents.begin(), std::prev(d.contents.end()));
    tightenings_.push_back({found->first, 0, device_sectors_});
    deleted_.erase(found->first);
  }
  if (deleted && ok) {
    deleted_.insert(found->first);
    devices_.erase(found);
  } else if (deleted && found->second.there == presence::may) {
    found->second.there = presence::must;  // busy: nothing has happened
  }
}

void promises::power_lost() {
  in_flight_.clear();
  for (auto& [_, d] : devices_)
    for (auto& c : d.contents) c.power_lost();
}

std::optional<device_id> promises::writer_of(const content& what) const {
  if (what.what() != content::kind::stamp) return std::nullopt;
  const auto found = writers_.find(what.seed());
  if (found == writers_.end()) return std::nullopt;
  return found->second;
}

device_id promises::family_of(device_id device) const {
  const auto found = families_.find(device);
  return found == families_.end() ? device : found->second;
}

void promises::add_to(fingerprint& to) const {
  for (const auto& [id, d] : devices_) {
    to.add(id);
    to.add(static_cast<std::uint64_t>(d.there));
    to.add(d.family);
    for (const auto& c : d.contents) c.add_to(to);
  }
  to.add(devices_.size());
  for (const auto id : deleted_) to.add(id);
  to.add(deleted_.size());
  to.add(in_flight_.size());
  std::vector<std::uint64_t> waiting;
  for (const auto& [_, r] : in_flight_) {
    fingerprint f;
    f.add(r.device);
    f.add(static_cast<std::uint64_t>(r.op));
    f.add(r.first);
    f.add(r.count);
    waiting.push_back(f.value().low);
  }
  std::ranges::sort(waiting);
  for (const auto w : waiting) to.add(w);
  to.add(stored_id_);
}

}  // namespace sim::explore
