// How nbdkit is started to serve volumes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "thin-tools/nbd/server_settings.h"

namespace thin_tools {

struct nbdkit_call {
  std::string plugin;  // a file, or a name that nbdkit knows
  server_settings settings;
  std::optional<std::string> socket;   // a Unix domain socket
  std::optional<std::uint64_t> port;   // of TCP, on this machine alone
  std::optional<std::string> command;  // of a shell; serves as long as it runs
  bool cow = false;                    // clients write to a copy
  bool background = false;
  std::vector<std::string> more;  // options of nbdkit itself
};

// The program and its arguments. Throws usage_error where they contradict each other. Without a
// socket or a port: a command has a socket of its own; else the port of NBD, 10809, of this
// machine alone.
std::vector<std::string> arguments_of(const nbdkit_call& call);

}  // namespace thin_tools
