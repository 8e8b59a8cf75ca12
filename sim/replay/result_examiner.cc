#include "sim/replay/result_examiner.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <queue>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "sim/dm/table.h"
#include "sim/report/fragmentation_meter.h"
#include "sim/run/metadata_check.h"
#include "thin-tools/page/data_map.h"

namespace sim::replay {

using namespace thin_tools::page;

namespace {

class backing_device : public pdata::block_device {
 public:
  explicit backing_device(backing& from) : from_(from) {}

  pdata::metadata_block nr_blocks() const override { return from_.size() / pdata::block_sectors; }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    return from_.read(first * pdata::block_sectors, to.size() / pdata::sector_bytes, 0,
                      [&](sector offset, sector count, const content& what) {
                        what.copy_to(to.subspan(pdata::to_size(offset * pdata::sector_bytes),
                                                pdata::to_size(count * pdata::sector_bytes)));
                      });
  }
  pdata::status write(pdata::metadata_block, std::span<const std::byte>) override {
    return pdata::status(EPERM);
  }
  pdata::status flush() override { return pdata::status(EPERM); }

 private:
  backing& from_;
};

// Blocks of the data device that one device maps in a row.
struct data_run {
  pdata::data_block begin;
  pdata::data_block end;
  std::size_t device;  // place in the report
};

// Takes the stream of all mappings apart.
class mapping_recorder : public pdata::metadata_sink {
 public:
  mapping_recorder(const expected_result& expected, report::replay_report& report)
      : expected_(expected), report_(report) {}

  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void ref(const std::string&) override {}

  void begin_device(pdata::device_id id, const pdata::device_details&) override {
    meter_.begin_device();
    report::device_space space{.id = id, .name = fmt::format("thin {}", id)};
    const auto known = std::ranges::find(expected_.devices, id,
                                         [](const replayed_device* d) { return d->place.id; });
    model_ = nullptr;
    if (known != expected_.devices.end()) {
      space.name = (*known)->label;
      space.virtual_sectors = (*known)->place.size;
      if (expected_.compares_mappings && !(*known)->model.has_history()) model_ = &(*known)->model;
    }
    report_.devices.push_back(space);
    must_.clear();
    next_must_ = 0;
    if (model_ != nullptr)
      model_->visit_mapped_blocks([&](pdata::thin_block block) { must_.push_back(block); });
  }

  void run(const pdata::mapping_run& r) override {
    data_.push_back({r.data_begin, r.data_begin + r.length, report_.devices.size() - 1});
    report_.devices.back().mapped_blocks += r.length;
    for (std::uint64_t i = 0; i < r.length; ++i) {
      meter_.mapping(r.begin + i, r.data_begin + i);
      if (model_ != nullptr) expect(r.begin + i);
    }
  }

  void end_device() override {
    if (model_ == nullptr) return;
    for (; next_must_ < must_.size(); ++next_must_) missing(must_[next_must_]);
  }

  report::fragmentation layout() { return meter_.finish(); }
  std::vector<data_run>& data() { return data_; }

 private:
  void expect(pdata::thin_block block) {
    for (; next_must_ < must_.size() && must_[next_must_] < block; ++next_must_)
      missing(must_[next_must_]);
    if (next_must_ < must_.size() && must_[next_must_] == block)
      ++next_must_;
    else if (!in_doubt(block))
      wrong(block, "mapped, though no request has written to it");
  }
  void missing(pdata::thin_block block) {
    if (!in_doubt(block)) wrong(block, "not mapped, though a request has written to it");
  }
  bool in_doubt(pdata::thin_block block) const {
    return model_->in_doubt(block * report_.block_sectors, report_.block_sectors);
  }
  [[noreturn]] void wrong(pdata::thin_block block, std::string_view what) const {
    throw disagreement{expected_.last_request,
                       fmt::format("{}: block {} is {}", report_.devices.back().name, block, what),
                       "", 0, 0};
  }

  const expected_result& expected_;
  report::replay_report& report_;
  report::fragmentation_meter meter_;
  std::vector<data_run> data_;
  const device_model* model_ = nullptr;
  std::vector<pdata::thin_block> must_;
  std::size_t next_must_ = 0;
};

// Goes along the data device: who maps each stretch.
class owner_sweep {
 public:
  owner_sweep(std::vector<data_run>& runs, report::replay_report& report)
      : runs_(runs), report_(report), map_(report.data.total) {
    std::ranges::sort(runs_, {}, [](const data_run& r) { return std::pair(r.begin, r.device); });
  }

  // Returns the number of distinct blocks.
  std::uint64_t sweep() {
    pdata::data_block at = 0;
    for (std::size_t next = 0; next < runs_.size() || !active_.empty();) {
      if (active_.empty()) at = runs_[next].begin;
      for (; next < runs_.size() && runs_[next].begin == at; ++next) {
        ends_.push({runs_[next].end, runs_[next].device});
        ++active_[runs_[next].device];
      }
      const auto end =
          next < runs_.size() ? std::min(ends_.top().first, runs_[next].begin) : ends_.top().first;
      stretch(at, end);
      at = end;
      for (; !ends_.empty() && ends_.top().first == at; ends_.pop())
        if (--active_[ends_.top().second] == 0) active_.erase(ends_.top().second);
    }
    report_.data_map = map_.finish();
    return distinct_;
  }

 private:
  void stretch(pdata::data_block begin, pdata::data_block end) {
    const bool shared = ends_.size() > 1;
    const auto owner = active_.begin()->first;
    const auto blocks = end - begin;
    distinct_ += blocks;
    if (shared) report_.shared_data_blocks += blocks;
    for (const auto& [device, mappings] : active_)
      (shared ? report_.devices[device].shared_blocks : report_.devices[device].exclusive_blocks) +=
          blocks * mappings;
    for (auto block = begin; block < end && block < report_.data.total; ++block)
      map_.block(
          block, report_.devices[owner].id,
          shared ? thin_tools::page::mapped_by::several : thin_tools::page::mapped_by::one_device);
  }

  using run_end = std::pair<pdata::data_block, std::size_t>;

  std::vector<data_run>& runs_;
  report::replay_report& report_;
  data_map_builder map_;
  std::map<std::size_t, std::uint64_t> active_;  // mappings of each device
  std::priority_queue<run_end, std::vector<run_end>, std::greater<>> ends_;
  std::uint64_t distinct_ = 0;
};

struct status_use {
  std::uint64_t metadata = 0, metadata_total = 0, data = 0, data_total = 0;
};

// "0 LENGTH thin-pool TRANSACTION USED/TOTAL USED/TOTAL ..."; none if the pool
// has failed.
std::optional<status_use> parse_status(const std::string& line) {
  const auto words = split_words(line);
  if (words.size() < 6) return std::nullopt;
  status_use use;
  const auto parse = [](const std::string& word, std::uint64_t& used, std::uint64_t& total) {
    const auto* end = word.data() + word.size();
    const auto slash = std::from_chars(word.data(), end, used).ptr;
    return slash != end && *slash == '/' && std::from_chars(slash + 1, end, total).ptr == end;
  };
  if (!parse(words[4], use.metadata, use.metadata_total) ||
      !parse(words[5], use.data, use.data_total))
    return std::nullopt;
  return use;
}

// As the status line has it: the reserve counts as used.
std::uint64_t metadata_used(std::uint64_t total, std::uint64_t free) {
  return total - (free - std::min(free, pdata::metadata_reserve(total)));
}

}  // namespace

void examine_result(backing& metadata, const expected_result& expected,
                    report::replay_report& report) {
  const auto disagree = [&](std::string text) {
    throw disagreement{expected.last_request, std::move(text), "", 0, 0};
  };
  backing_device contents(metadata);
  locked_reader device(contents);
  const std::string name = "the pool's metadata";
  const auto found = thin_tools::check(device, name, {});
  ++report.verified.metadata_checks;
  if (const auto problem = find_problem(found, expected.may_leak ? UINT64_MAX : 0))
    disagree(fmt::format("the metadata is not clean: {}", *problem));

  struct : pdata::damage_sink {
    void found(const pdata::damage&) override {}
  } ignored;  // the check has named it
  pdata::batch_reader reader(device);
  const auto layout = pdata::read_layout(device, name, {}, ignored);
  mapping_recorder mappings(expected, report);
  if (!pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.active), {}, mappings,
                          ignored))
    disagree("the mappings cannot be read to their end");
  report.layout = mappings.layout();
  const auto distinct = owner_sweep(mappings.data(), report).sweep();

  const auto use = parse_status(expected.pool_status);
  if (!use) return;
  const auto metadata_blocks = metadata_used(use->metadata_total, found.metadata_free_blocks);
  // Requests that wait hold blocks that are gone with the machine.
  if (use->data != distinct + found.leaked_data_blocks &&
      !(expected.may_leak && use->data >= distinct))
    disagree(fmt::format("the status line counts {} data blocks, the metadata maps {}", use->data,
                         distinct));
  if (use->metadata != metadata_blocks)
    disagree(fmt::format("the status line counts {} metadata blocks, the space map {}",
                         use->metadata, metadata_blocks));
}

}  // namespace sim::replay
