// Joins runs that arrive piece by piece, in order. A run is whatever has, in its
// namespace,
//
//   bool join(Run& open, const Run& next);
//
// which takes `next` into `open` and returns true if it goes on where that ends.
#pragma once

#include <optional>
#include <utility>

namespace pdata {

// emit(run) gets the maximal runs.
template <class Run, class Emit>
class run_joiner {
 public:
  explicit run_joiner(Emit emit) : emit_(std::move(emit)) {}

  void add(const Run& next) {
    if (!open_) {
      open_ = next;
    } else if (!join(*open_, next)) {
      const Run done = *open_;
      *open_ = next;
      emit_(done);
    }
  }

  // No more runs come that could continue the last one.
  void finish() {
    if (!open_) return;
    const Run done = *open_;
    open_.reset();
    emit_(done);
  }

 private:
  Emit emit_;
  std::optional<Run> open_;
};

template <class Run, class Emit>
run_joiner<Run, Emit> join_runs(Emit emit) {
  return run_joiner<Run, Emit>(std::move(emit));
}

}  // namespace pdata
