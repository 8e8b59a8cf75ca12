#include "sim/scenario/script.h"

#include <algorithm>

#include "persistent-data/base/require.h"

namespace sim {

void word::add(std::string_view text) {
  if (pieces_.empty() || pieces_.back().status) pieces_.emplace_back();
  pieces_.back().text += text;
}

void word::append(const word& other) {
  for (const auto& p : other.pieces_) {
    if (p.status)
      pieces_.push_back(p);
    else
      add(p.text);
  }
}

void word::keep_status(unsigned slot) {
  for (auto& p : pieces_)
    if (p.status == last_status) p.status = slot;
}

bool word::is_fixed() const {
  return std::ranges::none_of(pieces_, [](const piece& p) { return p.status.has_value(); });
}

bool word::holds_last_status() const {
  return std::ranges::any_of(pieces_, [](const piece& p) { return p.status == last_status; });
}

std::string word::text(const statuses& known) const {
  std::string all;
  for (const auto& p : pieces_) all += p.status ? std::to_string(known.at(*p.status)) : p.text;
  return all;
}

std::string word::fixed_text() const {
  std::string all;
  for (const auto& p : pieces_) all += p.text;
  return all;
}

}  // namespace sim
