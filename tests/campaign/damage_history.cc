// Older contents that are still, or again, where younger ones belong: lost,
// torn and misdirected writes, old superblocks, a second machine.
#include <fmt/format.h>
#include <algorithm>
#include <cstring>

#include "tests/campaign/damage_kinds.h"

namespace campaign {

using plain::u64;

namespace {

constexpr auto block_bytes = plain::block_bytes;

void put(plain::writable to, plain::bytes from) { std::ranges::copy(from, to.begin()); }

// What stood at a block that is in use before it was written for the last time.
std::map<u64, plain::bytes> older_contents(const patient& of) {
  std::map<u64, plain::bytes> older;
  if (!of.past) return older;
  for (auto mark = of.past->nr_marks(); mark-- > 0;)
    for (const auto& [block, before] : of.past->overwritten(mark)) {
      const plain::bytes contents = before.view();
      if (block == 0 || !of.truth.metadata_references.contains(block)) continue;
      if (std::ranges::equal(contents, of.block(block))) continue;
      older.try_emplace(block, contents);
    }
  return older;
}

std::vector<u64> keys_of(const std::map<u64, plain::bytes>& contents) {
  std::vector<u64> keys;
  for (const auto& [block, unused] : contents) keys.push_back(block);
  return keys;
}

void make_stale(damaged& what, const patient& of, dice& with, std::size_t count) {
  const auto older = older_contents(of);
  for (const auto b : some(keys_of(older), count, with)) put(what.block(b), older.at(b));
}

// Of a block's last write only the first sectors arrived.
void tear(damaged& what, const patient& of, dice& with) {
  const auto older = older_contents(of);
  for (const auto b : some(keys_of(older), 4, with)) {
    const auto first = 512 * (1 + below(with, 7));
    put(what.block(b).subspan(first), older.at(b).subspan(first));
  }
}

void make_superblock_stale(damaged& what, const patient& of, dice& with) {
  if (!of.past) return;
  const auto marks = of.past->nr_marks();
  const auto back = 1 + below(with, std::min<u64>(marks / 3, 20));
  const auto then = of.past->at_mark(marks - back);
  // A wiped or foreign superblock would be another kind.
  const plain::bytes old = then.at(0).view();
  const auto now = plain::get_superblock(of.block(0));
  if (plain::is_sound(old, plain::kind::superblock, 0) &&
      plain::get_superblock(old).transaction_id <= now.transaction_id)
    put(what.block(0), old);
}

void meet_host(damaged& what, const std::vector<second_host>& hosts, bool has_claim, dice& with) {
  if (hosts.empty()) return;
  const auto& host = hosts[below(with, hosts.size())];
  for (const auto& [block, contents] : host.writes)
    if (block < what.nr_blocks()) put(what.block(block), contents.view());
  if (has_claim) what.also_right = &host.its_truth;
}

void swap_blocks(damaged& what, const patient& of, dice& with) {
  auto used = used_blocks(of);
  std::erase(used, 0);
  const auto two = some(std::move(used), 2, with);
  if (two.size() == 2) std::ranges::swap_ranges(what.block(two[0]), what.block(two[1]));
}

// Writes that went elsewhere: the place where they belong keeps what it had.
void misdirect(damaged& what, const patient& of, dice& with) {
  const auto older = older_contents(of);
  auto used = used_blocks(of);
  std::erase(used, 0);
  for (const auto b : some(keys_of(older), 2, with)) {
    const auto other = some(used, 1, with).front();
    if (other == b) continue;
    put(what.block(other), of.block(b));
    put(what.block(b), older.at(b));
  }
}

// Blocks written over with copies of others.
void copy_over(damaged& what, const patient& of, dice& with) {
  auto used = used_blocks(of);
  std::erase(used, 0);
  for (int i = 0; i < 3; ++i) {
    const auto two = some(used, 2, with);
    if (two.size() == 2) put(what.block(two[0]), of.block(two[1]));
  }
}

}  // namespace

void add_history_kinds(std::vector<damage_kind>& to) {
  for (const auto count : {1, 4, 16})
    to.push_back({fmt::format("{} stale block{}", count, count == 1 ? "" : "s"), harm::plain,
                  [count](damaged& what, const patient& of, dice& with) {
                    make_stale(what, of, with, static_cast<std::size_t>(count));
                  }});
  to.push_back({"torn", harm::plain, tear});
  to.push_back({"stale superblock", harm::plain, make_superblock_stale});
  to.push_back(
      {"two hosts, one idle", harm::plain, [](damaged& what, const patient& of, dice& with) {
         meet_host(what, of.idle_hosts, false, with);
       }});
  to.push_back({"two hosts", harm::plain, [](damaged& what, const patient& of, dice& with) {
                  meet_host(what, of.working_hosts, true, with);
                }});
  to.push_back({"swapped", harm::plain, swap_blocks});
  to.push_back({"misdirected", harm::plain, misdirect});
  to.push_back({"copies", harm::plain, copy_over});
}

}  // namespace campaign
