// A folder for the files of this process, removed when it ends.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace fuzz {

inline const std::filesystem::path& scratch_folder() {
  static const auto made = [] {
    // In memory where there is such a folder: no input waits for a disk then.
    const std::filesystem::path memory = "/dev/shm";
    const auto above =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    auto name = above / ("thin-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(name);
    std::atexit([] { std::filesystem::remove_all(scratch_folder()); });
    return name;
  }();
  return made;
}

inline std::vector<std::byte> contents(const std::filesystem::path& file) {
  std::vector<std::byte> bytes(std::filesystem::file_size(file));
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

inline void write_file(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

}  // namespace fuzz
