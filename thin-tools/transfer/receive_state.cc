#include "thin-tools/transfer/receive_state.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "persistent-data/base/error.h"
#include "thin-tools/files/file_names.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

namespace {

constexpr std::string_view title = "thin_receive 1";

std::string read_some(const std::string& path) {
  file_source source(admit_receive_state(path, use::read));
  std::array<char, 16384> text;
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto n = source.read(std::span(text).subspan(filled));
    if (n == 0) break;
    filled += n;
  }
  return {text.data(), filled};
}

// The rest of a line that begins with the word and a blank.
std::optional<std::string> after_word(std::istream& lines, const std::string& word) {
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with(word + " ")) return std::nullopt;
  return line.substr(word.size() + 1);
}

std::optional<receive_state> parse(const std::string& text) {
  std::istringstream lines(text);
  std::string first;
  if (!text.ends_with('\n') || !std::getline(lines, first) || first != title) return std::nullopt;
  const auto target = after_word(lines, "target");
  const auto stream = after_word(lines, "stream");
  const auto phase = after_word(lines, "phase");
  const auto next = after_word(lines, "next");
  if (!target || !stream || !phase || !next) return std::nullopt;
  const auto digest = parse_digest(*stream);
  const auto token = parse_token(*next);
  if (!digest || !token || (*phase != "applying" && *phase != "whole")) return std::nullopt;
  return receive_state{*target, *digest, *phase == "whole", *token};
}

}  // namespace

pass admit_receive_state(const std::string& path, use how) { return admit({"state", path, how}); }

std::optional<receive_state> read_receive_state(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return std::nullopt;
    pdata::throw_errno("Couldn't look at", path, errno);
  }
  const auto state = parse(read_some(path));
  if (!state)
    throw pdata::error(fmt::format("'{}' is no state of a stream that is received", path));
  return state;
}

void write_receive_state(const std::string& path, const receive_state& state) {
  output_file file(admit_receive_state(path, use::replace));
  file.write(fmt::format("{}\ntarget {}\nstream {}\nphase {}\nnext {}\n", title, state.target,
                         state.stream.hex(), state.whole ? "whole" : "applying",
                         state.next.text()));
  file.commit();
}

void remove_receive_state(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    pdata::throw_errno("Couldn't remove", path, errno);
  sync_folder_of(path, "is not needed any more, but a loss of power may bring it back");
}

}  // namespace thin_tools
