#include "sim/explore/sector_promise.h"

#include <algorithm>
#include <iterator>

#include "sim/explore/fingerprint.h"

namespace sim::explore {

sector_promise::sector_promise(sector size) {
  if (size != 0) segments_[0] = {size, {version{}}, true};
}

// A segment begins at `at`, or nothing does from there on.
sector_promise::map::iterator sector_promise::split(sector at) {
  auto it = segments_.upper_bound(at);
  if (it == segments_.begin()) return it;
  const auto before = std::prev(it);
  const sector offset = at - before->first;
  if (offset == 0) return before;
  if (offset >= before->second.count) return it;
  segment rest = before->second;
  rest.count -= offset;
  for (auto& v : rest.versions) v.what = v.what.at(offset);
  before->second.count = offset;
  return segments_.emplace_hint(it, at, std::move(rest));
}

template <class Change>
void sector_promise::change(sector first, sector count, Change apply) {
  const sector end = first + count;
  split(end);
  for (auto it = split(first); it != segments_.end() && it->first < end; ++it)
    apply(it->first, it->second);
}

// Joins neighbours from the one that ends at `first` to the one that begins at
// `end`, where they say the same.
void sector_promise::join(sector first, sector end) {
  auto it = segments_.lower_bound(first);
  if (it != segments_.begin()) --it;
  while (it != segments_.end() && it->first <= end) {
    const auto next = std::next(it);
    if (next == segments_.end()) return;
    segment& a = it->second;
    const segment& b = next->second;
    const bool same =
        it->first + a.count == next->first && a.first_is_promised == b.first_is_promised &&
        std::ranges::equal(a.versions, b.versions, [&](const version& l, const version& r) {
          return l.in_flight == r.in_flight && l.acknowledged_in == r.acknowledged_in &&
                 l.is_discard == r.is_discard && l.has_failed == r.has_failed &&
                 l.what.continues_with(r.what, a.count);
        });
    if (same) {
      a.count += b.count;
      segments_.erase(next);
    } else {
      it = next;
    }
  }
}

void sector_promise::write_began(sector first, sector count, const content& what,
                                 const void* request) {
  change(first, count, [&](sector at, segment& s) {
    s.versions.push_back({what.at(at - first), request, 0, false});
  });
}

void sector_promise::discard_began(sector first, sector count, const void* request) {
  change(first, count, [&](sector, segment& s) {
    s.versions.push_back({content(), request, 0, true});
  });
}

namespace {

// What is older than the version is gone; older discards no longer matter.
void make_durable(sector_promise::segment& s, std::size_t index) {
  s.versions.erase(s.versions.begin(), s.versions.begin() + static_cast<std::ptrdiff_t>(index));
  s.first_is_promised = true;
}

}  // namespace

template <class Apply>
void sector_promise::end_request(sector first, sector count, const void* request, Apply apply) {
  change(first, count, [&](sector, segment& s) {
    const auto v = std::ranges::find(s.versions, request, &version::in_flight);
    if (v == s.versions.end()) return;
    v->in_flight = nullptr;
    apply(s, static_cast<std::size_t>(v - s.versions.begin()));
  });
  join(first, first + count);
}

void sector_promise::request_done(sector first, sector count, const void* request, write_kind kind,
                                  std::uint64_t epoch) {
  end_request(first, count, request, [&](segment& s, std::size_t index) {
    auto& v = s.versions[index];
    v.acknowledged_in = epoch;
    if (kind == write_kind::fua && !v.is_discard) make_durable(s, index);
  });
}

void sector_promise::request_failed(sector first, sector count, const void* request) {
  end_request(first, count, request,
              [](segment& s, std::size_t index) { s.versions[index].has_failed = true; });
}

void sector_promise::flushed(std::uint64_t epoch, const range_call& tightened) {
  for (auto& [first, s] : segments_)
    for (std::size_t i = s.versions.size(); i-- > 1;) {
      const auto& v = s.versions[i];
      if (v.is_discard || v.acknowledged_in == 0 || v.acknowledged_in >= epoch) continue;
      make_durable(s, i);
      if (tightened) tightened(first, s.count);
      break;
    }
  if (!segments_.empty()) join(0, std::prev(segments_.end())->first);
}

// What was acknowledged and not durable may be lost, and no later flush brings it
// back.
void sector_promise::power_lost() {
  for (auto& [_, s] : segments_)
    for (auto& v : s.versions) {
      v.has_failed |= v.in_flight != nullptr;
      v.in_flight = nullptr;
      v.acknowledged_in = 0;
    }
}

sector_promise sector_promise::as_snapshot() const {
  sector_promise copy = *this;
  copy.power_lost();
  return copy;
}

void sector_promise::add_to(fingerprint& to) const {
  for (const auto& [first, s] : segments_) {
    to.add(first);
    to.add(s.count);
    to.add(std::uint64_t{s.first_is_promised});
    to.add(s.versions.size());
    for (const auto& v : s.versions) {
      to.add(v.what, s.count);
      // Epochs only grow; what counts is whether the next flush makes it durable.
      to.add((v.in_flight != nullptr ? 4U : 0U) + (v.acknowledged_in != 0 ? 2U : 0U) +
             (v.is_discard ? 1U : 0U) + (v.has_failed ? 8U : 0U));
    }
  }
}

}  // namespace sim::explore
