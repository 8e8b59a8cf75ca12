// io: block requests, one at a time, with contents that name themselves, so that
// a device can be compared sector by sector. The guest's part of what `io` does
// in a scenario of thin_sim.
//
//   io DEVICE write SECTOR COUNT SEED [sync]
//   io DEVICE read SECTOR COUNT
//   io DEVICE discard SECTOR COUNT
//   io DEVICE flush
//   io DEVICE clear      zeroes everywhere; not in the language of scenarios
//   io DEVICE copy TARGET SECTOR COUNT    its first COUNT sectors, to SECTOR of TARGET; nor this
//   io DEVICE -          requests from standard input, one a line
//
// A written sector S holds 32 copies of the 64-bit little-endian pair (SEED, S).
// `sync` makes the write durable before the next request. `read` prints a line
// for each run of sectors: "FIRST COUNT seed=N", "FIRST COUNT zero" or "FIRST
// COUNT other". Requests bypass the page cache. A failed one prints
// "error WHAT: REASON"; the rest still run. Exit status: the worst of all.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr std::uint64_t sector_bytes = 512;
constexpr std::uint64_t words_per_sector = sector_bytes / sizeof(std::uint64_t);
constexpr std::uint64_t max_write_sectors = 1 << 15;
constexpr std::uint64_t read_chunk_sectors = 1 << 15;

constexpr int good = 0;
constexpr int failed = 1;
constexpr int misused = 2;

int report(const char* what) {
  std::printf("error %s: %s\n", what, std::strerror(errno));
  return failed;
}

struct contents {
  enum { zero, stamped, other } kind;
  std::uint64_t seed;
  bool operator==(const contents&) const = default;
};

contents classify(const std::uint64_t* words, std::uint64_t sector) {
  const std::uint64_t seed = words[0];
  bool all_zero = true;
  bool all_stamped = true;
  for (std::uint64_t i = 0; i < words_per_sector; i += 2) {
    all_zero = all_zero && words[i] == 0 && words[i + 1] == 0;
    all_stamped = all_stamped && words[i] == seed && words[i + 1] == sector;
  }
  if (all_zero) return {contents::zero, 0};
  if (all_stamped) return {contents::stamped, seed};
  return {contents::other, 0};
}

void print_run(std::uint64_t first, std::uint64_t end, const contents& what) {
  std::cout << first << ' ' << end - first << ' ';
  if (what.kind == contents::zero) std::cout << "zero\n";
  if (what.kind == contents::stamped) std::cout << "seed=" << what.seed << '\n';
  if (what.kind == contents::other) std::cout << "other\n";
}

class device {
 public:
  explicit device(const char* path)
      : plain_(open(path, O_RDWR | O_DIRECT)), durable_(open(path, O_RDWR | O_DIRECT | O_DSYNC)) {
    buffer_ =
        static_cast<std::uint64_t*>(std::aligned_alloc(4096, max_write_sectors * sector_bytes));
  }

  bool ready() const { return plain_ >= 0 && durable_ >= 0 && buffer_ != nullptr; }

  int write(std::uint64_t sector, std::uint64_t count, std::uint64_t seed, bool sync) {
    for (std::uint64_t i = 0; i < count * words_per_sector; i += 2) {
      buffer_[i] = seed;
      buffer_[i + 1] = sector + i / words_per_sector;
    }
    const auto bytes = static_cast<ssize_t>(count * sector_bytes);
    const auto at = static_cast<off_t>(sector * sector_bytes);
    return pwrite(sync ? durable_ : plain_, buffer_, static_cast<size_t>(bytes), at) == bytes
               ? good
               : report("write");
  }

  int read(std::uint64_t sector, std::uint64_t count) {
    const std::uint64_t end = sector + count;
    std::uint64_t run_first = sector;
    std::optional<contents> run;
    while (sector < end) {
      const std::uint64_t length = std::min(end - sector, read_chunk_sectors);
      const auto bytes = static_cast<ssize_t>(length * sector_bytes);
      if (pread(plain_, buffer_, static_cast<size_t>(bytes),
                static_cast<off_t>(sector * sector_bytes)) != bytes)
        return report("read");
      for (std::uint64_t i = 0; i < length; ++i, ++sector) {
        const contents found = classify(buffer_ + i * words_per_sector, sector);
        if (run == found) continue;
        if (run) print_run(run_first, sector, *run);
        run_first = sector;
        run = found;
      }
    }
    if (run) print_run(run_first, end, *run);
    return good;
  }

  int discard(std::uint64_t sector, std::uint64_t count) {
    std::uint64_t range[2] = {sector * sector_bytes, count * sector_bytes};
    return ioctl(plain_, BLKDISCARD, range) == 0 ? good : report("discard");
  }

  int clear() {
    std::uint64_t range[2] = {0, 0};
    return ioctl(plain_, BLKGETSIZE64, &range[1]) == 0 && ioctl(plain_, BLKZEROOUT, range) == 0
               ? good
               : report("clear");
  }

  int copy(const char* target, std::uint64_t at, std::uint64_t count) {
    const device to(target);
    if (!to.ready()) return report("open");
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t length = std::min(count - done, read_chunk_sectors);
      const auto bytes = static_cast<ssize_t>(length * sector_bytes);
      if (pread(plain_, buffer_, static_cast<size_t>(bytes),
                static_cast<off_t>(done * sector_bytes)) != bytes)
        return report("read");
      if (pwrite(to.plain_, buffer_, static_cast<size_t>(bytes),
                 static_cast<off_t>((at + done) * sector_bytes)) != bytes)
        return report("write");
      done += length;
    }
    return good;
  }

  int flush() { return fsync(plain_) == 0 ? good : report("flush"); }

 private:
  int plain_;
  int durable_;
  std::uint64_t* buffer_;
};

std::optional<std::vector<std::uint64_t>> numbers(const std::vector<std::string>& words,
                                                  std::size_t count) {
  if (words.size() < count + 1) return std::nullopt;
  std::vector<std::uint64_t> found;
  for (std::size_t i = 1; i <= count; ++i) {
    char* end = nullptr;
    found.push_back(std::strtoull(words[i].c_str(), &end, 10));
    if (end == words[i].c_str() || *end != '\0') return std::nullopt;
  }
  return found;
}

int perform(device& on, const std::vector<std::string>& words) {
  const std::string& what = words.front();
  if (what == "flush" && words.size() == 1) return on.flush();
  if (what == "clear" && words.size() == 1) return on.clear();
  if (what == "write") {
    const auto n = numbers(words, 3);
    const bool sync = words.size() == 5 && words[4] == "sync";
    if (n && (*n)[1] <= max_write_sectors && (sync || words.size() == 4))
      return on.write((*n)[0], (*n)[1], (*n)[2], sync);
  } else if (const auto n = numbers(words, 2); n && words.size() == 3) {
    if (what == "read") return on.read((*n)[0], (*n)[1]);
    if (what == "discard") return on.discard((*n)[0], (*n)[1]);
  }
  std::cout << "error: cannot parse request '" << what << "'\n";
  return misused;
}

int run(int argc, char** argv) {
  if (argc < 3) return misused;
  device on(argv[1]);
  if (!on.ready()) return report("open");
  if (argc == 6 && std::strcmp(argv[2], "copy") == 0)
    return on.copy(argv[3], std::strtoull(argv[4], nullptr, 10),
                   std::strtoull(argv[5], nullptr, 10));
  if (std::strcmp(argv[2], "-") != 0) return perform(on, {argv + 2, argv + argc});
  int worst = good;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream text(line);
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    if (!words.empty() && words.front().front() != '#') worst = std::max(worst, perform(on, words));
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
