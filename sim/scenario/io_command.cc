// io: requests to a device, one after the other, with contents that name
// themselves.
//
// What it prints for a short read or write is the text of the last errno, as a
// C program does that takes one for a failure.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "persistent-data/base/all_zero.h"
#include "sim/scenario/commands.h"

namespace sim {

using pdata::status;

namespace {

constexpr sector longest_write = 1 << 15;
constexpr sector longest_read = 1 << 15;

enum class verb : std::uint8_t { write, read, discard, flush };

struct request_line {
  verb what = verb::flush;
  sector first = 0;
  sector count = 0;
  std::uint64_t seed = 0;
  bool sync = false;
};

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    throw command_error(fmt::format("io: '{}' is not a number", text));
  return value;
}

// Devices are smaller than 2^63 bytes; so is what a request can name.
sector sector_number(const std::string& text) {
  const auto value = number(text);
  if (value > INT64_MAX / sector_bytes)
    throw command_error(fmt::format("io: sector number '{}' is too large", text));
  return value;
}

request_line parse_request(std::span<const std::string> words) {
  const std::string& name = words[0];
  request_line line;
  const auto needs = [&](bool right, std::string_view operands) {
    if (!right) throw command_error(fmt::format("io: {} needs {}", name, operands));
  };
  if (name == "flush") {
    needs(words.size() == 1, "no operands");
    return line;
  }
  if (name == "write") {
    line.what = verb::write;
    line.sync = words.size() == 5 && words[4] == "sync";
    needs(words.size() == 4 || line.sync, "SECTOR COUNT SEED [sync]");
    line.seed = number(words[3]);
  } else if (name == "read" || name == "discard") {
    line.what = name == "read" ? verb::read : verb::discard;
    needs(words.size() == 3, "SECTOR COUNT");
  } else {
    throw command_error(fmt::format("io: '{}' is not a request", name));
  }
  line.first = sector_number(words[1]);
  line.count = sector_number(words[2]);
  if (line.what == verb::write && line.count > longest_write)
    throw command_error(fmt::format("io: a write has at most {} sectors", longest_write));
  return line;
}

// Lines of FIRST COUNT KIND for what a read delivers.
class run_printer {
 public:
  run_printer(sector first, std::string& out) : first_(first), out_(out) {}

  void add(sector at, sector count, const content& what) {
    switch (what.what()) {
      case content::kind::zero:
        return add_run(count, {'z', 0});
      case content::kind::bytes:
        for (sector n = 0; n < count; ++n) add_run(1, judge_bytes(at + n, what.at(n)));
        return;
      case content::kind::stamp:
        break;
    }
    // The stamp of seed 0 on sector 0 is nothing but zeroes.
    if (what.seed() == 0 && what.stamped_sector() == 0) {
      add_run(1, {'z', 0});
      ++at;
      --count;
    }
    const bool in_place =
        what.stamped_sector() + (what.seed() == 0 && what.stamped_sector() == 0) == at;
    add_run(count, in_place ? kind{'s', what.seed()} : kind{'o', 0});
  }

  void finish() { print(); }

 private:
  struct kind {
    char letter;
    std::uint64_t seed;
    bool operator==(const kind&) const = default;
  };

  static kind judge_bytes(sector at, const content& what) {
    const auto bytes = what.first_sector();
    std::uint64_t seed = 0;
    for (int i = 7; i >= 0; --i)
      seed = seed << 8 | std::to_integer<std::uint64_t>(bytes[static_cast<std::size_t>(i)]);
    if (pdata::all_zero(bytes)) return {'z', 0};
    if (bytes == content::stamped(seed, at).first_sector()) return {'s', seed};
    return {'o', 0};
  }

  void add_run(sector count, kind is) {
    if (count == 0) return;
    if (run_ != 0 && !(is == kind_)) print();
    kind_ = is;
    run_ += count;
  }

  void print() {
    if (run_ == 0) return;
    if (kind_.letter == 's')
      out_ += fmt::format("{} {} seed={}\n", first_, run_, kind_.seed);
    else
      out_ += fmt::format("{} {} {}\n", first_, run_, kind_.letter == 'z' ? "zero" : "other");
    first_ += run_;
    run_ = 0;
  }

  sector first_;
  std::string& out_;
  sector run_ = 0;
  kind kind_{'z', 0};
};

class io_session {
 public:
  io_session(machine& on, device& target, command_output& to) : on_(on), device_(target), to_(to) {}

  int run(const request_line& line) {
    switch (line.what) {
      case verb::write:
        return write(line);
      case verb::read:
        return read(line);
      case verb::discard:
        return outcome("discard", discard(line));
      case verb::flush:
        return outcome("flush", perform(on_, device_, block_request::flush()));
    }
    return 0;
  }

 private:
  int fail(std::string_view what) {
    to_.out += fmt::format("error {}: {}\n", what, pdata::errno_text(errno_));
    return 1;
  }
  int outcome(std::string_view what, status r) {
    if (r.ok()) return 0;
    errno_ = r.errno_value();
    return fail(what);
  }

  int write(const request_line& line) {
    if (line.count == 0) return 0;
    if (line.first >= device_.size()) return outcome("write", status(ENOSPC));
    const sector count = std::min<sector>(line.count, device_.size() - line.first);
    auto r =
        perform(on_, device_,
                block_request::write(line.first, count, content::stamped(line.seed, line.first),
                                     line.sync ? write_kind::fua : write_kind::cached));
    if (r.ok() && line.sync) r = perform(on_, device_, block_request::flush());
    if (!r.ok()) return outcome("write", r);
    return count == line.count ? 0 : fail("write");
  }

  int read(const request_line& line) {
    struct piece {
      sector offset, count;
      content what;
    };
    run_printer printer(line.first, to_.out);
    for (sector done = 0; done < line.count;) {
      const sector first = line.first + done;
      const sector count = std::min<sector>(line.count - done, longest_read);
      if (first >= device_.size()) return fail("read");
      std::vector<piece> pieces;
      const content_sink sink = [&](sector offset, sector n, const content& what) {
        pieces.push_back({offset, n, what});
      };
      const sector available = std::min<sector>(count, device_.size() - first);
      if (const auto r = perform(on_, device_, block_request::read(first, available, &sink));
          !r.ok())
        return outcome("read", r);
      if (available != count) return fail("read");
      std::ranges::sort(pieces, {}, &piece::offset);
      for (const auto& p : pieces) printer.add(first + p.offset, p.count, p.what);
      done += count;
    }
    printer.finish();
    return 0;
  }

  status discard(const request_line& line) {
    if (device_.limits().max_discard_sectors == 0) return status(EOPNOTSUPP);
    if (line.count == 0 || line.first > device_.size() || line.count > device_.size() - line.first)
      return status(EINVAL);
    return perform(on_, device_, block_request::discard(line.first, line.count));
  }

  machine& on_;
  device& device_;
  command_output& to_;
  int errno_ = 0;
};

std::vector<request_line> requests_of(const command_text& command) {
  const std::span<const std::string> words(command.words);
  std::vector<request_line> requests;
  if (words.size() < 3) throw command_error("io needs a device and a request");
  if (words[2] != "-") {
    if (command.input) throw command_error("io reads a here-document only after '-'");
    requests.push_back(parse_request(words.subspan(2)));
    return requests;
  }
  if (!command.input || words.size() != 3) throw command_error("io DEVICE - needs a here-document");
  for (const auto& line : *command.input) {
    const auto parts = split_words(line);
    if (!parts.empty() && !parts[0].starts_with('#')) requests.push_back(parse_request(parts));
  }
  return requests;
}

}  // namespace

action prepare_io(const command_text& command) {
  auto requests = requests_of(command);
  return
      [path = command.words[1], requests = std::move(requests)](machine& on, command_output& to) {
        device* target = on.find_device(path);
        if (target == nullptr) {
          to.out += fmt::format("error open: {}\n", pdata::errno_text(ENOENT));
          return 1;
        }
        io_session session(on, *target, to);
        int worst = 0;
        for (const auto& request : requests) worst = std::max(worst, session.run(request));
        return worst;
      };
}

}  // namespace sim
