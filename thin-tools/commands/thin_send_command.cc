#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/size/size_option.h"
#include "thin-tools/transfer/opened_source.h"
#include "thin-tools/transfer/stream_sender.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("What is sent"),
    {0, "dev", argument::required, "DEV", "the thin device"},
    {0, "base", argument::required, "DEV",
     "send what this device, which the receiver has, lacks or has otherwise"},
    {0, "size", argument::required, "SIZE",
     "size of the volume (default: LVM2's, else up to its last mapped block); sectors without "
     "unit"},
    {0, "base-size", argument::required, "SIZE", "size of the base (default: likewise)"},
    {'m', "metadata-snap", argument::none, "",
     "as the metadata snapshot has it; works while the pool is active"},
    {0, "resume", argument::required, "TOKEN", "go on where thin_receive --token says that it is"},
    lvm_row,
    heading("Output"),
    {'o', "output", argument::required, "FILE", "write there instead of to standard output"},
    {'q', "quiet", argument::none, "", "no output but the stream and errors"},
};
constexpr command_syntax syntax{"thin_send",
                                "Send a thin device, or what differs from another, as a stream.",
                                "{metadata device|file} {data device|file}", options};

std::vector<std::string> two_operands(const command_line& line) {
  std::vector<std::string> operands;
  for (const auto& operand : line.operands())
    if (!operand.empty()) operands.push_back(operand);
  if (operands.empty()) throw usage_error("No metadata device provided.");
  if (operands.size() == 1) throw usage_error("No data device provided.");
  if (operands.size() > 2) throw usage_error("too many operands");
  return operands;
}

std::optional<std::uint64_t> bytes_of(const command_line& line, std::string_view option) {
  const auto size = sectors_option(line, option);
  if (!size) return std::nullopt;
  return *size * sectors.bytes;
}

std::optional<std::uint64_t> lvm_bytes(const device_names& names, pdata::device_id device) {
  const auto* volume = names.known() ? names.pool().find(device) : nullptr;
  if (!volume) return std::nullopt;
  return volume->sectors * sectors.bytes;
}

std::optional<resume_token> token_of(const command_line& line) {
  const auto text = line.value("resume");
  if (!text) return std::nullopt;
  const auto token = parse_token(*text);
  if (!token) throw invalid_value("resume", *text, "no token of thin_receive --token");
  return token;
}

std::string progress_text(const send_progress& progress) {
  return fmt::format("read {} of {} MiB", progress.bytes_read >> 20, progress.bytes_expected >> 20);
}

int run(const command_line& line) {
  const device_names names(line);
  const auto operands = two_operands(line);
  line.required_value("dev", "No device provided.");
  const auto device = *names.id(line, "dev");
  const auto base_device = names.id(line, "base");
  const auto size = bytes_of(line, "size");
  const auto base_size = bytes_of(line, "base-size");
  if (base_size && !base_device) throw usage_error("--base-size needs --base");
  const auto token = token_of(line);
  const auto output = line.value("output");
  if (!output && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("the stream does not go to a terminal: pipe it on, or name a file with -o");
  const bool quiet = line.has("quiet");

  // Let in before anything is opened, as all that a tool opens.
  std::optional<pass> written;
  if (output) written = admit(output_request(*output));
  opened_source source({operands[0], operands[1], line.has("metadata-snap")});
  if (const auto remark = source.remark(); !quiet && !remark.empty()) print(stderr, remark + "\n");
  const auto volume = source.volume(device, size ? size : lvm_bytes(names, device));
  std::optional<source_volume> base;
  if (base_device) {
    const auto of_lvm = lvm_bytes(names, *base_device);
    base = source.volume(*base_device, base_size ? base_size : of_lvm ? of_lvm : size);
  }
  const send_request what{.volume = volume,
                          .base = base ? &*base : nullptr,
                          .transaction_id = source.transaction_id(),
                          .block_sectors = source.block_sectors(),
                          .resume = token};
  send_progress progress;
  std::optional<output_file> file;
  if (written) file.emplace(*written);
  descriptor_sink standard_output(STDOUT_FILENO, "standard output");
  std::optional<progress_line> shown;
  if (!quiet) shown.emplace([&] { return progress_text(progress); });
  text_sink& to = file ? static_cast<text_sink&>(*file) : standard_output;
  const auto sent = send_volume(what, source.data(), to, progress);
  if (file) file->commit();
  shown.reset();
  if (!quiet)
    print(stderr,
          fmt::format("device {}: {} bytes, {} of them sent as data, {} as zeroes; the stream has "
                      "{} bytes; contents {}\n",
                      device, volume.map.volume_bytes, sent.data_bytes, sent.zero_bytes,
                      sent.stream_bytes, sent.contents.hex()));
  return exit_good;
}

}  // namespace

const command thin_send_command{&syntax, run};

}  // namespace thin_tools
