// Damages pools that the kernel made, repairs them, and compares what comes out
// with what was there: how many mappings are right, wrong, lost though they are
// still on disk, and gone with the leaf that held them, by kind of damage. With a
// peer's thin_repair the same damage is given to it, too.
//
//   damage_campaign [--rounds N] [--seed N] [--peer PROGRAM] [--image NAME]
//                   [--kind NAME] [--show]
//
// Status 1 if plain corruption led to a wrong mapping, if damage to a single
// internal node or root of a mapping tree lost anything that is still on disk, or
// if a result has any damage itself.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/io/file_device.h"
#include "tests/campaign/damage_kinds.h"
#include "tests/campaign/deep_pool.h"
#include "tests/campaign/pool_contents.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair_report.h"
#include "thin-tools/repair/history/root_choice.h"

namespace campaign {

namespace {

const std::string deep = "deep";  // beside the names of the kernel's images

struct campaign_options {
  unsigned rounds = 4;
  std::uint64_t seed = 1;
  std::string peer;
  std::string image;
  std::string kind;
  bool show = false;
};

struct outcome {
  comparison ours;
  comparison peers;
  unsigned nr_pools = 0;
  unsigned nr_ours_failed = 0;
  unsigned nr_peers_failed = 0;
};

struct patient {
  std::string name;
  pdata::memory_device image;
  pool_anatomy body;
  pool_contents contents;
  leaf_index leaves;
  std::uint64_t nr_mappings = 0;
  pdata::superblock superblock;
};

class campaign_run {
 public:
  explicit campaign_run(campaign_options options) : options_(std::move(options)) {}

  int run() {
    for (const auto& name : test_support::kernel_image_names())
      if (wanted(name)) admit(name, test_support::load_kernel_image(name));
    if (wanted(deep)) admit(deep, make_deep_pool());
    print_heading();
    for (const auto& kind : damage_kinds())
      if (options_.kind.empty() || kind.name == options_.kind) run_kind(kind);
    if (nr_failures_ != 0) fmt::print("{} failure(s)\n", nr_failures_);
    return nr_failures_ == 0 ? 0 : 1;
  }

 private:
  bool wanted(const std::string& name) const {
    return options_.image.empty() || name == options_.image;
  }

  void admit(const std::string& name, pdata::memory_device image) {
    pdata::batch_reader reader(image, 1);
    patient p{name,
              image,
              dissect(image),
              read_contents(image),
              leaf_index(image),
              0,
              *thin_tools::read_superblock(reader, 0, image.nr_blocks())};
    for (const auto& [id, mappings] : p.contents) p.nr_mappings += mappings.size();
    if (p.nr_mappings != 0) patients_.push_back(std::move(p));
  }

  void print_heading() const {
    fmt::print("{:<28}{:>6} |{:>9}{:>9}{:>9}{:>9}{:>8}", "damage", "pools", "right %", "lost %",
               "gone %", "wrong", "failed");
    if (!options_.peer.empty())
      fmt::print(" |{:>9}{:>9}{:>9}{:>9}{:>8}  ({})", "right %", "lost %", "gone %", "wrong",
                 "failed", options_.peer);
    fmt::print("\n");
  }

  static void print_result(const comparison& c, unsigned nr_failed) {
    const auto share = [&](std::uint64_t part) {
      return 100.0 * static_cast<double>(part) /
             static_cast<double>(std::max<std::uint64_t>(1, c.nr_right + c.nr_lost + c.nr_gone));
    };
    fmt::print(" |{:>9.3f}{:>9.3f}{:>9.3f}{:>9}{:>8}", share(c.nr_right), share(c.nr_lost),
               share(c.nr_gone), c.nr_wrong, nr_failed);
  }

  void run_kind(const damage_kind& kind) {
    outcome sum;
    for (const auto& p : patients_)
      for (unsigned round = 0; round < options_.rounds; ++round) run_one(kind, p, round, sum);
    fmt::print("{:<28}{:>6}", kind.name, sum.nr_pools);
    print_result(sum.ours, sum.nr_ours_failed);
    if (!options_.peer.empty()) print_result(sum.peers, sum.nr_peers_failed);
    fmt::print("\n");
    std::fflush(stdout);
  }

  void run_one(const damage_kind& kind, const patient& p, unsigned round, outcome& sum) {
    const std::string what = fmt::format("{} {} {} {}", options_.seed, round, kind.name, p.name);
    std::seed_seq seeds(what.begin(), what.end());
    std::mt19937_64 generator(seeds);
    pdata::memory_device damaged = p.image;
    const auto hit = do_damage(kind, p.body, damaged, generator);
    if (hit.empty()) return;
    ++sum.nr_pools;
    const auto ours = treat(p, damaged, kind, round, hit, sum.nr_ours_failed);
    sum.ours += ours;
    judge(kind, p, round, hit, ours);
    if (!options_.peer.empty()) sum.peers += treat_by_peer(p, damaged, hit, sum.nr_peers_failed);
  }

  static comparison everything_lost(const patient& p,
                                    const std::vector<pdata::metadata_block>& hit) {
    return compare(p.contents, p.leaves, hit, {});
  }

  comparison treat(const patient& p, pdata::memory_device& damaged, const damage_kind& kind,
                   unsigned round, const std::vector<pdata::metadata_block>& hit,
                   unsigned& nr_failed) {
    pdata::memory_device result(damaged.nr_blocks());
    pdata::batch_reader reader(damaged, 1);
    try {
      thin_tools::repair_options options;
      options.data_block_size = p.superblock.data_block_size;
      auto plan = thin_tools::make_repair_plan(reader, p.name, options);
      if (thin_tools::blocks_needed(plan, result.nr_blocks()) > result.nr_blocks())
        fail(kind, p, round, hit, "the result is larger than the pool");
      thin_tools::write_plan(plan, reader, result);
      if (options_.show) fmt::print("{}", thin_tools::full_report(plan, p.name));
    } catch (const std::exception& e) {
      if (options_.show) fmt::print("{}\n", e.what());
      ++nr_failed;
      return everything_lost(p, hit);
    }
    const auto checked = thin_tools::check(result, p.name, {});
    const bool sound = kind.harm == severity_of_harm::plain
                           ? checked.outcome() == thin_tools::verdict::healthy
                           : checked.nr_fatal == 0;
    if (!sound) {
      std::string why = "the result is not sound:";
      for (const auto& finding : checked.findings) why += " " + pdata::describe(finding) + ";";
      fail(kind, p, round, hit, why);
    }
    return compare(p.contents, p.leaves, hit, read_contents(result));
  }

  comparison treat_by_peer(const patient& p, pdata::memory_device& damaged,
                           const std::vector<pdata::metadata_block>& hit, unsigned& nr_failed) {
    const auto folder = std::filesystem::temp_directory_path();
    const auto input = folder / fmt::format("damage_campaign.{}.in", ::getpid());
    const auto output = folder / fmt::format("damage_campaign.{}.out", ::getpid());
    std::ofstream file(input, std::ios::binary | std::ios::trunc);
    for (pdata::metadata_block b = 0; b < damaged.nr_blocks(); ++b)
      file.write(reinterpret_cast<const char*>(damaged.at(b).bytes.data()), pdata::block_size);
    file.close();
    std::ofstream(output, std::ios::trunc).close();
    std::filesystem::resize_file(output, damaged.nr_blocks() * pdata::block_size);
    const auto command = fmt::format(
        "timeout 60 {} -i {} -o {} {} >/dev/null 2>&1", options_.peer, input.string(),
        output.string(),
        superblock_lost(damaged)
            ? fmt::format("--transaction-id {} --data-block-size {} --nr-data-blocks {}",
                          p.superblock.transaction_id, p.superblock.data_block_size,
                          p.superblock.data_space_map.nr_blocks)
            : "");
    comparison found = everything_lost(p, hit);
    if (std::system(command.c_str()) == 0) {
      pdata::file_device result(output.string(), pdata::access::read_shared);
      found = compare(p.contents, p.leaves, hit, read_contents(result));
    } else {
      ++nr_failed;
    }
    std::filesystem::remove(input);
    std::filesystem::remove(output);
    return found;
  }

  static bool superblock_lost(pdata::memory_device& damaged) {
    pdata::batch_reader reader(damaged, 1);
    return !thin_tools::read_superblock(reader, 0, damaged.nr_blocks());
  }

  void judge(const damage_kind& kind, const patient& p, unsigned round,
             const std::vector<pdata::metadata_block>& hit, const comparison& ours) {
    if (kind.harm != severity_of_harm::plain) return;
    if (ours.nr_wrong != 0)
      fail(kind, p, round, hit, fmt::format("{} mappings are wrong", ours.nr_wrong));
    const bool is_inner =
        kind.aim.front() == organ::internal || kind.aim.front() == organ::device_root;
    if (kind.most_hits == 1 && is_inner && ours.nr_lost != 0)
      fail(kind, p, round, hit, fmt::format("{} mappings are lost", ours.nr_lost));
  }

  void fail(const damage_kind& kind, const patient& p, unsigned round,
            const std::vector<pdata::metadata_block>& hit, const std::string& why) {
    ++nr_failures_;
    fmt::print("FAILED: {}, {}, round {}, seed {}, blocks {}: {}\n", kind.name, p.name, round,
               options_.seed, fmt::join(hit, " "), why);
  }

  campaign_options options_;
  std::vector<patient> patients_;
  unsigned nr_failures_ = 0;
};

campaign_options parse(int argc, char** argv) {
  campaign_options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--show") {
      options.show = true;
      continue;
    }
    if (i + 1 == argc) {
      fmt::print(stderr, "wrong or incomplete option {}\n", name);
      std::exit(1);
    }
    const char* value = argv[++i];
    if (name == "--rounds")
      options.rounds = static_cast<unsigned>(std::strtoul(value, nullptr, 10));
    if (name == "--seed") options.seed = std::strtoull(value, nullptr, 10);
    if (name == "--peer") options.peer = value;
    if (name == "--image") options.image = value;
    if (name == "--kind") options.kind = value;
  }
  return options;
}

}  // namespace

}  // namespace campaign

int main(int argc, char** argv) {
  return campaign::campaign_run(campaign::parse(argc, argv)).run();
}
