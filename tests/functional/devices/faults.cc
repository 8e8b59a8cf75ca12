// Preloaded into a tool: calls for one file fail from the FAULT_AT-th on, FAULT_COUNT of them
// (0: all). Everything else passes.
//
//   FAULT_FILE   its name; "nameless": temporary files; "outputs": all that is open for writing,
//                but for the standard streams
//   FAULT_CALL   read (default), write, sync, resize (ftruncate, fallocate), rename or close
//   FAULT_HOW    EIO (default) or ENOSPC; "short": a write takes a byte; "flip": a bit of what is
//                read is another; else the name of a file that is read instead
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace {

std::atomic<long> calls{0};

std::string_view text(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

long number(const char* name) { return std::atol(text(name, "0").data()); }

bool is_watched(int descriptor) {
  const auto wanted = text("FAULT_FILE", "");
  struct stat open {};
  if (wanted.empty() || ::fstat(descriptor, &open) != 0) return false;
  if (wanted == "nameless") return S_ISREG(open.st_mode) && open.st_nlink == 0;
  if (wanted == "outputs")
    return descriptor > STDERR_FILENO && (S_ISREG(open.st_mode) || S_ISBLK(open.st_mode)) &&
           (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
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
  return at >= from && (count == 0 || at < from + count);
}

bool is_hit(std::string_view call, int descriptor) {
  return text("FAULT_CALL", "read") == call && is_watched(descriptor) && is_next(call);
}

int error_number() { return text("FAULT_HOW", "EIO") == "ENOSPC" ? ENOSPC : EIO; }

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// A call whose failure is -1.
template <class Call>
int or_failure(std::string_view name, int descriptor, Call call) {
  if (!is_hit(name, descriptor)) return call();
  errno = error_number();
  return -1;
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

template <class Call>
ssize_t faulty_write(int descriptor, size_t bytes, Call call) {
  if (!is_hit("write", descriptor)) return call(bytes);
  if (text("FAULT_HOW", "EIO") == "short") return call(bytes == 0 ? 0 : 1);
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
  return or_failure("sync", descriptor, [&] { return real(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const real = next<int(int)>("fdatasync");
  return or_failure("sync", descriptor, [&] { return real(descriptor); });
}

int ftruncate(int descriptor, off_t bytes) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return or_failure("resize", descriptor, [&] { return real(descriptor, bytes); });
}

int ftruncate64(int descriptor, off64_t bytes) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  return or_failure("resize", descriptor, [&] { return real(descriptor, bytes); });
}

int fallocate(int descriptor, int mode, off_t offset, off_t bytes) {
  static auto* const real = next<int(int, int, off_t, off_t)>("fallocate");
  return or_failure("resize", descriptor, [&] { return real(descriptor, mode, offset, bytes); });
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t bytes) {
  static auto* const real = next<int(int, int, off64_t, off64_t)>("fallocate64");
  return or_failure("resize", descriptor, [&] { return real(descriptor, mode, offset, bytes); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  if (!is_next("rename")) return real(from, to);
  errno = error_number();
  return -1;
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
