// Preloaded into a tool: reads of one file fail with EIO from the FAIL_AT-th on, FAIL_COUNT
// of them (0: all). FAIL_FILE names the file; reads of anything else pass.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<long> reads{0};

long number(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atol(text);
}

bool is_watched(int descriptor) {
  const char* path = std::getenv("FAIL_FILE");
  struct stat file {};
  struct stat open {};
  return path != nullptr && ::stat(path, &file) == 0 && ::fstat(descriptor, &open) == 0 &&
         file.st_ino == open.st_ino && file.st_dev == open.st_dev;
}

bool fails(int descriptor) {
  if (!is_watched(descriptor)) return false;
  const long at = ++reads;
  const long from = number("FAIL_AT");
  const long count = number("FAIL_COUNT");
  if (at < from || (count != 0 && at >= from + count)) return false;
  errno = EIO;
  return true;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pread(int descriptor, void* to, size_t bytes, off_t offset) {
  static auto* const real = next<ssize_t(int, void*, size_t, off_t)>("pread");
  return fails(descriptor) ? -1 : real(descriptor, to, bytes, offset);
}

ssize_t pread64(int descriptor, void* to, size_t bytes, off64_t offset) {
  static auto* const real = next<ssize_t(int, void*, size_t, off64_t)>("pread64");
  return fails(descriptor) ? -1 : real(descriptor, to, bytes, offset);
}

ssize_t read(int descriptor, void* to, size_t bytes) {
  static auto* const real = next<ssize_t(int, void*, size_t)>("read");
  return fails(descriptor) ? -1 : real(descriptor, to, bytes);
}
}
