#include "persistent-data/stream/pool_reader.h"

#include <memory>
#include <vector>

#include "persistent-data/btree/tree_sharing.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/stream/mapping_runs.h"
#include "persistent-data/stream/shared_sequences.h"
#include "persistent-data/survey/small_trees.h"

namespace pdata {

namespace {

// The mapping trees of the devices of a stream, as defs and devices.
class mapping_streamer {
 public:
  mapping_streamer(batch_reader& reader, metadata_block nr_blocks, const stream_options& options,
                   std::span<const streamed_device> devices, metadata_sink& to,
                   damage_sink& damage_to, which_metadata view)
      : reader_(reader),
        salvage_(options.salvage),
        view_(view),
        devices_(devices),
        to_(to),
        damage_to_(damage_to),
        graph_(reader, mapping_tree_shape, nr_blocks),
        judge_(graph_) {
    for (const auto& device : devices) roots_.push_back(device.root);
    graph_.add(roots_, nullptr);
    find_sharing(options.defs && devices.size() > 1);
  }

  bool run() { return (sequences_ == nullptr || stream_defs()) && stream_devices(); }

 private:
  // A list of walks, one after the other; the tag says which.
  class walk_chain {
   public:
    virtual ~walk_chain() = default;
    std::optional<leaf_step> next() {
      for (;;) {
        if (walk_) {
          if (auto step = walk_->next()) {
            step->tag = tag_;
            return step;
          }
          ++tag_;
        }
        walk_ = walk(tag_);
        if (!walk_) return std::nullopt;
      }
    }

   private:
    virtual std::unique_ptr<leaf_walk> walk(std::size_t tag) = 0;
    std::unique_ptr<leaf_walk> walk_;
    std::size_t tag_ = 0;
  };
  class device_walks;
  class unit_walks;

  // What cannot be found out is delivered to each device.
  void find_sharing(bool as_sequences) {
    try {
      if (as_sequences)
        sequences_ = std::make_unique<shared_sequences>(graph_, judge_, roots_);
      else
        sharing_ = std::make_unique<tree_sharing>(graph_, judge_, roots_);
    } catch (const sharing_too_complex&) {
    }
  }

  leaf_stream make_stream() {
    return {reader_, mapping_tree_shape, [this](block_view, const node_view& leaf) {
              return std::make_unique<mapping_digest>(leaf, to_);
            }};
  }

  // Returns false if the stream ends here.
  bool report(const leaf_step& step, std::size_t device) {
    damage_to_.found(finding_at(step, {.where = structure::mapping_tree,
                                       .in_snapshot = view_ == which_metadata::snapshot,
                                       .device = devices_[device].id}));
    return salvage_;
  }

  bool stream_defs();
  bool stream_devices();

  batch_reader& reader_;
  bool salvage_;
  which_metadata view_;
  std::span<const streamed_device> devices_;
  metadata_sink& to_;
  damage_sink& damage_to_;
  std::vector<metadata_block> roots_;
  tree_graph graph_;
  tree_judge judge_;
  std::unique_ptr<shared_sequences> sequences_;  // with defs
  std::unique_ptr<tree_sharing> sharing_;        // without
};

class mapping_streamer::device_walks : public walk_chain {
 public:
  explicit device_walks(mapping_streamer& streamer) : streamer_(streamer) {}

  // How often all walks together come to a leaf.
  std::uint32_t nr_visits(const leaf_step& step) const {
    if (streamer_.sharing_ == nullptr || step.fault) return 1;
    const auto index = *streamer_.graph_.find(step.location);
    return streamer_.sharing_->set(streamer_.sharing_->owners_of(index)).size;
  }

 private:
  std::unique_ptr<leaf_walk> walk(std::size_t tag) override {
    if (tag >= streamer_.roots_.size()) return nullptr;
    auto made = std::make_unique<leaf_walk>(streamer_.graph_, streamer_.judge_,
                                            streamer_.roots_[tag], key_range{});
    if (streamer_.sequences_) made->stop_above(streamer_.sequences_->units());
    return made;
  }

  mapping_streamer& streamer_;
};

// The units of all sequences, in order.
class mapping_streamer::unit_walks : public walk_chain {
 public:
  explicit unit_walks(mapping_streamer& streamer) : streamer_(streamer) {
    const auto& all = streamer.sequences_->all();
    for (std::size_t sequence = 0; sequence < all.size(); ++sequence)
      for (const auto& unit : all[sequence].units) units_.push_back({sequence, unit});
  }

  std::size_t sequence_of(std::size_t tag) const { return units_[tag].first; }
  std::size_t owner_of(std::size_t tag) const { return units_[tag].second.owner; }

 private:
  std::unique_ptr<leaf_walk> walk(std::size_t tag) override {
    if (tag >= units_.size()) return nullptr;
    const auto& unit = units_[tag].second;
    return std::make_unique<leaf_walk>(streamer_.graph_, streamer_.judge_,
                                       streamer_.graph_.node(unit.index).location, unit.expected,
                                       unit.expected);
  }

  mapping_streamer& streamer_;
  std::vector<std::pair<std::size_t, shared_unit>> units_;
};

bool mapping_streamer::stream_defs() {
  auto joiner = join_runs<mapping_run>([&](const mapping_run& run) { to_.run(run); });
  const auto& all = sequences_->all();
  std::size_t nr_begun = 0;
  const auto begin_next = [&] {
    if (nr_begun > 0) {
      joiner.finish();
      to_.end_def();
    }
    if (nr_begun < all.size()) to_.begin_def(all[nr_begun].name);
    ++nr_begun;
  };
  unit_walks walks(*this);
  auto stream = make_stream();
  const bool whole = stream.run([&] { return walks.next(); },
                                [&](const leaf_step& step, const leaf_digest* digest) {
                                  while (nr_begun <= walks.sequence_of(step.tag)) begin_next();
                                  if (digest == nullptr)
                                    return report(step, walks.owner_of(step.tag));
                                  static_cast<const mapping_digest*>(digest)->send(joiner, to_);
                                  return true;
                                });
  if (!whole) {
    joiner.finish();
    to_.end_def();
    return false;
  }
  while (nr_begun <= all.size()) begin_next();
  return true;
}

bool mapping_streamer::stream_devices() {
  auto joiner = join_runs<mapping_run>([&](const mapping_run& run) { to_.run(run); });
  std::size_t nr_begun = 0;
  const auto begin_next = [&] {
    if (nr_begun > 0) {
      joiner.finish();
      to_.end_device();
    }
    if (nr_begun < devices_.size())
      to_.begin_device(devices_[nr_begun].id, devices_[nr_begun].details);
    ++nr_begun;
  };
  device_walks walks(*this);
  auto stream = make_stream();
  const auto next_step = [&] {
    auto step = walks.next();
    if (step) step->nr_visits = walks.nr_visits(*step);
    return step;
  };
  const auto visit = [&](const leaf_step& step, const leaf_digest* digest) {
    while (nr_begun <= step.tag) begin_next();
    if (step.whole) {
      if (const auto* sequence = sequences_->begins_at(*step.whole)) {
        joiner.finish();
        to_.ref(sequence->name);
      }
      return true;
    }
    if (digest == nullptr) return report(step, step.tag);
    static_cast<const mapping_digest*>(digest)->send(joiner, to_);
    return true;
  };
  if (!stream.run(next_step, visit)) {
    joiner.finish();
    to_.end_device();
    return false;
  }
  while (nr_begun <= devices_.size()) begin_next();
  return true;
}

}  // namespace

stream_superblock describe_superblock(const superblock& from) {
  return {.time = from.time,
          .transaction_id = from.transaction_id,
          .flags = from.flags,
          .version = from.version,
          .data_block_size = from.data_block_size,
          .nr_data_blocks = from.data_space_map.nr_blocks};
}

bool stream_pool(batch_reader& reader, const pool_layout& layout, const stream_superblock& header,
                 const stream_options& options, metadata_sink& to, damage_sink& damage_to) {
  const auto details = read_details(reader, layout, damage_to);
  if (details.damaged() && !options.salvage) return false;
  to.begin_superblock(header);
  const auto mapped = read_top_level(reader, layout, damage_to);
  const auto lost_from = mapped.lost_from();

  bool whole = true;
  std::vector<streamed_device> devices;
  for (const auto& [id, root] : mapped.roots) {
    if (!options.salvage && lost_from && id >= *lost_from) break;
    if (options.devices && !options.devices->contains(id)) continue;
    const auto found = details.devices.find(id);
    if (found != details.devices.end()) {
      devices.push_back({id, found->second, root});
      continue;
    }
    damage_to.found({.id = damage_id::device_without_details,
                     .where = structure::details_tree,
                     .in_snapshot = layout.from_snapshot,
                     .device = id});
    if (options.salvage) continue;
    whole = false;
    break;
  }
  if (lost_from && !options.salvage) whole = false;

  if (!stream_devices(reader, layout.nr_metadata_blocks, devices, options, to, damage_to,
                      layout.view()))
    return false;
  if (whole) to.end_superblock();
  return whole;
}

bool stream_devices(batch_reader& reader, metadata_block nr_blocks,
                    std::span<const streamed_device> devices, const stream_options& options,
                    metadata_sink& to, damage_sink& damage_to, which_metadata view) {
  if (!options.skip_mappings)
    return mapping_streamer(reader, nr_blocks, options, devices, to, damage_to, view).run();
  for (const auto& device : devices) {
    to.begin_device(device.id, device.details);
    to.end_device();
  }
  return true;
}

}  // namespace pdata
