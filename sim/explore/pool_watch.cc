#include "sim/explore/pool_watch.h"

#include <fmt/format.h>

#include <array>

namespace sim::explore {

std::string_view name_of(moment_kind kind) {
  constexpr std::array<std::string_view, nr_moment_kinds> names{
      "writes of the superblock", "writes of metadata blocks", "flushes of the metadata disk",
      "writes of data",           "discards of data",          "acknowledged requests",
      "failed requests",          "acknowledged messages",     "failed messages"};
  return names[static_cast<std::size_t>(kind)];
}

std::string to_string(const moment& of) {
  switch (of.kind) {
    case moment_kind::superblock_write:
      return "the superblock is being written";
    case moment_kind::metadata_write:
      return fmt::format("metadata blocks {}+{} are being written", of.first, of.count);
    case moment_kind::metadata_flush:
      return "the metadata disk is flushed";
    case moment_kind::data_write:
      return fmt::format("data sectors {}+{} are being written", of.first, of.count);
    case moment_kind::data_discard:
      return fmt::format("data sectors {}+{} are being discarded", of.first, of.count);
    case moment_kind::acknowledged_request:
      return "a request is acknowledged";
    case moment_kind::failed_request:
      return "a request has failed";
    case moment_kind::acknowledged_message:
      return "a message is acknowledged";
    case moment_kind::failed_message:
      return "a message has failed";
  }
  return {};
}

class pool_watch::metadata_tap : public disk_watch {
 public:
  explicit metadata_tap(pool_watch& of) : of_(of) {}

  void write_began(sector first, sector count, const content& what) override {
    if (of_.probe_ != nullptr) {
      of_.probe_->add(first);
      of_.probe_->add(what, count);
      return;
    }
    of_.metadata_.write_began(first, count, what);
    of_.happened({first == 0 ? moment_kind::superblock_write : moment_kind::metadata_write,
                  first / pdata::block_sectors, count / pdata::block_sectors});
  }
  void write_is_durable(sector first, sector count, const content& what) override {
    if (of_.probe_ == nullptr) of_.metadata_.write_is_durable(first, count, what);
  }
  void flushed() override {
    if (of_.probe_ != nullptr) return;
    of_.metadata_.flushed();
    of_.happened({moment_kind::metadata_flush});
  }
  void discard_began(sector, sector) override {}
  void discard_ended(sector, sector) override {}

 private:
  pool_watch& of_;
};

class pool_watch::data_tap : public disk_watch {
 public:
  explicit data_tap(pool_watch& of) : of_(of) {}

  void write_began(sector first, sector count, const content& what) override {
    if (of_.probe_ != nullptr) return of_.probe_->add(first);
    of_.data_.write_began(first, count, what);
    of_.happened({moment_kind::data_write, first, count});
  }
  void write_is_durable(sector first, sector count, const content& what) override {
    if (of_.probe_ == nullptr) of_.data_.write_is_durable(first, count, what);
  }
  void flushed() override {
    if (of_.probe_ == nullptr) of_.data_.flushed();
  }
  void discard_began(sector first, sector count) override {
    if (of_.probe_ != nullptr) return;
    of_.data_.discard_began(first, count);
    of_.happened({moment_kind::data_discard, first, count});
  }
  void discard_ended(sector first, sector count) override {
    if (of_.probe_ == nullptr) of_.data_.discard_ended(first, count);
  }

 private:
  pool_watch& of_;
};

class pool_watch::request_tap : public thin_watch {
 public:
  explicit request_tap(pool_watch& of) : of_(of) {}

  void request_began(device_id device, const void* token, const bio& request) override {
    if (of_.probe_ == nullptr) of_.model_.request_began(device, token, request);
  }
  void request_ended(device_id device, const void* token, int status) override {
    if (of_.probe_ != nullptr) return of_.probe_->add(static_cast<std::uint64_t>(status));
    // A read promises nothing.
    if (of_.model_.request_ended(device, token, status))
      of_.happened({status == 0 ? moment_kind::acknowledged_request : moment_kind::failed_request});
  }
  void message_began(std::span<const std::string> words) override {
    if (of_.probe_ == nullptr) of_.model_.message_began(words);
  }
  void message_ended(std::span<const std::string> words, bool ok) override {
    if (of_.probe_ != nullptr) return of_.probe_->add(std::uint64_t{ok});
    of_.model_.message_ended(words, ok);
    of_.happened({ok ? moment_kind::acknowledged_message : moment_kind::failed_message});
  }

 private:
  pool_watch& of_;
};

pool_watch::pool_watch(const sizes& of, const content& initial)
    : metadata_(of.torn_sectors),
      data_(of.data_sectors, initial),
      model_(of.device_sectors),
      metadata_tap_(std::make_unique<metadata_tap>(*this)),
      data_tap_(std::make_unique<data_tap>(*this)),
      request_tap_(std::make_unique<request_tap>(*this)) {}

pool_watch::~pool_watch() = default;

void pool_watch::power_lost() {
  metadata_.power_lost();
  data_.power_lost();
  model_.power_lost();
}

disk_watch& pool_watch::metadata_disk() { return *metadata_tap_; }
disk_watch& pool_watch::data_disk() { return *data_tap_; }
thin_watch& pool_watch::requests() { return *request_tap_; }

}  // namespace sim::explore
