// Sequences of pool operations, run on the engine and on a plain model of what
// a pool is: a map for each device.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "persistent-data/engine/pool.h"
#include "tests/unit/support/pool_image.h"

namespace test_support {

enum class pool_op : std::uint8_t {
  create_thin,
  create_snap,
  delete_device,
  write_ascending,
  write_descending,
  write_scattered,
  remove_range,
  hold_data,     // one reference more on a mapped data block, as a discard takes
  release_data,  // gives one back
  leak_data,     // allocates and does not map
  set_transaction_id,
  reserve,
  release,
  grow_data,
  grow_metadata,
  commit,
  abort,
  reopen,
};
inline constexpr int nr_pool_ops = 18;

struct pool_step {
  pool_op op{};
  pdata::device_id device = 0;
  std::uint64_t begin = 0;
  std::uint64_t length = 0;
  std::uint64_t number = 0;
};

struct device_model {
  mapping_table mappings;
  std::uint32_t snapshotted_time = 0;
};

struct pool_model {
  std::map<pdata::device_id, device_model> devices;
  std::uint32_t time = 0;
  std::uint64_t transaction_id = 0;
  std::uint64_t nr_data_blocks = 0;
  bool held = false;
  count_table extra_data_references;  // not by mappings
  std::map<pdata::device_id, mapping_table> held_devices;
};

// Runs steps on a pool and on the model. A step that the engine refuses for want
// of space ends in an abort, after which the pool is opened again.
class pool_script {
 public:
  // Formats, if the device is blank.
  pool_script(pdata::block_device& device, std::uint64_t nr_data_blocks);

  // Closes the pool while the model is still there for those who watch.
  ~pool_script() { pool_.reset(); }
  pool_script(const pool_script&) = delete;
  pool_script& operator=(const pool_script&) = delete;

  // Called to grow the metadata device.
  void on_grow_metadata(std::function<void(std::uint64_t)> grow) { grow_ = std::move(grow); }

  // The outcome of the operation, expected failures (no such device) included.
  pdata::status run(const pool_step& step);

  pdata::pool_metadata& pool() { return *pool_; }
  const pool_model& model() const { return model_; }
  const pool_model& committed() const { return committed_; }
  // True after a commit, false after any later change.
  bool is_committed() const { return is_committed_; }

  // Every lookup answers as the model says; the first difference, if any.
  std::optional<std::string> find_difference();

 private:
  pdata::status run_on_device(const pool_step& step, pdata::thin_device* device);
  pdata::status run_message(const pool_step& step);  // about a device
  pdata::status run_on_pool(const pool_step& step);
  std::optional<std::string> find_range_difference(pdata::device_id id, pdata::thin_device* device,
                                                   const device_model& model);
  pdata::status write(pdata::thin_device* device, device_model& model, pdata::thin_block block);
  pdata::status commit();
  pdata::status recover();
  void note_commit();
  void open();
  void close_devices();
  pdata::thin_device* open_device(pdata::device_id id);

  pdata::block_device& device_;
  std::function<void(std::uint64_t)> grow_;
  std::unique_ptr<pdata::pool_metadata> pool_;
  std::map<pdata::device_id, pdata::thin_device*> open_;
  pool_model model_;
  pool_model committed_;
  bool is_committed_ = false;
  std::set<pdata::device_id> fresh_;  // created since the last commit
};

// What is wrong with the image of a pool that must hold `model`; none if nothing.
std::optional<std::string> find_fault(const pool_image& image, const pool_model& model);

}  // namespace test_support
