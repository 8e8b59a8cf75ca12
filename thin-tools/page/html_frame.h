// The frame around a plot, and plots of bars. The plot stretches with the page, the words
// around it are HTML, so they keep their size on a phone.
#pragma once

#include <string>
#include <vector>

#include "thin-tools/page/run_bucket.h"

namespace thin_tools::page {

// Title, value axis, `inside`, marks below.
struct plot_mark {
  double percent;  // from the left or the bottom
  std::string text;
};
struct plot_frame {
  std::string title;
  std::string subtitle;
  std::string legend;  // HTML
  std::vector<plot_mark> below;
  std::vector<plot_mark> left;
  std::string inside;      // HTML
  std::string attributes;  // of the plot's element
  bool wide = false;       // as wide as the page
};
std::string frame_html(const plot_frame& frame);

// A bar for each value, of equal width.
struct plot_bar {
  std::uint64_t value = 0;
  std::string below;  // "": no mark
  std::string words;  // when it is pointed at
};
// `frame` has the words. Its legend, if any, is kept.
std::string bars_html(plot_frame frame, const std::vector<plot_bar>& bars);

enum class card_width : std::uint8_t { of_column, of_page };

// Blocks in runs by the length of the run; "" without any.
std::string histogram_html(const std::vector<run_bucket>& by_length,
                           const std::string& title = "Runs of sequential blocks",
                           card_width width = card_width::of_page);

}  // namespace thin_tools::page
