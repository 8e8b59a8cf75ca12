#include <fmt/format.h>

#include <optional>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/transfer/stream_receiver.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'i', "input", argument::required, "FILE", "the stream (default: standard input)"},
    {0, "state", argument::required, "FILE",
     "keeps how far it came (default: TARGET.thin-receive; needed for block devices)"},
    {0, "token", argument::none, "",
     "receive nothing; print what thin_send --resume has to be given to go on"},
    {0, "check", argument::none, "", "apply nothing: say whether the stream is whole, and of what"},
    {0, "read-back", argument::none, "",
     "compare what the device holds with what was sent, not what is cached"},
    {0, "no-verify", argument::none, "", "do not compare the target with what was sent"},
    {'q', "quiet", argument::none, "", "no output but errors"},
};
constexpr command_syntax syntax{"thin_receive", "Apply a stream of thin_send to a file or device.",
                                "{device|file}", options};

std::string head_text(const stream_head& head) {
  std::string text = fmt::format(
      "whole: device {}, {} bytes, {} of them mapped; transaction id {}, fingerprint {}\n",
      head.device, head.volume_bytes, head.mapped_bytes, head.transaction_id,
      head.fingerprint.hex());
  if (head.has_base)
    text +=
        fmt::format("base: device {}, {} bytes; fingerprint {}, contents {}\n", head.base_device,
                    head.base_bytes, head.base_fingerprint.hex(), head.base_contents.hex());
  return text;
}

int show_token(const std::string& state_name) {
  const auto state = read_receive_state(state_name);
  if (!state)
    throw pdata::error(fmt::format("'{}' is not there: nothing is received, or all", state_name));
  if (state->whole)
    throw pdata::error("all was received; run thin_receive with any part of the stream to end it");
  print(stdout, state->next.text() + "\n");
  return exit_good;
}

std::string progress_text(const receive_progress& progress) {
  const char* step = "received";
  if (progress.now == receive_progress::step::base) step = "compared with the base";
  if (progress.now == receive_progress::step::verify) step = "compared with what was sent";
  return fmt::format("{} {} of {} MiB", step, progress.bytes_done >> 20,
                     progress.volume_bytes >> 20);
}

std::string summary_text(const receive_summary& done, const std::string& target) {
  if (done.was_whole) return fmt::format("'{}' is whole: all was received before\n", target);
  std::string text =
      fmt::format("'{}' is device {}: {} bytes, {} of them written, {} cleared", target,
                  done.head.device, done.head.volume_bytes, done.data_bytes, done.zero_bytes);
  if (done.resumed_at != 0) text += fmt::format(" from byte {} on", done.resumed_at);
  const char* found = "not compared; contents sent";
  if (done.check == end_check::cached) found = "contents as sent,";
  if (done.check == end_check::device) found = "read back from the device, contents";
  return text + fmt::format("; {} {}\n", found, done.contents.hex());
}

end_check wanted_check(const command_line& line) {
  if (!line.has("no-verify")) return line.has("read-back") ? end_check::device : end_check::cached;
  if (line.has("read-back"))
    throw usage_error("--read-back cannot be used together with --no-verify");
  return end_check::none;
}

int run(const command_line& line) {
  if (line.has("check")) {
    line.expect_no_operands();
    file_source stream(admit_reading("stream", line.value("input").value_or("-")));
    receive_progress progress;
    print(stdout, head_text(check_stream(stream, progress)));
    return exit_good;
  }
  const auto target = line.sole_operand("No target provided.");
  const auto state_name = line.value("state").value_or("");
  const auto state = state_name.empty() ? default_state_name(target) : state_name;
  if (line.has("token")) return show_token(state);
  const receive_request what{.target = target, .state = state, .check = wanted_check(line)};
  file_source from(admit_reading("stream", line.value("input").value_or("-")));
  receive_progress progress;
  std::optional<progress_line> shown;
  if (!line.has("quiet")) shown.emplace([&] { return progress_text(progress); });
  const auto done = receive_stream(what, from, progress);
  shown.reset();
  if (!line.has("quiet")) print(stdout, summary_text(done, target));
  return exit_good;
}

}  // namespace

const command thin_receive_command{&syntax, run};

}  // namespace thin_tools
