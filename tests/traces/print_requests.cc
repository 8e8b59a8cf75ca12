// Prints what the library reads from a trace, a request on each line, for the comparison with the
// reference reader (reference.py):
//
//   write 2048+8 at 500000000 of 253,0 preflush fua
//
// and at the end "= FORMAT DAMAGED" or "refused: MESSAGE". Usage: print_requests FILE..., or
// print_requests --each, with the names of files on standard input.
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/trace/trace_reader.h"

namespace {

using namespace sim::trace;

void print(const std::vector<std::string>& files, const trace_options& options) {
  try {
    const auto reader = open_traces(files, options);
    io_request r;
    while (reader->next(r))
      fmt::print("{} {}+{} at {} of {}{}{}\n", name_of(r.op), r.sector, r.nr_sectors, r.time_ns,
                 reader->devices().name(r.device), r.preflush ? " preflush" : "",
                 r.fua ? " fua" : "");
    fmt::print("= {} {}\n", name_of(reader->format_of(0)), reader->statistics().damaged);
  } catch (const pdata::error& e) {
    std::string text = e.what();
    for (char& c : text)
      if (c == '\n') c = ' ';
    fmt::print("refused: {}\n", text);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"--each"}) {
    for (std::string line; std::getline(std::cin, line);) {
      print({line}, {});
      std::fflush(stdout);
    }
    return 0;
  }
  print(arguments, {});
  return 0;
}
