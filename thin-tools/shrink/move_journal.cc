#include "thin-tools/shrink/move_journal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "thin-tools/gate/storage.h"

namespace thin_tools {

using pdata::error;

namespace {

constexpr const char* format_line = "thin_shrink 2";
constexpr std::size_t journal_bytes_max = std::size_t{1} << 30;

std::optional<std::pair<std::uint64_t, moved_batch>> parse_line(const std::string& line) {
  std::istringstream words(line);
  std::uint64_t index = 0;
  moved_batch batch;
  std::string rest;
  if (!(words >> index >> batch.nr_blocks >> std::hex >> batch.checksum) || words >> rest)
    return std::nullopt;
  return std::pair{index, batch};
}

}  // namespace

move_journal::move_journal(std::optional<pass> file, const shrink_plan& plan,
                           const pool_digest& pool)
    : file_(std::move(file)),
      title_(fmt::format("plan {:x} transaction {} time {} mappings {:x}", plan.fingerprint(),
                         pool.transaction_id(), pool.time(), pool.value())) {
  std::error_code failed;
  if (!file_ || !std::filesystem::exists(file_->path(), failed)) return;
  if (!std::filesystem::is_regular_file(file_->path(), failed))
    throw error("the journal '" + file_->path() + "' is no regular file");
  read();
}

void move_journal::read() {
  const auto opened = file_->look();
  if (!opened.ok()) pdata::throw_errno("Couldn't open", file_->path(), opened.errno_value());
  const auto size = opened->size();
  if (!size.ok()) pdata::throw_errno("Couldn't get the size of", file_->path(), size.errno_value());
  std::string text(pdata::to_size(std::min<std::uint64_t>(*size, journal_bytes_max)), '\0');
  if (const auto outcome = opened->read(0, std::as_writable_bytes(std::span(text))); !outcome.ok())
    pdata::throw_errno("Couldn't read", file_->path(), outcome.errno_value());

  std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with("thin_shrink "))
    throw error("'" + file_->path() + "' is not a journal of thin_shrink");
  if (line != format_line || !std::getline(lines, line) || line != title_)
    throw error("the journal '" + file_->path() +
                "' belongs to another run: other metadata or another size; remove it to start "
                "anew");
  while (std::getline(lines, line)) {
    const auto batch = parse_line(line);
    if (!batch || batch->first > done_.size())
      throw error("the journal '" + file_->path() + "' is damaged; remove it to start anew");
    done_[batch->first] = batch->second;
  }
}

std::uint64_t move_journal::blocks_done() const {
  std::uint64_t sum = 0;
  for (const auto& [index, batch] : done_) sum += batch.nr_blocks;
  return sum;
}

// The file is made anew, with what it said, and stays open to be added to.
void move_journal::begin() {
  out_ = std::make_unique<output_file>(*file_);
  out_->write(fmt::format("{}\n{}\n", format_line, title_));
  for (const auto& [index, batch] : done_)
    out_->write(fmt::format("{} {} {:x}\n", index, batch.nr_blocks, batch.checksum));
  out_->commit();
}

void move_journal::record(std::uint64_t index, const moved_batch& batch) {
  if (!file_) return;
  if (!out_) begin();
  done_[index] = batch;
  out_->write(fmt::format("{} {} {:x}\n", index, batch.nr_blocks, batch.checksum));
  if (const auto outcome = out_->file().sync(); !outcome.ok())
    pdata::throw_errno("Couldn't sync", file_->path(), outcome.errno_value());
}

void move_journal::remove() const {
  std::error_code ignored;
  if (file_) std::filesystem::remove(end_of_links(file_->path()), ignored);
}

}  // namespace thin_tools
