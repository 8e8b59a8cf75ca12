#include "sim/explore/crash_examiner.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim::explore {

using pdata::device_id;

namespace {

constexpr std::size_t most_remembered = 10'000;
constexpr sector whole_device = INT64_MAX;

// Damage is reported by itself; what a damaged pool shows is no news.
bool shows_devices(const survivor& s) {
  return s.comes_up && std::ranges::none_of(s.problems, [](const violation& v) {
           return v.broken == invariant::metadata_sound;
         });
}

// Where sectors of a device lie elsewhere, as ranges [first, end) of it. Both ascend.
std::vector<std::pair<sector, sector>> differences(const std::vector<mapped_run>& before,
                                                   const std::vector<mapped_run>& now) {
  std::vector<std::pair<sector, sector>> found;
  const auto add = [&](sector first, sector end) {
    if (first >= end) return;
    if (!found.empty() && found.back().second == first)
      found.back().second = end;
    else
      found.emplace_back(first, end);
  };
  auto a = before.begin();
  auto b = now.begin();
  sector at = 0;  // all in front of it is compared
  while (a != before.end() || b != now.end()) {
    const sector a_first = a == before.end() ? whole_device : std::max(at, a->first);
    const sector b_first = b == now.end() ? whole_device : std::max(at, b->first);
    const sector a_end = a == before.end() ? whole_device : sector(a->first + a->count);
    const sector b_end = b == now.end() ? whole_device : sector(b->first + b->count);
    if (a_first != b_first) {
      const bool only_a = a_first < b_first;
      const sector end = std::min(only_a ? a_end : b_end, only_a ? b_first : a_first);
      add(std::min(a_first, b_first), end);
      at = end;
    } else {
      const sector end = std::min(a_end, b_end);
      if (a->data + (a_first - a->first) != b->data + (b_first - b->first)) add(a_first, end);
      at = end;
    }
    if (a != before.end() && a_end <= at) ++a;
    if (b != now.end() && b_end <= at) ++b;
  }
  return found;
}

}  // namespace

void crash_counts::add(const crash_counts& other) {
  points += other.points;
  exhaustive_points += other.exhaustive_points;
  states += other.states;
  new_states += other.new_states;
  data_pieces += other.data_pieces;
  leaking_states += other.leaking_states;
  leaked_metadata_blocks = std::max(leaked_metadata_blocks, other.leaked_metadata_blocks);
  leaked_data_blocks = std::max(leaked_data_blocks, other.leaked_data_blocks);
}

std::string crash_examiner::describe(const pool_state& state) const {
  if (metadata_.unflushed().empty()) return "all metadata is flushed";
  std::string text;
  for (const auto& [block, what] : state.chosen) {
    if (what->hash == metadata_.durable(block)->hash) continue;
    const bool is_torn = std::ranges::none_of(
        metadata_.unflushed(), [&](const auto& w) { return w.what->hash == what->hash; });
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", block, is_torn ? " (torn)" : "");
  }
  return text.empty() ? "no unflushed metadata block survives"
                      : "of the unflushed metadata blocks survive: " + text;
}

void crash_examiner::examine(const pool_geometry& geometry, const violation_sink& found) {
  ++counts_.points;
  const auto& states = states_.all(geometry);
  counts_.exhaustive_points += states_.is_exhaustive() ? 1 : 0;
  counts_.states += states.size();
  counts_.new_states = states_.nr_brought_up();
  if (judged_.size() > most_remembered) judged_.clear();
  for (const auto& state : states) {
    const survivor& s = *state.what;
    const auto report = [&](violation v) { found(std::move(v), describe(state)); };
    const auto [at, is_new] = judged_.try_emplace(&s, progress{state.what});
    if (is_new) judge_metadata(s, report);
    if (!shows_devices(s)) continue;
    judge_devices(s, report);
    auto& mine = at->second;
    if (is_new)
      judge_new(s, mine, report);
    else
      for (const auto& where : windows_since(mine, s))
        mine.is_clean &= judge_device(where, s, report);
    mine.additions = data_.additions().size();
    mine.tightenings = model_.tightenings().size();
    mine.asked_for = model_.nr_asked_for();
    last_ = mine;
  }
}

// One that came up before has most in common with it: what lies where it lay there, and was
// right, needs no second look but where contents or promises have changed since.
void crash_examiner::judge_new(const survivor& s, progress& mine, const sink& found) {
  const bool has_base =
      last_.what != nullptr && last_.is_clean && last_.asked_for == model_.nr_asked_for();
  std::vector<window> windows;
  if (has_base) windows = windows_since(last_, s);
  for (const auto& [id, runs] : s.devices) {
    const auto before = has_base ? last_.what->devices.find(id) : s.devices.end();
    if (!has_base || before == last_.what->devices.end()) {
      mine.is_clean &= judge_device({id, 0, whole_device}, s, found);
      continue;
    }
    for (const auto& [first, end] : differences(before->second, runs))
      windows.push_back({id, first, end});
  }
  for (const auto& where : windows) mine.is_clean &= judge_device(where, s, found);
}

void crash_examiner::judge_metadata(const survivor& s, const sink& found) {
  if (s.leaked_data_blocks + s.leaked_metadata_blocks != 0) {
    ++counts_.leaking_states;
    counts_.leaked_metadata_blocks =
        std::max(counts_.leaked_metadata_blocks, s.leaked_metadata_blocks);
    counts_.leaked_data_blocks = std::max(counts_.leaked_data_blocks, s.leaked_data_blocks);
    found({invariant::no_leaks,
           fmt::format("{} metadata blocks and {} data blocks are counted too high",
                       s.leaked_metadata_blocks, s.leaked_data_blocks)});
  }
  for (const auto& problem : s.problems) found(problem);
}

void crash_examiner::judge_devices(const survivor& s, const sink& found) const {
  if (s.is_formatted && (s.transaction_id < model_.lowest_transaction_id() ||
                         s.transaction_id > model_.highest_transaction_id()))
    found({invariant::transaction_id_forward,
           fmt::format("the transaction id is {}, {} was stored", s.transaction_id,
                       model_.lowest_transaction_id())});
  for (const auto& [id, promise] : model_.devices())
    if (promise.there == presence::must && !s.devices.contains(id))
      found({invariant::devices_present, fmt::format("device {} is not there", id)});
  for (const auto& [id, _] : s.devices)
    if (!model_.devices().contains(id))
      found({invariant::deleted_stays_deleted,
             fmt::format("device {} is there, {}", id,
                         model_.was_deleted(id) ? "though its deletion was committed"
                                                : "which nobody made")});
}

// Where more contents are possible, or fewer allowed, than at that time.
std::vector<crash_examiner::window> crash_examiner::windows_since(const progress& then,
                                                                  const survivor& s) const {
  std::vector<window> windows;
  for (std::size_t i = then.additions; i < data_.additions().size(); ++i) {
    const auto& [first, count] = data_.additions()[i];
    const sector from = first - std::min(first, s.longest_run);
    auto run = std::ranges::lower_bound(s.by_place, from, {}, &survivor::placed_run::data);
    for (; run != s.by_place.end() && run->data < first + count; ++run) {
      const sector begin = std::max(first, run->data);
      const sector end = std::min<sector>(first + count, run->data + run->count);
      if (begin < end)
        windows.push_back(
            {run->device, run->first + (begin - run->data), run->first + (end - run->data)});
    }
  }
  for (std::size_t i = then.tightenings; i < model_.tightenings().size(); ++i) {
    const auto& [device, first, count] = model_.tightenings()[i];
    if (s.devices.contains(device)) windows.push_back({device, first, first + count});
  }
  return windows;
}

// Where a device may be either of two of one number it has to be one of them
// everywhere. False: it is neither.
bool crash_examiner::judge_device(const window& where, const survivor& s, const sink& found) {
  const auto promise = model_.devices().find(where.device);
  if (promise == model_.devices().end()) return true;
  const auto& contents = promise->second.contents;
  std::optional<violation> first;
  for (const auto& each : contents) {
    const window whole{where.device, 0, whole_device};
    auto problem = judge_contents(contents.size() > 1 ? whole : where, s, each);
    if (!problem) return true;
    if (!first) first = std::move(problem);
  }
  if (!first) return true;
  found(std::move(*first));
  return false;
}

std::optional<violation> crash_examiner::judge_contents(const window& where, const survivor& s,
                                                        const sector_promise& promised) {
  const auto& runs = s.devices.at(where.device);
  std::optional<violation> problem;
  const std::vector<content> zeroes(1);
  const sector_promise::segment* segment = nullptr;
  sector segment_first = 0;
  const auto piece = [&](sector at, sector count, const std::vector<content>& contents) {
    for (const auto& c : contents) {
      ++counts_.data_pieces;
      const bool allowed = std::ranges::any_of(segment->versions, [&](const auto& v) {
        return same_contents(c, v.what.at(at - segment_first), count);
      });
      if (!allowed && !problem) problem = classify(where.device, at, count, c, *segment);
    }
  };
  const auto& segments = promised.segments();
  auto it = segments.upper_bound(where.first);
  if (it != segments.begin()) --it;
  auto run = std::ranges::lower_bound(runs, where.first, {},
                                      [](const mapped_run& r) { return r.first + r.count; });
  for (; it != segments.end() && it->first < where.end; ++it) {
    segment = &it->second;
    segment_first = it->first;
    const sector end = std::min<sector>(where.end, it->first + it->second.count);
    for (sector at = std::max(where.first, it->first); at < end && !problem;) {
      while (run != runs.end() && run->first + run->count <= at) ++run;
      if (run == runs.end() || run->first >= end) {
        piece(at, end - at, zeroes);
        break;
      }
      if (run->first > at) {
        piece(at, run->first - at, zeroes);
        at = run->first;
      }
      const sector count = std::min<sector>(end, run->first + run->count) - at;
      const sector data = run->data + (at - run->first);
      const sector from = at;
      data_.visit(data, count, [&](sector place, sector n, const std::vector<content>& contents) {
        piece(from + (place - data), n, contents);
      });
      at += count;
    }
  }
  return problem;
}

violation crash_examiner::classify(device_id device, sector at, sector count, const content& what,
                                   const sector_promise::segment& segment) const {
  const auto where = fmt::format("sectors {}+{} of device {}", at, count, device);
  const auto expected = [&] {
    const auto& newest = segment.versions.back().what;
    return newest.is_zero() ? std::string("zeroes")
                            : fmt::format("the write with seed {}", newest.seed());
  };
  const auto lost = segment.first_is_promised && segment.versions.size() == 1
                        ? invariant::durable_writes
                        : invariant::old_or_new;
  if (what.is_zero())
    return {segment.first_is_promised ? invariant::durable_writes : invariant::old_or_new,
            fmt::format("{} hold zeroes, not {}", where, expected())};
  if (what.what() != content::kind::stamp)
    return {lost, fmt::format("{} hold other bytes than were written", where)};
  const auto writer = model_.writer_of(what);
  if (!writer)
    return {invariant::no_stale_data,
            fmt::format("{} hold what the data device held before", where)};
  if (*writer != device) {
    const bool related = model_.family_of(*writer) == model_.family_of(device);
    const bool is_gone = !model_.devices().contains(*writer);
    const auto broken = related   ? invariant::snapshots_constant
                        : is_gone ? invariant::no_stale_data
                                  : invariant::no_foreign_data;
    return {broken,
            fmt::format("{} hold data of device {} (seed {})", where, *writer, what.seed())};
  }
  // A write of the device's own, superseded or of another place.
  return {what.stamped_sector() == at ? invariant::durable_writes : invariant::old_or_new,
          fmt::format("{} hold an older write (seed {}), not {}", where, what.seed(), expected())};
}

}  // namespace sim::explore
