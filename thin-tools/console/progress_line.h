// A line on the terminal that says how far a run is, renewed a few times a
// second by a thread of its own. Nothing is shown where standard error is no terminal, where
// that cannot wipe a line (TERM=dumb), or where the run is over before there is anything to tell.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace thin_tools {

class progress_line {
 public:
  // `text` is called from the other thread.
  explicit progress_line(std::function<std::string()> text);
  ~progress_line();  // wipes the line
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

 private:
  void show_until_done();

  std::function<std::string()> text_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace thin_tools
