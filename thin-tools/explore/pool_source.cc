#include "thin-tools/explore/pool_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/validate.h"
#include "thin-tools/explore/page.h"

namespace thin_tools::explore {

using namespace pdata;

std::string printable(std::string_view text) {
  std::string made;
  for (const char c : text) made += c >= ' ' && c <= '~' ? c : '?';
  return made;
}

status stoppable_device::read(metadata_block first, std::span<std::byte> to) {
  if (stop.load(std::memory_order_relaxed)) return status(EINTR);
  blocks_read.fetch_add(to.size() / block_size, std::memory_order_relaxed);
  return below_.read(first, to);
}

status stoppable_device::write(metadata_block, std::span<const std::byte>) { return status(EROFS); }

const known_device* known_devices::find(device_id id) const {
  const auto at = std::ranges::lower_bound(list, id, {}, &known_device::id);
  return at != list.end() && at->id == id ? &*at : nullptr;
}

pool_source::pool_source(block_device& device, std::string name, checker check,
                         foreign_blocks foreign)
    : name_(std::move(name)),
      device_(device),
      reader_(device_),
      check_(std::move(check)),
      nr_blocks_(std::min(device.nr_blocks(), max_metadata_blocks)) {
  damage_list found;
  const auto first = std::make_unique<block_buffer>();
  read_first_block(device_, name_, first->span());
  if (foreign == foreign_blocks::refused && is_foreign(first->view()))
    throw_not_metadata(device_, name_);
  layout_ = examine_layout(device_, first->view(), found);
  if (layout_) examine_snapshot(device_, *layout_, found);
  superblock_findings_ = std::move(found.findings);
}

const superblock* pool_source::superblock(view of) const {
  if (!layout_) return nullptr;
  if (of == view::active) return &layout_->active;
  return layout_->snapshot ? &*layout_->snapshot : nullptr;
}

const known_devices& pool_source::devices(view of) {
  auto& known = devices_[of == view::snapshot ? 1 : 0];
  if (known) return *known;
  known.emplace();
  const auto* sb = superblock(of);
  if (sb == nullptr) return *known;
  details_table details;
  top_level table;
  try {
    run_long("reading the devices", [&] {
      details = read_details(reader_, sb->details_root, nr_blocks_, of);
      table = read_top_level(reader_, sb->mapping_root, nr_blocks_, of);
    });
  } catch (const stopped&) {
    known.reset();
    throw;
  }
  auto& list = known->list;
  auto root = table.roots.begin();
  for (const auto& [id, values] : details.devices) {
    for (; root != table.roots.end() && root->first < id; ++root)
      list.push_back({root->first, std::nullopt, root->second});
    list.push_back({id, values, std::nullopt});
    if (root == table.roots.end() || root->first != id) continue;
    list.back().root = root->second;
    ++root;
  }
  for (; root != table.roots.end(); ++root)
    list.push_back({root->first, std::nullopt, root->second});
  known->findings = std::move(table.findings);
  known->findings.insert(known->findings.end(), details.findings.begin(), details.findings.end());
  return *known;
}

std::variant<std::unique_ptr<block_buffer>, node_fault> pool_source::read(metadata_block location) {
  auto block = std::make_unique<block_buffer>();
  const auto outcome = device_.read(location, block->span());
  if (!outcome.ok()) return unreadable(outcome);
  return block;
}

void pool_source::look_for_damage() {
  if (findings_) return;
  std::vector<damage> found;
  run_long("checking", [&] { found = check_(device_); });
  findings_ = std::move(found);
}

const damage* pool_source::finding_at(metadata_block location) const {
  if (!findings_) return nullptr;
  const auto at = std::ranges::find_if(
      *findings_, [&](const damage& finding) { return finding.location == location; });
  return at == findings_->end() ? nullptr : &*at;
}

const damage* pool_source::loss_in(view of, device_id device, const key_range& keys) const {
  if (!findings_) return nullptr;
  const auto at = std::ranges::find_if(*findings_, [&](const damage& finding) {
    return finding.in_snapshot == (of == view::snapshot) && finding.device == device &&
           finding.lost && !intersect(*finding.lost, keys).empty();
  });
  return at == findings_->end() ? nullptr : &*at;
}

void pool_source::run_long(const char* what, const std::function<void()>& work) {
  device_.stop = false;
  device_.blocks_read = 0;
  try {
    if (wait_for)
      wait_for(what, work);
    else
      work();
  } catch (const error&) {
    if (device_.stop.exchange(false)) throw stopped{};
    throw;
  }
  if (device_.stop.exchange(false)) throw stopped{};
}

std::string pool_source::device_words(device_id id) const {
  const auto name = names.find(id);
  return name == names.end() ? fmt::format("device {}", id)
                             : fmt::format("device {} ({})", id, printable(name->second));
}

}  // namespace thin_tools::explore
