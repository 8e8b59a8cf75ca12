#include "sim/thin/flakey_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "sim/dm/device_mapper.h"

namespace sim {

using pdata::result;
using pdata::status;

namespace {

struct corruption {
  std::uint32_t at = 0;  // of a request's bytes, from 0 on
  io_op of = io_op::read;
  std::byte value{};
};

struct flakey_features {
  bool error_reads = false;
  bool error_writes = false;
  bool drop_writes = false;
  std::optional<corruption> corrupts;

  bool none() const { return !error_reads && !error_writes && !drop_writes && !corrupts; }
};

struct flakey_line {
  device* below = nullptr;
  sector start;
  std::uint32_t up_seconds = 0;
  std::uint32_t down_seconds = 0;
  flakey_features features;
};

// Of sectors from the first of a request on that has `at` changed; a byte before or behind them
// changes nothing.
content corrupted(const content& what, std::uint64_t first_byte, sector count,
                  const corruption& by) {
  byte_buffer bytes(pdata::to_size(count * sector_bytes));
  if (by.at < first_byte || by.at - first_byte >= bytes.size()) return what;
  what.copy_to(bytes);
  bytes[pdata::to_size(by.at - first_byte)] = by.value;
  return content::copy_of(bytes);
}

class flakey_target : public target {
 public:
  flakey_target(const place& at, const flakey_line& line)
      : target(at), line_(line), loop_(at.in.owner().mapper().loop()), since_(loop_.now()) {
    takes_flushes_ = takes_discards_ = true;
  }

  map_result map(mapped_bio& request) override {
    if (is_down()) {
      if (fails(request)) return map_result::killed;
      if (request.is_write() && line_.features.drop_writes) {
        end_bio(request);
        return map_result::submitted;
      }
      corrupt(request);
    }
    request.to = line_.below;
    if (request.count != 0) request.first = request.first - begin() + line_.start;
    return map_result::remapped;
  }

  void ended(mapped_bio& request) override { sinks_.erase(&request); }

  std::string describe(status_kind kind, flush_mode) override {
    if (kind == status_kind::info) return {};
    const auto words = feature_words();
    std::string text = fmt::format("{} {} {} {} {}", to_string(line_.below->number()), line_.start,
                                   line_.up_seconds, line_.down_seconds, words.size());
    for (const auto& word : words) text += " " + word;
    // Linux 6.1 puts a space behind each word.
    return in().rules().has(kernel_rule::flakey_may_fail_reads) ? text : text + " ";
  }

  bool any_device(const device_visitor& visit) override {
    return visit(*line_.below, line_.start, length());
  }

 private:
  bool corrupts_all() const {
    return in().rules().has(kernel_rule::flakey_corrupts_reads_of_disks);
  }

  // In whole seconds since the table was loaded.
  bool is_down() const {
    const auto elapsed = static_cast<std::uint32_t>((loop_.now() - since_) / one_second);
    return elapsed % (line_.up_seconds + line_.down_seconds) >= line_.up_seconds;
  }

  bool fails(const mapped_bio& request) const {
    const auto& f = line_.features;
    if (f.none()) return true;
    return request.is_write() ? f.error_writes : f.error_reads;
  }

  void corrupt(mapped_bio& request) {
    const auto& by = line_.features.corrupts;
    if (!by || request.count == 0 || by->of != request.op) return;
    if (by->of == io_op::write)
      corrupt_write(request, *by);
    else
      corrupt_read(request, *by);
  }

  void corrupt_write(mapped_bio& request, const corruption& by) const {
    // Linux 6.1 leaves the page of zeroes alone, which is where a pool has its zeroes from.
    if (request.payload.is_zero() && !corrupts_all()) return;
    request.payload = corrupted(request.payload, 0, request.count, by);
  }

  void corrupt_read(mapped_bio& request, const corruption& by) {
    // Linux 6.1 looks at the request when it has ended: a disk has left no bytes of it to go
    // through, a mapped device has.
    if (!corrupts_all() && dynamic_cast<mapped_device*>(line_.below) == nullptr) return;
    if (request.sink == nullptr || !*request.sink) return;
    auto& sink = sinks_[&request];
    sink = [to = request.sink, begin = request.sink_offset, by](sector offset, sector count,
                                                                const content& what) {
      (*to)(offset, count, corrupted(what, (offset - begin) * sector_bytes, count, by));
    };
    request.sink = &sink;
  }

  std::vector<std::string> feature_words() const {
    const auto& f = line_.features;
    std::vector<std::string> words;
    if (f.error_reads) words.emplace_back("error_reads");
    if (f.drop_writes) words.emplace_back("drop_writes");
    if (f.error_writes) words.emplace_back("error_writes");
    if (f.corrupts)
      for (const auto& word :
           {std::string("corrupt_bio_byte"), std::to_string(f.corrupts->at + 1),
            std::string(f.corrupts->of == io_op::write ? "w" : "r"),
            std::to_string(static_cast<unsigned>(f.corrupts->value)), std::string("0")})
        words.push_back(word);
    return words;
  }

  flakey_line line_;
  event_loop& loop_;
  virtual_time since_;
  std::map<const mapped_bio*, content_sink> sinks_;  // of reads that are under way
};

// The words of a group of arguments, one after the other.
class argument_reader {
 public:
  explicit argument_reader(std::span<const std::string> words) : words_(words) {}

  bool empty() const { return words_.empty(); }
  std::size_t size() const { return words_.size(); }
  const std::string* word() {
    if (words_.empty()) return nullptr;
    const std::string* first = words_.data();
    words_ = words_.subspan(1);
    return first;
  }
  std::optional<std::uint32_t> number(std::uint32_t least = 0, std::uint32_t most = UINT32_MAX) {
    const auto* const text = word();
    const auto value = text == nullptr ? std::nullopt : parse_unsigned(*text);
    return value && *value >= least && *value <= most ? value : std::nullopt;
  }

 private:
  std::span<const std::string> words_;
};

class flakey_target_type : public target_type {
 public:
  flakey_target_type() : target_type("flakey", {}) {}

  // A device, a sector, seconds up and down, and features.
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    if (arguments.size() < 4) return status(EINVAL);
    flakey_line line;
    argument_reader rest(arguments.subspan(1));
    const auto start = parse_first_sector(*rest.word());
    const auto up = rest.number();
    const auto down = rest.number();
    // Their sum has 32 bits.
    if (!start || !up || !down || *up + *down == 0 || *up + *down < *up) return status(EINVAL);
    line.start = *start;
    line.up_seconds = *up;
    line.down_seconds = *down;
    if (const auto r = read_features(rest, at.in.rules(), line.features); !r.ok()) return r;
    const auto below = at.in.get_device(arguments[0], device_access::read_write);
    if (!below.ok()) return below.failure();
    line.below = *below;
    return std::unique_ptr<target>(std::make_unique<flakey_target>(at, line));
  }

 private:
  // As many words as the first one says.
  static status read_features(argument_reader& rest, const kernel_rules& rules,
                              flakey_features& to) {
    const bool newer = rules.has(kernel_rule::flakey_may_fail_reads);
    const auto count = rest.empty() ? std::optional(0U) : rest.number(0, newer ? 11 : 6);
    if (!count || *count > rest.size()) return status(EINVAL);
    // The kernel counts the words that it reads, and misses the end if the last feature is longer:
    // then it needs more words than anybody has.
    auto left = static_cast<std::int64_t>(*count);
    while (left > 0) {
      const auto before = rest.size();
      if (!add_feature(rest, rules, left == 1, to)) return status(EINVAL);
      left -= static_cast<std::int64_t>(before - rest.size());
    }
    if (left < 0 || contradict(to, rules)) return status(EINVAL);
    if (newer && to.none()) to.error_reads = to.error_writes = true;
    return pdata::success;
  }

  static bool contradict(const flakey_features& features, const kernel_rules& rules) {
    if (!features.corrupts) return false;
    if (features.corrupts->of == io_op::write) return features.drop_writes || features.error_writes;
    return features.error_reads && rules.has(kernel_rule::flakey_features_exclude_each_other);
  }

  // False if it is none.
  static bool add_feature(argument_reader& rest, const kernel_rules& rules, bool is_last_word,
                          flakey_features& to) {
    const auto* const name = rest.word();
    if (name == nullptr) return false;
    if (same_word(*name, "drop_writes")) return set_once(to.drop_writes) && !to.error_writes;
    if (same_word(*name, "error_writes")) return set_once(to.error_writes) && !to.drop_writes;
    if (same_word(*name, "corrupt_bio_byte")) {
      const bool once = rules.has(kernel_rule::flakey_features_exclude_each_other);
      return !is_last_word && !(once && to.corrupts) && read_corruption(rest, to);
    }
    if (!rules.has(kernel_rule::flakey_may_fail_reads)) return false;
    if (same_word(*name, "error_reads")) return set_once(to.error_reads);
    if (same_word(*name, "random_read_corrupt") || same_word(*name, "random_write_corrupt"))
      throw pdata::error("random corruption by the target 'flakey' is not simulated");
    return false;
  }

  static bool set_once(bool& feature) { return !std::exchange(feature, true); }

  static bool read_corruption(argument_reader& rest, flakey_features& to) {
    const auto at = rest.number(1);
    const auto* const direction = rest.word();
    const auto value = rest.number(0, 255);
    const auto flags = rest.number();
    if (!at || direction == nullptr || !value || !flags) return false;
    const bool of_writes = same_word(*direction, "w");
    if (!of_writes && !same_word(*direction, "r")) return false;
    if (*flags != 0)
      throw pdata::error("flags of what the target 'flakey' corrupts are not simulated, only 0");
    to.corrupts = {*at - 1, of_writes ? io_op::write : io_op::read, std::byte(*value)};
    return true;
  }
};

}  // namespace

std::unique_ptr<target_type> flakey_type() { return std::make_unique<flakey_target_type>(); }

}  // namespace sim
