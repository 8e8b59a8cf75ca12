// Findings on standard error for tools whose main output is something else. What is
// merely suspicious is left to thin_check. Of each kind of finding a few are named, and
// then how many there are, so that a message fits a screen.
#pragma once

#include <map>

#include "persistent-data/format/damage.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {

enum class messages : std::uint8_t { none, grouped, all };

inline constexpr option_row verbose_row{'v', "verbose", argument::none, "",
                                        "name every finding, not a few of each kind"};

inline messages message_length(const command_line& line) {
  if (line.has("quiet")) return messages::none;
  return line.has("verbose") ? messages::all : messages::grouped;
}

class damage_printer : public pdata::damage_sink {
 public:
  // Findings in a metadata snapshot count only for a tool that reads one.
  damage_printer(pdata::which_metadata read, messages wanted) : read_(read), wanted_(wanted) {}
  ~damage_printer() override;  // says what was not named
  damage_printer(const damage_printer&) = delete;
  damage_printer& operator=(const damage_printer&) = delete;

  void found(const pdata::damage& finding) override;
  bool any() const { return !found_.empty(); }

 private:
  static constexpr std::uint64_t named_max = 3;

  pdata::which_metadata read_;
  messages wanted_;
  std::map<pdata::damage_id, std::uint64_t> found_;  // how many of each kind
};

}  // namespace thin_tools
