#include "thin-tools/text/human_writer.h"

namespace thin_tools {

namespace {

void put_run(text_buffer& out, const pdata::mapping_run& mappings) {
  const auto last = mappings.length - 1;
  if (last == 0)
    out << "    " << mappings.begin << " -> " << mappings.data_begin;
  else
    out << "    (" << mappings.begin << ".." << mappings.begin + last << ") -> ("
        << mappings.data_begin << ".." << mappings.data_begin + last << ")";
  out << ", " << mappings.time << "\n";
}

}  // namespace

void human_writer::begin_superblock(const pdata::stream_superblock& superblock) {
  out_ << "begin superblock: \"" << superblock.uuid << "\", " << superblock.time << ", "
       << superblock.transaction_id << ", " << superblock.flags << ", " << superblock.version
       << ", " << superblock.data_block_size << ", " << superblock.nr_data_blocks << "\n";
}

void human_writer::end_superblock() {
  out_ << "end superblock\n";
  out_.finish();
}

void human_writer::begin_def(const std::string& name) { out_ << "def: " << name << "\n"; }

void human_writer::end_def() { out_ << "\n"; }

void human_writer::begin_device(pdata::device_id device, const pdata::device_details& details) {
  out_ << "device: " << device << "\nmapped_blocks: " << details.mapped_blocks
       << "\ntransaction: " << details.transaction_id
       << "\ncreation time: " << details.creation_time
       << "\nsnap time: " << details.snapshotted_time << "\n";
}

void human_writer::end_device() { out_ << "\n"; }

void human_writer::run(const pdata::mapping_run& mappings) { put_run(out_, mappings); }

std::string human_writer::render(std::span<const pdata::mapping_run> runs) const {
  return text_of(runs, put_run);
}

void human_writer::ref(const std::string& name) { out_ << "    ref: " << name << "\n"; }

}  // namespace thin_tools
