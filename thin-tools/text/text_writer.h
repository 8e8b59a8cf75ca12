// What the writers of a pool as text have in common: XML, JSON, text to read.
// The text of a run depends on nothing else, so it may be made ahead of time.
#pragma once

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// end_superblock() leaves nothing in the buffer.
class text_writer : public pdata::metadata_sink {
 public:
  explicit text_writer(text_sink& sink) : out_(sink, buffer_bytes) {}

  bool renders_runs() const override { return true; }
  void rendered_runs(std::string_view text) override { out_ << text; }

  // Hands what was written so far to the sink; for dumps that end at damage.
  void flush() { out_.finish(); }

 private:
  // Text that was made ahead is copied once more: it stays in the processor's cache.
  static constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

 protected:
  text_buffer out_;
};

}  // namespace thin_tools
