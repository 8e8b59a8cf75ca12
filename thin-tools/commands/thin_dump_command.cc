#include <functional>
#include <map>
#include <string>

#include "persistent-data/base/error.h"
#include "persistent-data/survey/device_names.h"
#include "thin-tools/check/result_check.h"
#include "thin-tools/commands/checked_plan.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/heap.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/dump/dump.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/unread_input.h"
#include "thin-tools/repair/input/repair_input.h"
#include "thin-tools/repair/output/plan_stream.h"
#include "thin-tools/repair/output/repair_report.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("What is written"),
    {'m', "metadata-snap", argument::optional, "BLOCK", "dump the metadata snapshot"},
    {0, "dev-id", argument::required, "N", "dump only this device (may be repeated)"},
    {0, "without-dev", argument::required, "DEV[,DEV...]",
     "leave these devices out (may be repeated)"},
    lvm_row,
    {0, "lvm-only", argument::none, "",
     "leave out devices that are no volumes of the LVM2 backup; needs --lvm"},
    {0, "skip-mappings", argument::none, "", "dump devices without their mappings"},
    {'r', "repair", argument::none, "", "go on after damage with what can be read"},
    heading("Where and how"),
    {'f', "format", argument::required, "TYPE", "xml (default), human_readable or json", false,
     "xml human_readable json"},
    {0, "defs", argument::none, "", "write what devices share once, as def and ref"},
    {'o', "output", argument::required, "FILE", "write there instead of to standard output"},
    heading("Instead of what the superblock says"),
    {0, "transaction-id", argument::required, "N", "instead of the superblock's"},
    {0, "data-block-size", argument::required, "SECTORS", "instead of the superblock's"},
    {0, "nr-data-blocks", argument::required, "N", "instead of the superblock's"},
    heading("Messages"),
    {'q', "quiet", argument::none, "", "no messages, only the exit status"},
    verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{"thin_dump", "Write metadata as XML, JSON or text to read.",
                                "{device|file}", options};

dump_format parse_format(const std::string& name) {
  if (name == "xml") return dump_format::xml;
  if (name == "human_readable") return dump_format::human_readable;
  if (name == "json") return dump_format::json;
  throw usage_error("unknown format '" + name + "': xml, human_readable and json are known");
}

// Tells of a device that is left out, unless all is quiet.
using teller = std::function<void(const std::string&)>;

device_filter without(const std::set<pdata::device_id>& unwanted, const teller& tell) {
  return [unwanted, tell](const pdata::stream_superblock&, const device_table& devices) {
    for (const auto device : unwanted) {
      const auto found = devices.find(device);
      if (found == devices.end()) throw pdata::error(pdata::no_such_device(device, devices));
      tell(fmt::format("device {} is left out: {} mapped blocks\n", device,
                       found->second.mapped_blocks));
    }
    return unwanted;
  };
}

// A backup of another time may not know yet what is there, so it must be of this one.
device_filter lvm_only(const device_names& names, const teller& tell) {
  return [names, tell](const pdata::stream_superblock& pool, const device_table& devices) {
    const auto found = names.compare(pool, devices);
    if (!found.same_transaction || !found.same_block_size)
      throw pdata::error(fmt::format(
          "'{}' has transaction id {} and chunks of {} sectors, the metadata {} and {}: it cannot "
          "tell what LVM2 has forgotten; --without-dev names devices",
          names.file(), names.pool().transaction_id, names.pool().chunk_sectors,
          pool.transaction_id, pool.data_block_size));
    std::set<pdata::device_id> forgotten(found.only_in_metadata.begin(),
                                         found.only_in_metadata.end());
    for (const auto device : found.to_delete) {
      forgotten.erase(device);
      tell(fmt::format("device {} is kept: LVM2 has still to let it be deleted\n", device));
    }
    for (const auto device : forgotten)
      tell(fmt::format("device {} is left out, it is no volume of '{}': {} mapped blocks\n", device,
                       names.file(), devices.at(device).mapped_blocks));
    return forgotten;
  };
}

device_filter filter_of(const command_line& line, const device_names& names, const teller& tell) {
  const bool known_only = line.has("lvm-only");
  if (known_only && !names.known()) throw usage_error("--lvm-only needs --lvm");
  if (!known_only && !line.has("without-dev")) return {};
  if (line.has("dev-id"))
    throw usage_error("--dev-id cannot be used together with --without-dev or --lvm-only");
  if (known_only && line.has("without-dev"))
    throw usage_error("--without-dev cannot be used together with --lvm-only");
  if (known_only) return lvm_only(names, tell);
  const auto unwanted = names.ids(line, "without-dev");
  return without({unwanted.begin(), unwanted.end()}, tell);
}

dump_options parse(const command_line& line, const device_names& names) {
  dump_options parsed;
  parsed.format = parse_format(line.value("format").value_or("xml"));
  parsed.layout.from_snapshot = line.has("metadata-snap");
  parsed.layout.snapshot_location = line.number("metadata-snap");
  parsed.stream.salvage = line.has("repair");
  parsed.stream.skip_mappings = line.has("skip-mappings");
  parsed.stream.defs = line.has("defs");
  if (const auto ids = names.ids(line, "dev-id"); !ids.empty())
    parsed.stream.devices = std::set(ids.begin(), ids.end());
  parsed.transaction_id = line.number("transaction-id");
  if (const auto size = line.number("data-block-size", UINT32_MAX))
    parsed.data_block_size = static_cast<std::uint32_t>(*size);
  parsed.nr_data_blocks = line.number("nr-data-blocks");
  parsed.output = line.value("output");
  return parsed;
}

pdata::stream_options stream_options_of(const repair_plan& plan, const dump_options& asked) {
  device_table known;
  for (const auto& device : plan.devices) known.emplace(device.id, device.details);
  auto how = asked.stream;
  how.devices = choose_devices(asked, plan.superblock, known, "of what could be recovered ");
  return how;
}

// What can be recovered, wherever on the device it is. What is lost is described to
// `tell` before the dump begins.
dump_outcome dump_repaired(const std::string& input, const dump_options& asked,
                           const std::function<void(const std::string&)>& tell) {
  const auto passes = admit_dump(input, asked);
  const auto device = open_metadata(passes.input);
  repair_input corrected(*device, input);
  pdata::batch_reader reader(corrected.device());
  repair_options wanted;
  wanted.transaction_id = asked.transaction_id;
  wanted.data_block_size = asked.data_block_size;
  wanted.nr_data_blocks = asked.nr_data_blocks;
  auto plan = make_repair_plan(reader, input, wanted, &corrected.device());
  const auto how = stream_options_of(plan, asked);
  plan_device trees(plan, reader.device());
  plan.forest.reset();  // it needs memory, and all that it knew is in the trees now
  pdata::batch_reader tree_reader(trees, reader.nr_workers());
  if (!how.skip_mappings) {
    auto devices = streamed_devices(plan, trees, how);
    take_over(check_trees(tree_reader, trees.nr_blocks(), plan.superblock, devices), plan);
  }
  const bool whole = write_dump(asked, passes.output, [&](pdata::metadata_sink& to) {
    for (const auto& line : corrected.notes()) tell(line + "\n");
    tell(loss_report(plan, input));
    stream_plan(plan, trees, tree_reader, how, to);
    return true;
  });
  if (!whole) return dump_outcome::damaged;
  return device->nr_failed_reads() != 0 && !plan.account_closed() ? dump_outcome::unread
                                                                  : dump_outcome::whole;
}

int run(const command_line& line) {
  share_one_heap();
  const bool quiet = line.has("quiet");
  const teller tell = [quiet](const std::string& text) {
    if (!quiet) print(stderr, text);
  };
  const device_names names(line);
  auto parsed = parse(line, names);
  parsed.leave_out = filter_of(line, names, tell);
  const auto input = line.sole_operand();
  damage_printer findings(parsed.layout.view(), message_length(line));
  try {
    const bool from_anywhere = parsed.stream.salvage && !parsed.layout.from_snapshot;
    switch (from_anywhere ? dump_repaired(input, parsed, tell) : dump(input, parsed, findings)) {
      case dump_outcome::whole:
        return exit_good;
      case dump_outcome::damaged:
        tell(
            "metadata contains errors (run thin_check for details).\n"
            "perhaps you wanted to run with --repair\n");
        break;
      case dump_outcome::unread:
        tell(unread_remark(input, parsed.output ? "'" + *parsed.output + "'" : "the dump"));
    }
  } catch (const pdata::error&) {
    if (!quiet) throw;
  }
  return exit_bad;
}

}  // namespace

const command thin_dump_command{&syntax, run};

}  // namespace thin_tools
