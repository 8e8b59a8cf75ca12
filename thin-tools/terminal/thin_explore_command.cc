#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "thin-tools/check/check.h"
#include "thin-tools/console/output.h"
#include "thin-tools/explore/browser.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/terminal/terminal.h"
#include "thin-tools/terminal/terminal_commands.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'g', "go", argument::required, "PLACE",
     "begin there: a metadata block, dev:N, DEV:BLOCK, DEV@BYTES, d:BLOCK, d@BYTES"},
    {'m', "metadata-snap", argument::none, "", "look at the metadata snapshot of a pool in use"},
    lvm_row,
    {'p', "print", argument::none, "", "write the page as text, and end"},
};
constexpr command_syntax syntax{"thin_explore", "Walk through a pool's metadata on the terminal.",
                                "{device|file}", options};

// What thin_check finds; what it refuses to check is said instead of a page.
std::vector<pdata::damage> findings_of(pdata::block_device& device, const std::string& name,
                                       bool from_snapshot) {
  check_options wanted;
  wanted.trees.from_snapshot = from_snapshot;
  return check(device, name, wanted).findings;
}

void print_page(explore::browser& at) {
  const auto& page = at.shown();
  std::string text = page.title + "\n";
  for (std::size_t i = 0; i < page.size(); ++i) {
    const auto line = page.at(i);
    text += fmt::format("{}{}{}\n", line.how == explore::look::damaged ? "!" : " ",
                        line.target ? ">" : " ", explore::printable(line.text));
    constexpr std::size_t piece = std::size_t{1} << 16;
    if (text.size() < piece) continue;
    print(stdout, text);
    text.clear();
  }
  print(stdout, text);
}

int run(const command_line& line) {
  const device_names names(line);
  const auto input = line.sole_operand();
  const bool live = line.has("metadata-snap");
  const auto device = open_metadata(admit(metadata_request(input)),
                                    live ? pass::claim::shared : pass::claim::exclusive);
  const auto place = line.value("go");
  const auto check_it = [&](pdata::block_device& what) { return findings_of(what, input, live); };
  explore::pool_source pool(*device, input, check_it,
                            place ? explore::pool_source::foreign_blocks::shown
                                  : explore::pool_source::foreign_blocks::refused);
  if (names.known())
    for (const auto& volume : names.pool().volumes) pool.names[volume.device] = volume.name;
  if (live && pool.superblock(explore::view::snapshot) == nullptr)
    throw pdata::error("'" + input + "': there is no metadata snapshot that can be used");
  if (live) pool.main = explore::view::snapshot;
  const auto begin = [&](explore::browser& at) {
    if (place) at.go(*place);
  };
  if (line.has("print")) {
    explore::browser at(pool);
    begin(at);
    if (!at.message().empty()) throw pdata::error(at.message());
    print_page(at);
    return exit_good;
  }
  if (const auto why = terminal::why_not_drawable(); !why.empty()) throw pdata::error(why);
  terminal::show(pool, begin);
  return exit_good;
}

const command thin_explore_command{&syntax, run};

}  // namespace

std::span<const command> terminal_commands() { return {&thin_explore_command, 1}; }

}  // namespace thin_tools
