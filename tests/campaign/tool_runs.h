// The tools on images: as a user runs them, through files.
#pragma once

#include <filesystem>
#include <optional>

#include "tests/campaign/damage_kinds.h"

namespace campaign {

// A folder for the files of this run, removed in the end.
class scratch_folder {
 public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void write_file(const std::string& path, plain::bytes contents);
image_bytes read_file(const std::string& path);

struct repaired {
  int status = 0;
  std::string report;                // what was printed
  std::optional<image_bytes> image;  // none: refused
  std::set<plain::u64> guessed;      // devices that the report marks
  bool all_guessed = false;

  bool marks(plain::u64 device) const { return all_guessed || guessed.contains(device); }
  // By its status or its words.
  bool says_nothing_was_lost() const;
};

class tools {
 public:
  // Folders with thin_repair and thin_check; no peers: an empty name.
  tools(std::string ours, std::string peers);

  bool can_salvage() const { return can_salvage_; }
  bool has_peers() const { return !peers_.empty(); }

  enum class effort { usual, salvage };
  repaired repair(const damaged& what, const damage_kind& kind, const patient& of, effort how);
  // Whether --list-roots names the pair of roots that the pool had.
  bool names_roots(const damaged& what, const patient& of);
  // Status alone; an image only if it is 0.
  repaired repair_by_peers(const damaged& what, const patient& of);

  // The names of those thin_check that do not accept it.
  std::string rejected_by(plain::bytes image);

 private:
  std::string hints(const damaged& what, const patient& of, bool for_peers) const;

  std::string ours_;
  std::string peers_;
  bool can_salvage_ = false;
  scratch_folder scratch_;
};

}  // namespace campaign
