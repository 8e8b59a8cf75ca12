#include "thin-tools/ll/ll_dump.h"

#include <limits>
#include <unordered_set>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/ll/orphans.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

void put_node(text_buffer& out, const char* indent, const mapping_nodes& nodes,
              metadata_block location) {
  const auto& node = nodes.at(location);
  const bool internal = node.state == pdata::node_state::internal;
  const auto keys = nodes.keys(location);
  const auto last = keys ? keys->last : pdata::thin_block(0);
  const bool at_limit = last == std::numeric_limits<pdata::thin_block>::max();
  out << indent << "<node blocknr=\"" << location << "\" flags=\""
      << (internal ? pdata::node_flag_internal : pdata::node_flag_leaf) << "\" key_begin=\""
      << (keys ? keys->first : pdata::thin_block(0)) << "\" key_end=\""
      << (keys && !at_limit ? last + 1 : last) << "\" nr_entries=\"" << node.nr_entries
      << "\" value_size=\"" << pdata::mapping_tree_shape.value_size << "\"/>\n";
}

class ll_dumper {
 public:
  ll_dumper(pdata::batch_reader& reader, const pdata::pool_layout& layout, text_sink& to,
            pdata::damage_sink& findings)
      : reader_(reader),
        layout_(layout),
        findings_(findings),
        mapped_(pdata::to_room(layout.nr_metadata_blocks)),
        out_(to) {}

  void run(metadata_block begin, metadata_block end) {
    out_ << "<superblock blocknr=\"" << layout_.chosen().location << "\" data_mapping_root=\""
         << layout_.mapping_root << "\" device_details_root=\"" << layout_.details_root << "\">\n";
    put_devices();
    out_ << "</superblock>\n<orphans>\n";
    const auto orphans = find_orphans(reader_, layout_, mapped_, begin, end);
    for (const auto root : orphans.roots) put_node(out_, "  ", *orphans.nodes, root);
    out_ << "</orphans>\n";
    out_.finish();
  }

 private:
  void put_devices() {
    const auto table = pdata::read_top_level(reader_, layout_, findings_);
    std::vector<metadata_block> roots;
    for (const auto& [device, root] : table.roots) roots.push_back(root);
    mapping_nodes nodes(reader_, layout_.nr_metadata_blocks, roots);
    for (const auto& [device, root] : table.roots) {
      nodes.judge().judge(root, device, layout_.view(), findings_);
      out_ << "  <device dev_id=\"" << device << "\">\n";
      put_whole(nodes, root);
      out_ << "  </device>\n";
      if (const auto index = nodes.graph().find(root)) mark(nodes, *index);
    }
  }

  // The whole subtrees of a tree, in key order.
  void put_whole(mapping_nodes& nodes, metadata_block root) {
    std::vector<metadata_block> waiting{root};
    std::unordered_set<metadata_block> entered;
    while (!waiting.empty()) {
      const auto location = waiting.back();
      waiting.pop_back();
      const auto index = nodes.graph().find(location);
      if (!index || !entered.insert(location).second) continue;
      if (nodes.is_whole(location)) {
        put_node(out_, "    ", nodes, location);
        continue;
      }
      std::vector<metadata_block> children;
      nodes.for_each_child(*index, [&](metadata_block child) { children.push_back(child); });
      waiting.insert(waiting.end(), children.rbegin(), children.rend());
    }
  }

  void mark(mapping_nodes& nodes, pdata::node_index root) {
    std::vector<pdata::node_index> waiting{root};
    while (!waiting.empty()) {
      const auto index = waiting.back();
      waiting.pop_back();
      const auto& node = nodes.graph().node(index);
      if (node.state == pdata::node_state::bad || mapped_[pdata::to_size(node.location)]) continue;
      mapped_[pdata::to_size(node.location)] = true;
      nodes.for_each_child(
          index, [&](metadata_block child) { waiting.push_back(*nodes.graph().find(child)); });
    }
  }

  pdata::batch_reader& reader_;
  const pdata::pool_layout& layout_;
  pdata::damage_sink& findings_;
  std::vector<bool> mapped_;  // blocks of the devices' trees
  text_buffer out_;
};

}  // namespace

void ll_dump(pdata::batch_reader& reader, const pdata::pool_layout& layout,
             const ll_dump_options& options, text_sink& to, pdata::damage_sink& findings) {
  const auto end = options.end.value_or(layout.nr_metadata_blocks);
  ll_dumper(reader, layout, to, findings).run(options.begin, end);
}

}  // namespace thin_tools
