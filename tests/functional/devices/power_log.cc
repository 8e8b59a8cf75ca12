// Preloaded into a tool: what it asks of the disks goes into the file POWER_LOG, in its order, with
// the bytes: all that decides what a loss of power leaves. power_loss.py reads it.
//
// A line for each call, with its numbers in decimal; after W as many bytes as it says. FILE is
// DEVICE:INODE, or rdev:NUMBER of a block device; a call is noted when it is done.
//
//   W FILE OFFSET BYTES     written               B NUMBER FILE   a sync begins (of a folder, too)
//   T FILE BYTES            cut or grown          E NUMBER        it is done: what was done before
//   Z FILE OFFSET BYTES     zeroed, a hole                        it began is durable
//   C FILE NAME             a file is made        R FROM <tab> TO a rename
//   L FROM <tab> TO         another name          U NAME          a name goes away
//   ? WHAT                  a call that power_loss.py has no model of
// Both forms of each call stand here, so none of them may become the other one.
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

class power_log {
 public:
  void note(const std::string& line, const void* bytes = nullptr, size_t count = 0) {
    const std::lock_guard lock(mutex_);
    if (file_ == nullptr) {
      const char* name = std::getenv("POWER_LOG");
      if (name == nullptr || (file_ = std::fopen(name, "we")) == nullptr) std::abort();
    }
    std::fputs((line + "\n").c_str(), file_);
    if (count != 0) std::fwrite(bytes, 1, count, file_);
    std::fflush(file_);
  }

 private:
  std::mutex mutex_;
  std::FILE* file_ = nullptr;
};

power_log& told() {
  static auto* const log = new power_log;  // tools write until the very end
  return *log;
}

std::string text(off64_t number) { return std::to_string(number); }

// None: nothing that a loss of power leaves.
std::string file_of(int descriptor) {
  struct stat info {};
  if (descriptor <= STDERR_FILENO || ::fstat(descriptor, &info) != 0) return "";
  if (S_ISBLK(info.st_mode)) return "rdev:" + std::to_string(info.st_rdev);
  if (!S_ISDIR(info.st_mode) && (!S_ISREG(info.st_mode) || info.st_nlink == 0)) return "";
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

ssize_t wrote(int descriptor, const void* from, off64_t offset, ssize_t done) {
  const auto file = file_of(descriptor);
  if (done > 0 && !file.empty())
    told().note("W " + file + " " + text(offset) + " " + text(done), from,
                static_cast<size_t>(done));
  return done;
}

int resized(int descriptor, off64_t bytes, int outcome) {
  const auto file = file_of(descriptor);
  if (outcome == 0 && !file.empty()) told().note("T " + file + " " + text(bytes));
  return outcome;
}

int allocated(int descriptor, int mode, off64_t offset, off64_t bytes, int outcome) {
  const auto file = file_of(descriptor);
  if (outcome != 0 || file.empty()) return outcome;
  if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0)
    told().note("Z " + file + " " + text(offset) + " " + text(bytes));
  else
    told().note("? fallocate " + file);
  return outcome;
}

int asked(int descriptor, unsigned long request, const void* argument, int outcome) {
  if (outcome == 0 && (request == BLKZEROOUT || request == BLKDISCARD)) {
    const auto* const range = static_cast<const std::uint64_t*>(argument);
    told().note("Z " + file_of(descriptor) + " " + std::to_string(range[0]) + " " +
                std::to_string(range[1]));
  }
  return outcome;
}

template <class Call>
int synced(int descriptor, Call call) {
  static std::atomic<long> syncs{0};
  const auto file = file_of(descriptor);
  const auto number = std::to_string(++syncs);
  if (!file.empty()) told().note("B " + number + " " + file);
  const int outcome = call();
  if (outcome == 0 && !file.empty()) told().note("E " + number);
  return outcome;
}

template <class Call>
int opened(const char* name, int flags, Call call) {
  const bool is_made = (flags & O_CREAT) != 0 && ::access(name, F_OK) != 0;
  const int descriptor = call();
  if (descriptor < 0 || (flags & O_TMPFILE) == O_TMPFILE) return descriptor;
  const auto file = file_of(descriptor);
  if (file.empty()) return descriptor;
  if (is_made)
    told().note("C " + file + " " + name);
  else if ((flags & O_TRUNC) != 0)
    told().note("T " + file + " 0");
  return descriptor;
}

int named(const std::string& line, int outcome) {
  if (outcome == 0) told().note(line);
  return outcome;
}

mode_t mode_of(int flags, std::va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* name, int flags, ...) {
  static auto* const real = next<int(const char*, int, ...)>("open");
  std::va_list more;
  va_start(more, flags);
  const auto mode = mode_of(flags, more);
  va_end(more);
  return opened(name, flags, [&] { return real(name, flags, mode); });
}

int open64(const char* name, int flags, ...) {
  static auto* const real = next<int(const char*, int, ...)>("open64");
  std::va_list more;
  va_start(more, flags);
  const auto mode = mode_of(flags, more);
  va_end(more);
  return opened(name, flags, [&] { return real(name, flags, mode); });
}

ssize_t write(int descriptor, const void* from, size_t bytes) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  const auto done = real(descriptor, from, bytes);
  if (file_of(descriptor).empty()) return done;
  return wrote(descriptor, from, ::lseek64(descriptor, 0, SEEK_CUR) - done, done);
}

ssize_t writev(int descriptor, const iovec* from, int count) {
  static auto* const real = next<ssize_t(int, const iovec*, int)>("writev");
  if (!file_of(descriptor).empty()) told().note("? writev");
  return real(descriptor, from, count);
}

ssize_t pwrite(int descriptor, const void* from, size_t bytes, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return wrote(descriptor, from, offset, real(descriptor, from, bytes, offset));
}

ssize_t pwrite64(int descriptor, const void* from, size_t bytes, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return wrote(descriptor, from, offset, real(descriptor, from, bytes, offset));
}

int fsync(int descriptor) {
  static auto* const real = next<int(int)>("fsync");
  return synced(descriptor, [&] { return real(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const real = next<int(int)>("fdatasync");
  return synced(descriptor, [&] { return real(descriptor); });
}

// No flush of the disk's cache comes with it: nothing is durable, and nothing is noted.
int sync_file_range(int descriptor, off64_t offset, off64_t bytes, unsigned how) {
  static auto* const real = next<int(int, off64_t, off64_t, unsigned)>("sync_file_range");
  return real(descriptor, offset, bytes, how);
}

int ftruncate(int descriptor, off_t bytes) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return resized(descriptor, bytes, real(descriptor, bytes));
}

int ftruncate64(int descriptor, off64_t bytes) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  return resized(descriptor, bytes, real(descriptor, bytes));
}

int fallocate(int descriptor, int mode, off_t offset, off_t bytes) {
  static auto* const real = next<int(int, int, off_t, off_t)>("fallocate");
  return allocated(descriptor, mode, offset, bytes, real(descriptor, mode, offset, bytes));
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t bytes) {
  static auto* const real = next<int(int, int, off64_t, off64_t)>("fallocate64");
  return allocated(descriptor, mode, offset, bytes, real(descriptor, mode, offset, bytes));
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return named(std::string("R ") + from + "\t" + to, real(from, to));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned how) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return named(std::string("R ") + from + "\t" + to, real(from_folder, from, to_folder, to, how));
}

int link(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("link");
  return named(std::string("L ") + from + "\t" + to, real(from, to));
}

int unlink(const char* name) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return named(std::string("U ") + name, real(name));
}

int remove(const char* name) noexcept {
  static auto* const real = next<int(const char*)>("remove");
  return named(std::string("U ") + name, real(name));
}

int ioctl(int descriptor, unsigned long request, ...) noexcept {
  static auto* const real = next<int(int, unsigned long, void*)>("ioctl");
  std::va_list more;
  va_start(more, request);
  auto* const argument = va_arg(more, void*);
  va_end(more);
  return asked(descriptor, request, argument, real(descriptor, request, argument));
}

// Where times have 64 bits and memory 32.
int __ioctl_time64(int descriptor, unsigned long request, void* argument) noexcept {
  static auto* const real = next<int(int, unsigned long, void*)>("__ioctl_time64");
  return asked(descriptor, request, argument, real(descriptor, request, argument));
}
}
