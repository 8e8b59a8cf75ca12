#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/superblock.h"
#include "thin-tools/check/result_check.h"
#include "thin-tools/commands/checked_plan.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/metadata_output.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/unread_input.h"
#include "thin-tools/repair/history/root_list.h"
#include "thin-tools/repair/input/repair_input.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/output/repair_report.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("Devices"),
    {'i', "input", argument::required, "FILE", "damaged metadata device or file; stays as it is"},
    {'o', "output", argument::required, "FILE", "metadata device or file to write"},
    heading("What is not on the device any more"),
    {0, "transaction-id", argument::required, "N", "the pool's transaction id"},
    {0, "data-block-size", argument::required, "N", "data block size in sectors"},
    {0, "nr-data-blocks", argument::required, "N", "size of the data device in data blocks"},
    heading("Which state of the pool"),
    {0, "mapping-root", argument::required, "N", "use the top level tree with this root"},
    {0, "details-root", argument::required, "N", "use the details tree with this root"},
    {0, "take-best", argument::none, "",
     "where several states may be the last, take the likeliest"},
    {0, "list-roots", argument::none, "", "show the candidate roots and write nothing"},
    heading("What is written"),
    {0, "salvage", argument::none, "", "mappings that are likely, too, not only sure ones"},
    heading("Report"),
    {0, "strict", argument::none, "", "exit with 1 unless it is proven that nothing was lost"},
    lvm_row,
    {'q', "quiet", argument::none, "", "report losses only"},
    {'v', "verbose", argument::none, "", "report everything"},
    {0, "json", argument::none, "", "report as JSON on standard output"},
    io_engine_row,
};
constexpr command_syntax syntax{
    "thin_repair", "Recover thin pool metadata from a damaged device to another one.", "", options};

repair_options read_options(const command_line& line) {
  repair_options wanted;
  wanted.transaction_id = line.number("transaction-id");
  wanted.data_block_size = line.number("data-block-size", UINT32_MAX);
  wanted.nr_data_blocks = line.number("nr-data-blocks");
  wanted.mapping_root = line.number("mapping-root");
  wanted.details_root = line.number("details-root");
  wanted.take_best = line.has("take-best");
  wanted.salvage = line.has("salvage");
  if (wanted.data_block_size && !pdata::valid_data_block_size(*wanted.data_block_size))
    throw usage_error(fmt::format("invalid data block size {}: a multiple of {} from {} to {}",
                                  *wanted.data_block_size, pdata::data_block_size_min,
                                  pdata::data_block_size_min, pdata::data_block_size_max));
  return wanted;
}

int show_roots(const command_line& line, const std::string& input) {
  const auto device = open_metadata(input);
  repair_input corrected(*device, input);
  pdata::batch_reader reader(corrected.device());
  const auto roots = list_roots(reader);
  print(stdout, line.has("json") ? root_list_json(roots) : describe(roots));
  return exit_good;
}

// Losses always go to standard error; a whole result is no news there.
void report(const command_line& line, const device_names& names, const repair_plan& plan,
            const std::string& input, const std::string& output) {
  const auto losses = loss_report(plan, input);
  if (line.has("json")) print(stdout, report_json(plan, input, output));
  if (line.has("quiet"))
    print(stderr, losses);
  else if (line.has("verbose") || !losses.empty())
    print(stderr, full_report(plan, input));
  else if (!line.has("json"))
    print(stdout, names.annotate(full_report(plan, input)));
}

int run(const command_line& line) {
  const device_names names(line);
  line.expect_no_operands();
  const auto input = line.required_value("input", "No input file provided.");
  if (line.has("list-roots")) return show_roots(line, input);
  const auto output = line.required_value("output", "No output file provided.");
  const auto wanted = read_options(line);
  const auto damaged = admit(metadata_request(input));
  const auto output_pass = admit(output_device_request(output));
  const auto device = open_metadata(damaged);
  new_metadata target(output_pass);
  repair_input corrected(*device, input);
  pdata::batch_reader reader(corrected.device());
  if (line.has("verbose")) print(stderr, describe(list_roots(reader)));
  auto plan = make_repair_plan(reader, input, wanted, &corrected.device());
  const auto put_right = corrected.notes();
  plan.notes.insert(plan.notes.begin(), put_right.begin(), put_right.end());
  expect_room(target.device(), blocks_needed(plan, reader, target.device().nr_blocks()));
  target.make([&] {
    write_plan(plan, reader, target.device());
    take_over(check_result(target.device(), output), plan);  // throws what does not pass
  });
  report(line, names, plan, input, output);
  if (device->nr_failed_reads() != 0 && !plan.account_closed()) {
    print(stderr, unread_remark(input, "'" + output + "'"));
    return exit_bad;
  }
  return line.has("strict") && !plan.account_closed() ? exit_bad : exit_good;
}

}  // namespace

const command thin_repair_command{&syntax, run};

}  // namespace thin_tools
