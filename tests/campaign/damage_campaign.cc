// Damages pools, repairs them with thin_repair as a user does, and holds what
// comes out against what was there. The pools have a life behind them that the
// engine gave them, or were made by a Linux kernel; what they map is read by the
// plain reader of tests/support, which shares no code with the tools.
//
//   damage_campaign --tools DIR [--peers DIR] [--seed N] [--pools N] [--rounds N]
//                   [--life NAME]... [--kernel] [--kind NAME]... [--floors FILE]
//                   [--write-floors] [--show] [--keep DIR] [--list]
//
//   --tools DIR     where thin_repair and thin_check are
//   --peers DIR     the same tools of somebody else, for comparison
//   --pools N       of each life (default 1)
//   --rounds N      of each kind of damage on each pool (default 1)
//   --life, --kind  these only (default: all); --kernel: the kernel's images as well
//   --floors FILE   fail where a kind is worse than the file says; --write-floors
//                   prints such a file instead of the table
//   --show          print what is reported about each image that is not perfect
//   --keep DIR      leave the pool, the damaged image and the result of each such image
//                   there: KIND.POOL.ROUND.good, .bad and .out; what use made of a
//                   result that broke: .used
//   --list          the names of lives and kinds
//
// The same seed makes the same run. One line for each kind:
//
//   pools     images damaged; shares are means over them
//   bound %   mappings whose leaf can still be read
//   kept %    mappings that came back; "of b.": in percent of the bound
//   wrong     mappings that never were, or lead elsewhere; unmrk: of these, where
//             the report does not say that it guesses
//   silent    images of which the report or --strict say that nothing was lost,
//             though a mapping is missing or wrong
//   refus.    images of which nothing was written; named: of these, where --list-roots
//             names the right pair of roots
//   broken    results that are not sound, that a thin_check rejects, or that break
//             while they are used; crashes and hangs
//
// then kept, wrong and unmarked with --salvage, if thin_repair has it, and kept, wrong
// and failures of the peers.
//
// Status 1 if a result is broken, or with --floors if a kind is worse than its
// floor; and if nothing was damaged, or an option, a kind or a life is not known.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/campaign/floors.h"
#include "tests/campaign/scores.h"
#include "tests/campaign/second_life.h"
#include "tests/campaign/tool_runs.h"

namespace campaign {

namespace {

using plain::u64;

struct campaign_options {
  std::string tools;
  std::string peers;
  u64 seed = 1;
  unsigned pools = 1;
  unsigned rounds = 1;
  bool kernel = false;
  std::vector<std::string> lives;
  std::vector<std::string> kinds;
  std::string floors;
  bool write_floors = false;
  bool show = false;
  std::string keep;
};

// Shares are added up by image, so that a small pool counts as much as a large one.
struct tally {
  score sum;
  double kept = 0;
  double bound = 0;
  unsigned nr_refused = 0;
  unsigned nr_named = 0;
  unsigned nr_silent = 0;
};

struct outcome {
  unsigned nr_images = 0;
  unsigned nr_broken = 0;
  tally usual;
  tally salvage;
  tally peers;
};

// A lie of which nothing on the device tells: another pool, in which all agrees.
bool is_another_pool(const plain::pool& read, const plain::pool& before) {
  const auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.mappings == b.second.mappings;
  };
  const auto may_be_true = [&](const auto& mapping) {
    return mapping.second.time <= read.fields.time;
  };
  return !std::ranges::equal(read.devices, before.devices, same) && fault_of(read).empty() &&
         std::ranges::all_of(read.devices, [&](const auto& device) {
           return std::ranges::all_of(device.second.mappings, may_be_true);
         });
}

double percent(double part, double whole) { return whole == 0 ? 100 : 100 * part / whole; }

class campaign_run {
 public:
  explicit campaign_run(campaign_options options)
      : options_(std::move(options)), tools_(options_.tools, options_.peers) {
    if (!options_.floors.empty()) floors_ = read_floors(options_.floors);
  }

  int run() {
    for (const auto& name : options_.lives.empty() ? lives() : options_.lives)
      for (unsigned i = 0; i < options_.pools; ++i)
        patients_.push_back(make_patient(name, options_.seed + i));
    if (options_.kernel)
      for (auto& who : kernel_patients()) patients_.push_back(std::move(who));
    if (!options_.write_floors) print_heading();
    for (const auto& kind : damage_kinds())
      if (options_.kinds.empty() || std::ranges::count(options_.kinds, kind.name) != 0)
        run_kind(kind);
    if (nr_failures_ != 0) fmt::print(stderr, "{} failure(s)\n", nr_failures_);
    return nr_failures_ == 0 ? 0 : 1;
  }

 private:
  void print_heading() const {
    fmt::print("{:<28}{:>6}{:>9} |{:>8}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}", "damage", "pools",
               "bound %", "kept %", "of b.", "wrong", "unmrk", "silent", "refus.", "named",
               "broken");
    if (tools_.can_salvage()) fmt::print(" |{:>8}{:>7}{:>7}", "salvage", "wrong", "unmrk");
    if (tools_.has_peers()) fmt::print(" |{:>8}{:>7}{:>7}", "peers", "wrong", "failed");
    fmt::print("\n");
  }

  void print_line(const damage_kind& kind, const outcome& sum) const {
    const auto& usual = sum.usual.sum;
    fmt::print("{:<28}{:>6}{:>9.2f} |{:>8.2f}{:>7.1f}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}", kind.name,
               sum.nr_images, percent(sum.usual.bound, sum.nr_images),
               percent(sum.usual.kept, sum.nr_images), percent(sum.usual.kept, sum.usual.bound),
               usual.wrong, usual.unmarked, sum.usual.nr_silent, sum.usual.nr_refused,
               sum.usual.nr_named, sum.nr_broken);
    const auto short_form = [&](const tally& t) {
      fmt::print(" |{:>8.2f}{:>7}", percent(t.kept, sum.nr_images), t.sum.wrong);
    };
    if (tools_.can_salvage()) {
      short_form(sum.salvage);
      fmt::print("{:>7}", sum.salvage.sum.unmarked);
    }
    if (tools_.has_peers()) {
      short_form(sum.peers);
      fmt::print("{:>7}", sum.peers.nr_refused);
    }
    fmt::print("\n");
    std::fflush(stdout);
  }

  void run_kind(const damage_kind& kind) {
    outcome sum;
    for (const auto& who : patients_)
      for (unsigned round = 0; round < options_.rounds; ++round) run_one(kind, who, round, sum);
    if (sum.nr_images == 0) fail(fmt::format("{}: nothing was damaged", kind.name));
    if (options_.floors.empty() && !options_.write_floors) nr_failures_ += sum.nr_broken;
    if (options_.write_floors) {
      const auto& usual = sum.usual;
      fmt::print("{:<28}| {:>6.2f} | {:>5} | {:>3} | {:>3}\n", kind.name,
                 std::max(0.0, percent(usual.kept, usual.bound) - 0.01), usual.sum.unmarked,
                 usual.nr_silent, sum.nr_broken);
      std::fflush(stdout);
      return;
    }
    print_line(kind, sum);
    judge(kind, sum);
  }

  void judge(const damage_kind& kind, const outcome& sum) {
    if (options_.floors.empty()) return;
    floor least;
    if (const auto known = floors_.find(kind.name); known != floors_.end()) least = known->second;
    const double kept = percent(sum.usual.kept, sum.usual.bound);
    if (kept < least.kept)
      fail(fmt::format("{}: {:.2f} % kept, at least {} before", kind.name, kept, least.kept));
    if (sum.usual.sum.unmarked > least.wrong)
      fail(fmt::format("{}: {} wrong mappings, at most {} before", kind.name,
                       sum.usual.sum.unmarked, least.wrong));
    if (sum.usual.nr_silent > least.silent)
      fail(fmt::format("{}: {} silent losses, at most {} before", kind.name, sum.usual.nr_silent,
                       least.silent));
    if (sum.nr_broken > least.broken)
      fail(fmt::format("{}: {} broken results, at most {} before", kind.name, sum.nr_broken,
                       least.broken));
  }

  void run_one(const damage_kind& kind, const patient& who, unsigned round, outcome& sum) {
    const auto what = fmt::format("{} {} {} {}", options_.seed, round, kind.name, who.name);
    std::seed_seq seeds(what.begin(), what.end());
    dice with(seeds);
    damaged now{who.image, nullptr, 0};
    kind.strike(now, who, with);
    if (hit_blocks(now, who).empty() && now.moved_by == 0) return;
    if (kind.how == harm::lie && is_another_pool(plain::read_pool(now.image), who.truth)) return;
    ++sum.nr_images;
    now_ = fmt::format("{}, pool {}, round {}, seed {}", kind.name, who.name, round, options_.seed);
    file_name_ = fmt::format("{}/{}.{}.{}", options_.keep, kind.name, who.name, round);
    const auto bound = reachable_mappings(who, now);

    const auto usual = tools_.repair(now, kind, who, tools::effort::usual);
    const auto found = add(sum.usual, usual, who, now, bound);
    if (usual.says_nothing_was_lost() && !found.as_it_was()) {
      ++sum.usual.nr_silent;
      if (options_.show) fmt::print("silent: {}\n", now_);
    }
    if (!found.as_it_was()) keep(who, now, usual);
    if (options_.show && !found.as_it_was())
      fmt::print("{}: {} of {} kept (bound {}), {} wrong, status {}\n{}\n", now_, found.kept,
                 found.nr_mappings, bound, found.wrong, usual.status, usual.report);
    if (!usual.image && tools_.names_roots(now, who)) ++sum.usual.nr_named;
    examine(usual, with, sum);
    if (tools_.can_salvage()) {
      const auto more = tools_.repair(now, kind, who, tools::effort::salvage);
      add(sum.salvage, more, who, now, bound);
      examine(more, with, sum);
    }
    if (tools_.has_peers()) add(sum.peers, tools_.repair_by_peers(now, who), who, now, bound);
  }

  void keep(const patient& who, const damaged& now, const repaired& result) const {
    if (options_.keep.empty()) return;
    write_file(file_name_ + ".good", who.image);
    write_file(file_name_ + ".bad", now.image);
    if (result.image) write_file(file_name_ + ".out", *result.image);
  }

  score add(tally& to, const repaired& result, const patient& who, const damaged& now, u64 bound) {
    score found = all_missing(who);
    if (result.image)
      found = compare(who, now, plain::read_pool(*result.image),
                      [&](u64 device) { return result.marks(device); });
    else
      ++to.nr_refused;
    found.bound = bound;
    to.sum += found;
    to.kept += static_cast<double>(found.kept) / static_cast<double>(found.nr_mappings);
    to.bound += static_cast<double>(bound) / static_cast<double>(found.nr_mappings);
    return found;
  }

  void examine(const repaired& result, dice& with, outcome& sum) {
    const auto why = fault_of_result(result, with);
    if (why.empty()) return;
    ++sum.nr_broken;
    fmt::print(stderr, "broken: {}: {}\n", now_, why);
  }

  // Sound, accepted by every thin_check, and good for further use.
  std::string fault_of_result(const repaired& result, dice& with) {
    if (result.status != 0 && result.status != 1)
      return fmt::format("status {}\n{}", result.status, result.report);
    if (!result.image) return "";
    if (const auto why = fault_of(plain::read_pool(*result.image)); !why.empty())
      return "not sound: " + why;
    if (const auto by = tools_.rejected_by(*result.image); !by.empty()) return "rejected by" + by;
    const auto life = live_on(*result.image, with);
    const auto by = life.fault.empty() ? tools_.rejected_by(life.image) : "";
    if (!options_.keep.empty() && !(life.fault + by).empty())
      write_file(file_name_ + ".used", life.image);
    if (!life.fault.empty()) return "broken by use: " + life.fault;
    return by.empty() ? "" : "after use rejected by" + by;
  }

  void fail(const std::string& why) {
    ++nr_failures_;
    fmt::print(stderr, "FAILED: {}\n", why);
  }

  campaign_options options_;
  tools tools_;
  std::map<std::string, floor> floors_;
  std::vector<patient> patients_;
  std::string now_;  // what is being treated
  std::string file_name_;
  unsigned nr_failures_ = 0;
};

[[noreturn]] void usage_error(const std::string& why) {
  fmt::print(stderr, "damage_campaign: {}\n", why);
  std::exit(1);
}

unsigned long number(const std::string& option, const char* text) {
  char* end = nullptr;
  const auto value = std::strtoul(text, &end, 10);
  if (end == text || *end != 0) usage_error(fmt::format("{} needs a number, not {}", option, text));
  return value;
}

bool is_kind(const std::string& name) {
  return std::ranges::any_of(damage_kinds(), [&](const auto& kind) { return kind.name == name; });
}

campaign_options parse(int argc, char** argv) {
  campaign_options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--kernel")
      options.kernel = true;
    else if (name == "--show")
      options.show = true;
    else if (name == "--write-floors")
      options.write_floors = true;
    else if (name == "--list") {
      for (const auto& life : lives()) fmt::print("--life {}\n", life);
      for (const auto& kind : damage_kinds()) fmt::print("--kind '{}'\n", kind.name);
      std::exit(0);
    } else if (i + 1 == argc)
      usage_error("wrong or incomplete option " + name);
    else {
      const char* value = argv[++i];
      if (name == "--tools")
        options.tools = value;
      else if (name == "--peers")
        options.peers = value;
      else if (name == "--seed")
        options.seed = number(name, value);
      else if (name == "--pools")
        options.pools = static_cast<unsigned>(number(name, value));
      else if (name == "--rounds")
        options.rounds = static_cast<unsigned>(number(name, value));
      else if (name == "--life")
        options.lives.emplace_back(value);
      else if (name == "--kind")
        options.kinds.emplace_back(value);
      else if (name == "--floors")
        options.floors = value;
      else if (name == "--keep")
        options.keep = value;
      else
        usage_error("unknown option " + name);
    }
  }
  for (const auto& life : options.lives)
    if (std::ranges::count(lives(), life) == 0) usage_error("unknown life " + life);
  for (const auto& kind : options.kinds)
    if (!is_kind(kind)) usage_error("unknown kind " + kind);
  if (options.tools.empty()) usage_error("--tools is missing");
  return options;
}

}  // namespace

}  // namespace campaign

int main(int argc, char** argv) {
  try {
    return campaign::campaign_run(campaign::parse(argc, argv)).run();
  } catch (const std::exception& e) {
    fmt::print(stderr, "damage_campaign: {}\n", e.what());
    return 1;
  }
}
