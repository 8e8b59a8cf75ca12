// Preloaded into a tool: calls for one file fail from the FAULT_AT-th on, FAULT_COUNT of them
// (0: all). Everything else passes.
//
//   FAULT_FILE   its name; "nameless": temporary files; "outputs": all that is open for writing,
//                but for the standard streams; "folders"
//   FAULT_CALL   read (default), write, sync, resize (ftruncate, fallocate, discards), rename or
//                close
//   FAULT_HOW    EIO (default) or ENOSPC; "short": a write takes half; "flip": a bit of what is
//                read is another; else the name of a file that is read instead
//   FAULT_MARK   a file that is made when a call fails
//   FAULT_AUDIT  a file that is told at the end what of the outputs was not made durable: written
//                and not synced, renamed before it was, or named in a folder that was not synced
// Both forms of each call stand here, so none of them may become the other one.
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace {

std::atomic<long> calls{0};

std::string_view text(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

long number(const char* name) { return std::atol(text(name, "0").data()); }

bool is_output(int descriptor) {
  struct stat open {};
  return descriptor > STDERR_FILENO && ::fstat(descriptor, &open) == 0 &&
         (S_ISREG(open.st_mode) || S_ISBLK(open.st_mode)) &&
         (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

bool is_watched(int descriptor) {
  const auto wanted = text("FAULT_FILE", "");
  struct stat open {};
  if (wanted.empty() || ::fstat(descriptor, &open) != 0) return false;
  if (wanted == "nameless") return S_ISREG(open.st_mode) && open.st_nlink == 0;
  if (wanted == "outputs") return is_output(descriptor);
  if (wanted == "folders") return S_ISDIR(open.st_mode);
  struct stat file {};
  return ::stat(wanted.data(), &file) == 0 && file.st_ino == open.st_ino &&
         file.st_dev == open.st_dev;
}

// Whether this call is one of those that are to fail.
bool is_next(std::string_view call) {
  if (text("FAULT_CALL", "read") != call) return false;
  const long at = ++calls;
  const long from = number("FAULT_AT");
  const long count = number("FAULT_COUNT");
  const bool hit = at >= from && (count == 0 || at < from + count);
  if (const auto mark = text("FAULT_MARK", ""); hit && !mark.empty())
    ::close(::open(mark.data(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  return hit;
}

bool is_hit(std::string_view call, int descriptor) {
  return text("FAULT_CALL", "read") == call && is_watched(descriptor) && is_next(call);
}

int error_number() { return text("FAULT_HOW", "EIO") == "ENOSPC" ? ENOSPC : EIO; }

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// What is not durable yet, and why, by device and inode.
class audit {
 public:
  ~audit() {
    const auto to = text("FAULT_AUDIT", "");
    if (to.empty()) return;
    if (std::FILE* file = std::fopen(to.data(), "w")) {
      for (const auto& [file_id, why] : pending_) std::fprintf(file, "%s\n", why.c_str());
      std::fprintf(file, "%s", told_.c_str());
      std::fclose(file);
    }
  }

  void wrote(int descriptor) {
    struct stat info {};
    if (!is_on() || !is_output(descriptor) || ::fstat(descriptor, &info) != 0) return;
    if (S_ISREG(info.st_mode) && info.st_nlink == 0) return;  // nobody finds it
    add(info, "written and not synced");
  }
  void synced(int descriptor) {
    struct stat info {};
    if (!is_on() || ::fstat(descriptor, &info) != 0) return;
    const std::lock_guard lock(mutex_);
    pending_.erase(id_of(info));
  }
  void renaming(const char* from) {
    struct stat info {};
    if (!is_on() || ::stat(from, &info) != 0) return;
    const std::lock_guard lock(mutex_);
    if (pending_.contains(id_of(info)))
      told_ += std::string(from) + ": renamed before it was synced\n";
  }
  void renamed(const std::string& to) {
    struct stat info {};
    const auto slash = to.rfind('/');
    const auto folder = slash == std::string::npos ? "." : to.substr(0, slash + 1);
    if (is_on() && ::stat(folder.c_str(), &info) == 0)
      add(info, to + ": its folder was not synced");
  }

 private:
  using id = std::pair<dev_t, ino_t>;
  // Of a block device by its numbers.
  static id id_of(const struct stat& info) {
    return S_ISBLK(info.st_mode) ? id(info.st_rdev, 0) : id(info.st_dev, info.st_ino);
  }
  static bool is_on() { return !text("FAULT_AUDIT", "").empty(); }
  void add(const struct stat& info, std::string why) {
    const std::lock_guard lock(mutex_);
    pending_[id_of(info)] = std::move(why);
  }

  std::mutex mutex_;
  std::map<id, std::string> pending_;
  std::string told_;
};
audit durable;

// A call whose failure is -1.
template <class Call>
int or_failure(std::string_view name, int descriptor, Call call) {
  if (!is_hit(name, descriptor)) return call();
  errno = error_number();
  return -1;
}

template <class Call>
int faulty_sync(int descriptor, Call call) {
  const int outcome = or_failure("sync", descriptor, call);
  if (outcome == 0) durable.synced(descriptor);
  return outcome;
}

template <class Call>
int faulty_resize(int descriptor, Call call) {
  durable.wrote(descriptor);
  return or_failure("resize", descriptor, call);
}

template <class Call>
int faulty_ioctl(int descriptor, unsigned long request, Call call) {
  if (request != BLKZEROOUT && request != BLKDISCARD) return call();
  return faulty_resize(descriptor, call);
}

template <class Call>
int faulty_rename(const char* from, const char* to, Call call) {
  if (is_next("rename")) {
    errno = error_number();
    return -1;
  }
  durable.renaming(from);
  const int outcome = call();
  if (outcome == 0) durable.renamed(to);
  return outcome;
}

template <class Call>
ssize_t faulty_read(int descriptor, void* to, size_t bytes, Call call) {
  if (!is_hit("read", descriptor)) return call(descriptor);
  const auto how = text("FAULT_HOW", "EIO");
  if (how == "EIO" || how == "ENOSPC") {
    errno = error_number();
    return -1;
  }
  if (how == "flip") {
    const ssize_t n = call(descriptor);
    if (n > 0) static_cast<char*>(to)[n / 2] ^= 1;
    return n;
  }
  static_cast<void>(bytes);
  static const int other = ::open(how.data(), O_RDONLY | O_CLOEXEC);
  return call(other);
}

// Direct I/O goes on at whole sectors only, which have at most 4096 bytes.
size_t short_of(int descriptor, size_t bytes) {
  if (bytes >= 8192) return bytes / 2 / 4096 * 4096;
  return (::fcntl(descriptor, F_GETFL) & O_DIRECT) != 0 ? bytes : bytes - bytes / 2;
}

template <class Call>
ssize_t faulty_write(int descriptor, size_t bytes, Call call) {
  durable.wrote(descriptor);
  if (!is_hit("write", descriptor)) return call(bytes);
  if (text("FAULT_HOW", "EIO") == "short") return call(short_of(descriptor, bytes));
  errno = error_number();
  return -1;
}

}  // namespace

extern "C" {

ssize_t pread(int descriptor, void* to, size_t bytes, off_t offset) {
  static auto* const real = next<ssize_t(int, void*, size_t, off_t)>("pread");
  return faulty_read(descriptor, to, bytes,
                     [&](int from) { return real(from, to, bytes, offset); });
}

ssize_t pread64(int descriptor, void* to, size_t bytes, off64_t offset) {
  static auto* const real = next<ssize_t(int, void*, size_t, off64_t)>("pread64");
  return faulty_read(descriptor, to, bytes,
                     [&](int from) { return real(from, to, bytes, offset); });
}

ssize_t read(int descriptor, void* to, size_t bytes) {
  static auto* const real = next<ssize_t(int, void*, size_t)>("read");
  return faulty_read(descriptor, to, bytes, [&](int from) { return real(from, to, bytes); });
}

ssize_t write(int descriptor, const void* from, size_t bytes) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return faulty_write(descriptor, bytes, [&](size_t n) { return real(descriptor, from, n); });
}

ssize_t pwrite(int descriptor, const void* from, size_t bytes, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return faulty_write(descriptor, bytes,
                      [&](size_t n) { return real(descriptor, from, n, offset); });
}

ssize_t pwrite64(int descriptor, const void* from, size_t bytes, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return faulty_write(descriptor, bytes,
                      [&](size_t n) { return real(descriptor, from, n, offset); });
}

int fsync(int descriptor) {
  static auto* const real = next<int(int)>("fsync");
  return faulty_sync(descriptor, [&] { return real(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const real = next<int(int)>("fdatasync");
  return faulty_sync(descriptor, [&] { return real(descriptor); });
}

int ftruncate(int descriptor, off_t bytes) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return faulty_resize(descriptor, [&] { return real(descriptor, bytes); });
}

int ftruncate64(int descriptor, off64_t bytes) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  return faulty_resize(descriptor, [&] { return real(descriptor, bytes); });
}

int fallocate(int descriptor, int mode, off_t offset, off_t bytes) {
  static auto* const real = next<int(int, int, off_t, off_t)>("fallocate");
  return faulty_resize(descriptor, [&] { return real(descriptor, mode, offset, bytes); });
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t bytes) {
  static auto* const real = next<int(int, int, off64_t, off64_t)>("fallocate64");
  return faulty_resize(descriptor, [&] { return real(descriptor, mode, offset, bytes); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return faulty_rename(from, to, [&] { return real(from, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned how) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return faulty_rename(from, to, [&] { return real(from_folder, from, to_folder, to, how); });
}

int ioctl(int descriptor, unsigned long request, ...) noexcept {
  static auto* const real = next<int(int, unsigned long, void*)>("ioctl");
  std::va_list more;
  va_start(more, request);
  auto* const argument = va_arg(more, void*);
  va_end(more);
  return faulty_ioctl(descriptor, request, [&] { return real(descriptor, request, argument); });
}

// Where times have 64 bits and memory 32.
int __ioctl_time64(int descriptor, unsigned long request, void* argument) noexcept {
  static auto* const real = next<int(int, unsigned long, void*)>("__ioctl_time64");
  return faulty_ioctl(descriptor, request, [&] { return real(descriptor, request, argument); });
}

// What was open is closed, as Linux does it, and the failure is told.
int close(int descriptor) {
  static auto* const real = next<int(int)>("close");
  const bool hit = is_hit("close", descriptor);
  const int outcome = real(descriptor);
  if (!hit) return outcome;
  errno = error_number();
  return -1;
}
}
