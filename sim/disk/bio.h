// A request on its way through devices, as the kernel's bio: an operation on
// consecutive sectors of one device, completed by a call to end_io, at once or
// later. The submitter keeps it alive until then.
#pragma once

#include <cerrno>
#include <cstdint>

#include "sim/disk/content.h"

namespace sim {

class device;

enum class io_op : std::uint8_t { read, write, discard };

// A bio's status: 0, an errno, or this: give it back to the device mapper,
// which keeps it until the device is resumed.
inline constexpr int status_requeue = -1;

struct bio {
  io_op op = io_op::read;
  bool preflush = false;  // a write of no sectors with preflush is a flush
  bool fua = false;
  sector first = 0;
  sector count = 0;
  content payload;                     // of a write
  const content_sink* sink = nullptr;  // of a read; none: the data does not matter
  sector sink_offset = 0;              // where `first` lies in the sink
  int status = 0;
  unsigned remaining = 1;  // completions to wait for, see chain()
  void (*end_io)(bio&) = nullptr;
  void* context = nullptr;  // of end_io
  bio* next = nullptr;      // in a bio_list

  sector end() const { return first + count; }
  bool is_write() const { return op != io_op::read; }  // discards count as writes
  bool is_flush() const { return preflush || fua; }    // asks for durability

  void deliver_zeroes() const {
    if (sink != nullptr && *sink && count != 0) (*sink)(sink_offset, count, content());
  }
};

// One completion; the last one ends the bio.
inline void end_bio(bio& done) {
  if (--done.remaining == 0) done.end_io(done);
}

inline void end_bio(bio& done, int status) {
  done.status = status;
  end_bio(done);
}

// The bio waits for one more completion.
inline void chain(bio& parent) { ++parent.remaining; }

// First in, first out.
class bio_list {
 public:
  bool empty() const { return head_ == nullptr; }
  void push(bio& added) {
    added.next = nullptr;
    *(head_ == nullptr ? &head_ : &tail_->next) = &added;
    tail_ = &added;
  }
  void push_front(bio& added) {
    added.next = head_;
    if (head_ == nullptr) tail_ = &added;
    head_ = &added;
  }
  bio* pop() {
    bio* first = head_;
    if (first != nullptr) head_ = first->next;
    return first;
  }
  // Moves all of `other` to the end of this list.
  void take(bio_list& other) {
    if (other.empty()) return;
    *(head_ == nullptr ? &head_ : &tail_->next) = other.head_;
    tail_ = other.tail_;
    other.head_ = nullptr;
  }

 private:
  bio* head_ = nullptr;
  bio* tail_ = nullptr;
};

}  // namespace sim
