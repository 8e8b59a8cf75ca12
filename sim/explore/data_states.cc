#include "sim/explore/data_states.h"

#include <algorithm>

#include "sim/explore/fingerprint.h"

namespace sim::explore {

bool same_contents(const content& a, const content& b, sector count) {
  if (a.continues_with(b, 0)) return true;
  const auto bytes = content::kind::bytes;
  if (a.what() != bytes && b.what() != bytes) return false;
  for (sector n = 0; n < count; ++n)
    if (a.at(n).first_sector() != b.at(n).first_sector()) return false;
  return true;
}

void data_states::write_began(sector first, sector count, const content& what) {
  additions_.push_back({first, count});
  unflushed_.push_back({first, count, what.kept(count)});
}

// What was cached for these sectors is superseded.
void data_states::write_is_durable(sector first, sector count, const content& what) {
  cut_unflushed(first, count);
  durable_.put(first, count, what.kept(count));
}

void data_states::cut_unflushed(sector first, sector count) {
  const sector end = first + count;
  std::vector<write> left;
  for (const auto& w : unflushed_) {
    if (w.first >= end || w.end() <= first) {
      left.push_back(w);
      continue;
    }
    if (w.first < first) left.push_back({w.first, first - w.first, w.what});
    if (w.end() > end) left.push_back({end, w.end() - end, w.what.at(end - w.first)});
  }
  unflushed_ = std::move(left);
}

void data_states::flushed() {
  if (unflushed_.empty()) return;
  for (const auto& w : unflushed_) durable_.put(w.first, w.count, w.what);
  unflushed_.clear();
}

void data_states::discard_began(sector first, sector count) {
  additions_.push_back({first, count});
  discards_.push_back({first, count, content()});
}

void data_states::discard_ended(sector first, sector count) {
  const auto found = std::ranges::find_if(
      discards_, [&](const write& w) { return w.first == first && w.count == count; });
  if (found != discards_.end()) discards_.erase(found);
  unflushed_.push_back({first, count, content()});
}

void data_states::power_lost() {
  unflushed_.clear();
  discards_.clear();
}

void data_states::note_alternatives(sector first, sector count,
                                    std::vector<content>& contents) const {
  const auto note = [&](const std::vector<write>& from) {
    for (const auto& w : from) {
      if (w.first > first || w.end() < first + count) continue;
      const auto here = w.what.at(first - w.first);
      const bool known = std::ranges::any_of(
          contents, [&](const content& c) { return same_contents(c, here, count); });
      if (!known) contents.push_back(here);
    }
  };
  note(unflushed_);
  note(discards_);
}

void data_states::visit(sector first, sector count, const piece_visitor& piece) const {
  const sector end = first + count;
  std::vector<sector> cuts{end};
  const auto cut_at = [&](sector at) {
    if (at > first && at < end) cuts.push_back(at);
  };
  for (const auto* writes : {&unflushed_, &discards_})
    for (const auto& w : *writes) {
      if (w.first >= end || w.end() <= first) continue;
      cut_at(w.first);
      cut_at(w.end());
    }
  const bool alternatives = cuts.size() > 1 || nr_unflushed() != 0;
  std::ranges::sort(cuts);
  auto cut = cuts.begin();
  std::vector<content> contents;
  const auto run = [&](sector at, sector n, const content& what) {
    for (sector done = 0; done < n;) {
      while (*cut <= at + done) ++cut;
      const sector here = at + done;
      const sector length = std::min<sector>(at + n, *cut) - here;
      contents.assign(1, what.at(done));
      if (alternatives) note_alternatives(here, length, contents);
      piece(here, length, contents);
      done += length;
    }
  };
  durable_.visit(first, count, run, [&](sector at, sector n) { run(at, n, content()); });
}

void data_states::add_to(fingerprint& to) const {
  durable_.visit_all([&](sector first, sector count, const content& what) {
    to.add(first);
    to.add(count);
    to.add(what, count);
  });
  for (const auto* writes : {&unflushed_, &discards_}) {
    to.add(writes->size());
    for (const auto& w : *writes) {
      to.add(w.first);
      to.add(w.count);
      to.add(w.what, w.count);
    }
  }
}

}  // namespace sim::explore
