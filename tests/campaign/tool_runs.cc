#include "tests/campaign/tool_runs.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace campaign {

using plain::u64;

namespace {

// 124: it took longer than two minutes.
int run(const std::string& command) {
  const int raw = std::system(("timeout 120 " + command).c_str());
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool superblock_readable(plain::bytes image) {
  return image.size() >= plain::block_bytes &&
         plain::is_sound(image.first(plain::block_bytes), plain::kind::superblock, 0) &&
         plain::get_superblock(image).magic == plain::superblock_magic;
}

// What the report calls guessed or likely: for the pool as a whole, and by device.
void read_marks(repaired& outcome, const std::string& text) {
  const auto report = nlohmann::json::parse(text, nullptr, false);
  if (!report.is_object()) return;
  const auto marked = [](const nlohmann::json& about) {
    for (const auto* key : {"guessed", "likely"}) {
      const auto found = about.find(key);
      if (found == about.end()) continue;
      if (found->is_number() ? found->get<u64>() != 0 : !found->empty()) return true;
    }
    return false;
  };
  outcome.all_guessed = marked(report);
  for (const auto& device : report.value("devices", nlohmann::json::array()))
    if (marked(device)) outcome.guessed.insert(device.value("dev_id", u64{0}));
}

void demand_tool(const std::string& path) {
  if (::access(path.c_str(), X_OK) != 0) throw std::runtime_error("no tool " + path);
}

}  // namespace

scratch_folder::scratch_folder() {
  auto name = (std::filesystem::temp_directory_path() / "campaign.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for files");
  path_ = name;
}
scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

// Zeroes become holes: most of a device is empty.
void write_file(const std::string& path, plain::bytes contents) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (std::size_t at = 0; at < contents.size(); at += plain::block_bytes) {
    const auto block = contents.subspan(at, std::min(plain::block_bytes, contents.size() - at));
    if (std::ranges::all_of(block, [](std::byte b) { return b == std::byte{0}; })) continue;
    file.seekp(static_cast<std::streamoff>(at));
    file.write(reinterpret_cast<const char*>(block.data()),
               static_cast<std::streamsize>(block.size()));
  }
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
  std::filesystem::resize_file(path, contents.size());
}

image_bytes read_file(const std::string& path) {
  const auto text = text_of(path);
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

bool repaired::says_nothing_was_lost() const {
  return image && (status == 0 || report.find("Nothing was lost") != std::string::npos);
}

tools::tools(std::string ours, std::string peers)
    : ours_(std::move(ours)), peers_(std::move(peers)) {
  demand_tool(ours_ + "/thin_repair");
  demand_tool(ours_ + "/thin_check");
  if (has_peers()) {
    demand_tool(peers_ + "/thin_repair");
    demand_tool(peers_ + "/thin_check");
  }
  const auto help = scratch_.file("help");
  run(fmt::format("{}/thin_repair --help >{} 2>&1", ours_, help));
  can_salvage_ = text_of(help).find("--salvage") != std::string::npos;
}

std::string tools::hints(const damaged& what, const patient& of, bool for_peers) const {
  if (superblock_readable(what.image)) return "";
  return fmt::format(
      "--data-block-size {} --nr-data-blocks {}{}", of.truth.fields.data_block_size,
      of.truth.fields.data.nr_blocks,
      for_peers ? fmt::format(" --transaction-id {}", of.truth.fields.transaction_id) : "");
}

repaired tools::repair(const damaged& what, const damage_kind& kind, const patient& of,
                       effort how) {
  const auto in = scratch_.file("in");
  const auto out = scratch_.file("out");
  const auto json = scratch_.file("json");
  const auto text = scratch_.file("text");
  write_file(in, what.image);
  write_file(out, {});
  std::filesystem::resize_file(out, of.image.size());
  repaired outcome;
  outcome.status = run(fmt::format("{}/thin_repair --strict --json{} {} -i {} -o {} >{} 2>{}",
                                   ours_, how == effort::salvage ? " --salvage" : "",
                                   kind.hints ? hints(what, of, false) : "", in, out, json, text));
  const auto document = text_of(json);
  outcome.report = document + text_of(text);
  read_marks(outcome, document);
  auto image = read_file(out);
  if (superblock_readable(image)) outcome.image = std::move(image);
  return outcome;
}

bool tools::names_roots(const damaged& what, const patient& of) {
  const auto in = scratch_.file("in");
  const auto json = scratch_.file("json");
  write_file(in, what.image);
  run(fmt::format("{}/thin_repair --list-roots --json -i {} >{} 2>/dev/null", ours_, in, json));
  const auto list = nlohmann::json::parse(text_of(json), nullptr, false);
  if (!list.is_object()) return false;
  for (const auto& pair : list.value("pairs", nlohmann::json::array()))
    if (pair.value("mapping_root", u64{0}) == of.truth.fields.mapping_root &&
        pair.value("details_root", u64{0}) == of.truth.fields.details_root)
      return true;
  return false;
}

repaired tools::repair_by_peers(const damaged& what, const patient& of) {
  const auto in = scratch_.file("in");
  const auto out = scratch_.file("out");
  write_file(in, what.image);
  write_file(out, {});
  std::filesystem::resize_file(out, of.image.size());
  repaired outcome;
  outcome.status = run(fmt::format("{}/thin_repair {} -i {} -o {} >/dev/null 2>&1", peers_,
                                   hints(what, of, true), in, out));
  auto image = read_file(out);
  if (outcome.status == 0 && superblock_readable(image)) outcome.image = std::move(image);
  return outcome;
}

std::string tools::rejected_by(plain::bytes image) {
  const auto file = scratch_.file("checked");
  write_file(file, image);
  std::string by;
  for (const auto& folder : {ours_, peers_})
    if (!folder.empty() &&
        run(fmt::format("{}/thin_check -q {} >/dev/null 2>&1", folder, file)) != 0)
      by += " " + folder + "/thin_check";
  return by;
}

}  // namespace campaign
