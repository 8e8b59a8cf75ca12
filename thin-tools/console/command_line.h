// Option tables and their parser, on Boost.ProgramOptions. A command describes
// its options once; parsing, usage text, completions and the tests that compare
// man pages with programs all read the same table.
//
// Accepted is what getopt_long accepts: unambiguous abbreviations of long
// options, options after operands, `--name=value`, `--name value`, `-nVALUE`, `-n=VALUE`,
// `-n VALUE`, bundled short flags, `--` to end options; a repeated option takes
// its last value where one is meant. An optional value must be attached
// (`-mN`, `-m=N`, `--metadata-snap=N`).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "persistent-data/base/error.h"

namespace thin_tools {

enum class argument : std::uint8_t { none, required, optional };

struct option_row {
  char letter;            // short form, or 0
  std::string_view name;  // long form, without dashes; "" if there is only a letter
  argument takes;
  std::string_view value_name;  // for usage: "FILE", "N"; "" for flags
  std::string_view help;
  bool hidden = false;  // accepted, but not shown
  // The values it may have, for completions, separated by blanks; with a comma before them
  // where it takes a list. None: any, or the alternatives of value_name ("short|long").
  std::string_view choices = {};
};

// A line above the rows that follow it in usage: "What is checked".
constexpr option_row heading(std::string_view text) { return {0, "", argument::none, "", text}; }
constexpr bool is_heading(const option_row& row) { return row.letter == 0 && row.name.empty(); }

struct command_syntax {
  std::string_view name;                // "thin_check"
  std::string_view summary;             // one line for usage, man page and the list of tools
  std::string_view operands;            // as usage shows them: "{device|file}"
  std::span<const option_row> options;  // -h and -V are added to every command
};

// A mistake in how a tool was called: printed with the usage text, exit 1.
class usage_error : public pdata::error {
 public:
  using pdata::error::error;
};

// "invalid value 'TEXT' for '--OPTION': EXPLANATION"
usage_error invalid_value(std::string_view option, std::string_view text,
                          std::string_view explanation);

// A value of the form NAME=VALUE. The name is not empty.
using name_and_value = std::pair<std::string, std::string>;
// Which '=' parts them where there are several.
enum class equals_sign : std::uint8_t { first, last };

class command_line {
 public:
  // Throws usage_error naming what is wrong. `arguments` has no program name.
  command_line(const command_syntax& syntax, std::span<const std::string> arguments);

  bool has(std::string_view name) const { return count(name) > 0; }
  std::size_t count(std::string_view name) const;  // how often the option was given
  // The last value given; none if the option is absent or came without a value.
  std::optional<std::string> value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;  // in order of appearance
  const std::vector<std::string>& operands() const { return operands_; }

  // The value as an unsigned decimal number. Throws usage_error if it is not
  // one, or is above `max`.
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t max = UINT64_MAX) const;
  std::vector<std::uint64_t> numbers(std::string_view name, std::uint64_t max = UINT64_MAX) const;

  // The values of an option in two parts. Throws usage_error where one is not of
  // the form that usage shows for it (`form`: "ID=SIZE").
  std::vector<name_and_value> pairs(std::string_view name, std::string_view form,
                                    equals_sign parted_at = equals_sign::first) const;

  // The value of an option that must be there: throws usage_error(`absent`).
  std::string required_value(std::string_view name, const std::string& absent) const;

  // The one operand that most tools take. Empty operands, which LVM2 passes,
  // are skipped. Throws usage_error if there is none ("No input file
  // provided.") or more than one.
  std::string sole_operand(const std::string& absent = "No input file provided.") const;
  // For tools without operands; empty ones are skipped.
  void expect_no_operands() const;

 private:
  struct occurrence {
    std::string name;
    std::optional<std::string> value;
  };

  std::vector<occurrence> occurrences_;
  std::vector<std::string> operands_;
};

// A whole unsigned decimal number, or none.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max = UINT64_MAX);

std::string usage_text(const command_syntax& syntax);

// The options every command has, in the order usage shows them.
std::span<const option_row> universal_options();

}  // namespace thin_tools
