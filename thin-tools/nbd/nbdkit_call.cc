#include "thin-tools/nbd/nbdkit_call.h"

#include "thin-tools/console/command_line.h"

namespace thin_tools {

namespace {

void add_place(const nbdkit_call& call, std::vector<std::string>& words) {
  if (call.socket && call.port)
    throw usage_error("--unix and --port are two places: one of them can be listened on");
  if (call.socket) {
    words.insert(words.end(), {"--unix", *call.socket});
  } else if (call.command && !call.port) {
    words.insert(words.end(), {"--unix", "-"});  // of its own, in a new folder
  } else {
    // Whoever can connect reads the volumes: nobody but this machine's users.
    words.insert(words.end(), {"--ipaddr", "127.0.0.1", "--port"});
    words.push_back(std::to_string(call.port.value_or(10809)));
  }
}

}  // namespace

std::vector<std::string> arguments_of(const nbdkit_call& call) {
  if (call.command && call.background)
    throw usage_error("--run waits for its command: it does not go into the background");
  std::vector<std::string> words{"nbdkit"};
  add_place(call, words);
  if (!call.cow) words.emplace_back("--read-only");
  if (call.command) words.insert(words.end(), {"--run", *call.command});
  if (!call.command && !call.background) words.emplace_back("--foreground");
  if (call.cow) words.emplace_back("--filter=cow");
  words.insert(words.end(), call.more.begin(), call.more.end());
  words.push_back(call.plugin);
  for (const auto& [key, value] : parameters_of(call.settings)) words.push_back(key + "=" + value);
  return words;
}

}  // namespace thin_tools
