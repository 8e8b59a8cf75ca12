// A scenario as data: the commands of a file in the language of the kernel's
// test scripts, a small subset of POSIX sh. Variables are resolved while it is
// read (there are no loops or branches), so that a whole file is known to be
// right before its first command runs. Only exit statuses are left for later.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

// Exit statuses that words refer to, while the script runs: the first one is
// $?, the others were assigned to variables.
using statuses = std::vector<int>;
inline constexpr unsigned last_status = 0;

// Text with holes for exit statuses.
class word {
 public:
  word() = default;
  explicit word(std::string text) { add(text); }

  void add(std::string_view text);
  void add_status(unsigned slot) { pieces_.push_back({"", slot}); }
  void append(const word& other);
  // Where it holds $?, which is about to change: it holds that slot instead.
  void keep_status(unsigned slot);

  bool is_fixed() const;  // it has no holes
  bool holds_last_status() const;
  std::string text(const statuses& known) const;
  std::string fixed_text() const;  // "" for the holes

 private:
  struct piece {
    std::string text;
    std::optional<unsigned> status;  // a hole instead
  };
  std::vector<piece> pieces_;
};

struct script_command {
  unsigned line = 0;
  std::vector<word> words;                 // none: an assignment
  std::optional<std::vector<word>> input;  // lines of a here-document
  bool drops_output = false;
  bool drops_messages = false;
  std::optional<std::string> output_file;  // a file of the kernel that standard output goes to
  std::vector<unsigned> keeps_status_in;   // slots of an assignment
};

struct script {
  std::string name;  // of the file
  std::vector<script_command> commands;
  unsigned nr_statuses = 1;
};

using variables = std::map<std::string, word, std::less<>>;

// Throws pdata::error, "FILE:LINE: reason", for whatever is not in the language.
script parse_script(std::string name, std::string_view text, variables set);

}  // namespace sim
